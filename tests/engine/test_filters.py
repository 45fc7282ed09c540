"""A result that breaks a filter never appears: random filters, an own index, a web that leaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hydrophone.catalog import ENGINE_MODELS
from hydrophone.engine.engine import Engine
from hydrophone.engine.quote import QuoteWriter
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.index.memory import MemoryIndex
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.search.fanout import FanOut
from hydrophone.search.own import OwnIndexSearcher
from hydrophone.search.pages import Pages
from hydrophone.search.scripted import ScriptedProvider
from hydrophone.search.watch.watched import WatchedProvider
from hydrophone.types import (
    Citation,
    Document,
    Filter,
    Finished,
    Question,
    RequestContext,
    SearchOptions,
    SearchResult,
    Sources,
    StepResult,
    ask,
)

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)
QUESTION = "How do blue whales sing and why do elephants hum?"
HOSTS = ("a.example", "news.a.example", "b.example", "c.gov", "d.example")
LANGUAGES = ("en", "de", None)
AGES_DAYS = (0, 2, 20, 200, 2000, None)
MODELS = ("sonar", "sonar-pro", "sonar-reasoning", "sonar-deep-research")
RECENCY = {"hour": 1 / 24, "day": 1, "week": 7, "month": 31, "year": 366}


def dated(age_days: int | None) -> datetime | None:
    return None if age_days is None else NOW - timedelta(days=age_days)


def document(number: int) -> Document:
    """One of many documents that differ in host, path, language and dates."""
    host, part = HOSTS[number % 5], ("blog", "docs")[number % 2]
    return Document(
        url=f"https://{host}/{part}/{number}",
        title=f"Whales and elephants {number}",
        text=f"Blue whales sing below forty hertz, says page {number}. Elephants hum on {number}.",
        language=LANGUAGES[number % 3],
        published=dated(AGES_DAYS[number % 6]),
        modified=dated(AGES_DAYS[(number // 2) % 6]),
    )


OWN = [document(number) for number in range(40)]
WEB = [document(number) for number in range(40, 80)]


class Web:
    """Pages that may tell other dates and languages of themselves than the search did."""

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        number = int(url.rsplit("/", 1)[1])
        return replace(document(number + 1), url=url)


def leaking() -> WatchedProvider:
    """A provider that gives everything to everybody."""
    results = [
        SearchResult(
            one.url,
            one.title,
            one.text,
            kind="web",
            published=one.published,
            modified=one.modified,
            language=one.language,
        )
        for one in WEB
    ]
    return WatchedProvider(ScriptedProvider("leaks", *(results for _ in range(3))))


@pytest.fixture
async def index() -> MemoryIndex:
    made = MemoryIndex(now=lambda: NOW)
    await made.put(OWN[::2], collection="even")
    await made.put(OWN[1::2], collection="odd")
    return made


def some(*values: str) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


DAYS = st.none() | st.sampled_from([date(2020, 1, 1), date(2026, 1, 1), date(2026, 6, 10)])
FILTERS = st.builds(
    Filter,
    collections=some("even", "odd"),
    domains_allow=some("a.example", "b.example", ".gov", "a.example/blog"),
    domains_deny=some("news.a.example", "d.example", "c.gov/docs"),
    languages=some("en", "de"),
    published_after=DAYS,
    published_before=DAYS,
    modified_after=DAYS,
    modified_before=DAYS,
    recency=st.none() | st.sampled_from(list(RECENCY)),
)


def on(host: str, path: str, rule: str) -> bool:
    domain, _, prefix = rule.partition("/")
    below = host.endswith(domain) if domain.startswith(".") else f".{host}".endswith(f".{domain}")
    return below and f"{path}/".startswith(f"/{prefix}/" if prefix else "/")


def inside(moment: datetime | None, after: date | None, before: date | None) -> bool:
    if after is None and before is None:
        return True
    if moment is None:
        return False
    day = moment.date()
    return (after is None or day >= after) and (before is None or day <= before)


def breaks(result: SearchResult, where: Filter) -> str:
    """What of the filter the result breaks; written again here, on purpose."""
    parts = urlsplit(result.url)
    host, path = parts.hostname or "", parts.path
    if where.collections and result.collection not in where.collections:
        return "collections"
    if where.domains_allow and not any(on(host, path, one) for one in where.domains_allow):
        return "domains_allow"
    if any(on(host, path, one) for one in where.domains_deny):
        return "domains_deny"
    if where.languages and result.language is not None and result.language not in where.languages:
        return "languages"
    if not inside(result.published, where.published_after, where.published_before):
        return "published"
    if not inside(result.modified, where.modified_after, where.modified_before):
        return "modified"
    if where.recency is not None:
        oldest = NOW - timedelta(days=RECENCY[where.recency])
        if result.published is None or result.published < oldest:
            return "recency"
    return ""


def engine(index: MemoryIndex, model: str) -> Engine:
    profile, pages = ENGINE_MODELS[model].profile, Pages(Web())
    searcher = FanOut(OwnIndexSearcher(index, None), [leaking()], pages=pages)
    kind = QuotedReport if profile.kind == "report" else QuoteWriter
    writer = kind(WordOverlap(), WordCounter())
    return Engine(searcher, writer, profile, deadline_s=60, pages=pages)


async def shown(
    index: MemoryIndex, model: str, question: Question
) -> tuple[Sequence[SearchResult], int]:
    """Every result that any event shows, and how many citations there were."""
    context = RequestContext(clock=NOW.timestamp)
    results: list[SearchResult] = []
    citations = 0
    async with engine(index, model).answer(question, context) as events:
        async for event in events:
            if isinstance(event, Sources):
                results += [source.result for source in event.items]
            elif isinstance(event, StepResult):
                results += event.hits
            citations += isinstance(event, Citation)
    assert isinstance(event, Finished)
    return results, citations


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(where=FILTERS, model=st.sampled_from(MODELS), deep=st.booleans())
async def test_no_result_that_breaks_the_filter_is_ever_shown(
    index: MemoryIndex, where: Filter, model: str, deep: bool
) -> None:
    options = SearchOptions(filter=where, depth="pro" if deep else "fast")
    question = replace(ask(QUESTION, model=model), search=options)
    results, _ = await shown(index, model, question)
    assert [(one.url, reason) for one in results if (reason := breaks(one, where))] == []


@pytest.mark.parametrize("model", MODELS)
async def test_without_a_filter_own_pages_and_the_webs_are_shown(
    index: MemoryIndex, model: str
) -> None:
    results, citations = await shown(index, model, ask(QUESTION, model=model))
    assert {"own", "web"} <= {one.kind for one in results}
    assert citations


async def test_a_filter_that_leaves_something_leaves_it(index: MemoryIndex) -> None:
    options = SearchOptions(filter=Filter(domains_allow=("c.gov",), languages=("en",)))
    question = replace(ask(QUESTION), search=options)
    results, _ = await shown(index, "sonar", question)
    assert results
