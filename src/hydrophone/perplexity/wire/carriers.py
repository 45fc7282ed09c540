"""The two kinds of blocks that carry an answer's text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydrophone.perplexity.wire.patches import Path
from hydrophone.perplexity.wire.pieces import Key, Parts

_ANSWER = "answer"


def read_markdown(block: Any, path: Path | None, parts: Parts, key: Key) -> str | None:
    """Take a `markdown_block` in: chunks, and in the last frame the whole `answer`, which is the
    service's last word also where it is shorter; chunks that come behind it go on with it.

    `path` is the place in it that has changed, None: anywhere. What the parts' text has grown by;
    None when it changed otherwise.
    """
    if path and path[0] not in ("chunks", _ANSWER):
        return ""
    block = block if isinstance(block, dict) else {}
    answer, chunks = block.get(_ANSWER), block.get("chunks")
    answer = answer if isinstance(answer, str) else ""
    if path and path[0] == "chunks":
        return parts.set(key, chunks, _start(path[1:]), answer)
    return parts.set(key, () if answer else chunks, None, answer)


def merged_markdown(known: Any, block: dict[str, Any]) -> tuple[dict[str, Any], Path | None]:
    """A markdown block over the one before it: its chunks from `chunk_starting_offset` on replace
    those that stood there, 0 begins anew. The block as it is now, and the place that changed."""
    offset, chunks = block.get("chunk_starting_offset"), block.get("chunks")
    if not isinstance(known, dict) or not isinstance(chunks, list):
        return block, None
    if not isinstance(offset, int) or offset <= 0:
        return block, None
    kept = known.get("chunks")
    rows: list[object] = kept if isinstance(kept, list) else []
    rows += [""] * (offset - len(rows))
    rows[offset:] = chunks
    path = None if block.get(_ANSWER) else ("chunks", str(offset))
    return {**known, **block, "chunks": rows}, path


class Workflow:
    """Reads the answer's items of a `workflow_block`; what narrates is none of it.

    `result_lists` are the lists of sources that its items hold.
    """

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.result_lists: list[object] = []

    def read(self, block: Any, path: Path | None) -> str | None:
        """Take the block in; as `read_markdown`."""
        if path is not None:
            if path[0] != "steps" or path[2:3] not in ((), ("items",)):
                return ""
            if (place := _place(path, block)) is not None:
                return self._read_item(block, place, path[4:])
            if (last := _last_step(path, block)) is not None:
                grown = self._read_new_step(block, last)
                if grown is not None:
                    return grown
        before = self._parts.text
        self._parts.clear()
        self.result_lists.clear()
        for number, step in enumerate(_list(block, "steps")):
            for item in range(len(_list(step, "items"))):
                self._read_item(block, (number, item), ())
        text = self._parts.text
        return text[len(before) :] if text.startswith(before) else None

    def _read_new_step(self, block: Any, number: int) -> str | None:
        """Read a step behind all others; None when there was one in its place."""
        if self._parts.has(number):
            return None
        items = range(len(_list(_list(block, "steps")[number], "items")))
        grown = [self._read_item(block, (number, item), ()) for item in items]
        return None if None in grown else "".join(filter(None, grown))

    def _read_item(self, block: Any, place: tuple[int, int], inside: Path) -> str | None:
        """Read an item; `inside` is the place in it that has changed."""
        item = _list(_list(block, "steps")[place[0]], "items")[place[1]]
        payload = item.get("payload") if isinstance(item, dict) else None
        payload = payload if isinstance(payload, dict) else {}
        if isinstance(sources := payload.get("sources_payload"), dict):
            self.result_lists.append(sources.get("web_results") or sources.get("sources"))
        text = payload.get("text_payload")
        if not isinstance(text, dict) or not _is_answer(item, text):
            return self._parts.drop(place)
        start = _start(inside[3:]) if inside[2:3] == ("chunks",) else None
        return self._parts.set(place, text.get("chunks"), start, text.get("text") or "")


def _start(path: Path) -> int | None:
    return int(path[0]) if path and path[0].isdigit() else None


def _place(path: Path, block: Any) -> tuple[int, int] | None:
    """The one item that a changed place lies in, or that has come last; None when it may be more
    than one."""
    if len(path) < 4 or not (path[1].isdigit() and path[3].isdigit()):
        return None
    step, item = int(path[1]), int(path[3])
    steps = _list(block, "steps")
    behind = len(_list(steps[step], "items")) - item if step < len(steps) else 0
    return (step, item) if behind == 1 or (behind > 1 and len(path) > 4) else None


def _last_step(path: Path, block: Any) -> int | None:
    """The step that a changed place is, when there is none behind it."""
    if len(path) != 2 or not path[1].isdigit():
        return None
    return int(path[1]) if int(path[1]) == len(_list(block, "steps")) - 1 else None


def _is_answer(item: Mapping[str, Any], text: Mapping[str, Any]) -> bool:
    if item.get("type") not in ("WORKFLOW_ITEM_TEXT", None):
        return False
    return _ANSWER in (item.get("variant"), text.get("variant"))


def _list(holder: Any, name: str) -> list[Any]:
    rows = holder.get(name) if isinstance(holder, dict) else None
    return rows if isinstance(rows, list) else []
