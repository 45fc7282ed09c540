"""What was asked for a response, as the items of its input."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hydrophone.api.agent.items import Item, call_item
from hydrophone.types import JsonValue, Part, TextPart, Turn


def input_items(key: str, turns: Sequence[Turn]) -> list[Item]:
    """The items of these turns, the oldest first; ids hold within the response."""
    return list(_items(key, turns))


def _items(key: str, turns: Sequence[Turn]) -> Iterator[Item]:
    for number, turn in enumerate(turns):
        if turn.role == "tool":
            yield {
                "id": f"fco_{key}_{number}",
                "type": "function_call_output",
                "call_id": turn.tool_call_id or "",
                "output": turn.text,
                "status": "completed",
            }
            continue
        if turn.parts:
            yield {
                "id": f"msg_{key}_{number}",
                "type": "message",
                "role": turn.role,
                "status": "completed",
                "content": [_part(part, turn) for part in turn.parts],
            }
        for place, call in enumerate(turn.tool_calls):
            item_id = f"fc_{key}_{number}_{place}"
            yield call_item(item_id, call.id, call.name, call.arguments, "completed")


def _part(part: Part, turn: Turn) -> JsonValue:
    if isinstance(part, TextPart):
        if turn.role == "assistant":
            return {"type": "output_text", "text": part.text, "annotations": []}
        return {"type": "input_text", "text": part.text}
    if part.kind == "image":
        return {"type": "input_image", "detail": "auto", "image_url": part.url}
    shown: dict[str, JsonValue] = {"type": "input_file", "filename": part.name}
    return {**shown, "file_url": part.url} if part.url else shown
