"""From messages to turns, and which order of them is understood."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hydrophone.api.chat.parts import MAX_FILES, read_part
from hydrophone.api.chat.schema import Message
from hydrophone.errors import InvalidRequest
from hydrophone.types import MediaPart, Part, Role, TextPart, ToolCall, Turn


def read_turns(messages: Sequence[Message], *, strict: bool) -> tuple[Turn, ...]:
    """The conversation. Messages of one role in a row become one turn; `strict` refuses them, as
    Perplexity's service does. Raises InvalidRequest (`invalid_message`) with the place."""
    if not messages:
        raise _invalid("messages is empty: send at least one message with role 'user'", "messages")
    turns = [_turn(message, index) for index, message in enumerate(messages)]
    if strict:
        _check_order(turns)
    if len(turns) > 1:
        turns = merge(turns)
    return tuple(turns)


def check_media(turns: Sequence[Turn], *, by_pattern: bool) -> None:
    """Refuse too many files, and images in a request whose answer must match a pattern."""
    media = [part for turn in turns for part in turn.parts if isinstance(part, MediaPart)]
    if len(media) > MAX_FILES:
        message = f"a request holds at most {MAX_FILES} images and files, not {len(media)}"
        raise _invalid(message, "messages")
    if by_pattern and any(part.kind == "image" for part in media):
        raise InvalidRequest(
            "an answer to an image cannot be asked for by a regex",
            param="response_format",
            code="invalid_parameter",
        )


def _turn(message: Message, index: int) -> Turn:
    role: Role = "system" if message.role == "developer" else message.role
    calls = tuple(
        ToolCall(call.id, call.function.name, call.function.arguments)
        for call in message.tool_calls or ()
    )
    return Turn(role, _parts(message, index), calls, message.tool_call_id)


def _parts(message: Message, index: int) -> tuple[Part, ...]:
    if message.content is None:
        return ()
    if isinstance(message.content, str):
        return (TextPart(message.content),)
    return tuple(
        read_part(part, f"messages[{index}].content[{number}]")
        for number, part in enumerate(message.content)
    )


def merge(turns: Sequence[Turn]) -> list[Turn]:
    """Turns of one role in a row as one; results of tools stay apart, each has its own call."""
    merged: list[Turn] = []
    for turn in turns:
        if merged and merged[-1].role == turn.role != "tool":
            before = merged[-1]
            merged[-1] = replace(
                before,
                parts=before.parts + turn.parts,
                tool_calls=before.tool_calls + turn.tool_calls,
            )
        else:
            merged.append(turn)
    return merged


def _check_order(turns: Sequence[Turn]) -> None:
    """Perplexity's order: system first, then user or tool in turn with assistant, last not
    assistant. Results of several calls may follow each other: they have no other place."""
    before: Role = "system"
    for index, turn in enumerate(turns):
        place = f"messages[{index}]"
        if turn.role == "system" and before != "system":
            raise _invalid("system messages must come before all others", place)
        results = before == turn.role == "tool"
        if turn.role != "system" and _side(turn.role) == _side(before) and not results:
            raise _invalid(
                "after the (optional) system message(s), user or tool message(s) must alternate "
                "with assistant message(s)",
                place,
            )
        if turn.role == "assistant" and before == "system":
            raise _invalid("the first message after the system messages must be of a user", place)
        before = turn.role
    if before not in ("user", "tool"):
        raise _invalid("the last message must have role 'user' or 'tool'", "messages")


def _side(role: Role) -> str:
    return "user" if role == "tool" else role


def _invalid(message: str, param: str) -> InvalidRequest:
    return InvalidRequest(message, param=param, code="invalid_message")
