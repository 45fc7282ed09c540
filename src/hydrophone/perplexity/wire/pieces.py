"""Texts that come in chunks: what they have grown by, at the cost of what is new.

Research sends some ten megabytes in thousands of frames; a text that is joined and compared at
each of them would cost its square.
"""

from __future__ import annotations

from typing import TypeAlias

Key: TypeAlias = tuple[int, ...]


class Pieces:
    """Chunks of a text. `whole` stands for them where it is set and not shorter than they are."""

    def __init__(self) -> None:
        self._rows: list[str] = []
        self._length = 0
        self._joined: str | None = ""
        self._whole = ""

    @property
    def filled(self) -> bool:
        """Whether there is any text."""
        return bool(self._length or self._whole)

    @property
    def text(self) -> str:
        """The text; joined once, however often it is asked for."""
        if self._whole and len(self._whole) >= self._length:
            return self._whole
        if self._joined is None:
            self._joined = "".join(self._rows)
        return self._joined

    def set(self, chunks: object, start: int | None, whole: object) -> str | None:
        """The chunks as they are now, changed from `start` on (None: anywhere), and the whole text
        where that is known: what the text has grown by, None when it changed otherwise."""
        rows = chunks if isinstance(chunks, list) else []
        if self._whole or whole or start is None:
            return self._compared(rows, whole)
        if start == len(self._rows) and len(rows) > start:
            return self._grown([_chunk(row) for row in rows[start:]])
        if start == len(self._rows) - 1 == len(rows) - 1:
            return self._last_grown(_chunk(rows[-1]))
        return self._compared(rows, whole)

    def _grown(self, new: list[str]) -> str:
        self._rows += new
        delta = "".join(new)
        self._length += len(delta)
        self._joined = None if delta else self._joined
        return delta

    def _last_grown(self, chunk: str) -> str | None:
        before, self._rows[-1] = self._rows[-1], chunk
        self._length += len(chunk) - len(before)
        self._joined = None
        return chunk[len(before) :] if chunk.startswith(before) else None

    def _compared(self, rows: list[object], whole: object) -> str | None:
        before = self.text
        self._rows = [_chunk(row) for row in rows]
        self._joined = "".join(self._rows)
        self._length = len(self._joined)
        self._whole = whole if isinstance(whole, str) else ""
        return self.text[len(before) :] if self.text.startswith(before) else None


class Parts:
    """Texts under keys, which make one text in the order of these, a line break between them."""

    def __init__(self) -> None:
        self._pieces: dict[Key, Pieces] = {}

    @property
    def filled(self) -> bool:
        """Whether there is any text."""
        return any(pieces.filled for pieces in self._pieces.values())

    @property
    def text(self) -> str:
        """All of it."""
        found = (self._pieces[key] for key in sorted(self._pieces))
        return "\n".join(pieces.text for pieces in found if pieces.filled)

    def set(self, key: Key, chunks: object, start: int | None, whole: object) -> str | None:
        """Set one of the texts, as Pieces.set does: what all have grown by, or None."""
        pieces = self._pieces.setdefault(key, Pieces())
        begins = not pieces.filled
        grown = pieces.set(chunks, start, whole)
        if not grown:
            return grown
        others = [at for at, one in self._pieces.items() if one.filled and at != key]
        if any(at > key for at in others):
            return None
        return f"\n{grown}" if begins and others else grown

    def has(self, first: int) -> bool:
        """Whether there is a text whose key begins so."""
        return any(key[0] == first for key in self._pieces)

    def drop(self, key: Key) -> str | None:
        """This is no part of the text (any more)."""
        pieces = self._pieces.pop(key, None)
        return None if pieces is not None and pieces.filled else ""

    def clear(self) -> None:
        """Begin anew."""
        self._pieces.clear()


def _chunk(value: object) -> str:
    return value if isinstance(value, str) else ""
