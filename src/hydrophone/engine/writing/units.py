"""Cuts a text that comes in pieces into the units in which it is let go.

A unit is a sentence with the markers behind it, a heading, a row of a table, or a line of code or
of set mathematics. Where it ends is decided by the text alone, as soon as nothing that may follow
can change it, so any way of cutting the text into pieces gives the same units.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from hydrophone.index.sentences import split_sentences
from hydrophone.llm.markers import Marker

UnitKind = Literal["prose", "heading", "code"]

# Text without an end of a sentence is let go after so many characters.
MAX_CHARS = 800
_LINE_BEGINNING_CHARS = 8
_SLICE_CHARS = 4_000
_WORD_CHARS = 24
_STOP = re.compile(
    r"""(?P<line>\n)
      | (?P<latin>[.!?…]+)(?:\[\d{1,3}\])*["'”’»)\]}*_]*(?=\s|\Z)
      | (?P<wide>[。！？｡]+)[」』”’）》】)]*""",
    re.VERBOSE,
)
# What makes of the next line something else than the rest of this one.
_STRUCTURE = re.compile(
    r"[ \t]*(?:\n|[-*•‣◦–+>][ \t]|\d{1,3}[.)][ \t]|\#{1,6}[ \t]|\||```|~~~|\$\$|\\\[|\Z)|\ {4}|\t"
)
_SPACE = re.compile(r"\s*")
_BLANK = re.compile(r"[ \t]*")
_HEADING = re.compile(r"#{1,6}[ \t]")
_OPENERS = {"```": "```", "~~~": "~~~", "$$": "$$", "\\[": "\\]"}
_MAYBE_OPENER = re.compile(r"(?:`{1,2}|~{1,2}|\$|\\|#{1,6})\Z")


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a text: white space before it, then its text, beginning at `start` of the whole.

    The markers' offsets are in `text`.
    """

    kind: UnitKind
    text: str
    start: int
    markers: tuple[Marker, ...] = ()

    @property
    def lead(self) -> str:
        """The white space before the first word."""
        return self.text[: len(self.text) - len(self.text.lstrip())]


