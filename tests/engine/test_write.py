"""The writer that asks a language model: what it sends, what it lets through, what it counts."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.write import ModelWriter
from hydrophone.errors import InternalError, UpstreamError
from hydrophone.llm.base import ModelDelta, ModelUsage
from hydrophone.llm.scripted import ScriptedChatModel, ScriptItem, saying
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import (
    Citation,
    FunctionTool,
    JsonFormat,
    OutputOptions,
    Sampling,
    SearchOptions,
    Text,
    Thinking,
    ToolCallDelta,
    Tools,
)
from tests.engine.material import Written, asked, source, write

PROFILE = Profile(chat_model="tiny")
SEA = source(1, "Whales live in every ocean. Blue whales sing below forty hertz.")
LAND = source(2, "Elephants hum below twenty hertz.")
QUESTION = asked("Who sings?")
OFFERING = replace(QUESTION, tools=Tools((FunctionTool("f"),)))
PLAN = Plan("Who sings?", "Who sings?", ())
END = ModelDelta(finish_reason="stop")
FOREVER = 3600.0


def writer(model: ScriptedChatModel) -> ModelWriter:
    return ModelWriter(model, WordCounter(), deadline_s=77)


async def say(text: str, *, question: object = QUESTION) -> Written:
    assert isinstance(question, type(QUESTION))
    return await write(writer(saying(text)), question, [SEA, LAND], PROFILE)


async def test_the_models_words_come_through_and_its_markers_are_proven() -> None:
    written = await say("Blue whales sing below forty hertz [1]. Elephants hum [2].")
    assert written.text == "Blue whales sing below forty hertz [1]. Elephants hum [2]."
    assert [citation.n for citation in written.citations] == [1, 2]
    assert written.citations[0].quote == "Blue whales sing below forty hertz."
    assert written.reason == "stop"


async def test_a_number_that_no_source_has_reaches_nobody() -> None:
    written = await say("Whales sing [7]. Elephants hum [2, 9].")
    assert written.text == "Whales sing. Elephants hum [2]."
    assert [citation.n for citation in written.citations] == [2]


async def test_a_source_that_did_not_fit_into_the_prompt_cannot_be_cited() -> None:
    profile = replace(PROFILE, passage_tokens=40)
    written = await write(writer(saying("Whales [1] hum [2].")), QUESTION, [SEA, LAND], profile)
    assert written.text == "Whales [1] hum."


async def test_text_goes_out_as_it_comes() -> None:
    written = await say("Blue whales sing.")
    deltas = [event.delta for event in written.events if isinstance(event, Text)]
    assert deltas == ["Blue", " whales", " sing."]


async def test_citations_come_after_the_whole_text() -> None:
    written = await say("Whales [1] sing.")
    kinds = [type(event) for event in written.events]
    assert kinds == sorted(kinds, key=lambda kind: kind is Citation)


async def test_sources_instructions_and_conversation_are_sent() -> None:
    model = saying("ok")
    sampling = Sampling(temperature=0.1, seed=7)
    output = OutputOptions(max_tokens=9, sampling=sampling, stop=("END",))
    tools = Tools((FunctionTool("f"),))
    question = replace(QUESTION, output=output, tools=tools)
    await write(writer(model), question, [SEA], PROFILE)
    [request] = model.requests
    assert request.model == "tiny"
    assert ' n="1" title="Page 1">' in request.messages[0].text
    assert request.messages[1:] == QUESTION.turns
    assert (request.max_tokens, request.stop, request.sampling) == (9, ("END",), sampling)
    assert request.tools == tools
    assert request.deadline_s == 77


async def test_without_a_wanted_search_the_model_is_left_to_itself() -> None:
    model = saying("See [1] and a[2].")
    question = replace(QUESTION, search=SearchOptions(enabled=False))
    written = await write(writer(model), question, [], PROFILE)
    assert model.requests[0].messages == QUESTION.turns
    assert written.text == "See [1] and a[2]."
    assert written.citations == []


async def test_when_a_search_found_nothing_no_number_passes() -> None:
    written = await write(writer(saying("Whales sing [1].")), QUESTION, [], PROFILE)
    assert written.text == "Whales sing."


async def test_json_is_not_searched_for_markers() -> None:
    question = replace(QUESTION, output=OutputOptions(format=JsonFormat()))
    written = await say('{"a": [9]}', question=question)
    assert written.text == '{"a": [9]}'
    assert written.citations == []


async def test_thoughts_and_tool_calls_come_through() -> None:
    call = ToolCallDelta(0, "call-1", "f", "{}")
    script: list[ScriptItem] = [
        ModelDelta(thinking="Hm [9]."),
        ModelDelta(tool_calls=(call,)),
        ModelDelta(finish_reason="tool_calls"),
    ]
    written = await write(writer(ScriptedChatModel(script)), OFFERING, [SEA], PROFILE)
    assert written.events == [Thinking("Hm "), Thinking("[9]."), call]
    assert written.reason == "tool_calls"


async def test_the_endpoints_own_counts_are_taken() -> None:
    usage = ModelUsage(prompt_tokens=11, completion_tokens=7, reasoning_tokens=3)
    written = await write(writer(saying("ok", usage=usage)), QUESTION, [SEA], PROFILE)
    counted = written.context.meter.usage
    assert (counted.prompt_tokens, counted.completion_tokens) == (11, 7)
    assert (counted.reasoning_tokens, counted.model_calls) == (3, 1)


async def test_where_the_endpoint_counts_nothing_words_are_counted() -> None:
    model = saying("Whales sing [9] [1].")
    written = await write(writer(model), QUESTION, [SEA], PROFILE)
    sent = "\n".join(turn.text for turn in model.requests[0].messages)
    counted = written.context.meter.usage
    assert counted.prompt_tokens == WordCounter().count(sent)
    assert counted.completion_tokens == WordCounter().count("Whales sing [9] [1].")


@pytest.mark.parametrize("said", ["Whales", "Whales ["])
async def test_what_was_written_is_counted_when_the_endpoint_breaks_off(said: str) -> None:
    model = ScriptedChatModel([ModelDelta(text=said), UpstreamError("gone")])
    written = Written()
    with pytest.raises(UpstreamError):
        await writer(model).write(QUESTION, PLAN, [SEA], PROFILE, written.context, written.emit)
    assert written.text == said
    assert written.context.meter.usage.completion_tokens == WordCounter().count(said)
    assert written.context.meter.usage.prompt_tokens > 50


async def test_what_was_written_is_counted_when_the_caller_leaves() -> None:
    model = ScriptedChatModel([ModelDelta(text="Whales "), FOREVER])
    written = Written()
    work = asyncio.create_task(
        writer(model).write(QUESTION, PLAN, [SEA], PROFILE, written.context, written.emit)
    )
    while not written.events:  # noqa: ASYNC110 - an event of the list's own would be more code
        await asyncio.sleep(0.001)
    work.cancel()
    with pytest.raises(asyncio.CancelledError):
        await work
    assert written.context.meter.usage.completion_tokens == 1
    assert model.stopped == 1


async def test_a_request_that_the_endpoint_refuses_costs_no_tokens() -> None:
    model = ScriptedChatModel([UpstreamError("gone")])
    written = Written()
    with pytest.raises(UpstreamError):
        await writer(model).write(QUESTION, PLAN, [SEA], PROFILE, written.context, written.emit)
    assert written.context.meter.usage.total_tokens == 0
    assert written.context.meter.usage.model_calls == 1


async def test_a_whole_answer_is_asked_for_as_one_body_and_reads_the_same() -> None:
    call = ToolCallDelta(0, "call-1", "f", "{}")
    script: list[ScriptItem] = [
        ModelDelta(thinking="Hm."),
        ModelDelta(text="Whales sing [1] "),
        ModelDelta(text="[9].", tool_calls=(call,), finish_reason="stop"),
    ]
    streamed = await write(writer(ScriptedChatModel(script)), OFFERING, [SEA], PROFILE)
    whole = await write(writer(ScriptedChatModel(script)), OFFERING, [SEA], PROFILE, whole=True)
    assert whole.text == streamed.text == "Whales sing [1]."
    assert whole.citations == streamed.citations
    assert call in whole.events
    assert whole.context.meter.usage == streamed.context.meter.usage


async def test_a_profile_without_a_model_is_a_defect() -> None:
    with pytest.raises(InternalError):
        await write(writer(saying("ok")), QUESTION, [SEA], Profile())
