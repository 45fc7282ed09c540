"""A report that was broken off goes on behind the sections that stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest

from hydrophone.codec import decode, encode
from hydrophone.engine.engine import Engine
from hydrophone.types import (
    Citation,
    CitationStyle,
    Event,
    Finished,
    JsonFormat,
    OutputOptions,
    Question,
    Sources,
    Step,
    StepResult,
    Text,
)
from tests.engine.research.desk import QUESTION, Desk, Sea, Told, quoting, told_by, writing

SAID = {
    "The song": "Blue whales sing below forty hertz [1]. They sing with their throats [1].",
    "The food": "Whales eat krill all day in the cold sea [2].",
}


def said(message: str) -> str:
    return next(text for heading, text in SAID.items() if f"“{heading}”" in message)


def boundaries(events: Sequence[Event]) -> list[int]:
    """Behind each step, each step's result, and the sources."""
    return [
        place
        for place, event in enumerate(events, start=1)
        if isinstance(event, Step | StepResult | Sources)
    ]


def logged(events: Sequence[Event]) -> list[Event]:
    """As they come back from a log."""
    return [decode(encode(event)) for event in events]


async def cut_and_gone_on(engine: Engine, question: Question) -> list[tuple[Told, Told]]:
    """The whole report, and for each place to cut it at the two parts as one."""
    whole = await told_by(engine, question)
    assert isinstance(whole.events[-1], Finished)
    runs = []
    for place in boundaries(whole.events):
        first = logged(whole.events[:place])
        second = await told_by(engine, question, first)
        runs.append((whole, Told([*first, *second.events], second.context)))
    return runs


def check_whole(whole: Told, resumed: Told) -> None:
    assert resumed.text == whole.text
    assert resumed.sources == whole.sources
    assert resumed.citations == whole.citations
    assert len(set(resumed.notices)) == len(resumed.notices)
    assert isinstance(resumed.events[-1], Finished)
    sections = [step.id for step in resumed.steps if step.kind == "write"]
    assert len(sections) == len(set(sections))


@pytest.mark.parametrize("style", ["default", "markdown", "clean"])
async def test_a_quoted_report_cut_anywhere_has_each_section_once(style: CitationStyle) -> None:
    question = replace(QUESTION, output=OutputOptions(citation_style=style))
    runs = await cut_and_gone_on(quoting(Sea()), question)
    assert len(runs) > 8
    for whole, resumed in runs:
        check_whole(whole, resumed)


@pytest.mark.parametrize("style", ["default", "markdown", "clean"])
async def test_a_written_report_cut_anywhere_has_each_section_once(style: CitationStyle) -> None:
    question = replace(QUESTION, output=OutputOptions(citation_style=style))
    async with writing(Desk(section=said), Sea()) as (engine, _):
        runs = await cut_and_gone_on(engine, question)
    assert len(runs) > 8
    for whole, resumed in runs:
        check_whole(whole, resumed)


async def test_what_was_found_is_not_searched_for_noted_or_outlined_again() -> None:
    desk, sea = Desk(section=said), Sea()
    async with writing(desk, sea) as (engine, _):
        whole = await told_by(engine)
        desk.asked.clear()
        sea.asked.clear()
        complete = next(n for n, event in enumerate(whole.events) if isinstance(event, Sources))
        await told_by(engine, QUESTION, whole.events[: complete + 1])
    assert sea.asked == []
    assert desk.asked == ["section", "section"]


async def test_only_the_sections_that_are_missing_are_written() -> None:
    desk = Desk(section=said)
    async with writing(desk, Sea()) as (engine, _):
        whole = await told_by(engine)
        desk.asked.clear()
        [first] = [n for n, event in enumerate(whole.events) if event == StepResult("section-1")]
        await told_by(engine, QUESTION, whole.events[: first + 1])
    assert desk.asked == ["section"]


async def test_text_of_a_section_that_was_cut_in_the_middle_stands_and_is_not_said_again() -> None:
    async with writing(Desk(section=said), Sea()) as (engine, _):
        whole = await told_by(engine)
        text = next(n for n, event in enumerate(whole.events) if isinstance(event, Text))
        resumed = await told_by(engine, QUESTION, whole.events[: text + 1])
    joined = Told([*whole.events[: text + 1], *resumed.events], resumed.context)
    assert joined.text.count("## The song") == 1
    assert joined.text.count("## The food") == 1


async def test_the_citations_of_a_resumed_report_point_into_the_whole_text() -> None:
    async with writing(Desk(section=said), Sea()) as (engine, _):
        for _, resumed in await cut_and_gone_on(engine, QUESTION):
            spans = [one.answer_span for one in resumed.citations if one.answer_span]
            shown = [resumed.text[span.start : span.end] for span in spans]
            assert any("forty hertz" in one for one in shown)
            assert any("krill all day" in one for one in shown)


def test_what_is_one_reply_is_not_gone_on_with() -> None:
    engine = quoting(Sea())
    assert engine.resumes(QUESTION)
    formatted = replace(QUESTION, output=OutputOptions(format=JsonFormat()))
    assert not engine.resumes(formatted)


async def test_a_limit_counts_what_was_written_before() -> None:
    whole = await told_by(quoting(Sea()))
    limit = 25
    question = replace(QUESTION, output=OutputOptions(max_tokens=limit))
    for cut, resumed in await cut_and_gone_on(quoting(Sea()), question):
        assert resumed.text == cut.text
        assert len(resumed.text) < len(whole.text)
        assert [type(one) for one in resumed.citations] == [Citation] * len(cut.citations)


async def test_a_resumed_section_is_asked_for_as_it_would_have_been() -> None:
    desk = Desk(section=said)
    async with writing(desk, Sea()) as (engine, _):
        whole = await told_by(engine)
        asked = desk.of("section")
        for place in boundaries(whole.events):
            told = whole.events[:place]
            if not any(isinstance(event, Sources) for event in told):
                continue
            desk.asked.clear()
            desk.bodies.clear()
            await told_by(engine, QUESTION, logged(told))
            again = desk.of("section")
            assert again == asked[len(asked) - len(again) :]


async def test_a_second_run_of_the_inquiry_does_not_mix_its_notes_with_the_first() -> None:
    first, second = Desk(section=said), Desk(section=said, note="Whales eat krill [2].")
    async with writing(first, Sea()) as (engine, _):
        whole = await told_by(engine)
    noted = next(
        n
        for n, one in enumerate(whole.events)
        if isinstance(one, StepResult) and one.step.startswith("note")
    )
    assert "Whales do that [1]." in repr(whole.events[: noted + 1])
    async with writing(second, Sea()) as (engine, _):
        rest = await told_by(engine, QUESTION, whole.events[: noted + 1])
        events = [*whole.events[: noted + 1], *rest.events]
        sources = next(n for n, event in enumerate(events) if isinstance(event, Sources))
        second.bodies.clear()
        second.asked.clear()
        await told_by(engine, QUESTION, events[: sources + 1])
    tasks = [body["messages"][-1]["content"] for body in second.of("section")]
    assert tasks
    assert all("Whales eat krill [2]." in task for task in tasks)
    assert not any("Whales do that" in task for task in tasks)
