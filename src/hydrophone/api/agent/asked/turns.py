"""From the items of `input` to turns."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hydrophone.api.agent.asked.input import (
    CallItem,
    CallOutputItem,
    Content,
    Input,
    InputItem,
    InputMessage,
    InputPart,
    McpItem,
)
from hydrophone.api.chat.parts import read_part
from hydrophone.api.chat.schema import ContentPart, FileObject
from hydrophone.api.chat.turns import check_media, merge
from hydrophone.errors import InvalidRequest
from hydrophone.types import MediaPart, Part, Role, TextPart, ToolCall, Turn

_NO_TEXT = "there is no question: add a message with role 'user' and some text"


def read_turns(
    input: Input, instructions: str | None, before: Sequence[Turn] = ()
) -> tuple[Turn, ...]:
    """The conversation: the instructions, the turns `before`, and those of the input.

    Raises InvalidRequest with the place of what cannot be read.
    """
    turns = list(before)
    if isinstance(input, str):
        turns.append(_text_turn("user", input))
    else:
        for index, item in enumerate(input):
            turns += _turns(item, f"input[{index}]")
    turns = merge(turns)
    _check(turns)
    # Apart from other system texts: they hold for this response alone.
    return (_text_turn("system", instructions), *turns) if instructions else tuple(turns)


def _text_turn(role: Role, text: str) -> Turn:
    return Turn(role, (TextPart(text),))


def _turns(item: InputItem, place: str) -> Iterator[Turn]:
    """The turns that an item makes; thoughts and finds of earlier answers make none."""
    if isinstance(item, InputMessage):
        role: Role = "system" if item.role == "developer" else item.role
        yield Turn(role, _parts(item.content, f"{place}.content"))
    elif isinstance(item, CallItem):
        yield Turn("assistant", (), (ToolCall(item.call_id, item.name, item.arguments),))
    elif isinstance(item, CallOutputItem):
        yield Turn("tool", _parts(item.output, f"{place}.output"), tool_call_id=item.call_id)
    elif isinstance(item, McpItem):
        yield from _mcp_turns(item, place)


def _mcp_turns(item: McpItem, place: str) -> Iterator[Turn]:
    """A call that was made elsewhere, with what came of it."""
    if item.type == "mcp_approval_response" and item.approve:
        message = f"{place}: nothing can be approved, as no MCP servers are called here"
        raise InvalidRequest(message, param=place)
    if item.type == "mcp_call" and item.name:
        key = item.id or place
        yield Turn("assistant", (), (ToolCall(key, item.name, item.arguments or "{}"),))
        yield replace(_text_turn("tool", item.output or item.error or ""), tool_call_id=key)


def _parts(content: Content, place: str) -> tuple[Part, ...]:
    if isinstance(content, str):
        return (TextPart(content),)
    return tuple(_part(part, f"{place}[{index}]") for index, part in enumerate(content))


def _part(part: InputPart, place: str) -> Part:
    if part.type == "input_image":
        if part.image_url is None:
            raise InvalidRequest(f"{place}: send the image in `image_url`", param=place)
        return read_part(ContentPart(type="image_url", image_url=part.image_url), place)
    if part.type == "input_file":
        return _file(part, place)
    text = part.refusal if part.type == "refusal" else part.text
    if text is None:
        raise InvalidRequest(f"{place}: this part has no `text`", param=f"{place}.text")
    return TextPart(text)


def _file(part: InputPart, place: str) -> Part:
    if part.file_data is not None:
        file = FileObject(file_data=part.file_data, filename=part.filename)
        return read_part(ContentPart(type="file", file=file), place)
    if part.file_url is not None:
        given = ContentPart(type="file_url", file_url=part.file_url, file_name=part.filename)
        return read_part(given, place)
    message = f"{place}: send the file in `file_data`, or its address in `file_url`"
    raise InvalidRequest(message, param=place)


def _check(turns: Sequence[Turn]) -> None:
    try:
        check_media(turns, by_pattern=False)
    except InvalidRequest as error:
        raise InvalidRequest(error.message, param="input") from None
    called = {call.id for turn in turns for call in turn.tool_calls}
    for turn in turns:
        if turn.tool_call_id is not None and turn.tool_call_id not in called:
            raise InvalidRequest(
                "a function_call_output follows the function_call with its call_id: send that "
                "before it, or previous_response_id",
                param="input",
            )
    asked = [turn for turn in turns if turn.role == "user"]
    if not any(turn.text.strip() for turn in asked) and not any(
        isinstance(part, MediaPart) for turn in asked for part in turn.parts
    ):
        raise InvalidRequest(_NO_TEXT, param="input")
