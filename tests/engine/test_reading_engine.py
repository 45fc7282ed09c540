"""The engine when pages are read: its events in order, its numbers, its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pytest

from hydrophone.engine.engine import Engine
from hydrophone.engine.gather import NOT_READ
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import QuoteWriter
from hydrophone.errors import DocumentError
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.search.pages import Pages
from hydrophone.types import (
    Budgets,
    Citation,
    Document,
    Event,
    Extras,
    Filter,
    Finished,
    Image,
    Media,
    Notice,
    Question,
    RequestContext,
    SearchOptions,
    SearchResult,
    Sources,
    Step,
    StepResult,
    Text,
    Video,
    ask,
)

ANSWER = "Blue whales sing below forty hertz."
TEXT = f"Boats hum in the harbour all day.\n\n{ANSWER}"
QUESTION = ask("Do blue whales sing below forty hertz?")
NAMED = ask("Do blue whales sing below forty hertz, as https://named.example/w says?")


@dataclass
class Web:
    """Every page says the same; those in `broken` say nothing."""

    broken: tuple[str, ...] = ()
    asked: list[tuple[str, bool]] = field(default_factory=list)

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        self.asked.append((url, typed))
        if url in self.broken:
            raise DocumentError(f"{url} is broken")
        return Document(url, f"Page {url}", TEXT)


@dataclass
class Finds:
    """A searcher that finds so many pages of the web."""

    count: int = 3
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()
    asked: list[tuple[Sequence[str], SearchOptions]] = field(default_factory=list)

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.asked.append((queries, options))
        results = tuple(
            SearchResult(f"https://f{n}.example/", f"Found {n}", "An excerpt.", "web")
            for n in range(1, self.count + 1)
        )
        return SearchOutcome(results, (), self.images, self.videos)


def engine(searcher: Finds, web: Web | None, profile: Profile | None = None) -> Engine:
    return Engine(
        searcher,
        QuoteWriter(WordOverlap(), WordCounter()),
        profile or Profile(),
        deadline_s=30,
        pages=Pages(web) if web else None,
    )


async def events_of(
    engine: Engine, question: Question = QUESTION, context: RequestContext | None = None
) -> list[Event]:
    async with engine.answer(question, context or RequestContext()) as events:
        return [event async for event in events]


def urls(events: Sequence[Event]) -> list[str]:
    [sources] = [event for event in events if isinstance(event, Sources)]
    return [source.result.url for source in sources.items]


def notices(events: Sequence[Event]) -> list[str]:
    return [event.message for event in events if isinstance(event, Notice)]


async def test_found_pages_are_read_between_search_and_sources() -> None:
    events = await events_of(engine(Finds(2), Web()))
    assert [type(event) for event in events] == [
        Step,
        StepResult,
        Step,
        StepResult,
        Sources,
        Text,
        Citation,
        Finished,
    ]
    reading, read = events[2], events[3]
    assert isinstance(reading, Step)
    assert isinstance(read, StepResult)
    assert (reading.id, reading.kind) == (read.step, "fetch_url")
    assert reading.urls == read.pages == ("https://f1.example/", "https://f2.example/")


async def test_what_is_quoted_stands_in_the_page_at_its_offsets() -> None:
    events = await events_of(engine(Finds(1), Web()))
    [citation] = [event for event in events if isinstance(event, Citation)]
    span = citation.source_span
    assert TEXT[span.start : span.end] == citation.quote == ANSWER


async def test_the_pages_that_were_read_are_counted() -> None:
    context = RequestContext()
    await events_of(engine(Finds(3), Web(broken=("https://f2.example/",))), context=context)
    assert context.meter.usage.pages_read == 2


async def test_a_page_that_cannot_be_read_is_still_a_source() -> None:
    events = await events_of(engine(Finds(2), Web(broken=("https://f1.example/",))))
    assert urls(events) == ["https://f1.example/", "https://f2.example/"]
    assert any("1 of 2 found pages could not be read" in message for message in notices(events))


@pytest.mark.parametrize(("pages", "budget", "read"), [(5, None, 5), (2, None, 2), (5, 1, 1)])
async def test_as_many_pages_are_read_as_profile_and_budget_allow(
    pages: int, budget: int | None, read: int
) -> None:
    web = Web()
    question = replace(QUESTION, budgets=Budgets(pages=budget))
    await events_of(engine(Finds(8), web, Profile(pages=pages)), question)
    assert len(web.asked) == read


async def test_a_page_that_the_question_names_is_source_1() -> None:
    web, searcher = Web(), Finds(2)
    events = await events_of(engine(searcher, web), NAMED)
    assert urls(events)[0] == "https://named.example/w"
    assert web.asked[0] == ("https://named.example/w", True)
    assert searcher.asked[0][0] == ("Do blue whales sing below forty hertz, as says?",)


async def test_a_page_that_is_asked_about_alone_needs_no_search() -> None:
    searcher = Finds(2)
    events = await events_of(engine(searcher, Web()), ask("Summarise https://named.example/w"))
    assert searcher.asked == []
    assert urls(events) == ["https://named.example/w"]


async def test_a_named_page_that_cannot_be_read_is_told_and_the_search_answers() -> None:
    events = await events_of(engine(Finds(1), Web(broken=("https://named.example/w",))), NAMED)
    assert urls(events) == ["https://f1.example/"]
    assert (
        "The page that the question names was not read: https://named.example/w is broken"
        in notices(events)
    )


async def test_when_the_only_page_asked_about_cannot_be_read_the_question_is_searched_for() -> None:
    searcher = Finds(2)
    question = ask("Summarise https://named.example/w")
    events = await events_of(engine(searcher, Web(broken=("https://named.example/w",))), question)
    assert [queries for queries, _ in searcher.asked] == [(question.last_user_text,)]
    assert urls(events) == ["https://f1.example/", "https://f2.example/"]
    steps = [event.id for event in events if isinstance(event, Step)]
    assert len(steps) == len(set(steps)) == 3


async def test_named_pages_count_among_the_most_sources() -> None:
    question = replace(NAMED, search=SearchOptions(max_results=2))
    events = await events_of(engine(Finds(5), Web()), question)
    assert urls(events) == ["https://named.example/w", "https://f1.example/"]


async def test_a_named_page_that_the_filter_excludes_is_not_read() -> None:
    web = Web()
    where = SearchOptions(filter=Filter(domains_deny=("named.example",)))
    events = await events_of(engine(Finds(1), web), replace(NAMED, search=where))
    assert web.asked == [("https://f1.example/", False)]
    assert any("the search filter excludes it" in message for message in notices(events))


async def test_offline_no_page_is_read_and_it_is_told() -> None:
    searcher = Finds(1)
    events = await events_of(engine(searcher, None), NAMED)
    assert NOT_READ in notices(events)
    assert searcher.asked[0][0] == (NAMED.last_user_text,)
    assert urls(events) == ["https://f1.example/"]


async def test_excerpts_can_be_quoted_where_nothing_is_read() -> None:
    events = await events_of(engine(Finds(1), None))
    [sources] = [event for event in events if isinstance(event, Sources)]
    assert [one.text for one in sources.items[0].result.passages] == ["An excerpt."]


async def test_images_and_videos_are_asked_for_and_given_when_wanted() -> None:
    image = Image("https://a.example/1.png", "https://a.example/")
    video = Video("https://a.example/film")
    searcher = Finds(1, images=(image,), videos=(video,))
    question = replace(QUESTION, extras=Extras(images=True, videos=True))
    events = await events_of(engine(searcher, Web()), question)
    assert Media((image,), (video,)) in events
    assert (searcher.asked[0][1].images, searcher.asked[0][1].videos) == (True, True)


async def test_without_images_no_media_event_comes() -> None:
    events = await events_of(engine(Finds(1), Web()))
    assert not any(isinstance(event, Media) for event in events)


@pytest.mark.parametrize(("budget", "left_out"), [(0, 4), (1, 3), (3, 1)])
async def test_pages_that_the_budget_leaves_out_are_counted_in_a_notice(
    budget: int, left_out: int
) -> None:
    web = Web()
    question = replace(NAMED, budgets=Budgets(pages=budget))
    events = await events_of(engine(Finds(3), web, Profile(pages=3)), question)
    [notice] = [one for one in events if isinstance(one, Notice) and one.kind == "budget"]
    assert notice.message.endswith(f"{left_out} page{'' if left_out == 1 else 's'}.")
    assert len(web.asked) == budget


async def test_no_page_is_read_twice_in_several_rounds() -> None:
    web = Web()
    question = replace(QUESTION, search=SearchOptions(depth="pro"))
    events = await events_of(engine(Finds(3), web), question)
    rounds = [one for one in events if isinstance(one, Step) and one.kind == "fetch_url"]
    assert len(rounds) == 1
    assert len(web.asked) == len(set(web.asked)) == 3
