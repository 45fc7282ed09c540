"""Citation markers in a text, `[1]` for the first source: kept, made links of, or taken out.

What is code is left alone, fenced (also in lists and quotes, CommonMark 4.5 and 5) or inline, and
so is `[0]`, a number that no source has (an index such as `y[12]`), and `[1](…)`, which is a link
already. Taking markers out takes the blank before them along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

Mode = Literal["default", "markdown", "clean"]
_HOLDERS = r"(?:[ \t]*(?:>|[-+*][ \t]|\d{1,9}[.)][ \t]))*[ \t]*"
_FENCE = re.compile(rf"({_HOLDERS})(`{{3,}}|~{{3,}})")
_FENCE_BEGINS = re.compile(rf"{_HOLDERS}(?:[-+*]|\d{{1,9}}[.)]?|`{{1,2}}|~{{1,2}})?")
_CLOSING = re.compile(r"([ \t>]*)(`+|~+|)[ \t\r\n]*")
_TICKS = re.compile(r"`+")
_MARKERS = re.compile(r"( ?)((?:\[\d{1,3}\])+)(?!\()")
_MARKER = re.compile(r"\[(\d+)\]")
_OPEN = re.compile(r" ?(?:\[\d{1,3}\])*(?:\[\d{0,3})?\Z")
# A single tick that nothing closes is no code: after so many characters it is let go.
_SPAN_CHARS = 2_000
# Nor is a line this long one that opens or closes a block of code.
_FENCE_CHARS = 500
# What is held back is cut anew at each step, so a long text is taken in slices.
_SLICE_CHARS = 1_024


class Citations:
    """Passes a text on, piece by piece, with its markers in a mode. What may still become a marker
    or code is held back. `urls` are those of the sources so far: the list may grow."""

    def __init__(self, mode: Mode, urls: Sequence[str | None]) -> None:
        self._mode = mode
        self._urls = urls
        self._held = ""
        self._line_begins = True
        self._fence = ""
        self._fence_indent = self._fence_quotes = 0
        self._last = ""

    def feed(self, delta: str) -> str:
        """What can be let go after `delta` has come; may be empty."""
        if self._mode == "default":
            return delta
        shown = []
        for start in range(0, len(delta), _SLICE_CHARS):
            self._held += delta[start : start + _SLICE_CHARS]
            shown.append(self._let_go(last=False))
        return "".join(shown)

    def close(self) -> str:
        """What was held back to the last."""
        return self._let_go(last=True)

    def _let_go(self, *, last: bool) -> str:
        shown: list[str] = []
        while self._held:
            taken, text = self._in_fence(last) if self._fence else self._in_text(last)
            if not taken:
                break
            self._line_begins = self._held[taken - 1] == "\n"
            self._last = self._held[taken - 1]
            self._held = self._held[taken:]
            shown.append(text)
        return "".join(shown)

    def _in_fence(self, last: bool) -> tuple[int, str]:
        """A line of a block of code, which stands as it is."""
        end = self._held.find("\n") + 1
        line = self._held[:end] if end else self._held
        if not self._line_begins:
            return len(line), line
        edge = line[:_FENCE_CHARS]
        closing = _CLOSING.match(edge)
        assert closing is not None
        bare = closing.end() == len(line)
        if bare and not end and not last:
            return 0, ""
        if closing[1].count(">") < self._fence_quotes:
            self._fence = ""  # the quote has ended, and its code with it
            return self._in_text(last)
        if bare and self._closes(closing):
            self._fence = ""
        return len(line), line

    def _closes(self, line: re.Match[str]) -> bool:
        return (
            line[2].startswith(self._fence)
            and line[1].count(">") == self._fence_quotes
            and _width(line[1]) <= self._fence_indent + 3
        )

    def _in_text(self, last: bool) -> tuple[int, str]:
        """Text up to the end of its line, or to code."""
        if self._line_begins and (opened := self._opening(last)) is not None:
            return opened
        tick = self._held.find("`")
        end = self._held.find("\n") + 1 or len(self._held)
        if tick == 0:
            return self._code(last)
        if 0 < tick < end:
            end = tick
        text = self._held[:end]
        whole = last or text.endswith("\n") or end < len(self._held)
        if not whole and (opened_at := _OPEN.search(text)) is not None:
            text = text[: opened_at.start()]
        return len(text), self._marked(text)

    def _opening(self, last: bool) -> tuple[int, str] | None:
        """The line that opens a block of code; nothing taken while it may still be one."""
        edge = self._held[:_FENCE_CHARS]
        open_ended = not last and len(self._held) < _FENCE_CHARS
        if open_ended and _FENCE_BEGINS.fullmatch(edge):
            return 0, ""
        fence = _FENCE.match(edge)
        if fence is None:
            return None
        end = edge.find("\n") + 1
        line = edge[:end] if end else edge
        if fence[2][0] == "`" and "`" in line[fence.end() :]:
            return None  # a span of code at the beginning of a line
        if not end and open_ended:
            return 0, ""
        if not end and len(self._held) >= _FENCE_CHARS:
            return None
        self._fence = fence[2]
        self._fence_indent, self._fence_quotes = _width(fence[1]), fence[1].count(">")
        return len(line), line

    def _code(self, last: bool) -> tuple[int, str]:
        """A span of code, or ticks that open none."""
        ticks = _TICKS.match(self._held)
        assert ticks is not None
        if ticks.end() >= _SPAN_CHARS:
            return _SPAN_CHARS, self._held[:_SPAN_CHARS]
        paragraph = self._held.find("\n\n")
        most = min(paragraph if paragraph >= 0 else _SPAN_CHARS, _SPAN_CHARS)
        sure = last or len(self._held) > most  # what comes changes nothing of these characters
        if ticks.end() == len(self._held) and not last:
            return 0, ""
        for closing in _TICKS.finditer(self._held[:most], ticks.end()):
            if closing[0] == ticks[0] and (sure or closing.end() < len(self._held)):
                return closing.end(), self._held[: closing.end()]
        return (ticks.end(), ticks[0]) if sure else (0, "")

    def _marked(self, text: str) -> str:
        def group(match: re.Match[str]) -> str:
            before = text[match.start() - 1] if match.start() else self._last
            glued = not match[1] and before.isalnum()
            shown = _MARKER.sub(lambda one: self._one(one, glued=glued), match[2])
            before_link = text[match.end() : match.end() + 1] == "["
            return match[1] + shown if shown or before_link else ""

        return _MARKERS.sub(group, text)

    def _one(self, marker: re.Match[str], *, glued: bool) -> str:
        number = int(marker[1])
        url = self._urls[number - 1] if 0 < number <= len(self._urls) else None
        if self._mode == "markdown":
            return f"[{number}]({url})" if url else marker[0]
        if number and not self._urls and not glued:
            return ""
        return "" if 0 < number <= len(self._urls) else marker[0]


def _width(edge: str) -> int:
    return len(edge.expandtabs(4))


def formatted(text: str, mode: Mode, urls: Sequence[str | None]) -> str:
    """The whole text with its markers in a mode."""
    citations = Citations(mode, urls)
    return citations.feed(text) + citations.close()


class Renumbering(Citations):
    """Has each marker name its source by another number; those that get None go. `numbers` are
    those so far: there may come more."""

    def __init__(self, numbers: Mapping[int, int | None]) -> None:
        super().__init__("markdown", ())
        self._numbers = numbers

    def _one(self, marker: re.Match[str], *, glued: bool) -> str:
        theirs = int(marker[1])
        ours = self._numbers.get(theirs, theirs)
        return "" if ours is None else f"[{ours}]"


def renumbered(text: str, numbers: Mapping[int, int | None]) -> str:
    """The whole text with its markers under other numbers, by their old ones."""
    citations = Renumbering(numbers)
    return citations.feed(text) + citations.close()
