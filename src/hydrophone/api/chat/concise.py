"""The `concise` stream mode: stages by the name of their object, and nothing said twice.

`chat.reasoning` for each step, then one `chat.reasoning.done` with what was found, then
`chat.completion.chunk` for each piece of text, then one `chat.completion.done` with everything, as
Perplexity documents its stream mode.
"""

from __future__ import annotations

import orjson

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.dialect import last_part
from hydrophone.api.chat.head import ChatHead
from hydrophone.api.chat.shapes import call_delta
from hydrophone.api.chat.usage import usage_so_far
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
)

_SILENT: dict[str, JsonValue] = {"role": "assistant", "content": ""}


class ConciseChunks:
    """The `concise` stream mode."""

    def __init__(self, head: ChatHead, meter: Meter) -> None:
        self._head = head
        self._meter = meter
        self._answer = AnswerSoFar(aloud=head.thinks_aloud)
        self._reasons = True
        self._held: list[dict[str, JsonValue]] = []
        self._prefix = self._prefix_of("chat.completion.chunk")

    def frames(self, event: Event) -> bytes:
        """The objects for this event, ending with `[DONE]` on the last."""
        delta = self._answer.take(event)
        if isinstance(event, Text):
            return self._text_chunk(delta)
        if isinstance(event, Finished):
            spoken = self._chunk({"content": delta}) if delta else b""
            return spoken + self._end_reasoning() + self._done()
        if isinstance(event, Sources):
            return self._end_reasoning() if event.complete else b""
        if isinstance(event, Step | StepResult):
            return self._reasoned(event)
        return self._said(event, delta)

    def _said(self, event: Event, delta: str) -> bytes:
        chunk = self._chunk({"content": delta}) if delta else b""
        if isinstance(event, ToolCallDelta):
            return chunk + self._chunk({"tool_calls": [call_delta(event)]})
        if isinstance(event, Thinking) and not self._answer.aloud:
            return chunk + self._chunk({"reasoning_content": event.delta})
        return chunk

    def _reasoned(self, event: Step | StepResult) -> bytes:
        """A step that the event makes whole, while the reasoning goes on."""
        if not self._reasons or not self._head.shows_steps(self._meter):
            return b""
        told = self._answer.step_told_by(event)
        if told is None:
            return b""
        choice = _choice(_SILENT, {**_SILENT, "reasoning_steps": [told]})
        return self._object("chat.reasoning", {"choices": [choice], "type": "message"})

    def _end_reasoning(self) -> bytes:
        if not self._reasons:
            return b""
        self._reasons = False
        message: dict[str, JsonValue] = dict(_SILENT)
        if self._head.shows_steps(self._meter) and (steps := self._answer.reasoning_steps()):
            message["reasoning_steps"] = steps
        usage = usage_so_far(self._meter.usage, self._head.price, self._head.context_size)
        body: dict[str, JsonValue] = {
            "usage": usage,
            "citations": self._answer.citations_array(),
            "search_results": self._answer.search_results(),
            **self._answer.extras(self._head),
            "choices": [_choice(message, _SILENT)],
        }
        held, self._held = self._held, []
        done = self._object("chat.reasoning.done", body)
        return done + b"".join(self._chunk(delta) for delta in held)

    def _text_chunk(self, delta: str) -> bytes:
        # Assembled by hand: this runs once for each token.
        return b"".join((self._prefix, orjson.dumps(delta), b"}}]}\n\n"))

    def _chunk(self, delta: dict[str, JsonValue]) -> bytes:
        if self._reasons:  # what was found comes before what is said of it
            self._held.append(delta)
            return b""
        choice = _choice(_SILENT, {**_SILENT, **delta})
        return self._object("chat.completion.chunk", {"choices": [choice]})

    def _done(self) -> bytes:
        part = last_part(self._head, self._answer, self._meter)
        citations = self._answer.citations_array()
        return self._object("chat.completion.done", {"citations": citations, **part}) + DONE

    def _object(self, name: str, rest: dict[str, JsonValue]) -> bytes:
        return frame(orjson.dumps(self._same(name) | rest))

    def _same(self, name: str) -> dict[str, JsonValue]:
        head = self._head
        return {"id": head.id, "model": head.model, "created": head.created, "object": name}

    def _prefix_of(self, name: str) -> bytes:
        """A text chunk up to its text."""
        body = orjson.dumps(self._same(name) | {"choices": [_choice(_SILENT, _SILENT)]})
        return b"data: " + body.removesuffix(b'""}}]}')


def _choice(message: dict[str, JsonValue], delta: dict[str, JsonValue]) -> dict[str, JsonValue]:
    return {"index": 0, "finish_reason": None, "message": message, "delta": delta}