class UnitCutter:
    """Takes a text and its markers in pieces; gives its units, in order."""

    def __init__(self) -> None:
        self._text = ""
        self._start = 0
        self._coming: deque[Marker] = deque()
        self._markers: dict[int, Marker] = {}  # of the text at hand, by their beginning
        self._closer = ""  # what ends the block of code that we are in
        self._line_begins = True

    def feed(self, piece: str, markers: Sequence[Marker] = ()) -> Iterator[Unit]:
        """The units that this piece makes whole; markers' offsets are in the whole text."""
        self._coming.extend(markers)
        taken = 0
        while taken < len(piece):
            # In slices: what is at hand is looked at again for each unit.
            taken += self._take(piece[taken:] if taken else piece)
            yield from self._cut(final=False)

    def _take(self, piece: str) -> int:
        """Add the beginning of a piece, no marker cut in two; how many characters it has."""
        begin = self._start + len(self._text)
        end = begin + min(len(piece), _SLICE_CHARS)
        while self._coming and self._coming[0].start < end:
            marker = self._coming.popleft()
            self._markers[marker.start] = marker
            end = max(end, marker.end)
        self._text += piece[: end - begin]
        return end - begin

    def close(self) -> Iterator[Unit]:
        """What is left."""
        return self._cut(final=True)

    def _cut(self, *, final: bool) -> Iterator[Unit]:
        while self._text:
            kind: UnitKind = "code" if self._closer else "prose"
            end = self._end_of_line(final) if self._closer else None
            if not self._closer:
                kind, end = self._next(final)
            if end is None:
                return
            yield self._taken(kind, end)

    def _taken(self, kind: UnitKind, end: int) -> Unit:
        text, self._text = self._text[:end], self._text[end:]
        start = self._start
        self._start += end
        inside = [at for at in self._markers if at < self._start]
        own = [self._markers.pop(at) for at in inside]
        self._follow_code(text, kind)
        self._line_begins = text.endswith("\n") or (self._line_begins and text.isspace())
        return Unit(kind, text, start, tuple(one.moved(-start) for one in own))

    def _follow_code(self, text: str, kind: UnitKind) -> None:
        """Enter the block that the unit opens, or leave the one that it closes."""
        line = text.strip()
        if self._closer:
            if line.endswith(self._closer) if self._closer != "```" else "```" in line:
                self._closer = ""
        elif kind == "code":
            opener = next(one for one in _OPENERS if line.startswith(one))
            closer = _OPENERS[opener]
            self._closer = "" if closer in line[len(opener) :].lstrip("`~") else closer

    def _end_of_line(self, final: bool) -> int | None:
        newline = self._text.find("\n")
        return newline + 1 if newline >= 0 else len(self._text) if final else None

    def _next(self, final: bool) -> tuple[UnitKind, int | None]:
        """The kind of the next unit and where it ends, if that is sure."""
        text = self._text
        body = _behind(_SPACE, text, 0)
        if body == len(text):
            return "prose", body if final else None
        if self._line_begins or "\n" in text[:body]:
            if not final and _MAYBE_OPENER.fullmatch(text, body):
                return "prose", None
            kind = self._kind_of_line(body)
            if kind is not None:
                line = text.find("\n", body) + (kind == "code")
                found = line > body
                return kind, line if found else len(text) if final else None
        return "prose", self._end_of_prose(body, final)

    def _kind_of_line(self, body: int) -> UnitKind | None:
        """What the line is that begins at `body`; None for sentences."""
        if self._text.startswith(tuple(_OPENERS), body):
            return "code"
        if self._text.startswith("|", body):
            return "prose"
        return "heading" if _HEADING.match(self._text, body) else None

    def _end_of_prose(self, body: int, final: bool) -> int | None:
        text, limit = self._text, body + MAX_CHARS
        for stop in _STOP.finditer(text, body):
            if stop.end() > limit:
                break
            line = stop["line"] is not None
            end = (
                self._at_line(body, stop.start(), final)
                if line
                else self._at_stop(body, stop, final)
            )
            if end is None or end:
                return end
        if len(text) > limit + _WORD_CHARS:
            return self._forced(body, limit)
        return len(text) if final else None

    def _at_line(self, body: int, newline: int, final: bool) -> int | None:
        """The end of the unit if a new line ends it, 0 if not, None when that is not sure."""
        text = self._text
        following = text[newline + 1 : newline + 1 + _LINE_BEGINNING_CHARS]
        if not final and len(following) < _LINE_BEGINNING_CHARS and "\n" not in following:
            return None
        line = text.rfind("\n", body, newline) + 1
        is_row = "|" in text[max(line, body) : newline]
        if not is_row and not _STRUCTURE.match(following):
            return 0
        return self._behind_markers(newline, final)

    def _at_stop(self, body: int, stop: re.Match[str], final: bool) -> int | None:
        """As `_at_line`, for a full stop."""
        text = self._text
        if stop.end() == len(text):
            return len(text) if final else None
        end = self._behind_markers(stop.end(), final)
        if end is None or stop["wide"]:
            return end
        after = _behind(_SPACE, text, end)
        word = text[after : after + _WORD_CHARS].split(maxsplit=1)
        following = word[0] if word else ""
        whole = len(following) == _WORD_CHARS or after + len(following) < len(text)
        if not (final or whole):
            return None
        return end if not following or _ends(text[body : stop.end()], following) else 0

    def _behind_markers(self, end: int, final: bool) -> int | None:
        """Where the markers that follow upon `end` end; None when there may be more. Those that
        begin a line with more than markers belong to that line."""
        text = self._text
        behind = self._skip(end, _SPACE)
        if _behind(_SPACE, text, behind) == len(text) and not final:
            return None
        next_on_line = _behind(_BLANK, text, behind)
        ends_line = next_on_line == len(text) or text[next_on_line] == "\n"
        if "\n" in text[end:behind] and not ends_line:
            return self._skip(end, _BLANK)
        return behind

    def _forced(self, body: int, limit: int) -> int:
        """Where a text without an end is cut: at a space that no marker follows, if there is."""
        cut = limit
        for space in range(limit, body + MAX_CHARS // 2, -1):
            if self._text[space].isspace() and self._text[space + 1] != "[":
                cut = space
                break
        for marker in self._markers.values():
            if marker.start < self._start + cut < marker.end:
                return marker.start - self._start
        return cut

    def _skip(self, position: int, space: re.Pattern[str]) -> int:
        """Where the markers end that stand behind `position`, with such space between them."""
        while True:
            after = self._start + _behind(space, self._text, position)
            if after not in self._markers:
                return position
            position = self._markers[after].end - self._start


def _ends(sentence: str, following: str) -> bool:
    """Whether a sentence that ends with a stop has ended when the text goes on so."""
    sentence = sentence.rstrip("*_")
    following = following.replace("|", "").lstrip("-*•#>") or "A"
    spans = split_sentences(f"{sentence} {following}")
    return any(span.end == len(sentence) for span in spans)


def _behind(pattern: re.Pattern[str], text: str, position: int) -> int:
    found = pattern.match(text, position)
    return found.end() if found else position
