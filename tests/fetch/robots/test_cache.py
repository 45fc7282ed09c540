"""The cache against a real server: how often it asks, and what an answer means."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from aiohttp import web

from hydrophone.fetch.client import Fetcher
from hydrophone.fetch.errors import BadStatus, Refused, TooSlow, Unreachable
from hydrophone.fetch.robots import RobotsCache
from hydrophone.fetch.robots.cache import KEPT_S, UNREACHABLE_KEPT_LIMIT_S, UNREACHABLE_KEPT_S
from tests.fetch.conftest import FakeResolver, MiniWeb

Make = Callable[..., Fetcher]
_REFUSING = "User-agent: *\nDisallow: /private\nCrawl-delay: 3\nSitemap: /map.xml"
_TEXT = {"Content-Type": "text/plain"}


class _Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


async def test_rules_of_a_site_are_asked_for_once(mini_web: MiniWeb, make_fetcher: Make) -> None:
    mini_web.page("/robots.txt", _REFUSING, headers=_TEXT)
    robots = RobotsCache(make_fetcher())
    for path in ("/", "/private/a", "/public?x#y"):
        rules = await robots.rules(mini_web.url(path))
    assert rules.allows(mini_web.url("/public"))
    assert not rules.allows(mini_web.url("/private/a"))
    assert (rules.crawl_delay_s, rules.unreachable) == (3.0, False)
    assert rules.sitemaps == (mini_web.url("/map.xml"),)
    assert [request.path for request in mini_web.seen] == ["/robots.txt"]


async def test_robots_of_two_names_are_read_by_their_own_groups(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    mini_web.page("/robots.txt", "User-agent: Hydrophone-User\nDisallow: /")
    url = mini_web.url("/x")
    assert (await RobotsCache(make_fetcher()).rules(url)).allows(url)
    assert not (await RobotsCache(make_fetcher(), "Hydrophone-User").rules(url)).allows(url)


async def test_rules_are_asked_for_again_after_a_day(mini_web: MiniWeb, make_fetcher: Make) -> None:
    clock = _Clock()
    robots = RobotsCache(make_fetcher(), clock=clock)
    url = mini_web.url("/private")
    mini_web.page("/robots.txt", status=404)
    assert (await robots.rules(url)).allows(url)
    mini_web.page("/robots.txt", _REFUSING)
    clock.now += KEPT_S - 1
    assert (await robots.rules(url)).allows(url)
    clock.now += 1
    assert not (await robots.rules(url)).allows(url)
    assert len(mini_web.seen) == 2


@pytest.mark.parametrize("status", [400, 401, 403, 404, 410, 451])
async def test_file_that_is_not_there_allows_all(
    mini_web: MiniWeb, make_fetcher: Make, status: int
) -> None:
    mini_web.page("/robots.txt", "User-agent: *\nDisallow: /", status=status)
    rules = await RobotsCache(make_fetcher()).rules(mini_web.url("/x"))
    assert rules.allows(mini_web.url("/x"))
    assert not rules.unreachable


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_server_in_trouble_is_left_alone_for_minutes(
    mini_web: MiniWeb, make_fetcher: Make, status: int
) -> None:
    clock = _Clock()
    robots = RobotsCache(make_fetcher(), clock=clock)
    url = mini_web.url("/x")
    mini_web.page("/robots.txt", "", status=status)
    rules = await robots.rules(url)
    assert rules.unreachable
    assert not rules.allows(url)
    assert isinstance(rules.problem, BadStatus)
    mini_web.page("/robots.txt", "")
    clock.now += UNREACHABLE_KEPT_S - 1
    assert not (await robots.rules(url)).allows(url)
    clock.now += 1
    assert (await robots.rules(url)).allows(url)


async def test_retry_after_is_kept_up_to_an_hour(mini_web: MiniWeb, make_fetcher: Make) -> None:
    clock = _Clock()
    robots = RobotsCache(make_fetcher(), clock=clock)
    url = mini_web.url("/x")
    mini_web.page("/robots.txt", "", status=503, headers={"Retry-After": "900000"})
    await robots.rules(url)
    clock.now += UNREACHABLE_KEPT_LIMIT_S - 1
    await robots.rules(url)
    assert len(mini_web.seen) == 1
    clock.now += 1
    await robots.rules(url)
    assert len(mini_web.seen) == 2


async def test_host_that_cannot_be_reached_allows_nothing(make_fetcher: Make) -> None:
    robots = RobotsCache(make_fetcher())
    for url, kind in (
        ("http://127.0.0.1:1/", Unreachable),
        ("http://nowhere.example/", Unreachable),
        ("http://10.0.0.1/", Refused),
        ("ftp://a.example/", Refused),
        ("http://[bad/", Refused),
    ):
        rules = await robots.rules(url)
        assert not rules.allows(url)
        assert isinstance(rules.problem, kind)


async def test_silent_server_allows_nothing(mini_web: MiniWeb, make_fetcher: Make) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    mini_web.pages["/robots.txt"] = hang
    rules = await RobotsCache(make_fetcher(total_s=0.2)).rules(mini_web.url("/"))
    assert isinstance(rules.problem, TooSlow)


async def test_redirects_are_followed_to_other_hosts_too(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    other = FakeResolver(other_example=[["127.0.0.1"]])
    mini_web.page("/5", _REFUSING)
    for step in range(1, 5):
        mini_web.redirect(f"/{step}", mini_web.url(f"/{step + 1}", "other.example"))
    mini_web.redirect("/robots.txt", mini_web.url("/1", "other.example"))
    rules = await RobotsCache(make_fetcher(resolver=other)).rules(mini_web.url("/private"))
    assert not rules.allows(mini_web.url("/private"))
    mini_web.redirect("/5", "/1")
    assert (await RobotsCache(make_fetcher(resolver=other)).rules(mini_web.url("/"))).allows("/")


async def test_callers_of_one_site_wait_for_one_fetch(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    asked, answer = asyncio.Event(), asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        asked.set()
        await answer.wait()
        return web.Response(text=_REFUSING)

    mini_web.pages["/robots.txt"] = slow
    robots = RobotsCache(make_fetcher())
    first = asyncio.create_task(robots.rules(mini_web.url("/")))
    others = [asyncio.create_task(robots.rules(mini_web.url(f"/{n}"))) for n in range(20)]
    await asked.wait()
    answer.set()
    assert {await task for task in others} == {await first}
    assert len(mini_web.seen) == 1


async def test_caller_that_goes_away_does_not_take_the_others_with_it(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    asked = asyncio.Event()

    async def slow(request: web.Request) -> web.StreamResponse:
        asked.set()
        if len(mini_web.seen) == 1:
            await asyncio.sleep(60)
        return web.Response(text=_REFUSING)

    mini_web.pages["/robots.txt"] = slow
    robots = RobotsCache(make_fetcher())
    first = asyncio.create_task(robots.rules(mini_web.url("/")))
    await asked.wait()
    second = asyncio.create_task(robots.rules(mini_web.url("/")))
    await asyncio.sleep(0)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert first.cancelled()
    assert (await second).crawl_delay_s == 3.0


async def test_only_so_many_sites_are_kept(mini_web: MiniWeb, make_fetcher: Make) -> None:
    names = FakeResolver(**{f"h{n}_example": [["127.0.0.1"]] for n in range(4)})
    robots = RobotsCache(make_fetcher(resolver=names), site_limit=2)

    async def ask(number: int) -> int:
        await robots.rules(mini_web.url("/", f"h{number}.example"))
        return len(mini_web.seen)

    assert [await ask(n) for n in (0, 1, 0, 2, 0, 1)] == [1, 2, 2, 3, 3, 4]


async def test_endless_file_is_read_to_the_limit_only(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    async def endless(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "image/png"})
        await response.prepare(request)
        await response.write(b"User-agent: *\nDisallow: /x\n")
        while True:
            await response.write(b"Disallow: /y\n" * 5000)

    mini_web.pages["/robots.txt"] = endless
    rules = await RobotsCache(make_fetcher()).rules(mini_web.url("/x"))
    assert not rules.allows(mini_web.url("/x"))
    assert rules.allows(mini_web.url("/z"))
