"""The chat dialect: events to `chat.completion` bodies and `chat.completion.chunk` frames.

Shapes are Perplexity's Sonar over OpenAI's. In `full` mode each chunk carries the new text in
`delta` and the text so far in `message`; `citations` and cumulative `usage` stand on all chunks,
`search_results` on the first and the last. The first chunk goes out when the sources are complete,
since real clients read citations from that one alone.
"""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.usage import usage_object
from hydrophone.api.sse import DONE, frame
from hydrophone.types import (
    ContextSize,
    Event,
    Finished,
    JsonValue,
    Meter,
    Price,
    Sources,
    Text,
    Thinking,
    ToolCallDelta,
    Usage,
)


@dataclass(frozen=True, slots=True)
class ChatHead:
    """What is the same on every body of one answer. `created` is seconds since 1970."""

    id: str
    model: str
    created: int
    price: Price
    context_size: ContextSize


def completion_body(head: ChatHead, answer: AnswerSoFar) -> bytes:
    """The body of a finished answer that was not streamed. The empty `delta` beside `message` is
    what the official service sends and its strict SDK demands."""
    if answer.finished is None:
        raise ValueError("the answer has not finished")
    body: dict[str, JsonValue] = {
        "id": head.id,
        "object": "chat.completion",
        "created": head.created,
        "model": head.model,
        "choices": [
            {
                "index": 0,
                "finish_reason": answer.finished.reason,
                "message": answer.message(answer.text),
                "delta": {"role": "assistant", "content": ""},
            }
        ],
        "usage": usage_object(answer.finished.usage, head.price, head.context_size, final=True),
        "citations": answer.citations_array(),
        "search_results": answer.search_results(),
    }
    if answer.notices:
        body["notices"] = answer.notices_array()
    return orjson.dumps(body)


class FullChunks:
    """The `full` stream mode."""

    def __init__(self, head: ChatHead, meter: Meter) -> None:
        self._head = head
        self._meter = meter
        self._answer = AnswerSoFar()
        self._static = b""
        self._held: list[dict[str, JsonValue]] = []
        self._counted: Usage | None = None
        self._usage_json = b""

    def frames(self, event: Event) -> bytes:
        """The chunks for this event, ending with `[DONE]` on the last."""
        self._answer.take(event)
        if isinstance(event, Text):
            return self._text_chunk(event.delta)
        if isinstance(event, Sources) and event.complete:
            return self._first_chunks()
        if isinstance(event, Thinking):
            return self._later_chunk({"reasoning_content": event.delta})
        if isinstance(event, ToolCallDelta):
            return self._later_chunk({"tool_calls": [_call_delta(event)]})
        if isinstance(event, Finished):
            return self._last_chunk(event)
        return b""

    def _first_chunks(self) -> bytes:
        first = not self._static
        self._static = self._static_part()
        if not first:
            return b""
        results = orjson.dumps(self._answer.search_results())
        opening = self._chunk({"content": ""}, more=b',"search_results":' + results)
        held, self._held = self._held, []
        return opening + b"".join(self._chunk(delta) for delta in held)

    def _static_part(self) -> bytes:
        body = {
            "id": self._head.id,
            "object": "chat.completion.chunk",
            "created": self._head.created,
            "model": self._head.model,
            "citations": self._answer.citations_array(),
        }
        return orjson.dumps(body)[:-1]

    def _later_chunk(self, delta: dict[str, JsonValue]) -> bytes:
        if not self._static:  # held until the first chunk can carry the citations
            self._held.append(delta)
            return b""
        return self._chunk(delta)

    def _text_chunk(self, delta: str) -> bytes:
        # Assembled by hand: this runs once for each token.
        return b"".join(
            (
                b"data: ",
                self._static,
                b',"usage":',
                self._usage(),
                b',"choices":[{"index":0,"finish_reason":null,"message":{"role":"assistant","content":',
                orjson.dumps(self._answer.text),
                b'},"delta":{"role":"assistant","content":',
                orjson.dumps(delta),
                b"}}]}\n\n",
            )
        )

    def _chunk(self, delta: dict[str, JsonValue], *, more: bytes = b"") -> bytes:
        choice = {
            "index": 0,
            "finish_reason": None,
            "message": {"role": "assistant", "content": self._answer.text},
            "delta": {"role": "assistant", **delta},
        }
        choices = b',"choices":' + orjson.dumps([choice])
        return frame(self._static + b',"usage":' + self._usage() + choices + more + b"}")

    def _usage(self) -> bytes:
        usage = self._meter.usage
        if usage is not self._counted:  # most chunks find it as the one before has left it
            body = usage_object(usage, self._head.price, self._head.context_size, final=False)
            self._counted, self._usage_json = usage, orjson.dumps(body)
        return self._usage_json

    def _last_chunk(self, finished: Finished) -> bytes:
        static = self._static_part()
        usage = usage_object(finished.usage, self._head.price, self._head.context_size, final=True)
        rest: dict[str, JsonValue] = {
            "usage": usage,
            "search_results": self._answer.search_results(),
            "choices": [
                {
                    "index": 0,
                    "finish_reason": finished.reason,
                    "message": self._answer.message(self._answer.text),
                    "delta": {"role": "assistant", "content": ""},
                }
            ],
        }
        if self._answer.notices:
            rest["notices"] = self._answer.notices_array()
        return frame(static + b"," + orjson.dumps(rest)[1:]) + DONE


def _call_delta(delta: ToolCallDelta) -> JsonValue:
    function: dict[str, JsonValue] = {"arguments": delta.arguments}
    if delta.name is not None:
        function["name"] = delta.name
    call: dict[str, JsonValue] = {"index": delta.index, "function": function}
    if delta.id is not None:
        call |= {"id": delta.id, "type": "function"}
    return call
