"""SearXNG: Debian's own searx over a loopback index, and all the ways in which it can fail."""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from aiohttp import web

from hydrophone.index.memory import MemoryIndex
from hydrophone.ports import SearchOutcome
from hydrophone.search.base import ProviderQuery
from hydrophone.search.errors import ProviderFailed, ProviderRateLimited, ProviderRefused
from hydrophone.search.fanout import FanOut
from hydrophone.search.own import OwnIndexSearcher
from hydrophone.search.providers.searxng import SearXNG
from hydrophone.search.scripted import ScriptedProvider
from hydrophone.search.watch.watched import WatchedProvider
from hydrophone.types import Filter, Image, RequestContext, SearchOptions, SearchResult, Video
from tests.emulators.searx import Page, Searx, running_searx
from tests.index.support import document

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGES = [
    Page(
        "https://a.example/whales",
        "Blue whales & song",
        "Blue whales sing below <b>forty</b> hertz.",
        "2026-11-20T10:00:00",
    ),
    Page("https://b.example/boats", "Boats", "Boats hum where whales sing.", "2020-01-01"),
    *[Page(f"https://c.example/{n}", f"Whale {n}", "More on whales.") for n in range(9)],
]
QUERY = ProviderQuery("blue whales sing", now=NOW)

needs_searx = pytest.mark.skipif(
    shutil.which("searx-run") is None, reason="Debian's package searx is not installed"
)


@pytest.fixture(scope="module")
def searx() -> Iterator[Searx]:
    with running_searx(PAGES) as running:
        yield running


@pytest.fixture
async def searxng(searx: Searx) -> AsyncIterator[SearXNG]:
    searx.corpus.asked.clear()
    provider = SearXNG(searx.url)
    yield provider
    await provider.close()


def urls(results: tuple[SearchResult, ...]) -> list[str]:
    return [result.url for result in results]


@needs_searx
async def test_it_finds_pages_with_text_that_can_be_quoted(searxng: SearXNG) -> None:
    first = (await searxng.search(QUERY)).results[0]
    assert (first.url, first.title) == ("https://a.example/whales", "Blue whales & song")
    assert first.snippet == "Blue whales sing below forty hertz."
    assert first.kind == "web"
    assert first.published == datetime(2026, 11, 20, 10, tzinfo=UTC)
    [passage] = first.passages
    assert passage.text == first.snippet


@needs_searx
async def test_its_suggestions_come_along(searx: Searx, searxng: SearXNG) -> None:
    searx.corpus.suggestions.append("why do whales sing?")
    try:
        answer = await searxng.search(QUERY)
    finally:
        searx.corpus.suggestions.clear()
    assert answer.suggestions == ("why do whales sing?",)


@needs_searx
async def test_pages_of_results_follow_each_other(searxng: SearXNG) -> None:
    pages = [await searxng.search(replace(QUERY, page=n)) for n in range(4)]
    found = [url for answer in pages for url in urls(answer.results)]
    assert len(found) == len(set(found)) == len(PAGES)
    assert [answer.exhausted for answer in pages] == [False, False, False, True]


@needs_searx
async def test_what_is_wanted_is_pushed_down(searxng: SearXNG, searx: Searx) -> None:
    where = Filter(domains_allow=("b.example",), languages=("de",), recency="month")
    answer = await searxng.search(replace(QUERY, filter=where, safe=True))
    [asked] = searx.corpus.asked
    assert asked["q"] == "blue whales sing site:b.example"
    assert (asked["language"], asked["time_range"], asked["safesearch"]) == ("de", "month", "2")
    assert urls(answer.results) == ["https://b.example/boats"]


@needs_searx
async def test_images_and_videos_come_with_the_first_page(searxng: SearXNG) -> None:
    wanted = replace(QUERY, images=True, videos=True)
    answer = await searxng.search(wanted)
    assert answer.images == (
        Image(
            "https://pictures.example/whale.jpg",
            "https://pictures.example/whale",
            "A whale",
            800,
            600,
        ),
    )
    assert answer.videos == (
        Video(
            "https://films.example/whale",
            thumbnail_url="https://films.example/whale.jpg",
            duration_s=605.0,
        ),
    )
    assert not {"https://pictures.example/whale", "https://films.example/whale"} & set(
        urls(answer.results)
    )
    later = await searxng.search(replace(wanted, page=1))
    assert (later.images, later.videos) == ((), ())


@needs_searx
async def test_other_kinds_are_other_categories(searxng: SearXNG) -> None:
    answer = await searxng.search(replace(QUERY, kinds=frozenset({"academic"})))
    assert {result.kind for result in answer.results} == {"academic"}
    answer = await searxng.search(replace(QUERY, kinds=frozenset({"social"})))
    assert {result.kind for result in answer.results} == {"social"}


