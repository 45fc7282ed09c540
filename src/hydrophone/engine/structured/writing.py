"""Has a language model write in a format, and lets nothing out that does not have it.

The reply is held until it is whole and has been compared with the format; thoughts and calls of
functions pass at once. A reply that does not fit is sent back to the model once, with the reason.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from hydrophone.engine.hostile.addresses import Allowed, told
from hydrophone.engine.structured.addresses import without_addresses
from hydrophone.engine.structured.shapes import Fit, Misfit, Shape, shape_of
from hydrophone.engine.writing.answer import WrittenAnswer
from hydrophone.errors import InternalError, UpstreamError
from hydrophone.llm.base import ModelDelta, ModelRequest, ModelUsage
from hydrophone.stream import Emit
from hydrophone.types import (
    Event,
    FinishReason,
    Notice,
    RequestContext,
    TextPart,
    ToolCallDelta,
    Turn,
)

_SHOWN_CHARS = 4_000
_BRIEFLY = "There is room for a short answer only: be as brief as the format allows."


class StructuredOutputFailed(UpstreamError):
    """The model did not write in the format that was wanted, asked twice."""

    code = "upstream_structured_output_failed"


class Draft:
    """A reply whose text is held until it is whole; what is thought and called goes to the answer
    at once."""

    def __init__(self, answer: WrittenAnswer) -> None:
        self._answer = answer
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self.calls = False
        self.begun = False
        self.usage: ModelUsage | None = None
        self.reason: FinishReason = "stop"

    @property
    def latest(self) -> str:
        """What was written."""
        return "".join(self._pieces)

    @property
    def thoughts(self) -> str:
        """What was thought."""
        return "".join(self._thoughts)

    def begin(self) -> None:
        """A reply begins; the one before is forgotten."""
        self._pieces, self._thoughts = [], []
        self.begun, self.usage, self.reason = False, None, "stop"

    async def take(self, delta: ModelDelta, emit: Emit) -> None:
        """Keep a piece of the text and pass the rest on."""
        self.begun = True
        self._pieces.append(delta.text)
        self._thoughts.append(delta.thinking)
        self.usage = delta.usage or self.usage
        self.reason = delta.finish_reason or self.reason

        async def passing(event: Event) -> None:
            self.calls = self.calls or isinstance(event, ToolCallDelta)
            await emit(event)

        if delta.thinking or delta.tool_calls:
            passed = ModelDelta(thinking=delta.thinking, tool_calls=delta.tool_calls)
            await self._answer.take(passed, passing)


class Replying(Protocol):
    """What has the model reply: the model writer."""

    async def reply(
        self,
        request: ModelRequest,
        answer: Draft,
        context: RequestContext,
        emit: Emit,
        *,
        last: bool,
    ) -> None:
        """Have the model go on with the request's messages, into the answer, and count it."""


async def write_formatted(
    writer: Replying,
    request: ModelRequest,
    answer: WrittenAnswer,
    context: RequestContext,
    emit: Emit,
) -> FinishReason:
    """Have the model write in the request's format, and take it into the answer when it fits.

    Raises StructuredOutputFailed when the model does not manage it; then no text has gone out.
    """
    if request.response_format is None:
        raise InternalError("an answer without a format was to be written in one")
    shape = shape_of(request.response_format)
    first = replace(request, messages=_told(request.messages, shape.words))
    draft = Draft(answer)
    await writer.reply(first, draft, context, emit, last=False)
    text, left_out = "", 0
    if not draft.calls:
        read, left_out = await _read(draft, shape, request, answer.allowed)
        if isinstance(read, Misfit) and draft.reason != "content_filter":
            again = _again(request, draft, shape, read)
            await writer.reply(again, draft, context, emit, last=False)
            read, left_out = await _read(draft, shape, request, answer.allowed)
        if isinstance(read, Misfit):
            raise _failed(read, draft.reason)
        text = read.text
    await answer.take(ModelDelta(text=text, finish_reason=draft.reason), emit)
    await answer.finish(emit)
    if left_out:
        await emit(Notice("address_left_out", told(left_out)))
    return answer.reason


async def _read(
    draft: Draft, shape: Shape, request: ModelRequest, allowed: Allowed | None
) -> tuple[Fit | Misfit, int]:
    """The reply as an answer, and how many addresses were left out of it."""
    read = await shape.read(draft.latest, cut=draft.reason == "length" or bool(request.stop))
    if allowed is None or isinstance(read, Misfit):
        return read, 0
    return await without_addresses(read, shape, allowed)


def _again(request: ModelRequest, draft: Draft, shape: Shape, misfit: Misfit) -> ModelRequest:
    """The request once more: with the reply and what is wrong with it, or, when the reply came to
    no end, from the beginning and with an end to all that may go on for ever."""
    if draft.reason == "length":
        words = f"{shape.words}\n{_BRIEFLY}"
        told = _told(request.messages, words)
        return replace(request, messages=told, response_format=shape.shorter)
    told = _told(request.messages, shape.words)
    return replace(request, messages=(*told, *_sent_back(draft.latest, misfit)))


def _told(messages: Sequence[Turn], words: str) -> tuple[Turn, ...]:
    """The messages, the first system text with the format's words at its end."""
    first = messages[0] if messages else None
    if first is not None and first.role == "system":
        return (replace(first, parts=(*first.parts, TextPart(f"\n{words}"))), *messages[1:])
    return (Turn("system", (TextPart(words),)), *messages)


def _sent_back(reply: str, misfit: Misfit) -> tuple[Turn, Turn]:
    words = (
        f"This does not have the format that is wanted: {misfit.reason}. "
        "Write the whole answer again, corrected, and nothing else."
    )
    written = reply[:_SHOWN_CHARS] or "(nothing)"
    return Turn("assistant", (TextPart(written),)), Turn("user", (TextPart(words),))


def _failed(misfit: Misfit, reason: FinishReason) -> StructuredOutputFailed:
    if reason == "length":
        return StructuredOutputFailed(
            "the answer was cut off by its limit of tokens before it had the format that was "
            f"wanted, twice ({misfit.reason}): allow more max_tokens or ask for less"
        )
    if reason == "content_filter":
        return StructuredOutputFailed("the model's endpoint held its answer back")
    return StructuredOutputFailed(
        "the language model did not write in the format that was wanted, asked twice: "
        f"{misfit.reason}"
    )
