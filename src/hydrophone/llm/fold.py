"""Folds the deltas of a reply into the whole reply."""

from __future__ import annotations

from collections.abc import Iterable

from hydrophone.llm.base import ModelDelta, ModelReply, ModelUsage
from hydrophone.types import FinishReason, ToolCall, ToolCallDelta


class ReplyFold:
    """Takes deltas in their order; `reply` is what they make."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._thinking: list[str] = []
        self._calls: dict[int, _CallFold] = {}
        self._finish_reason: FinishReason = "stop"
        self._usage: ModelUsage | None = None

    def add(self, delta: ModelDelta) -> None:
        """Take the next delta."""
        self._text.append(delta.text)
        self._thinking.append(delta.thinking)
        for call in delta.tool_calls:
            self._calls.setdefault(call.index, _CallFold()).add(call)
        if delta.finish_reason is not None:
            self._finish_reason = delta.finish_reason
        if delta.usage is not None:
            self._usage = delta.usage

    @property
    def reply(self) -> ModelReply:
        """The reply so far."""
        return ModelReply(
            text="".join(self._text),
            thinking="".join(self._thinking),
            tool_calls=tuple(call.whole for _, call in sorted(self._calls.items())),
            finish_reason=self._finish_reason,
            usage=self._usage,
        )


class _CallFold:
    __slots__ = ("arguments", "id", "name")

    def __init__(self) -> None:
        self.id = ""
        self.name = ""
        self.arguments = ""

    def add(self, delta: ToolCallDelta) -> None:
        self.id = self.id or delta.id or ""
        self.name = self.name or delta.name or ""
        self.arguments += delta.arguments

    @property
    def whole(self) -> ToolCall:
        return ToolCall(self.id, self.name, self.arguments)


def folded(deltas: Iterable[ModelDelta]) -> ModelReply:
    """The whole reply."""
    reply = ReplyFold()
    for delta in deltas:
        reply.add(delta)
    return reply.reply
