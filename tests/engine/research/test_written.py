"""The report that a language model writes, section by section."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.outline import Section
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.research.written import ModelReport
from hydrophone.llm.base import ModelDelta, ModelUsage
from hydrophone.llm.scripted import ScriptedChatModel
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import JsonFormat, Notice, OutputOptions, Question, Source, Thinking
from tests.engine.material import Written, asked, source

PROFILE = Profile(kind="report", chat_model="tiny")
SEA = source(1, "Whales live in every ocean. Blue whales sing below forty hertz.")
LAND = source(2, "Elephants hum below twenty hertz on the land.")
SECTIONS = (Section("The sea", "whales ocean"), Section("The land", "elephants land"))
USAGE = ModelUsage(prompt_tokens=10, completion_tokens=5, reasoning_tokens=2)


def reply(text: str) -> list[ModelDelta]:
    return [ModelDelta(text=text), ModelDelta(finish_reason="stop", usage=USAGE)]


async def write(
    model: ScriptedChatModel,
    *sources: Source,
    question: Question | None = None,
    sections: tuple[Section, ...] = SECTIONS,
    write_in_s: float = 3600.0,
) -> Written:
    written = Written()
    writer = ModelReport(model, WordCounter(), deadline_s=30)
    plan = Plan("Who sings?", "Who sings?", (), sections=sections)
    plan = replace(plan, write_by=asyncio.get_running_loop().time() + write_in_s)
    question = question or asked("Who sings?")
    written.reason = await writer.write(
        question, plan, sources, PROFILE, written.context, written.emit
    )
    return written


async def test_each_section_is_asked_for_and_stands_under_its_heading() -> None:
    model = ScriptedChatModel(reply("Whales sing [1]."), reply("Elephants hum [2]. [9]"))
    written = await write(model, SEA, LAND)
    assert written.text == ("## The sea\n\nWhales sing [1].\n\n## The land\n\nElephants hum [2].")
    assert [request.messages[-1].text for request in model.requests] == [
        "Write the section “The sea” now.",
        "Write the section “The land” now.",
    ]
    assert written.reason == "stop"


async def test_citations_of_all_sections_point_into_the_whole_text() -> None:
    model = ScriptedChatModel(
        reply("Blue whales sing below forty hertz [1]."), reply("Elephants hum [2].")
    )
    written = await write(model, SEA, LAND)
    assert [citation.n for citation in written.citations] == [1, 2]
    for citation, word in zip(written.citations, ("whales", "Elephants"), strict=True):
        assert citation.answer_span is not None
        span = citation.answer_span
        assert word in written.text[span.start : span.end]


async def test_a_section_sees_the_sources_that_fit_it_first() -> None:
    model = ScriptedChatModel(reply("a"), reply("b"))
    await write(model, SEA, LAND)
    first, second = (request.messages[0].text for request in model.requests)
    assert first.index('n="1"') < first.index('n="2"')
    assert second.index('n="2"') < second.index('n="1"')


async def test_all_calls_are_counted() -> None:
    written = await write(ScriptedChatModel(reply("a"), reply("b")), SEA, LAND)
    usage = written.context.meter.usage
    assert (usage.model_calls, usage.completion_tokens, usage.reasoning_tokens) == (2, 10, 4)
    assert usage.citation_tokens > 0
    assert usage.prompt_tokens + usage.citation_tokens == 20, "no token is charged twice"


async def test_a_limit_ends_the_report_before_a_further_section() -> None:
    question = replace(asked("Who sings?"), output=OutputOptions(max_tokens=6))
    model = ScriptedChatModel(reply("Whales sing low."), reply("b"))
    written = await write(model, SEA, LAND, question=question)
    assert written.text == "## The sea\n\nWhales sing low."
    assert written.reason == "length"
    assert len(model.requests) == 1


async def test_without_an_outline_the_sources_headings_are_the_sections() -> None:
    model = ScriptedChatModel(reply("a"), reply("b"))
    written = await write(model, SEA, LAND, sections=())
    assert written.text == "## Page 1\n\na\n\n## Page 2\n\nb"


async def test_a_report_in_json_is_one_reply() -> None:
    question = replace(asked("Who?"), output=OutputOptions(format=JsonFormat()))
    written = await write(ScriptedChatModel(reply("{}")), SEA, question=question)
    assert written.text == "{}"


async def test_a_report_shows_no_thoughts_but_counts_them() -> None:
    thinking = [ModelDelta(thinking="Hm, whales."), ModelDelta(text="a", finish_reason="stop")]
    written = await write(ScriptedChatModel(thinking), SEA, sections=SECTIONS[:1])
    assert not [event for event in written.events if isinstance(event, Thinking)]
    usage = written.context.meter.usage
    assert usage.reasoning_tokens == WordCounter().count("Hm, whales.")
    assert usage.completion_tokens == usage.reasoning_tokens + 1


async def test_a_section_for_which_the_time_will_not_do_is_left_out_with_a_notice() -> None:
    model = ScriptedChatModel([2.0, *reply("a")], reply("b"))
    written = await write(model, SEA, LAND, write_in_s=3.5)
    assert written.text == "## The sea\n\na"
    assert written.reason == "length"
    assert len(model.requests) == 1
    [notice] = [event for event in written.events if isinstance(event, Notice)]
    assert (notice.kind, "The land" in notice.message) == ("budget", True)
