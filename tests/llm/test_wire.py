"""Bodies of the chat completions API: what is asked, and odd replies that servers really send."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hydrophone.errors import InvalidRequest
from hydrophone.llm.base import ModelDelta, ModelRequest, ModelUsage
from hydrophone.llm.openai.failures import ModelNonsense
from hydrophone.llm.openai.wire import (
    ErrorInside,
    ReplyReader,
    model_ids,
    model_owner,
    request_body,
)
from hydrophone.types import (
    FunctionTool,
    MediaPart,
    Sampling,
    TextPart,
    ToolCall,
    ToolCallDelta,
    Tools,
    Turn,
)

USER = Turn("user", (TextPart("Hi."),))


def body(*turns: Turn, stream: bool = False, **fields: Any) -> dict[str, Any]:
    request = ModelRequest("tiny", turns or (USER,), **fields)
    parsed: dict[str, Any] = orjson.loads(request_body(request, stream=stream))
    return parsed


def test_a_plain_request_says_no_more_than_it_must() -> None:
    assert body() == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "Hi."}],
        "stream": False,
    }


def test_a_stream_asks_for_its_usage() -> None:
    assert body(stream=True)["stream_options"] == {"include_usage": True}


def test_options_are_passed_through() -> None:
    sent = body(
        sampling=Sampling(temperature=0.0, top_p=0.9, top_k=5, seed=1),
        max_tokens=9,
        stop=("\n",),
        reasoning_effort="low",
    )
    expected = {"temperature": 0.0, "top_p": 0.9, "top_k": 5, "seed": 1, "max_tokens": 9}
    expected |= {"stop": ["\n"], "reasoning_effort": "low"}
    assert expected.items() <= sent.items()
    assert "presence_penalty" not in sent


@pytest.mark.parametrize(
    ("choice", "sent"),
    [
        ("auto", "auto"),
        ("required", "required"),
        ("weather", {"type": "function", "function": {"name": "weather"}}),
    ],
)
def test_tools_and_their_choice_are_passed_through(choice: str, sent: object) -> None:
    tool = FunctionTool("weather", "Tells it.", {"type": "object"}, strict=True)
    asked = body(tools=Tools((tool, FunctionTool("bare")), choice, parallel=False))
    function = {"name": "weather", "description": "Tells it.", "strict": True}
    assert asked["tools"] == [
        {"type": "function", "function": function | {"parameters": {"type": "object"}}},
        {"type": "function", "function": {"name": "bare"}},
    ]
    assert asked["tool_choice"] == sent
    assert asked["parallel_tool_calls"] is False


def test_calls_and_their_results_go_back_to_the_model() -> None:
    turns = (
        Turn("assistant", (), tool_calls=(ToolCall("c1", "weather", "{}"),)),
        Turn("tool", (TextPart("rain"),), tool_call_id="c1"),
    )
    call = {"id": "c1", "type": "function", "function": {"name": "weather", "arguments": "{}"}}
    assert body(*turns)["messages"] == [
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "content": "rain", "tool_call_id": "c1"},
    ]


def test_pictures_and_files_go_as_parts() -> None:
    parts = (
        TextPart("Look."),
        MediaPart("image", url="https://example.com/a.png"),
        MediaPart("image", "image/png", data=b"PNG"),
        MediaPart("file", "application/pdf", data=b"PDF", name="a.pdf"),
    )
    pdf = {"filename": "a.pdf", "file_data": "data:application/pdf;base64,UERG"}
    assert body(Turn("user", parts))["messages"][0]["content"] == [
        {"type": "text", "text": "Look."},
        {"type": "image_url", "image_url": {"url": "https://example.com/a.png"}},
        {"type": "image_url", "image_url": {"url": "data:image/png;base64,UE5H"}},
        {"type": "file", "file": pdf},
    ]


def test_a_file_by_address_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="by their content"):
        body(Turn("user", (MediaPart("file", url="https://example.com/a.pdf"),)))


def test_text_that_is_not_unicode_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="cannot be sent"):
        body(Turn("user", (TextPart("\ud800"),)))


def test_fields_that_ask_for_a_format_are_added() -> None:
    request = ModelRequest("tiny", (USER,))
    assert (
        orjson.loads(request_body(request, stream=False, more={"grammar": "x"}))["grammar"] == "x"
    )


def read(*chunks: object) -> list[ModelDelta | None]:
    reader = ReplyReader()
    return [reader.read(orjson.dumps(chunk)) for chunk in chunks]


def choice(delta: object, **fields: object) -> dict[str, object]:
    return {"choices": [{"delta": delta} | fields]}


@pytest.mark.parametrize("field", ["reasoning_content", "reasoning"])
def test_thoughts_in_a_field_of_their_own_are_thoughts(field: str) -> None:
    assert read(choice({field: "hm", "content": None})) == [ModelDelta(thinking="hm")]


@pytest.mark.parametrize(
    "chunk",
    [{"choices": []}, {}, choice({"role": "assistant", "content": ""}), choice(None), choice({})],
)
def test_chunks_that_say_nothing_are_nothing(chunk: object) -> None:
    assert read(chunk) == [None]


COUNTS = {
    "prompt_tokens": 5,
    "completion_tokens": 9,
    "completion_tokens_details": {"reasoning_tokens": 4},
}


@pytest.mark.parametrize(
    "chunk",
    [
        {"choices": [], "usage": COUNTS},
        {"usage": COUNTS},
        {"choices": [], "x_groq": {"usage": COUNTS}},
        choice({}, usage=COUNTS),
        {"usage": {"prompt_tokens": 5, "completion_tokens": 9, "reasoning_tokens": 4}},
    ],
)
def test_usage_is_read_wherever_it_comes(chunk: object) -> None:
    assert read(chunk) == [ModelDelta(usage=ModelUsage(5, 9, 4))]


def test_nonsense_counts_are_no_counts() -> None:
    usage = {"prompt_tokens": -5, "completion_tokens": "9", "completion_tokens_details": None}
    assert read({"usage": usage}) == [ModelDelta(usage=ModelUsage(0, 0, 0))]


def test_calls_without_an_index_are_numbered() -> None:
    first = {"id": "a", "function": {"name": "f", "arguments": {"x": 1}}}
    second = {"id": "b", "function": {"name": "g", "arguments": "{}"}}
    deltas = read(choice({"tool_calls": [first]}), choice({"tool_calls": [second]}))
    assert [delta.tool_calls for delta in deltas if delta] == [
        (ToolCallDelta(0, "a", "f", '{"x":1}'),),
        (ToolCallDelta(1, "b", "g", "{}"),),
    ]


def test_stop_after_a_call_means_tool_calls_and_is_said_once() -> None:
    call = {"index": 0, "id": "a", "function": {"name": "f", "arguments": "{}"}}
    deltas = read(
        choice({"tool_calls": [call]}, finish_reason=None),
        choice({}, finish_reason="stop"),
        choice({}, finish_reason="stop", usage=COUNTS),
    )
    assert [delta.finish_reason for delta in deltas if delta] == [None, "tool_calls", None]


@pytest.mark.parametrize(
    ("said", "reason"),
    [("stop", "stop"), ("length", "length"), ("content_filter", "content_filter"), ("eos", "stop")],
)
def test_reasons_are_translated(said: str, reason: str) -> None:
    (delta,) = read(choice({}, finish_reason=said))
    assert delta is not None
    assert delta.finish_reason == reason


def test_what_the_splitter_held_back_comes_with_the_end() -> None:
    assert read(choice({"content": "<thi"}), choice({}, finish_reason="stop")) == [
        None,
        ModelDelta(text="<thi", finish_reason="stop"),
    ]


def test_content_in_parts_is_joined() -> None:
    parts = [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]
    assert read(choice({"content": parts})) == [ModelDelta("ab")]


@pytest.mark.parametrize(
    "chunk",
    [b"{", b"[]", b'"text"', b"null", b'{"choices": 5}', b'{"choices": ["x"]}', b"\xff", b""],
)
def test_what_is_no_reply_is_a_clear_error(chunk: bytes) -> None:
    with pytest.raises(ModelNonsense):
        ReplyReader().read(chunk)


def test_an_error_inside_a_reply_is_told() -> None:
    with pytest.raises(ErrorInside) as caught:
        read({"error": {"message": "out of memory"}, "choices": []})
    assert caught.value.error == {"message": "out of memory"}


def test_model_ids_are_listed_or_refused() -> None:
    assert model_ids(b'{"data": [{"id": "a"}, {"id": "b"}]}') == ["a", "b"]
    assert model_ids(b'{"data": null}') == []
    for nonsense in (b"<html>", b"{}", b"[]", b'{"data": [{}]}', b'{"data": 5}'):
        with pytest.raises(ModelNonsense):
            model_ids(nonsense)


def test_the_owner_of_a_model_is_read_where_it_is_said() -> None:
    listed = (
        b'{"data": [{"id": "a", "owned_by": "vllm"}, {"id": "b"}, {"id": "c", "owned_by": "x"}]}'
    )
    assert [model_owner(listed, model) for model in "abcd"] == ["vllm", "vllm", "x", "vllm"]
    assert model_owner(b'{"data": null}', "a") == ""
    for nonsense in (b"<html>", b"{}", b"[]", b'{"data": ["a"]}', b'{"data": 5}'):
        with pytest.raises(ModelNonsense):
            model_owner(nonsense, "a")
