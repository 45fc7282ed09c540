"""What the engine tells before the sources are complete, for the first chunk of a stream."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import pytest

from hydrophone.engine.engine import ONE_ROUND, SEVERAL_ROUNDS, Engine
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import QuoteWriter
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.types import (
    Event,
    Extras,
    Related,
    RequestContext,
    SearchOptions,
    Sources,
    Step,
    ask,
)
from tests.engine.material import source

ONE, TWO = "How loud is a boat?", "How loud is a boat? And why do whales sing?"


class Finds:
    """A searcher that finds one page, whose title is a question."""

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        page = source(1, "A boat is as loud as a street.", title="Why do whales sing at night?")
        return SearchOutcome((page.result,))


async def events_of(
    text: str, *, related: bool = False, depth: Literal["fast", "pro", "auto"] = "fast"
) -> tuple[list[Event], RequestContext]:
    engine = Engine(Finds(), QuoteWriter(WordOverlap(), WordCounter()), Profile(), deadline_s=30)
    question = replace(ask(text), search=SearchOptions(depth=depth), extras=Extras(related=related))
    context = RequestContext()
    async with engine.answer(question, context) as events:
        return [event async for event in events], context


async def test_questions_that_the_sources_raise_come_before_these_are_complete() -> None:
    events, _ = await events_of(ONE, related=True)
    kinds = [type(event) for event in events]
    assert kinds.index(Related) < kinds.index(Sources)
    assert kinds.count(Related) == 1


async def test_nobody_is_told_of_questions_unasked() -> None:
    events, _ = await events_of(ONE)
    assert not any(isinstance(event, Related) for event in events)


@pytest.mark.parametrize(("text", "reason"), [(ONE, ONE_ROUND), (TWO, SEVERAL_ROUNDS)])
async def test_the_choice_of_the_search_is_told_first(text: str, reason: str) -> None:
    events, context = await events_of(text, depth="auto")
    assert events[0] == Step("choose", "understand", thought=reason)
    assert context.meter.pro_search == (reason == SEVERAL_ROUNDS)


@pytest.mark.parametrize("depth", ["fast", "pro"])
async def test_nothing_is_chosen_where_the_caller_has(depth: Literal["fast", "pro"]) -> None:
    events, context = await events_of(TWO, depth=depth)
    assert not any(isinstance(one, Step) and one.kind == "understand" for one in events)
    assert context.meter.pro_search == (depth == "pro")