@needs_searx
def test_engines_that_gave_nothing_are_passed_on_and_the_rest_comes() -> None:
    async def search(url: str) -> SearchOutcome:
        provider = SearXNG(url)
        try:
            return await asking(provider, deadline_s=20.0)
        finally:
            await provider.close()

    with running_searx(PAGES, ailing=True) as ailing:
        outcome = asyncio.run(search(ailing.url))
    assert "https://a.example/whales" in urls(outcome.results)
    told = [notice.message for notice in outcome.notices if "searxng" in notice.message]
    assert sorted(message.partition(" gave nothing (")[0] for message in told) == [
        "searxng: broken",
        "searxng: sluggish",
    ]
    assert all(message.endswith(")") for message in told)


@needs_searx
def test_when_it_is_killed_the_rest_answers() -> None:
    async def search(url: str) -> SearchOutcome:
        provider = SearXNG(url)
        try:
            return await asking(provider)
        finally:
            await provider.close()

    with running_searx(PAGES) as killed:
        killed.stop()
        outcome = asyncio.run(search(killed.url))
    assert_rest_answers(outcome, r"could not be reached: no connection")


async def asking(provider: SearXNG, *, deadline_s: float = 2.0) -> SearchOutcome:
    """A search over this provider, an own index with a page, and another provider."""
    own = MemoryIndex()
    await own.put([document("own", "Own whales sing blue songs.")], collection="sea")
    other = ScriptedProvider("other", [SearchResult("https://other.example/", "O", "whales")])
    watched = [WatchedProvider(one, deadline_s=deadline_s) for one in (provider, other)]
    fan_out = FanOut(OwnIndexSearcher(own, None), watched)
    return await fan_out.search(["blue whales sing"], SearchOptions(), RequestContext())


def assert_rest_answers(outcome: SearchOutcome, reason: str) -> None:
    assert set(urls(outcome.results)) == {"https://example.com/own", "https://other.example/"}
    [missing] = [one.message for one in outcome.notices if one.kind == "unresponsive_engine"]
    assert missing.startswith("searxng")
    assert re.search(reason, missing), missing


@asynccontextmanager
async def answering(response: web.Response, *, delay_s: float = 0.0) -> AsyncIterator[str]:
    """The address of a service that answers everything so."""

    closing = asyncio.Event()

    async def handle(request: web.Request) -> web.StreamResponse:
        with suppress(TimeoutError):
            await asyncio.wait_for(closing.wait(), delay_s)
        return web.Response(
            status=response.status, body=response.body, headers=response.headers.copy()
        )

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", handle)
    runner = web.AppRunner(application, shutdown_timeout=0)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        closing.set()
        await runner.cleanup()


HTML = web.Response(text="<html>Results</html>", content_type="text/html")


@pytest.mark.parametrize(
    ("response", "delay_s", "reason"),
    [
        (HTML, 0, r"answered with text/html instead of JSON: add json to search.formats"),
        (web.Response(status=500, text="oh"), 0, r"answered 500"),
        (web.Response(status=502), 0, r"answered 502"),
        (web.json_response({"results": []}), 30, r"did not answer within 1 s"),
        (web.Response(status=403, text="no"), 0, r"add json to search.formats"),
        (web.json_response([1, 2]), 0, r"instead of JSON"),
        (web.Response(body=b"{", content_type="application/json"), 0, r"instead of JSON"),
        (web.Response(status=302, headers={"Location": "http://127.0.0.1:1/"}), 0, r"302"),
    ],
)
async def test_when_it_fails_the_rest_answers_and_the_answer_says_so(
    response: web.Response, delay_s: float, reason: str
) -> None:
    async with answering(response, delay_s=delay_s) as url:
        provider = SearXNG(url)
        outcome = await asking(provider, deadline_s=1.0)
        await provider.close()
    assert_rest_answers(outcome, reason)


async def test_a_limiter_says_when_to_come_again() -> None:
    too_many = web.Response(status=429, headers={"Retry-After": "90"})
    async with answering(too_many) as url:
        provider = SearXNG(url)
        with pytest.raises(ProviderRateLimited) as caught:
            await provider.search(QUERY)
        await provider.close()
    assert caught.value.retry_after_s == 90


async def test_json_that_is_switched_off_is_no_passing_failure() -> None:
    async with answering(HTML) as url:
        provider = SearXNG(f"{url}/search/")
        with pytest.raises(ProviderRefused, match=r"settings\.yml"):
            await provider.search(QUERY)
        await provider.close()


async def test_nobody_listening_is_a_failure_at_once() -> None:
    provider = SearXNG("http://127.0.0.1:1")
    with pytest.raises(ProviderFailed, match="could not be reached"):
        await provider.search(QUERY)
    await provider.close()


@pytest.mark.parametrize(
    "results",
    [
        [],
        [None, 1, "x", {}],
        [{"url": "javascript:alert(1)", "title": "x"}],
        [{"url": 5, "title": ["x"], "content": {}}],
        [{"category": "images", "img_src": 5}, {"category": "videos"}],
    ],
)
async def test_odd_results_are_passed_over(results: list[object]) -> None:
    said = {"results": results, "unresponsive_engines": [["a"], "b", None]}
    async with answering(web.json_response(said)) as url:
        provider = SearXNG(url)
        answer = await provider.search(QUERY)
        await provider.close()
    assert (answer.results, answer.images, answer.videos) == ((), (), ())
    assert answer.unresponsive == ()
