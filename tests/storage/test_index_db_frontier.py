"""What the statements on crawls and their frontier promise."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrophone.storage.index_db import migrate
from hydrophone.storage.index_db_crawls import (
    begin_run,
    forget_pages,
    list_crawls,
    list_freshness,
    open_crawl,
)
from hydrophone.storage.index_db_frontier import (
    FoundPage,
    Verdict,
    add_likeness,
    add_pages,
    count_waiting,
    find_alike,
    find_page,
    list_due,
    list_due_hosts,
    make_due,
    next_due_us,
    postpone_host,
    record,
    remove_likeness,
    wake_followers,
)

DAY = 86_400_000_000


@pytest.fixture
def connection(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    opened = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
    opened.execute("PRAGMA foreign_keys = ON")
    migrate(opened)
    open_crawl(opened, "web", '["http://a/"]', "{}", 100)
    yield opened
    opened.close()


def page(path: str, host: str = "a", **fields: object) -> FoundPage:
    known = {"kind": "page", "depth": 1} | fields
    return FoundPage(f"http://{host}/{path}", host, **known)  # type: ignore[arg-type]


def urls(
    connection: sqlite3.Connection, host: str, now_us: int, *, fresh: bool = True
) -> list[str]:
    found = list_due(connection, 1, host, now_us, fresh=fresh, limit=100)
    return [one.url for one in found]


def done(
    connection: sqlite3.Connection, path: str, state: str = "indexed", **fields: object
) -> None:
    found = find_page(connection, 1, f"http://a/{path}")
    assert found is not None
    verdict = {"due_us": 5 * DAY, "fetched_us": DAY} | fields
    record(connection, Verdict(found.id, False, state, **verdict))  # type: ignore[arg-type]


def test_crawl_is_named_by_collection_and_seeds(connection: sqlite3.Connection) -> None:
    begin_run(connection, 1, '{"new": 1}')
    same = open_crawl(connection, "web", '["http://a/"]', "{}", 200)
    other = open_crawl(connection, "more", '["http://a/"]', "{}", 200)
    assert (same.id, same.plan, same.started_us) == (1, '{"new": 1}', 100)
    assert [crawl.id for crawl in list_crawls(connection)] == [1, other.id]
    assert [crawl.id for crawl in list_crawls(connection, "more")] == [other.id]


def test_url_is_known_once_and_keeps_the_lesser_depth(connection: sqlite3.Connection) -> None:
    assert add_pages(connection, 1, [page("x", depth=3), page("y"), page("x", depth=2)], 100) == 2
    assert add_pages(connection, 1, [page("x", depth=5), page("z")], 200) == 1
    found = find_page(connection, 1, "http://a/x")
    assert found is not None
    assert found.depth == 2
    assert urls(connection, "a", 150) == ["http://a/x", "http://a/y"]
    assert count_waiting(connection, 1) == 3


def test_urls_come_in_the_order_in_which_they_are_due(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page("late")], 300)
    add_pages(connection, 1, [page("b"), page("a")], 100)
    assert urls(connection, "a", 400) == ["http://a/b", "http://a/a", "http://a/late"]
    assert next_due_us(connection, 1, fresh=True) == 100
    assert next_due_us(connection, 1, fresh=False) is None


def test_due_hosts_are_found_with_those_alone_that_are_due(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page(str(n), host=f"h{n % 7}") for n in range(70)], 100)
    add_pages(connection, 1, [page("x", host="later")], 900)
    found = list_due_hosts(connection, 1, 500, fresh=True, limit=100)
    assert found == [f"h{n}" for n in range(7)]
    assert list_due_hosts(connection, 1, 500, fresh=True, limit=3) == ["h0", "h1", "h2"]
    assert list_due_hosts(connection, 1, 500, fresh=False, limit=3) == []


def test_due_urls_are_found_by_index(connection: sqlite3.Connection) -> None:
    plans = connection.execute(
        "EXPLAIN QUERY PLAN SELECT id FROM frontier WHERE crawl_id = 1 AND fresh = 1 "
        "AND host = 'a' AND due_us <= 5 AND depth <= ifnull(NULL, depth) ORDER BY due_us, id"
    ).fetchall()
    assert len(plans) == 1
    assert "USING INDEX frontier_due" in plans[0][3]


def test_sitemaps_news_make_a_page_due(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page("x"), page("y"), page("never")], 100)
    done(connection, "x")
    done(connection, "y")
    done(connection, "never", due_us=None)
    news = [page(p, listed_us=2 * DAY) for p in ("x", "never")] + [page("y", listed_us=DAY // 2)]
    add_pages(connection, 1, news, 3 * DAY)
    assert urls(connection, "a", 3 * DAY, fresh=False) == ["http://a/x"]
    done(connection, "x", fetched_us=DAY)
    add_pages(connection, 1, [page("x", listed_us=2 * DAY)], 3 * DAY)
    assert urls(connection, "a", 3 * DAY, fresh=False) == [], "the same news again are none"


def test_recording_keeps_times_that_are_not_told(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page("x")], 100)
    done(connection, "x", changed_us=DAY)
    done(connection, "x", fetched_us=None)
    row = connection.execute("SELECT fetched_us, changed_us FROM frontier").fetchone()
    assert row == (DAY, DAY)


def test_followers_are_woken_by_state(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page("copy"), page("print"), page("other")], 100)
    done(connection, "copy", "duplicate", target="http://a/x", etag="1")
    done(connection, "print", "canonical", target="http://a/x")
    done(connection, "other", "duplicate", target="http://a/y")
    wake_followers(connection, 1, "http://a/x", ("duplicate",), 7)
    assert urls(connection, "a", 10, fresh=False) == ["http://a/copy"]
    found = find_page(connection, 1, "http://a/copy")
    assert found is not None
    assert found.etag is None
    wake_followers(connection, 1, "http://a/x", ("canonical",), 7, only="http://a/nobody")
    assert len(urls(connection, "a", 10, fresh=False)) == 1


def test_host_is_postponed_and_made_due_again(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page("x"), page("y"), page("z", host="b")], 100)
    done(connection, "y", due_us=150)
    assert postpone_host(connection, 1, "a", 200, 900) == 2
    assert urls(connection, "a", 800) == []
    assert urls(connection, "b", 800) == ["http://b/z"]
    make_due(connection, 1, 300, all_pages=False)
    assert urls(connection, "a", 300) == ["http://a/x"]
    assert urls(connection, "a", 300, fresh=False) == []
    make_due(connection, 1, 300, all_pages=True)
    assert urls(connection, "a", 300, fresh=False) == ["http://a/y"]


def test_pages_are_found_by_any_band_until_removed(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page("x"), page("y")], 100)
    add_likeness(connection, 1, 1, [(0, 7), (4, -9)])
    add_likeness(connection, 1, 2, [(0, 7)])
    found = find_alike(connection, 1, [(4, -9), (1, 7), (0, 7)], 10)
    assert [one.url for one in found] == ["http://a/x", "http://a/y"]
    assert len(find_alike(connection, 1, [(0, 7)], 1)) == 1
    remove_likeness(connection, 1, 1, [(0, 7), (4, -9)])
    assert [one.id for one in find_alike(connection, 1, [(4, -9), (0, 7)], 10)] == [2]


def test_freshness_counts_pages_and_times(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page("x"), page("y"), page("z")], 100)
    done(connection, "x", fetched_us=DAY)
    done(connection, "y", fetched_us=2 * DAY, due_us=3 * DAY)
    open_crawl(connection, "empty", "[]", "{}", 100)
    empty, web = list_freshness(connection)
    assert (empty.collection, empty.pages, empty.next_due_us) == ("empty", 0, None)
    assert (web.pages, web.waiting, web.unfinished) == (2, 1, 1)
    assert (web.oldest_us, web.newest_us, web.next_due_us) == (DAY, 2 * DAY, 100)


def test_what_is_forgotten_is_never_due(connection: sqlite3.Connection) -> None:
    add_pages(connection, 1, [page("old/x"), page("old%"), page("new")], 100)
    add_likeness(connection, 1, 1, [(0, 7)])
    forget_pages(connection, "web", "http://a/old/")
    assert urls(connection, "a", 10 * DAY) == ["http://a/old%", "http://a/new"]
    assert find_alike(connection, 1, [(0, 7)], 10) == []
    assert add_pages(connection, 1, [page("old/x")], 200) == 0
    forget_pages(connection, "other", None)
    assert len(list_crawls(connection)) == 1
    forget_pages(connection, "web", None)
    assert list_crawls(connection) == []
    assert connection.execute("SELECT count(*) FROM frontier").fetchone() == (0,)
