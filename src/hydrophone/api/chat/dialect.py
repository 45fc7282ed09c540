"""The chat dialect: events to `chat.completion` bodies and `chat.completion.chunk` frames.

Shapes are Perplexity's Sonar over OpenAI's. In `full` mode each chunk carries the new text in
`delta` and the text so far in `message`; `citations` and cumulative `usage` stand on all chunks,
`search_results` on the first and the last. The first chunk goes out when the sources are complete,
since real clients read citations, images and related questions from that one alone.
"""

from __future__ import annotations

import orjson

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.head import ChatHead
from hydrophone.api.chat.shapes import call_delta, notices_array
from hydrophone.api.chat.usage import usage_object, usage_so_far
from hydrophone.api.sse import DONE, frame
from hydrophone.types import (
    Event,
    Finished,
    JsonValue,
    Meter,
    Sources,
    Step,
    StepResult,
    Text,
    Thinking,
    ToolCallDelta,
    Usage,
)


def completion_body(head: ChatHead, answer: AnswerSoFar, meter: Meter) -> bytes:
    """The body of a finished answer that was not streamed. The empty `delta` beside `message` is
    what the official service sends and its strict SDK demands."""
    return orjson.dumps(
        {
            "id": head.id,
            "object": "chat.completion",
            "created": head.created,
            "model": head.model,
            "citations": answer.citations_array(),
            **last_part(head, answer, meter),
        }
    )


def last_part(head: ChatHead, answer: AnswerSoFar, meter: Meter) -> dict[str, JsonValue]:
    """What a whole body and the last chunk of a stream say alike. Raises ValueError when the
    answer has not finished."""
    if answer.finished is None:
        raise ValueError("the answer has not finished")
    part: dict[str, JsonValue] = {
        "usage": usage_object(
            answer.finished.usage,
            head.price,
            head.context_size,
            pro=meter.pro_search,
            charged=answer.finished.charged,
        ),
        "search_results": answer.search_results(),
        "choices": [
            {
                "index": 0,
                "finish_reason": answer.finished.reason,
                "message": answer.message(head, meter),
                "delta": {"role": "assistant", "content": ""},
            }
        ],
        **answer.extras(head),
    }
    if (metadata := answer.search_metadata(head, meter)) is not None:
        part["search_metadata"] = metadata
    if (conversation := answer.finished.conversation) is not None:
        part["conversation_id"] = conversation.id
        part["perplexity"] = {"thread_uuid": conversation.thread, "title": conversation.title}
    if answer.notices:
        part["notices"] = notices_array(answer.notices)
    return part


class FullChunks:
    """The `full` stream mode."""

    def __init__(self, head: ChatHead, meter: Meter) -> None:
        self._head = head
        self._meter = meter
        self._answer = AnswerSoFar(aloud=head.thinks_aloud)
        self._static = b""
        self._held: list[dict[str, JsonValue]] = []
        self._held_text = ""
        self._counted: Usage | None = None
        self._usage_json = b""

    def frames(self, event: Event) -> bytes:
        """The chunks for this event, ending with `[DONE]` on the last."""
        delta = self._answer.take(event)
        if isinstance(event, Text):
            return self._text_chunk(delta)
        if isinstance(event, Finished):
            return self._spoken(delta) + self._what_was_held() + self._last_chunk()
        if isinstance(event, Sources):
            return self._first_chunks() if event.complete else b""
        chunk = self._spoken(delta)
        if (beside := self._beside(event)) is not None:
            chunk += self._later_chunk(beside)
        return chunk

    def _beside(self, event: Event) -> dict[str, JsonValue] | None:
        """What a delta says of an event beside the text; None for nothing."""
        if isinstance(event, Thinking):
            return None if self._answer.aloud else {"reasoning_content": event.delta}
        if isinstance(event, ToolCallDelta):
            return {"tool_calls": [call_delta(event)]}
        if isinstance(event, Step | StepResult) and self._head.shows_steps(self._meter):
            step = self._answer.step_told_by(event)
            return None if step is None else {"reasoning_steps": [step]}
        return None

    def _first_chunks(self) -> bytes:
        first = not self._static
        self._static = self._static_part(repeats_results=self._head.repeats_results)
        if not first:
            return b""
        more = {name: value for name, value in self._answer.extras(self._head).items() if value}
        if not self._head.repeats_results:
            more = {"search_results": self._answer.search_results(), **more}
        opening = self._chunk({}, "", more=b"," + orjson.dumps(more)[1:-1] if more else b"")
        (spoken, self._held_text), (held, self._held) = (self._held_text, ""), (self._held, [])
        later = [self._chunk(delta, self._answer.text) for delta in held]
        return opening + self._spoken(spoken) + b"".join(later)

    def _static_part(self, *, repeats_results: bool = False) -> bytes:
        body: dict[str, JsonValue] = {
            "id": self._head.id,
            "object": "chat.completion.chunk",
            "created": self._head.created,
            "model": self._head.model,
            "citations": self._answer.citations_array(),
        }
        if repeats_results:
            body["search_results"] = self._answer.search_results()
        return orjson.dumps(body)[:-1]

    def _what_was_held(self) -> bytes:
        """What waits for sources, when the answer ends without any."""
        return self._first_chunks() if self._held or self._held_text else b""

    def _spoken(self, delta: str) -> bytes:
        if self._static:
            return self._text_chunk(delta) if delta else b""
        self._held_text += delta  # until the first chunk can carry the citations
        return b""

    def _later_chunk(self, delta: dict[str, JsonValue]) -> bytes:
        if self._static:
            return self._chunk(delta, self._answer.text)
        self._held.append(delta)
        return b""

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

    def _chunk(self, delta: dict[str, JsonValue], text: str, *, more: bytes = b"") -> bytes:
        choice = {
            "index": 0,
            "finish_reason": None,
            "message": {"role": "assistant", "content": text},
            "delta": {"role": "assistant", "content": "", **delta},
        }
        choices = b',"choices":' + orjson.dumps([choice])
        return frame(self._static + b',"usage":' + self._usage() + choices + more + b"}")

    def _usage(self) -> bytes:
        usage = self._meter.usage
        if usage is not self._counted:  # most chunks find it as the one before has left it
            body = usage_so_far(usage, self._head.price, self._head.context_size)
            self._counted, self._usage_json = usage, orjson.dumps(body)
        return self._usage_json

    def _last_chunk(self) -> bytes:
        rest = orjson.dumps(last_part(self._head, self._answer, self._meter))[1:]
        return frame(self._static_part() + b"," + rest) + DONE
