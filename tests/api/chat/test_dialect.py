"""The rules that real clients need of a `full` stream, read by two parsers that share no code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import orjson
import pytest
from openai._streaming import SSEDecoder

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.dialect import FullChunks, completion_body
from hydrophone.api.chat.head import ChatHead
from hydrophone.errors import UpstreamError
from hydrophone.ports import ModelCard
from hydrophone.scripted import ScriptItem
from hydrophone.types import (
    Citation,
    Event,
    Finished,
    Meter,
    Notice,
    Revision,
    SearchResult,
    Source,
    Sources,
    SourceSpan,
    Text,
    Thinking,
    ToolCallDelta,
    Usage,
    ask,
)
from tests.api.chat.reading import Reader, body_of, choice, read_with_ours
from tests.api.serving import PRICE, PROOF, SCRIPT, SOURCE, USED, VERSION, doors
from tests.api.sse_reader import Frame, comments_of, frames_of

END = Finished("stop", USED)
CARD = ModelCard("sonar", 0, "hydrophone", price=PRICE)
HEAD = ChatHead("id-1", 1_790_000_000, ask("?", model="sonar"), CARD)
LATE = Source(2, SearchResult("https://b.example/", "Boats", "Boats hum."))
REASONED: Sequence[ScriptItem] = (
    Thinking("Let me "),
    Sources((SOURCE,), complete=True),
    Thinking("see."),
    *SCRIPT[3:],
)


async def test_rule_1_citations_and_results_stand_on_the_first_chunk(read: Reader) -> None:
    first = read(await body_of(SCRIPT)).chunks[0]
    assert first["citations"] == ["https://a.example/x"]
    assert [result["url"] for result in first["search_results"]] == ["https://a.example/x"]
    assert choice(first)["delta"]["content"] == ""


async def test_citations_stand_on_all_chunks_and_results_on_the_first_and_last(
    read: Reader,
) -> None:
    chunks = read(await body_of(SCRIPT)).chunks
    assert {tuple(chunk["citations"]) for chunk in chunks} == {("https://a.example/x",)}
    assert ["search_results" in chunk for chunk in chunks] == [True, False, False, True]


@pytest.mark.parametrize("script", [SCRIPT, REASONED], ids=["plain", "reasoned"])
async def test_rule_2_the_role_is_the_assistant_and_the_content_text(
    read: Reader, script: Sequence[ScriptItem]
) -> None:
    for chunk in read(await body_of(script)).chunks:
        for part in (choice(chunk)["delta"], choice(chunk)["message"]):
            assert part["role"] == "assistant"
            assert isinstance(part.get("content"), str | None)


@pytest.mark.parametrize("script", [SCRIPT, REASONED], ids=["plain", "reasoned"])
async def test_rule_3_every_chunk_says_what_it_belongs_to(
    read: Reader, script: Sequence[ScriptItem]
) -> None:
    chunks = read(await body_of(script)).chunks
    assert len({(chunk["id"], chunk["created"], chunk["model"]) for chunk in chunks}) == 1
    assert {chunk["object"] for chunk in chunks} == {"chat.completion.chunk"}
    assert chunks[0]["model"] == "sonar"
    assert type(chunks[0]["created"]) is int
    assert [choice(chunk)["index"] for chunk in chunks] == [0] * len(chunks)


async def test_rule_4_usage_is_cumulative(read: Reader) -> None:
    usages = [chunk["usage"] for chunk in read(await body_of(SCRIPT)).chunks]
    for name in ("prompt_tokens", "completion_tokens", "total_tokens"):
        counts = [usage[name] for usage in usages]
        assert counts == sorted(counts)
    assert usages[-1]["total_tokens"] == 8


@pytest.mark.parametrize("script", [SCRIPT, REASONED], ids=["plain", "reasoned"])
async def test_rule_5_message_delta_and_cost_stand_on_every_chunk(
    read: Reader, script: Sequence[ScriptItem]
) -> None:
    chunks = read(await body_of(script)).chunks
    for chunk in chunks:
        assert choice(chunk).keys() == {"index", "finish_reason", "message", "delta"}
        cost = chunk["usage"]["cost"]
        assert {"input_tokens_cost", "output_tokens_cost", "total_cost"} <= cost.keys()
    with_fee = ["request_cost" in chunk["usage"]["cost"] for chunk in chunks]
    assert with_fee == [False] * (len(chunks) - 1) + [True]
    assert chunks[-1]["usage"]["cost"]["total_cost"] == 0.005013


async def test_rule_6_both_line_ends_read_the_same(read: Reader) -> None:
    body = await body_of(SCRIPT)
    assert read(body.replace(b"\n", b"\r\n")) == read(body)


async def test_rule_7_a_failure_is_an_event_named_error() -> None:
    body = await body_of([*SCRIPT[:4], UpstreamError("the model is gone")])
    *chunks, ours = frames_of(body)
    theirs = list(SSEDecoder().iter_bytes(iter([body])))[-1]
    assert {frame.name for frame in chunks} == {"message"}
    assert (ours.name, theirs.event) == ("error", "error")
    assert ours.json == theirs.json()
    assert ours.json["error"]["code"] == 502
    assert Frame("message", "[DONE]") not in chunks


async def test_message_is_the_sum_of_the_deltas(read: Reader) -> None:
    text = ""
    for chunk in read(await body_of(SCRIPT)).chunks:
        text += choice(chunk)["delta"]["content"]
        assert choice(chunk)["message"]["content"] == text
    assert text == "Whales sing. [1]"


async def test_only_the_last_chunk_has_a_reason_and_done_follows(read: Reader) -> None:
    stream = read(await body_of(SCRIPT))
    reasons = [choice(chunk)["finish_reason"] for chunk in stream.chunks]
    assert reasons == [None, None, None, "stop"]
    assert stream.done


async def test_the_last_chunk_carries_the_proofs(read: Reader) -> None:
    last = choice(read(await body_of(SCRIPT)).chunks[-1])
    [annotation] = last["message"]["annotations"]
    assert annotation["url_citation"]["quote"] == "Whales sing."


async def test_thoughts_wait_for_the_sources_and_are_not_part_of_the_text(read: Reader) -> None:
    chunks = read(await body_of(REASONED)).chunks
    assert chunks[0]["citations"] == ["https://a.example/x"]
    assert "reasoning_content" not in choice(chunks[0])["delta"]
    thoughts = [choice(chunk)["delta"].get("reasoning_content", "") for chunk in chunks]
    assert "".join(thoughts) == "Let me see."
    assert choice(chunks[-1])["message"]["content"] == "Whales sing. [1]"
    assert choice(chunks[-1])["message"]["reasoning_content"] == "Let me see."


def aloud(*events: Event) -> list[Any]:
    """The chunks of a model whose thoughts belong into the text."""
    dialect = FullChunks(replace(HEAD, card=replace(CARD, thinks_aloud=True)), Meter())
    stream = read_with_ours(b"".join(dialect.frames(event) for event in events))
    assert stream.done
    return stream.chunks


def test_thoughts_aloud_wait_for_the_sources_and_end_before_the_text() -> None:
    chunks = aloud(
        Thinking("Let "),
        Thinking("me "),
        Sources((SOURCE,), complete=True),
        Thinking("see."),
        Text("Yes."),
        END,
    )
    assert chunks[0]["citations"] == ["https://a.example/x"]
    assert [choice(chunk)["delta"]["content"] for chunk in chunks] == [
        "",
        "<think>\nLet me ",
        "see.",
        "\n</think>\n\nYes.",
        "",
    ]
    assert choice(chunks[1])["message"]["content"] == "<think>\nLet me "
    assert choice(chunks[-1])["message"]["content"] == "<think>\nLet me see.\n</think>\n\nYes."


@pytest.mark.parametrize("found", [[Sources(complete=True)], []], ids=["sources", "no sources"])
def test_an_answer_of_thoughts_alone_is_whole(found: list[Event]) -> None:
    chunks = aloud(Thinking("Hm."), *found, END)
    said = "".join(choice(chunk)["delta"]["content"] for chunk in chunks)
    assert said == choice(chunks[-1])["message"]["content"] == "<think>\nHm.\n</think>\n\n"


async def test_a_source_that_comes_late_stands_on_the_last_chunk(read: Reader) -> None:
    late = [*SCRIPT[:5], Sources((LATE,)), Text(" Boats hum. [2]"), END]
    chunks = read(await body_of(late)).chunks
    assert chunks[0]["citations"] == ["https://a.example/x"]
    assert chunks[-1]["citations"] == ["https://a.example/x", "https://b.example/"]
    assert [one["url"] for one in chunks[-1]["search_results"]] == chunks[-1]["citations"]


async def test_tool_calls_are_streamed_in_pieces_and_whole_at_the_end(read: Reader) -> None:
    script: list[ScriptItem] = [
        Sources(complete=True),
        ToolCallDelta(0, id="call-1", name="weather", arguments='{"in":'),
        ToolCallDelta(0, arguments='"Oslo"}'),
        Finished("tool_calls", USED),
    ]
    chunks = read(await body_of(script)).chunks
    pieces = [choice(chunk)["delta"]["tool_calls"][0] for chunk in chunks[1:3]]
    assert pieces == [
        {
            "index": 0,
            "function": {"name": "weather", "arguments": '{"in":'},
            "id": "call-1",
            "type": "function",
        },
        {"index": 0, "function": {"arguments": '"Oslo"}'}},
    ]
    assert choice(chunks[-1])["finish_reason"] == "tool_calls"
    [call] = choice(chunks[-1])["message"]["tool_calls"]
    assert call["function"] == {"name": "weather", "arguments": '{"in":"Oslo"}'}


async def test_a_tool_call_before_the_sources_waits_for_them(read: Reader) -> None:
    script: list[ScriptItem] = [
        ToolCallDelta(0, id="call-1", name="weather", arguments="{}"),
        Sources((SOURCE,), complete=True),
        Finished("tool_calls", USED),
    ]
    chunks = read(await body_of(script)).chunks
    assert chunks[0]["citations"] == ["https://a.example/x"]
    assert "tool_calls" not in choice(chunks[0])["delta"]
    assert choice(chunks[1])["delta"]["tool_calls"][0]["id"] == "call-1"


async def test_an_answer_without_sources_has_empty_lists(read: Reader) -> None:
    chunks = read(await body_of([Sources(complete=True), Text("No."), END])).chunks
    assert {tuple(chunk["citations"]) for chunk in chunks} == {()}
    assert chunks[0]["search_results"] == chunks[-1]["search_results"] == []


async def test_an_answer_that_ends_before_its_sources_is_still_a_stream(read: Reader) -> None:
    stream = read(await body_of([END]))
    assert stream.done
    assert [choice(chunk)["finish_reason"] for chunk in stream.chunks] == ["stop"]


async def test_every_kind_of_text_comes_through(read: Reader) -> None:
    text = 'Zeile\r\n\ndata: "x"\u2028\u2029\0 🐋 [DONE] \\'
    body = await body_of([Sources(complete=True), Text(text), END])
    stream = read(body)
    assert choice(stream.chunks[-1])["message"]["content"] == text
    assert comments_of(body) == 0


async def test_notices_stand_on_the_last_chunk(read: Reader) -> None:
    script = [Notice("no_embedder", "By words alone."), *SCRIPT]
    chunks = read(await body_of(script)).chunks
    assert ["notices" in chunk for chunk in chunks] == [False, False, False, True]
    assert chunks[-1]["notices"] == [{"type": "no_embedder", "message": "By words alone."}]


def fold(events: Sequence[Event]) -> Any:
    answer = AnswerSoFar()
    for event in events:
        answer.take(event)
    return orjson.loads(completion_body(HEAD, answer, Meter()))


def test_a_revision_replaces_text_and_proofs() -> None:
    revision = Revision("Whales hum.", ())
    body = fold([Sources((SOURCE,), complete=True), Text("Wrong. [1]"), PROOF, revision, END])
    assert body["choices"][0]["message"] == {"role": "assistant", "content": "Whales hum."}
    assert body["choices"][0]["delta"] == {"role": "assistant", "content": ""}


def test_a_proof_of_an_unknown_source_is_left_out() -> None:
    stray = Citation(9, "7", None, SourceSpan(VERSION, 0, 1), "W", "exists")
    body = fold([Sources((SOURCE,), complete=True), Text("a"), stray, PROOF, END])
    [annotation] = body["choices"][0]["message"]["annotations"]
    assert annotation["url_citation"]["number"] == 1


def test_the_static_part_of_a_chunk_is_encoded_once() -> None:
    """A result with a long snippet must not ride on every chunk."""
    long = Source(1, SearchResult("https://a.example/x", "t", "s" * 10_000))
    dialect = FullChunks(HEAD, Meter())
    dialect.frames(Sources((long,), complete=True))
    sizes_bytes = [len(dialect.frames(Text("word "))) for _ in range(100)]
    assert max(sizes_bytes) < 2_000


async def test_a_whole_answer_and_a_stream_say_the_same() -> None:
    streamed = read_with_ours(await body_of(SCRIPT)).chunks[-1]
    asked = {"model": "sonar", "messages": [{"role": "user", "content": "?"}]}
    async with doors(SCRIPT) as served, served.client() as client:
        response: httpx.Response = await client.post("/v1/chat/completions", json=asked)
    whole = response.json()
    assert whole.keys() == streamed.keys()
    for name in ("usage", "citations", "search_results", "choices", "model"):
        assert whole[name] == streamed[name]


def test_a_body_cannot_be_made_of_an_unfinished_answer() -> None:
    with pytest.raises(ValueError, match="not finished"):
        completion_body(HEAD, AnswerSoFar(), Meter())


def test_usage_of_nothing_costs_nothing() -> None:
    usage = fold([Sources(complete=True), Finished("stop", Usage())])["usage"]
    assert usage["cost"]["total_cost"] == 0
    assert "num_search_queries" not in usage
