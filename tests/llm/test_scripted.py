"""The model that plays scripts."""

from __future__ import annotations

import asyncio

import pytest

from hydrophone.errors import UpstreamError
from hydrophone.llm.base import ChatModel, ModelDelta, ModelRequest, ModelUsage
from hydrophone.llm.scripted import ScriptedChatModel, saying
from hydrophone.types import ToolCall, ToolCallDelta


async def test_it_says_its_text_word_by_word(request_: ModelRequest) -> None:
    model: ChatModel = saying("one two  three", usage=ModelUsage(3, 4))
    async with model.stream(request_) as deltas:
        pieces = [delta async for delta in deltas]
    assert [piece.text for piece in pieces] == ["one", " two", " ", " three", ""]
    assert pieces[-1] == ModelDelta(finish_reason="stop", usage=ModelUsage(3, 4))


async def test_each_request_gets_the_next_script_and_is_recorded(request_: ModelRequest) -> None:
    model = ScriptedChatModel([ModelDelta("first")], [ModelDelta("second")])
    replies = [await model.complete(request_) for _ in range(3)]
    assert [reply.text for reply in replies] == ["first", "second", "second"]
    assert model.requests == [request_] * 3
    assert model.stopped == 0


async def test_pieces_of_tool_calls_are_folded_together(request_: ModelRequest) -> None:
    deltas = [
        ModelDelta(tool_calls=(ToolCallDelta(1, "b", "second", "{"),)),
        ModelDelta(tool_calls=(ToolCallDelta(0, "a", "first", "{}"),)),
        ModelDelta(tool_calls=(ToolCallDelta(1, arguments="}"),), finish_reason="tool_calls"),
    ]
    reply = await ScriptedChatModel(deltas).complete(request_)
    assert reply.tool_calls == (ToolCall("a", "first", "{}"), ToolCall("b", "second", "{}"))
    assert reply.finish_reason == "tool_calls"


async def test_exceptions_in_the_script_are_raised(request_: ModelRequest) -> None:
    model = ScriptedChatModel([ModelDelta("so far"), UpstreamError("gone")])
    with pytest.raises(UpstreamError, match="gone"):
        await model.complete(request_)
    assert model.stopped == 0


async def test_leaving_early_and_cancelling_are_counted(request_: ModelRequest) -> None:
    model = ScriptedChatModel([ModelDelta("one"), 1000.0, ModelDelta("two")])
    async with model.stream(request_):
        pass
    assert model.stopped == 1
    async with model.stream(request_) as deltas:
        await anext(deltas)
    assert model.stopped == 2
    task = asyncio.create_task(model.complete(request_))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert model.stopped == 3
