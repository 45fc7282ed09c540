"""What is told at the end of an answer, of what was heard of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hydrophone.engine.engine import Engine
from hydrophone.engine.honesty.account import Account
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import NOT_IN_SOURCES, QuoteWriter
from hydrophone.engine.write import ModelWriter
from hydrophone.engine.writing.release import Checking
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.scripted import saying
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Citation,
    Event,
    Finished,
    Notice,
    Question,
    RequestContext,
    SearchOptions,
    Source,
    SourceSpan,
    Text,
    ToolCallDelta,
    Verdict,
    ask,
)
from tests.engine.material import source
from tests.engine.writing.judging import ByWords

NOW = datetime(2026, 11, 22, tzinfo=UTC)
QUESTION = "How tall is the Eiffel Tower today?"
LOW = "The Eiffel Tower is 300 metres tall."
HIGH = "The Eiffel Tower is 330 metres tall."


def page(n: int, text: str, published: datetime | None = None) -> Source:
    one = source(n, text)
    return replace(one, result=replace(one.result, published=published))


OLD = page(1, LOW, datetime(2019, 3, 3, tzinfo=UTC))
NEW = page(2, HIGH, datetime(2026, 10, 1, tzinfo=UTC))


def cites(n: int, quote: str, verdict: Verdict = "supported") -> Citation:
    return Citation(n, f"{n}.0", None, SourceSpan(f"v{n}", 0, len(quote)), quote, verdict)


async def account_of(*events: Event) -> tuple[Account, list[Event]]:
    passed: list[Event] = []

    async def emit(event: Event) -> None:
        passed.append(event)

    account = Account(QUESTION, [OLD, NEW], emit)
    for event in events:
        await account.hear(event)
    return account, passed


async def test_all_that_is_heard_is_passed_on() -> None:
    said = [Text("A."), cites(1, LOW), Notice("partial", "x")]
    _, passed = await account_of(*said)
    assert passed == said


async def test_cited_sources_are_told_of_where_they_are_old_or_disagree() -> None:
    account, _ = await account_of(Text("A."), cites(1, LOW), cites(2, HIGH), cites(2, HIGH))
    assert [notice.kind for notice in account.notices(NOW)] == ["old_sources", "disagreement"]
    account, _ = await account_of(Text("A."), cites(2, HIGH))
    assert list(account.notices(NOW)) == []


@pytest.mark.parametrize(
    ("events", "doubtful"),
    [
        ([], False),
        ([Text(" \n")], False),
        ([Text("A.")], True),
        ([Text("A."), cites(1, LOW, "unsupported")], True),
        ([Text("A."), cites(1, LOW, "unsupported"), cites(2, HIGH)], False),
        ([Text("A."), cites(1, LOW, "exists")], False),
        ([Text("A."), ToolCallDelta(0, "c", "f")], False),
    ],
)
async def test_an_answer_that_no_citation_supports_is_doubtful(
    events: Sequence[Event], doubtful: bool
) -> None:
    account, _ = await account_of(*events)
    assert account.doubtful is doubtful


@pytest.mark.parametrize(
    ("text", "states"),
    [
        ("The sources do not say how tall it is.", False),
        ("Sorry! The tower is 330 metres tall.", True),
        ("", False),
    ],
)
async def test_saying_that_the_sources_do_not_say_states_nothing(text: str, states: bool) -> None:
    account, _ = await account_of(Text(text))
    assert account.states_facts() is states


class Finds:
    """A searcher that finds these."""

    def __init__(self, *sources: Source) -> None:
        self._results = tuple(one.result for one in sources)

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        return SearchOutcome(self._results)


async def answered(engine: Engine, question: Question) -> tuple[str, list[str]]:
    async with engine.answer(question, RequestContext(clock=NOW.timestamp)) as events:
        heard = [event async for event in events]
    assert isinstance(heard[-1], Finished)
    text = "".join(event.delta for event in heard if isinstance(event, Text))
    return text, [event.kind for event in heard if isinstance(event, Notice)]


def writing(text: str, *sources: Source) -> Engine:
    writer = ModelWriter(saying(text), WordCounter(), deadline_s=30, checking=Checking(ByWords()))
    return Engine(Finds(*sources), writer, Profile(chat_model="tiny"), deadline_s=30)


async def test_what_a_model_remembers_is_not_taken_for_found() -> None:
    engine = writing("Sharks have eight gills.", OLD)
    text, notices = await answered(engine, ask("How many gills do sharks have?"))
    assert text == f"Sharks have eight gills.\n\n{NOT_IN_SOURCES}"
    assert notices.count("not_in_sources") == 1


async def test_a_model_that_says_so_itself_is_not_repeated() -> None:
    engine = writing("The sources do not say how many gills sharks have.", OLD)
    text, notices = await answered(engine, ask("How many gills do sharks have?"))
    assert text == "The sources do not say how many gills sharks have."
    assert notices == ["not_in_sources"]


async def test_an_answer_that_is_supported_stands_alone() -> None:
    engine = writing(f"{HIGH[:-1]} [1].", page(1, HIGH))
    text, notices = await answered(engine, ask("How tall is the Eiffel Tower?"))
    assert "not in the sources" not in text
    assert notices == []


async def test_quotes_that_disagree_stand_with_their_dates() -> None:
    writer = QuoteWriter(WordOverlap(), WordCounter())
    engine = Engine(Finds(OLD, page(2, HIGH)), writer, Profile(), deadline_s=30)
    text, notices = await answered(engine, ask("How tall is the Eiffel Tower today?"))
    assert text == (
        f"The sources do not agree. Of 3 March 2019: {LOW} [1] Of an unknown date: {HIGH} [2]"
    )
    assert notices == ["old_sources", "disagreement"]
