"""Searching with long snippets: a real index, providers that leak, fail and hang, a small web."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.errors import DeadlineExceeded, DocumentError, InvalidRequest
from hydrophone.index.filters import compile_test
from hydrophone.index.memory import MemoryIndex
from hydrophone.llm.base import TokenCounter
from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.llm.tokens import WordCounter, WordPieceCounter
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.search.errors import ProviderFailed
from hydrophone.search.fanout import FanOut
from hydrophone.search.own import OwnIndexSearcher
from hydrophone.search.pages import Pages
from hydrophone.search.scripted import ScriptedProvider
from hydrophone.search.snippets.composition import SEPARATOR
from hydrophone.search.snippets.searcher import MOST_READ, SnippetSearcher
from hydrophone.search.watch.watched import WatchedProvider
from hydrophone.types import (
    Document,
    Filter,
    Meter,
    Recency,
    RequestContext,
    SearchOptions,
    SearchResult,
    SnippetOptions,
    Usage,
)

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
FILLER = "Boats lie in the harbour and wait for better weather. " * 40
SONG = "Blue whales sing below forty hertz, so deep that nobody hears them."
CARGO = "The crane lifts cargo off the ship before noon."
TEXT = f"{FILLER}\n\n{SONG}\n\n{FILLER}\n\n{CARGO}\n\n{FILLER}"
OWN_URL = "file:///notes/sea.txt"
WORDS = WordCounter()


def found(name: str, *, day: int | None = None, language: str | None = None) -> SearchResult:
    published = None if day is None else datetime(2026, 11, day, tzinfo=UTC)
    return SearchResult(
        f"https://{name}.example/",
        f"Page {name}",
        "An excerpt about whales.",
        "web",
        published=published,
        language=language,
    )


@dataclass
class Web:
    """Pages with one text; what an address says of itself is so: broken, slow, empty."""

    texts: dict[str, str] = field(default_factory=dict)
    published: dict[str, datetime] = field(default_factory=dict)
    moved: dict[str, str] = field(default_factory=dict)
    read: list[str] = field(default_factory=list)

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        self.read.append(url)
        if "slow" in url:
            await asyncio.sleep(3600)
        if "broken" in url:
            raise DocumentError(f"{url} is broken")
        text = "" if "empty" in url else self.texts.get(url, TEXT)
        at = self.moved.get(url, url)
        return Document(at, "From the page", text, published=self.published.get(url))


async def searcher_over(
    *results: Sequence[SearchResult] | ProviderFailed,
    web: Web | None = None,
    own: Sequence[Document] = (),
    hangs: bool = False,
    read_deadline_s: float = 5.0,
    tokens: TokenCounter = WORDS,
) -> SnippetSearcher:
    index = MemoryIndex(now=lambda: NOW)
    await index.put(own, collection="notes")
    providers = [
        WatchedProvider(
            ScriptedProvider(f"p{number}", one, delay_s=3600 if hangs else 0), deadline_s=0.2
        )
        for number, one in enumerate(results)
    ]
    return SnippetSearcher(
        FanOut(OwnIndexSearcher(index, None), providers),
        tokens,
        text_of=index.text,
        pages=None if web is None else Pages(web),
        read_deadline_s=read_deadline_s,
        deadline_s=30,
    )


async def search(
    searcher: Searcher,
    *queries: str,
    snippets: SnippetOptions | None = None,
    where: Filter | None = None,
    by_query: bool = False,
    meter: Meter | None = None,
) -> SearchOutcome:
    options = SearchOptions(
        filter=where or Filter(),
        max_results=10,
        snippets=snippets or SnippetOptions(),
        by_query=by_query,
    )
    context = RequestContext(clock=NOW.timestamp, meter=meter or Meter())
    return await searcher.search(queries or ("blue whales sing",), options, context)


def snippets(outcome: SearchOutcome) -> list[str]:
    return [result.snippet for result in outcome.results]


def urls(results: Sequence[SearchResult]) -> list[str]:
    return [result.url for result in results]


async def test_a_page_of_the_web_is_read_and_its_passages_are_the_snippet() -> None:
    web = Web()
    outcome = await search(await searcher_over([found("a")], web=web))
    [snippet] = snippets(outcome)
    assert SONG in snippet
    assert "An excerpt" not in snippet
    assert web.read == ["https://a.example/"]


async def test_own_documents_are_told_from_their_whole_text() -> None:
    own = Document(OWN_URL, "Sea", "\n\n".join(f"{SONG} Part {n}. {FILLER}" for n in range(9)))
    outcome = await search(await searcher_over(own=[own]))
    [snippet] = snippets(outcome)
    # The index itself gives three passages of 170 words for a page.
    assert snippet.count(SONG) == 9
    assert WORDS.count(snippet) > 1500


async def test_the_passages_that_the_index_found_are_the_last_to_go() -> None:
    own = Document(OWN_URL, "Sea", TEXT)
    tight = SnippetOptions(page_tokens=15, total_tokens=100)
    outcome = await search(await searcher_over(own=[own]), snippets=tight)
    assert snippets(outcome) == [SONG]


async def test_passages_that_stand_apart_have_the_separator_between_them() -> None:
    searcher = await searcher_over([found("a")], web=Web())
    both = SnippetOptions(page_tokens=500)
    outcome = await search(searcher, "blue whales sing", "crane cargo", snippets=both)
    [snippet] = snippets(outcome)
    assert snippet.index(SONG) < snippet.index(SEPARATOR) < snippet.index(CARGO)


async def test_a_page_that_cannot_be_read_keeps_its_excerpt_and_it_is_told() -> None:
    results = [found("broken"), found("a"), found("empty")]
    outcome = await search(await searcher_over(results, web=Web()))
    by_url = dict(zip(urls(outcome.results), snippets(outcome), strict=True))
    assert by_url["https://broken.example/"] == "An excerpt about whales."
    assert by_url["https://empty.example/"] == "An excerpt about whales."
    assert SONG in by_url["https://a.example/"]
    notice = outcome.notices[-1]
    assert notice.kind == "partial"
    assert "broken.example" in notice.message


async def test_reading_ends_at_its_deadline_with_what_there_is() -> None:
    results = [found("slow"), found("a")]
    searcher = await searcher_over(results, web=Web(), read_deadline_s=0.1)
    outcome = await search(searcher)
    assert sorted(len(text) > 100 for text in snippets(outcome)) == [False, True]
    assert "slow.example" in outcome.notices[-1].message


async def test_a_provider_that_fails_or_hangs_is_a_notice() -> None:
    own = [Document(OWN_URL, "Sea", TEXT)]
    failing = await searcher_over(ProviderFailed("p0 is down"), own=own)
    hanging = await searcher_over([found("a")], own=own, hangs=True)
    for searcher in (failing, hanging):
        outcome = await search(searcher)
        assert urls(outcome.results) == [OWN_URL]
        assert [notice.kind for notice in outcome.notices] == ["no_embedder", "unresponsive_engine"]


async def test_a_search_that_hangs_fails_at_the_deadline() -> None:
    class Hanging:
        async def search(
            self, queries: Sequence[str], options: SearchOptions, context: RequestContext
        ) -> SearchOutcome:
            await asyncio.sleep(3600)
            raise AssertionError

    searcher = SnippetSearcher(
        Hanging(),
        WORDS,
        text_of=MemoryIndex().text,
        pages=None,
        read_deadline_s=1,
        deadline_s=0.05,
    )
    with pytest.raises(DeadlineExceeded):
        await search(searcher)


async def test_fast_reads_nothing() -> None:
    web = Web()
    own = Document(OWN_URL, "Sea", "\n\n".join(f"{SONG} Part {n}. {FILLER}" for n in range(9)))
    searcher = await searcher_over([found("a")], web=web, own=[own])
    outcome = await search(searcher, snippets=SnippetOptions(read=False))
    by_url = dict(zip(urls(outcome.results), snippets(outcome), strict=True))
    assert web.read == []
    assert by_url["https://a.example/"] == "An excerpt about whales."
    assert SONG in by_url[OWN_URL]
    assert WORDS.count(by_url[OWN_URL]) < 1000


async def test_without_options_for_snippets_they_are_as_the_search_gave_them() -> None:
    searcher = await searcher_over([found("a")], web=Web())
    outcome = await searcher.search(["whales"], SearchOptions(), RequestContext())
    assert snippets(outcome) == ["An excerpt about whales."]


async def test_queries_are_fused_to_one_list_without_doubles() -> None:
    searcher = await searcher_over([found("a"), found("b")], web=Web())
    outcome = await search(searcher, "whales", "cargo")
    assert sorted(urls(outcome.results)) == ["https://a.example/", "https://b.example/"]
    assert outcome.by_query == ()


async def test_by_query_each_has_its_own_results_and_snippets() -> None:
    own = [Document(OWN_URL, "Sea", TEXT), Document("file:///crane", "Crane", CARGO)]
    tight = SnippetOptions(page_tokens=15)
    outcome = await search(
        await searcher_over(own=own), "blue whales sing", "crane", snippets=tight, by_query=True
    )
    whales, cranes = outcome.by_query
    assert [one.snippet for one in whales] == [SONG]
    assert {one.snippet for one in cranes} == {CARGO}
    assert sorted(urls(outcome.results)) == ["file:///crane", OWN_URL]


async def test_budgets_hold_over_all_lists_by_query() -> None:
    searcher = await searcher_over([found("a"), found("b")], web=Web())
    tight = SnippetOptions(page_tokens=1000, total_tokens=100)
    outcome = await search(searcher, "whales", "cargo", snippets=tight, by_query=True)
    said = [WORDS.count(one.snippet) for group in outcome.by_query for one in group]
    assert len(said) == 4
    assert 80 < sum(said) <= 100


async def test_what_a_page_says_of_its_date_counts() -> None:
    results = [found("old", day=20), found("new", day=20)]
    web = Web(published={"https://old.example/": datetime(2020, 1, 1, tzinfo=UTC)})
    where = Filter(published_after=date(2026, 11, 1))
    outcome = await search(await searcher_over(results, web=web), where=where)
    assert urls(outcome.results) == ["https://new.example/"]


async def test_a_page_that_leads_to_a_denied_domain_goes() -> None:
    web = Web(moved={"https://a.example/": "https://denied.example/"})
    where = Filter(domains_deny=("denied.example",))
    outcome = await search(await searcher_over([found("a"), found("b")], web=web), where=where)
    assert urls(outcome.results) == ["https://b.example/"]


async def test_addresses_that_lead_to_one_page_are_one_result() -> None:
    there = "https://there.example/"
    web = Web(moved={"https://a.example/": there, "https://b.example/": there})
    outcome = await search(await searcher_over([found("a"), found("b")], web=web))
    assert len(outcome.results) == 1


async def test_a_date_that_only_the_page_knows_is_told() -> None:
    told = datetime(2026, 11, 3, tzinfo=UTC)
    web = Web(published={"https://a.example/": told})
    [result] = (await search(await searcher_over([found("a")], web=web))).results
    assert (result.published, result.title) == (told, "Page a")


async def test_not_more_than_twenty_pages_are_read_those_of_the_best_ranks() -> None:
    first = [found(f"first{n}") for n in range(10)]
    second = [found(f"second{n}") for n in range(10)]
    third = [found(f"third{n}") for n in range(10)]
    web = Web()
    meter = Meter()
    searcher = await searcher_over(first, second, third, web=web)
    options = SearchOptions(max_results=30, snippets=SnippetOptions())
    context = RequestContext(clock=NOW.timestamp, meter=meter)
    outcome = await searcher.search(["whales"], options, context)
    assert len(outcome.results) == 30
    assert set(web.read) == set(urls(outcome.results[:MOST_READ]))
    assert meter.usage == Usage(search_queries=1, pages_read=MOST_READ)


async def test_nothing_found_is_no_results() -> None:
    outcome = await search(await searcher_over(web=Web()), "zeppelin")
    assert outcome.results == ()


async def test_queries_that_say_nothing_are_refused_and_not_counted() -> None:
    meter = Meter()
    with pytest.raises(InvalidRequest):
        await search(await searcher_over(), " ", "", meter=meter)
    assert meter.usage == Usage()


LEAKS = [
    found("a", day=20, language="en"),
    found("b", day=1, language="de"),
    found("sub.a", day=21, language="en"),
    found("undated"),
    found("broken", day=21, language="en"),
]
# What pages say of themselves once they are read.
TOLD = {
    "https://a.example/": datetime(2020, 1, 1, tzinfo=UTC),
    "https://undated.example/": datetime(2026, 11, 22, tzinfo=UTC),
}
OWN = [
    Document(OWN_URL, "Sea", TEXT, published=datetime(2026, 11, 21, tzinfo=UTC), language="en"),
    Document("https://own.example/x", "Own", TEXT, language="de"),
]
RECENCIES: list[Recency | None] = [None, "day", "week", "month"]
FILTERS = st.builds(
    Filter,
    domains_allow=st.sampled_from(
        [(), ("a.example",), (".example",), ("b.example", "own.example")]
    ),
    domains_deny=st.sampled_from([(), ("sub.a.example",), ("own.example",)]),
    languages=st.sampled_from([(), ("en",), ("de", "fr")]),
    published_after=st.sampled_from([None, date(2026, 11, 10)]),
    published_before=st.sampled_from([None, date(2026, 11, 20)]),
    recency=st.sampled_from(RECENCIES),
)
WORDPIECES = WordPieceCounter(find_model_files(BGE_SMALL_EN))


@settings(max_examples=60, deadline=None)
@given(
    where=FILTERS,
    page_tokens=st.integers(1, 400),
    total_tokens=st.integers(1, 900),
    by_query=st.booleans(),
)
def test_no_budget_and_no_filter_is_ever_broken(
    where: Filter, page_tokens: int, total_tokens: int, by_query: bool
) -> None:
    async def work() -> SearchOutcome:
        searcher = await searcher_over(LEAKS, web=Web(published=TOLD), own=OWN, tokens=WORDPIECES)
        budgets = SnippetOptions(page_tokens, total_tokens)
        return await search(
            searcher, "blue whales", "cargo", snippets=budgets, where=where, by_query=by_query
        )

    outcome = asyncio.run(work())
    told = outcome.by_query if by_query else [outcome.results]
    counts = [WORDPIECES.count(one.snippet) for group in told for one in group]
    assert all(count <= page_tokens for count in counts)
    assert sum(counts) <= total_tokens
    speaking, silent = compile_test(where, NOW), compile_test(replace(where, languages=()), NOW)
    for one in outcome.results:
        page = Document(one.url, "", "", published=one.published, language=one.language)
        assert (speaking if one.language else silent)(page, "")
