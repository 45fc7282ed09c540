"""Fair turns, a bounded number of URLs in memory, and none of them twice."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hydrophone.crawl.walk.hosts import Host
from hydrophone.crawl.walk.window import HOSTS, PENDING, Window
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_crawls import open_crawl
from hydrophone.storage.index_db_frontier import FoundPage, FrontierPage, Verdict, add_pages, record

NOW_US = 1_000_000_000_000


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[IndexDatabase]:
    opened = IndexDatabase(tmp_path / "index.db")
    await opened.write(lambda c: open_crawl(c, "web", "[]", "{}", NOW_US))
    yield opened
    await opened.close()


def make_window(database: IndexDatabase, *, by_depth: bool = False) -> Window:
    def make_host(name: str) -> Host:
        return Host(name, 0.0, 1, opened=True)

    return Window(database, 1, make_host, lambda: NOW_US, by_depth=by_depth)


async def find(database: IndexDatabase, hosts: int, pages: int, depth: int = 0) -> None:
    found = [
        FoundPage(f"http://h{host}/{depth}/{page}", f"h{host}", "page", depth)
        for page in range(pages)
        for host in range(hosts)
    ]
    assert await database.write(lambda c: add_pages(c, 1, found, NOW_US)) == hosts * pages


async def settle(database: IndexDatabase, window: Window, pages: list[FrontierPage]) -> None:
    def write(connection: object) -> None:
        for page in pages:
            record(connection, Verdict(page.id, False, "indexed", None))  # type: ignore[arg-type]

    await database.write(write)
    window.settled(pages)


async def take_all(database: IndexDatabase, window: Window, most: int = 10_000) -> list[str]:
    """Take and settle until nothing is left; hosts in the order of their pages."""
    order: list[str] = []
    while len(order) < most:
        taken = window.take(0.0)
        if taken is not None:
            host, page = taken
            order.append(page.url)
            host.ended(0.0)
            await settle(database, window, [page])
        elif not await window.refill():
            break
    return order


async def test_hosts_take_turns(database: IndexDatabase) -> None:
    await find(database, hosts=3, pages=200)
    order = await take_all(database, make_window(database))
    assert len(order) == len(set(order)) == 600
    hosts = [url.split("/")[2] for url in order]
    assert all(set(hosts[at : at + 3]) == {"h0", "h1", "h2"} for at in range(0, 600, 3))
    own = [url for url in order if url.startswith("http://h1/")]
    assert own == [f"http://h1/0/{page}" for page in range(200)]


async def test_memory_is_bounded_and_more_hosts_come_in_turn(database: IndexDatabase) -> None:
    await find(database, hosts=HOSTS + 40, pages=5)
    await find(database, hosts=1, pages=3 * PENDING, depth=1)
    window = make_window(database)
    await window.refill()
    held: list[FrontierPage] = []
    while (taken := window.take(0.0)) is not None:
        taken[0].ended(0.0)
        held.append(taken[1])
    assert len({page.host for page in held}) == HOSTS
    assert max(Counter(page.host for page in held).values()) <= PENDING
    assert await window.refill(), "h0 has more"
    under_way = {page.id for page in held}
    while (taken := window.take(0.0)) is not None:
        taken[0].ended(0.0)
        assert taken[1].id not in under_way
        held.append(taken[1])
    await settle(database, window, held)
    rest = await take_all(database, window)
    assert len(held) + len(rest) == (HOSTS + 40) * 5 + 3 * PENDING
    assert not {page.url for page in held} & set(rest)


async def test_news_are_seen(database: IndexDatabase) -> None:
    window = make_window(database)
    assert not await window.refill()
    await find(database, hosts=1, pages=2)
    assert not await window.refill(), "nobody said that there are news"
    window.look_again()
    assert len(await take_all(database, window)) == 2


async def test_deeper_pages_wait_for_those_before_them(database: IndexDatabase) -> None:
    await find(database, hosts=1, pages=3, depth=1)
    await find(database, hosts=2, pages=3, depth=0)
    window = make_window(database, by_depth=True)
    assert {url.split("/")[3] for url in await take_all(database, window)} == {"0"}
    assert await window.next_level()
    assert {url.split("/")[3] for url in await take_all(database, window)} == {"1"}
    assert not await window.next_level()


async def test_left_host_stays_out(database: IndexDatabase) -> None:
    await find(database, hosts=2, pages=3)
    window = make_window(database)
    await window.refill()
    taken = window.take(0.0)
    assert taken is not None
    for _ in range(4):
        taken[0].failed()
    (failing,) = window.failing()
    window.leave(failing)
    taken[0].ended(0.0)
    assert window.failing() == []
    window.settled([taken[1]])
    assert {url.split("/")[2] for url in await take_all(database, window)} == {"h1"}


async def test_after_the_limit_nothing_fresh_is_taken(database: IndexDatabase) -> None:
    await find(database, hosts=1, pages=3)
    window = make_window(database)
    await window.refill()
    window.stop_fresh()
    assert window.take(0.0) is None
    assert not await window.refill()
