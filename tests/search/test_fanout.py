"""Searching everywhere at once, with providers that answer, fail, hang or leak."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hydrophone.errors import DocumentError, InvalidRequest, StorageError
from hydrophone.ports import SearchOutcome
from hydrophone.search.base import ProviderAnswer
from hydrophone.search.errors import ProviderFailed, ProviderRefused
from hydrophone.search.fanout import NOTHING_PASSED, WEB_NOT_SEARCHED, FanOut
from hydrophone.search.pages import Pages
from hydrophone.search.scripted import ScriptedProvider
from hydrophone.search.watch.watched import WatchedProvider
from hydrophone.types import (
    Document,
    Filter,
    Image,
    Location,
    Notice,
    RequestContext,
    SearchOptions,
    SearchResult,
    SourceKind,
    Video,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
CONTEXT = RequestContext(clock=NOW.timestamp)
OWN = SearchResult("https://own.example/", "own", "whales sing", "own", "sea")


def page(name: str, day: int | None = None, **more: str) -> SearchResult:
    published = None if day is None else datetime(2026, 11, day, tzinfo=UTC)
    return SearchResult(
        f"https://{name}.example/", name, "whales sing", "web", published=published, **more
    )


class Own:
    """An own index that finds one page, or fails."""

    def __init__(self, *results: SearchResult, error: Exception | None = None) -> None:
        self.results = results
        self.error = error
        self.asked: list[Sequence[str]] = []

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.asked.append(queries)
        if self.error is not None:
            raise self.error
        return SearchOutcome(self.results, (Notice("no_embedder", "by words"),))


def fan_out(
    *providers: ScriptedProvider,
    own: Own | None = None,
    deadline_s: float = 5.0,
    pages: Pages | None = None,
) -> FanOut:
    watched = [WatchedProvider(one, deadline_s=deadline_s) for one in providers]
    return FanOut(own or Own(OWN), watched, pages=pages)


async def search(
    searcher: FanOut, options: SearchOptions | None = None, *queries: str
) -> SearchOutcome:
    return await searcher.search(queries or ("whales sing",), options or SearchOptions(), CONTEXT)


def names(outcome: SearchOutcome) -> list[str]:
    return [result.title for result in outcome.results]


def told(outcome: SearchOutcome, kind: str = "unresponsive_engine") -> list[str]:
    return [notice.message for notice in outcome.notices if notice.kind == kind]


async def test_suggestions_of_all_come_each_once() -> None:
    one = ProviderAnswer((page("a"),), suggestions=("deep sea", "whale song"))
    two = ProviderAnswer((page("b"),), suggestions=("whale song", "why sing?"))
    outcome = await search(fan_out(ScriptedProvider("one", one), ScriptedProvider("two", two)))
    assert outcome.suggestions == ("deep sea", "whale song", "why sing?")


async def test_all_that_is_found_anywhere_comes_together() -> None:
    searcher = fan_out(
        ScriptedProvider("one", [page("a"), page("b")]), ScriptedProvider("two", [page("b")])
    )
    outcome = await search(searcher)
    assert names(outcome)[0] == "b"
    assert set(names(outcome)) == {"own", "a", "b"}
    assert [notice.kind for notice in outcome.notices] == ["no_embedder"]


async def test_without_providers_the_own_index_answers_as_it_is() -> None:
    outcome = await search(fan_out())
    assert outcome.results == (OWN,)
    assert [notice.kind for notice in outcome.notices] == ["no_embedder"]


async def test_a_failing_provider_costs_only_its_own_part() -> None:
    searcher = fan_out(
        ScriptedProvider("good", [page("a")]),
        ScriptedProvider("bad", ProviderFailed("bad: it is broken")),
    )
    outcome = await search(searcher)
    assert set(names(outcome)) == {"own", "a"}
    assert told(outcome) == ["bad: it is broken"]


async def test_a_hanging_provider_is_waited_for_no_longer_than_its_deadline() -> None:
    slow = ScriptedProvider("slow", [page("b")], delay_s=3600)
    outcome = await search(fan_out(ScriptedProvider("good", [page("a")]), slow, deadline_s=0.05))
    assert set(names(outcome)) == {"own", "a"}
    assert told(outcome) == ["slow did not answer within 0.05 s"]


async def test_when_nobody_answers_the_own_index_does() -> None:
    outcome = await search(fan_out(ScriptedProvider("bad", ProviderRefused("bad: wrong key"))))
    assert names(outcome) == ["own"]
    assert told(outcome) == ["bad: wrong key"]


async def test_when_the_own_index_fails_the_web_answers() -> None:
    own = Own(error=StorageError("it is being mended"))
    outcome = await search(fan_out(ScriptedProvider("good", [page("a")]), own=own))
    assert names(outcome) == ["a"]
    assert told(outcome, "partial") == ["The own index could not be searched: it is being mended"]


async def test_when_the_own_index_fails_and_nobody_else_is_there_it_is_an_error() -> None:
    with pytest.raises(StorageError):
        await search(fan_out(own=Own(error=StorageError("broken"))))


async def test_a_wrong_request_is_an_error_whoever_else_is_there() -> None:
    searcher = fan_out(ScriptedProvider("good", [page("a")]), own=Own(error=InvalidRequest("no")))
    with pytest.raises(InvalidRequest):
        await search(searcher)


@pytest.mark.parametrize("queries", [(), ("",), (" \n",)])
async def test_a_search_for_nothing_is_refused(queries: tuple[str, ...]) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await fan_out().search(queries, SearchOptions(), CONTEXT)
    assert caught.value.param == "query"


@pytest.mark.parametrize(
    ("kinds", "asked"),
    [
        ((), {"own", "web", "both"}),
        (("own",), {"own"}),
        (("web",), {"web", "both"}),
        (("academic",), {"papers", "both"}),
        (("sec", "own"), {"filings", "own"}),
        (("web", "academic", "sec"), {"web", "both", "papers", "filings"}),
    ],
)
async def test_those_who_serve_the_wanted_kinds_are_asked(
    kinds: tuple[SourceKind, ...], asked: set[str]
) -> None:
    providers = [
        ScriptedProvider("web", [page("web")]),
        ScriptedProvider("both", [page("both")], kinds=frozenset({"web", "academic"})),
        ScriptedProvider("papers", [page("papers")], kinds=frozenset({"academic"})),
        ScriptedProvider("filings", [page("filings")], kinds=frozenset({"sec"})),
    ]
    outcome = await search(fan_out(*providers), SearchOptions(kinds=kinds))
    assert set(names(outcome)) == asked
    for provider in providers:
        for query in provider.asked:
            assert query.kinds == provider.kinds & (set(kinds) or {"web"})


async def test_a_kind_that_nobody_serves_is_told() -> None:
    outcome = await search(fan_out(), SearchOptions(kinds=("sec", "own")))
    assert told(outcome, "no_search") == ["No search provider for sec sources is set up."]
    outcome = await search(fan_out(), SearchOptions(kinds=("web",)))
    assert told(outcome, "no_search") == ["No search provider for web sources is set up."]


async def test_where_nothing_is_found_it_is_told_what_was_not_searched() -> None:
    outcome = await search(fan_out(own=Own()))
    assert told(outcome, "no_search") == [WEB_NOT_SEARCHED]
    outcome = await search(fan_out(ScriptedProvider("web", []), own=Own()))
    assert told(outcome, "no_search") == []
    outcome = await search(fan_out())
    assert told(outcome, "no_search") == []


async def test_where_nothing_satisfies_the_filter_it_is_told() -> None:
    late = Filter(published_after=date(2030, 1, 1))
    provider = ScriptedProvider("web", [page("a", 1)])
    outcome = await search(fan_out(provider, own=Own()), SearchOptions(filter=late))
    assert names(outcome) == []
    assert told(outcome, "partial") == [NOTHING_PASSED]
    outcome = await search(fan_out(provider, own=Own()))
    assert told(outcome, "partial") == []


async def test_own_collections_are_searched_alone() -> None:
    provider = ScriptedProvider("web", [page("a")])
    where = SearchOptions(filter=Filter(collections=("sea",)))
    assert names(await search(fan_out(provider), where)) == ["own"]
    assert provider.asked == []


async def test_no_result_breaks_the_filter_whatever_a_provider_gives() -> None:
    leaking = [
        page("good", 20),
        page("old", 1),
        page("undated"),
        replace(page("elsewhere", 20), url="https://elsewhere.org/"),
        replace(page("german", 20), language="de"),
    ]
    where = Filter(domains_allow=(".example",), recency="week", languages=("en",))
    provider = ScriptedProvider("web", leaking)
    outcome = await search(fan_out(provider, own=Own()), SearchOptions(filter=where))
    assert names(outcome) == ["good"]


async def test_what_the_filter_took_is_made_up_for_from_later_pages() -> None:
    pages = [[page(f"old{n}", 1), page(f"new{n}", 20)] for n in range(5)]
    provider = ScriptedProvider("web", *pages)
    options = SearchOptions(filter=Filter(recency="week"), max_results=2)
    outcome = await search(fan_out(provider, own=Own()), options)
    assert names(outcome) == ["new0", "new1"]
    assert [query.page for query in provider.asked] == [0, 1]


async def test_later_pages_are_asked_for_a_few_times_only() -> None:
    provider = ScriptedProvider("web", *[[page(f"old{n}", 1)] for n in range(50)])
    outcome = await search(
        fan_out(provider, own=Own()), SearchOptions(filter=Filter(recency="day"))
    )
    assert names(outcome) == []
    assert len(provider.asked) == 3


async def test_without_a_filter_one_page_is_enough() -> None:
    provider = ScriptedProvider("web", [page("a")], [page("b")])
    await search(fan_out(provider))
    assert len(provider.asked) == 1


async def test_a_failure_on_a_later_page_keeps_the_first() -> None:
    provider = ScriptedProvider("web", [page("a", 20)], ProviderFailed("web: broken"))
    outcome = await search(
        fan_out(provider, own=Own()), SearchOptions(filter=Filter(recency="week"))
    )
    assert names(outcome) == ["a"]
    assert told(outcome) == []


async def test_engines_behind_a_provider_that_gave_nothing_are_told() -> None:
    answer = ProviderAnswer((page("a"),), unresponsive=(("google", "timeout"),))
    outcome = await search(fan_out(ScriptedProvider("searxng", answer)))
    assert told(outcome) == ["searxng: google gave nothing (timeout)"]


async def test_images_and_videos_come_each_once_when_they_are_wanted() -> None:
    image = Image("https://a.example/1.png", "https://a.example/")
    video = Video("https://a.example/film")
    answer = ProviderAnswer(images=(image, image), videos=(video,))
    providers = [ScriptedProvider("one", answer), ScriptedProvider("two", answer)]
    outcome = await search(fan_out(*providers), SearchOptions(images=True, videos=True))
    assert (outcome.images, outcome.videos) == ((image,), (video,))
    assert all(query.images and query.videos for one in providers for query in one.asked)


async def test_what_the_caller_wants_is_passed_down() -> None:
    provider = ScriptedProvider("web", [page("a")])
    where = Filter(languages=("de",), recency="month")
    options = SearchOptions(
        filter=where, location=Location(country="de"), safe=True, max_results=50
    )
    await search(fan_out(provider), options)
    query = provider.asked[0]
    assert (query.country, query.language, query.safe) == ("DE", "de", True)
    assert (query.filter, query.now, query.count) == (where, NOW, 20)


async def test_several_queries_are_asked_at_once_and_a_failure_is_told_once() -> None:
    good = ScriptedProvider("good", [page("a")])
    bad = ScriptedProvider("bad", ProviderFailed("bad: broken"))
    outcome = await search(fan_out(good, bad), None, "whales", " ", "boats")
    assert [query.text for query in good.asked] == ["whales", "boats"]
    assert told(outcome) == ["bad: broken"]


async def test_not_more_results_come_than_wanted() -> None:
    provider = ScriptedProvider("web", [page(f"p{n}") for n in range(30)])
    assert len((await search(fan_out(provider), SearchOptions(max_results=7))).results) == 7
    assert len((await search(fan_out(provider))).results) == 10


async def test_the_same_question_gets_the_same_results_in_the_same_order() -> None:
    def searcher() -> FanOut:
        return fan_out(
            ScriptedProvider("one", [page(name) for name in "abc"], delay_s=0.02),
            ScriptedProvider("two", [page(name) for name in "cde"]),
            ScriptedProvider("three", [page(name) for name in "xyz"], delay_s=0.01),
        )

    outcomes = [await search(searcher()) for _ in range(5)]
    assert all(outcome == outcomes[0] for outcome in outcomes)


async def test_who_leaves_takes_the_calls_along() -> None:
    provider = ScriptedProvider("slow", [page("a")], delay_s=3600)
    task = asyncio.create_task(search(fan_out(provider)))
    await asyncio.sleep(0.01)
    task.cancel()
    await asyncio.wait({task})
    assert task.cancelled()
    assert len(asyncio.all_tasks()) == 1


class Dated:
    """Pages with dates that only they know."""

    def __init__(self) -> None:
        self.read: list[str] = []

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        self.read.append(url)
        if "broken" in url:
            raise DocumentError("broken")
        day = 1 if "old" in url else 20
        return Document(url, "t", "text", published=datetime(2026, 11, day, tzinfo=UTC))


async def test_dates_that_no_search_tells_are_read_from_the_pages() -> None:
    web = Dated()
    results = [page("new"), page("old"), page("broken"), page("known", 21), page("gone", 2)]
    searcher = fan_out(ScriptedProvider("web", results), own=Own(), pages=Pages(web))
    options = SearchOptions(filter=Filter(published_after=date(2026, 11, 15)))
    outcome = await search(searcher, options)
    assert names(outcome) == ["new", "known"]
    assert outcome.results[0].published == datetime(2026, 11, 20, tzinfo=UTC)
    assert web.read == [f"https://{name}.example/" for name in ("new", "old", "broken")]


async def test_without_a_date_filter_no_page_is_read_for_its_date() -> None:
    web = Dated()
    searcher = fan_out(ScriptedProvider("web", [page("new")]), pages=Pages(web))
    await search(searcher, SearchOptions(filter=Filter(languages=("en",))))
    assert web.read == []
