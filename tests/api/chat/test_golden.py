"""The streams byte by byte, and as three parsers that share no code read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import httpx2
import orjson
import pytest
from openai._streaming import SSEDecoder
from perplexity.types import StreamChunk

from tests.api.chat.captures import CAPTURES, FOLDER, stream_of
from tests.api.sse_reader import Frame, frames_of

Reader = Callable[[bytes], Sequence[Frame]]
FULL = [name for name in CAPTURES if name.startswith("full")]
CONCISE = [name for name in CAPTURES if name.startswith("concise")]
WHOLE = [name for name in CAPTURES if not name.endswith("-error")]


def read_with_openai(body: bytes) -> Sequence[Frame]:
    """In pieces of seven bytes, as a network may bring them."""
    pieces = (body[at : at + 7] for at in range(0, len(body), 7))
    return [Frame(one.event or "message", one.data) for one in SSEDecoder().iter_bytes(pieces)]


def read_with_httpx2(body: bytes) -> Sequence[Frame]:
    """The reader that began as httpx-sse."""
    answered = httpx2.Response(
        200,
        headers={"content-type": "text/event-stream"},
        content=body,
        request=httpx2.Request("POST", "http://127.0.0.1/"),
    )
    return [Frame(one.event, one.data) for one in httpx2.EventSource(answered)]


def captured(name: str) -> bytes:
    return (FOLDER / f"{name}.sse").read_bytes()


def objects(name: str) -> list[Any]:
    """What the stream's frames hold, but for errors and the end."""
    frames = frames_of(captured(name))
    return [one.json for one in frames if one.name == "message" and one.data != "[DONE]"]


def content(chunk: Any) -> str:
    text: str = chunk["choices"][0]["delta"]["content"]
    return text


def test_every_stream_has_a_capture_and_every_capture_a_stream() -> None:
    assert {path.stem for path in FOLDER.iterdir()} == CAPTURES.keys()


@pytest.mark.parametrize("name", CAPTURES)
async def test_a_stream_is_what_was_captured_byte_for_byte(name: str) -> None:
    assert await stream_of(CAPTURES[name]) == captured(name)


@pytest.mark.parametrize("name", CAPTURES)
@pytest.mark.parametrize("read", [read_with_openai, read_with_httpx2])
@pytest.mark.parametrize("end", [b"\n", b"\r\n"], ids=["LF", "CRLF"])
def test_other_parsers_read_the_same(name: str, read: Reader, end: bytes) -> None:
    body = captured(name).replace(b"\n", end)
    assert read(body) == frames_of(captured(name))


@pytest.mark.parametrize("name", CAPTURES)
def test_a_stream_ends_with_done_or_with_an_error(name: str) -> None:
    *before, last = frames_of(captured(name))
    assert {frame.name for frame in before} == {"message"}
    assert Frame("message", "[DONE]") not in before
    if name in WHOLE:
        assert last == Frame("message", "[DONE]")
    else:
        assert last.name == "error"
        assert last.json["error"]["code"] == 502


@pytest.mark.parametrize("name", CAPTURES)
def test_every_object_has_what_clients_demand(name: str) -> None:
    """Roles and contents that are texts, a cost wherever there is usage."""
    for one in objects(name):
        assert (one["id"], one["created"], one["model"]) == (
            "0f8e-id",
            1_790_000_000,
            CAPTURES[name].card.id,
        )
        [choice] = one["choices"]
        for part in (choice["message"], choice["delta"]):
            assert part["role"] == "assistant"
            assert isinstance(part["content"], str)
        if "usage" in one:
            assert {"input_tokens_cost", "output_tokens_cost", "total_cost"} <= one["usage"][
                "cost"
            ].keys()


@pytest.mark.parametrize("name", CAPTURES)
def test_the_strict_types_of_perplexitys_sdk_take_every_object(name: str) -> None:
    """But for one value: they know no tool calls as a reason to finish."""
    for one in objects(name):
        [choice] = one["choices"]
        if choice["finish_reason"] == "tool_calls":
            choice["finish_reason"] = "stop"
        chunk = StreamChunk.model_validate(one)
        assert chunk.choices[0].delta.content == choice["delta"]["content"]


@pytest.mark.parametrize("name", WHOLE)
def test_the_pieces_make_the_message(name: str) -> None:
    *chunks, last = objects(name)
    assert "".join(map(content, chunks)) == last["choices"][0]["message"]["content"]


@pytest.mark.parametrize("name", CAPTURES)
def test_nothing_costs_before_the_end(name: str) -> None:
    *chunks, last = objects(name)
    costs = [one["usage"]["cost"] for one in chunks if "usage" in one]
    assert all(set(cost.values()) == {0} and "request_cost" not in cost for cost in costs)
    if name in WHOLE:
        assert last["usage"]["cost"]["total_cost"] > last["usage"]["cost"]["request_cost"] > 0


@pytest.mark.parametrize("name", FULL)
def test_results_stand_on_the_first_and_last_chunk_of_a_full_stream(name: str) -> None:
    chunks = objects(name)
    shown = ["search_results" in chunk for chunk in chunks]
    assert shown[0]
    assert all(shown) if CAPTURES[name].repeats_results else not any(shown[1:-1])
    assert all("citations" in chunk for chunk in chunks)


@pytest.mark.parametrize("name", CONCISE)
def test_the_stages_of_a_concise_stream_follow_each_other(name: str) -> None:
    names = [one["object"].removeprefix("chat.") for one in objects(name)]
    stages = list(dict.fromkeys(names))
    assert names == sorted(names, key=stages.index), "a stage that has ended does not come again"
    order = ["reasoning", "reasoning.done", "completion.chunk", "completion.done"]
    assert stages == [stage for stage in order if stage in stages]
    assert names.count("reasoning.done") == 1
    assert names.count("completion.done") == (name in WHOLE)


@pytest.mark.parametrize("name", CONCISE)
def test_a_concise_chunk_holds_its_delta_and_nothing_else(name: str) -> None:
    chunks = [one for one in objects(name) if one["object"] == "chat.completion.chunk"]
    for chunk in chunks:
        assert chunk.keys() == {"id", "model", "created", "object", "choices"}
        assert chunk["choices"][0]["message"] == {"role": "assistant", "content": ""}


@pytest.mark.parametrize("name", ["concise-reasoning", "concise-pro-search"])
def test_each_step_is_told_once_and_all_of_them_at_both_ends(name: str) -> None:
    told = objects(name)
    one_by_one = [
        step
        for one in told
        if one["object"] == "chat.reasoning"
        for step in one["choices"][0]["delta"]["reasoning_steps"]
    ]
    done = next(one for one in told if one["object"] == "chat.reasoning.done")
    assert one_by_one == done["choices"][0]["message"]["reasoning_steps"]
    assert one_by_one == told[-1]["choices"][0]["message"]["reasoning_steps"]
    assert [step["type"] for step in one_by_one][-2:] == ["web_search", "fetch_url_content"]


def test_plain_answers_tell_no_steps() -> None:
    for name in ("full", "concise"):
        assert b"reasoning_steps" not in captured(name)


def test_a_repeated_result_is_the_only_difference_of_repeated_results() -> None:
    once, repeated = objects("full"), objects("full-repeated-results")
    results = once[0]["search_results"]
    assert [{**chunk, "search_results": results} for chunk in once] == repeated
    assert orjson.dumps(results) in captured("full")
