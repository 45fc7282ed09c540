"""The `concise` stream over a real server; `test_golden.py` has its bytes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from hydrophone.api.chat.concise import ConciseChunks
from hydrophone.api.chat.head import ChatHead
from hydrophone.ports import ModelCard
from hydrophone.scripted import ScriptItem
from hydrophone.types import (
    Event,
    Finished,
    Meter,
    SearchOptions,
    Sources,
    Step,
    StepResult,
    Text,
    Thinking,
    ToolCallDelta,
    Usage,
    ask,
)
from tests.api.serving import SCRIPT, SOURCE, USED, WAIT_S, doors
from tests.api.sse_reader import Frame, frames_of

ASKED = {
    "model": "sonar",
    "stream": True,
    "stream_mode": "concise",
    "messages": [{"role": "user", "content": "Do whales sing?"}],
}
CARD = ModelCard("sonar", 0, "hydrophone")
HEAD = ChatHead("id-1", 1_790_000_000, ask("?", model="sonar"), CARD)
ALOUD = replace(HEAD, card=replace(CARD, thinks_aloud=True))
END = Finished("stop", Usage())
DONE = Frame("message", "[DONE]")


async def stream_over_http(script: Sequence[ScriptItem], **asked: Any) -> list[Frame]:
    async with doors(script) as served, served.client() as client:
        response = await client.post("/v1/chat/completions", json=ASKED | asked)
    assert response.status_code == 200
    return frames_of(response.content)


def stream_of(*events: Event, head: ChatHead = HEAD) -> list[Any]:
    """The objects of a stream that ends with `[DONE]`."""
    dialect = ConciseChunks(head, Meter())
    *frames, last = frames_of(b"".join(dialect.frames(event) for event in events))
    assert last == DONE
    return [frame.json for frame in frames]


def names(objects: Sequence[Any]) -> list[str]:
    return [one["object"] for one in objects]


def deltas(objects: Sequence[Any]) -> list[Any]:
    return [
        one["choices"][0]["delta"] for one in objects if one["object"] == "chat.completion.chunk"
    ]


async def test_a_concise_stream_is_chosen_by_the_request() -> None:
    *frames, last = await stream_over_http(SCRIPT)
    assert last == DONE
    assert [frame.json["object"] for frame in frames] == [
        "chat.reasoning.done",
        "chat.completion.chunk",
        "chat.completion.chunk",
        "chat.completion.done",
    ]


@pytest.mark.parametrize("mode", ["full", None])
async def test_every_other_stream_is_full(mode: str | None) -> None:
    *frames, _ = await stream_over_http(SCRIPT, stream_mode=mode)
    assert {frame.json["object"] for frame in frames} == {"chat.completion.chunk"}


async def test_an_answer_that_is_not_streamed_is_not_concise() -> None:
    async with doors() as served, served.client() as client:
        response = await client.post("/v1/chat/completions", json=ASKED | {"stream": False})
    assert response.json()["object"] == "chat.completion"


async def test_both_modes_end_with_the_same() -> None:
    *_, full, _ = await stream_over_http(SCRIPT, stream_mode="full")
    *_, concise, _ = await stream_over_http(SCRIPT)
    same = full.json.keys() - {"id", "object", "created"}
    assert same == concise.json.keys() - {"id", "object", "created"}
    assert {name: full.json[name] for name in same} == {name: concise.json[name] for name in same}


async def test_the_end_has_the_cost_and_the_stages_before_have_none() -> None:
    *frames, _ = await stream_over_http(SCRIPT)
    first, last = frames[0].json, frames[-1].json
    assert first["usage"]["cost"]["total_cost"] == 0
    assert last["usage"]["cost"]["total_cost"] == 0.005013
    assert last["usage"]["total_tokens"] == USED.total_tokens


async def test_a_caller_who_leaves_stops_the_work() -> None:
    async with doors([*SCRIPT[:4], 60.0, *SCRIPT[4:]]) as served, served.client() as client:
        async with client.stream("POST", "/v1/chat/completions", json=ASKED) as response:
            await anext(response.aiter_bytes())
        async with asyncio.timeout(WAIT_S):
            row = await served.ledger.first_row()
    assert (row.outcome, served.answerer.stopped) == ("disconnected", 1)


def test_thoughts_beside_the_text_wait_for_what_was_found() -> None:
    found = Sources((SOURCE,), complete=True)
    objects = stream_of(Thinking("Hm."), found, Thinking("So."), Text("Yes."), END)
    assert names(objects)[0] == "chat.reasoning.done"
    assert [delta.get("reasoning_content") for delta in deltas(objects)] == ["Hm.", "So.", None]
    assert objects[-1]["choices"][0]["message"]["reasoning_content"] == "Hm.So."


def test_thoughts_aloud_are_content() -> None:
    objects = stream_of(
        Thinking("Hm."), Sources(complete=True), Thinking("So."), Text("Yes."), END, head=ALOUD
    )
    assert [delta["content"] for delta in deltas(objects)] == [
        "<think>\nHm.",
        "So.",
        "\n</think>\n\nYes.",
    ]


def test_an_answer_of_thoughts_alone_is_whole() -> None:
    objects = stream_of(Thinking("Hm."), END, head=ALOUD)
    assert names(objects)[0] == "chat.reasoning.done"
    said = "".join(delta["content"] for delta in deltas(objects))
    assert said == objects[-1]["choices"][0]["message"]["content"] == "<think>\nHm.\n</think>\n\n"


def test_a_tool_call_comes_in_pieces_after_what_was_found() -> None:
    call = ToolCallDelta(0, "call-1", "weather", "{}")
    objects = stream_of(call, Sources(complete=True), Finished("tool_calls", Usage()))
    assert names(objects) == [
        "chat.reasoning.done",
        "chat.completion.chunk",
        "chat.completion.done",
    ]
    assert deltas(objects)[0]["tool_calls"][0]["function"]["name"] == "weather"
    assert objects[-1]["choices"][0]["finish_reason"] == "tool_calls"


def test_a_step_after_the_reasoning_stands_on_the_last_object_only() -> None:
    late = (Step("2", "web_search", queries=("b",)), StepResult("2"))
    pro = replace(HEAD, question=replace(HEAD.question, search=SearchOptions(depth="pro")))
    objects = stream_of(Sources(complete=True), Text("a"), *late, END, head=pro)
    assert "chat.reasoning" not in names(objects)
    assert "reasoning_steps" not in objects[0]["choices"][0]["message"]
    [step] = objects[-1]["choices"][0]["message"]["reasoning_steps"]
    assert step["web_search"]["search_keywords"] == ["b"]


def test_an_answer_without_sources_still_has_both_done_objects() -> None:
    assert names(stream_of(END)) == ["chat.reasoning.done", "chat.completion.done"]


def test_every_kind_of_text_comes_through() -> None:
    text = 'Zeile\r\n\ndata: "x"\u2028\u2029\0 🐋 [DONE] \\'
    objects = stream_of(Sources(complete=True), Text(text), END)
    assert deltas(objects)[0]["content"] == text
    assert objects[-1]["choices"][0]["message"]["content"] == text
