"""What was said until now, as the turns before the next question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hydrophone.types import (
    Event,
    MediaPart,
    Part,
    Question,
    Revision,
    Source,
    Sources,
    Text,
    TextPart,
    ToolCall,
    ToolCallDelta,
    Turn,
)


def conversation(question: Question, events: Sequence[Event]) -> tuple[Turn, ...]:
    """The turns of a question with its answer behind them.

    Without the instructions, which hold for one response alone, and without files that came with
    the question, which are not kept.
    """
    said = [*map(_without_files, turns_of_input(question)), answer_turn(events)]
    return tuple(turn for turn in said if turn.parts or turn.tool_calls or turn.tool_call_id)


def turns_of_input(question: Question) -> tuple[Turn, ...]:
    """The turns of a question but for its instructions."""
    turns = question.turns
    fields = (question.echo or {}).get("fields")
    told = fields.get("instructions") if isinstance(fields, dict) else None
    instructed = bool(told) and turns and turns[0].role == "system" and turns[0].text == told
    return turns[1:] if instructed else turns


def answer_turn(events: Sequence[Event]) -> Turn:
    """What an answer said and called, with its numbered sources."""
    text: list[str] = []
    calls: dict[int, ToolCall] = {}
    sources: dict[int, Source] = {}
    for event in events:
        if isinstance(event, Text):
            text.append(event.delta)
        elif isinstance(event, Revision):
            text = [event.text]
        elif isinstance(event, ToolCallDelta):
            calls[event.index] = _more_of(calls.get(event.index), event)
        elif isinstance(event, Sources):
            sources.update((source.n, _without_passages(source)) for source in event.items)
    said = "".join(text)
    parts = (TextPart(said),) if said else ()
    in_order = tuple(call for _, call in sorted(calls.items()))
    return Turn("assistant", parts, tool_calls=in_order, sources=tuple(sources.values()))


def _more_of(call: ToolCall | None, delta: ToolCallDelta) -> ToolCall:
    if call is None:
        return ToolCall(delta.id or "", delta.name or "", delta.arguments)
    return ToolCall(delta.id or call.id, delta.name or call.name, call.arguments + delta.arguments)


def _without_passages(source: Source) -> Source:
    return replace(source, result=replace(source.result, passages=()))


def _without_files(turn: Turn) -> Turn:
    parts = tuple(part for part in turn.parts if not _is_gone(part))
    return turn if len(parts) == len(turn.parts) else replace(turn, parts=parts)


def _is_gone(part: Part) -> bool:
    return isinstance(part, MediaPart) and part.url is None
