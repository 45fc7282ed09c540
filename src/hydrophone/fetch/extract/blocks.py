"""A document's text put together from blocks, with the place of every heading."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from hydrophone.fetch.extract.clean import clean_inline, clean_line, clean_lines
from hydrophone.types import Heading

_Kind = Literal["block", "item", "row", "term", "definition"]

# Neighbours that belong together stand on neighbouring lines; all else is an empty line apart.
_CLOSE = frozenset(
    {
        ("item", "item"),
        ("row", "row"),
        ("term", "term"),
        ("term", "definition"),
    }
)


class TextBuilder:
    """Takes blocks in reading order and gives clean text; empty blocks leave no trace."""

    __slots__ = ("_headings", "_last", "_parts", "_size")

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._headings: list[Heading] = []
        self._size = 0
        self._last: _Kind = "block"

    @property
    def size_chars(self) -> int:
        """The length of the text so far, in code points."""
        return self._size

    def heading(self, level: int, text: str) -> None:
        """A heading; levels are held between 1 and 6."""
        line = clean_line(text)
        if line:
            start = self._add(line, "block")
            self._headings.append(Heading(min(max(level, 1), 6), line, start))

    def paragraph(self, text: str) -> None:
        """Running text; its line feeds are kept."""
        self._add(clean_inline(text), "block")

    def item(self, text: str, *, depth: int = 0, marker: str = "-") -> None:
        """A list item; `depth` 0 is the outermost list."""
        line = clean_inline(text)
        if line:
            indent = "  " * depth
            body = line.replace("\n", f"\n{indent}  ")
            self._add(f"{indent}{marker} {body}", "item")

    def row(self, cells: Sequence[str]) -> None:
        """A table's row on one line."""
        line = " | ".join(clean_line(cell) for cell in cells)
        if line.strip(" |"):
            self._add(line.strip(), "row")

    def term(self, text: str) -> None:
        """A term; its definition follows on the next line."""
        self._add(clean_inline(text), "term")

    def definition(self, text: str) -> None:
        """What the term before it means."""
        self._add(clean_inline(text), "definition")

    def code(self, text: str) -> None:
        """Preformatted lines, indentation kept."""
        self._add(clean_lines(text), "block")

    def build(self) -> tuple[str, tuple[Heading, ...]]:
        """The text and its headings, in order; each heading's text stands at its `start`."""
        return "".join(self._parts), tuple(self._headings)

    def _add(self, text: str, kind: _Kind) -> int:
        if not text:
            return self._size
        if self._parts:
            gap = "\n" if (self._last, kind) in _CLOSE else "\n\n"
            self._parts.append(gap)
            self._size += len(gap)
        start = self._size
        self._parts.append(text)
        self._size += len(text)
        self._last = kind
        return start
