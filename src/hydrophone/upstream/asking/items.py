"""From turns to the input items of the Agent API."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence

from hydrophone.errors import InvalidRequest
from hydrophone.types import JsonValue, MediaPart, Part, TextPart, Turn
from hydrophone.upstream.signatures import Signatures

Item = dict[str, JsonValue]
# What the official API fetches by itself; longer ones it refuses.
MOST_URL_CHARS = 2_048


def items_of(
    turns: Sequence[Turn], names: Mapping[str, str], signatures: Signatures | None = None
) -> list[JsonValue]:
    """The conversation as items.

    System turns stay items: `instructions` would take the place of the preset's own, by which it
    searches and cites. `names` are those that functions go under; `signatures` belong to calls, by
    their ids. Raises InvalidRequest for what the official API cannot look at.
    """
    signatures = signatures or Signatures()
    called: dict[str, str] = {}
    items: list[JsonValue] = []
    for turn in turns:
        called |= {call.id: names.get(call.name, call.name) for call in turn.tool_calls}
        items += _items(turn, called, signatures)
    return items


def _items(turn: Turn, called: Mapping[str, str], signatures: Signatures) -> Iterator[Item]:
    if turn.role == "tool":
        call_id = turn.tool_call_id or ""
        result: Item = {"type": "function_call_output", "call_id": call_id, "output": turn.text}
        yield result | _named(called.get(call_id)) | _signed(signatures.get(call_id))
        return
    if turn.parts:
        yield {"type": "message", "role": turn.role, "content": _content(turn)}
    for call in turn.tool_calls:
        item: Item = {
            "type": "function_call",
            "call_id": call.id,
            "name": called[call.id],
            "arguments": call.arguments,
        }
        yield item | _signed(signatures.get(call.id))


def _named(name: str | None) -> Item:
    return {"name": name} if name else {}


def _signed(signature: str | None) -> Item:
    return {"thought_signature": signature} if signature else {}


def _content(turn: Turn) -> JsonValue:
    if turn.role != "user" or all(isinstance(part, TextPart) for part in turn.parts):
        return turn.text
    return [_part(part) for part in turn.parts]


def _part(part: Part) -> Item:
    if isinstance(part, TextPart):
        return {"type": "input_text", "text": part.text}
    if part.kind == "video":
        raise InvalidRequest(
            "the official API, which answers for this model, takes no videos: leave the video out",
            param="messages",
            code="invalid_message",
        )
    if part.url is not None and len(part.url) > MOST_URL_CHARS:
        raise InvalidRequest(
            f"the official API, which answers for this model, takes no address of over "
            f"{MOST_URL_CHARS:,} characters: send the file itself",
            param="messages",
            code="invalid_message",
        )
    if part.kind == "image":
        return {"type": "input_image", "image_url": part.url or _data_uri(part, "image/png")}
    if part.url is not None:
        return {"type": "input_file", "file_url": part.url}
    data = _data_uri(part, "application/octet-stream")
    return {"type": "input_file", "filename": part.name or "file", "file_data": data}


def _data_uri(part: MediaPart, media_type: str) -> str:
    encoded = base64.b64encode(part.data or b"").decode()
    return f"data:{part.media_type or media_type};base64,{encoded}"
