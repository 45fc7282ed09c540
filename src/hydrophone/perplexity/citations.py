"""Citation markers in a text, `[1]` for the first source: kept, made links of, or taken out.

What is code is left alone, fenced or inline, and so is `[0]`, a number that no source has (an
index such as `y[12]`), and `[1](…)`, which is a link already. Taking markers out takes the blank
before them along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Literal

Mode = Literal["default", "markdown", "clean"]
_FENCE = re.compile(r" {0,3}(`{3,}|~{3,})")
_TICKS = re.compile(r"`+")
_MARKERS = re.compile(r"( ?)((?:\[\d{1,3}\])+)")
_MARKER = re.compile(r"\[(\d+)\]")
_OPEN = re.compile(r" ?(?:\[\d{1,3}\])*(?:\[\d{0,3})?\Z")
# A single tick that nothing closes is no code: after so many characters it is let go.
_SPAN_CHARS = 2_000


class Citations:
    """Passes a text on, piece by piece, with its markers in a mode. What may still become a marker
    or code is held back. `urls` are those of the sources so far: the list may grow."""

    def __init__(self, mode: Mode, urls: Sequence[str | None]) -> None:
        self._mode = mode
        self._urls = urls
        self._held = ""
        self._line_begins = True
        self._fence = ""
        self._last = ""

    def feed(self, delta: str) -> str:
        """What can be let go after `delta` has come; may be empty."""
        if self._mode == "default":
            return delta
        self._held += delta
        return self._let_go(last=False)

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
        if not end and not last and self._line_begins and len(self._held) < len(self._fence) + 4:
            return 0, ""
        line = self._held[:end] if end else self._held
        closing = _FENCE.match(line) if self._line_begins else None
        if closing is not None and closing[1].startswith(self._fence):
            if not end and not last:
                return 0, ""
            self._fence = "" if line.strip() == closing[1] else self._fence
        return len(line), line

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
        start = self._held.lstrip(" ")[:3]
        if not last and start and start in ("`", "``", "~", "~~"):
            return 0, ""
        if not last and not start:
            return 0, ""
        fence = _FENCE.match(self._held)
        if fence is None:
            return None
        end = self._held.find("\n") + 1
        if not end and not last:
            return 0, ""
        line = self._held[:end] if end else self._held
        if fence[1][0] == "`" and "`" in line[fence.end() :]:
            return None  # a span of code at the beginning of a line
        self._fence = fence[1]
        return len(line), line

    def _code(self, last: bool) -> tuple[int, str]:
        """A span of code, or ticks that open none."""
        ticks = _TICKS.match(self._held)
        assert ticks is not None
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
            if text[match.end() : match.end() + 1] == "(":
                return match[0]
            before = text[match.start() - 1] if match.start() else self._last
            glued = not match[1] and before.isalnum()
            shown = _MARKER.sub(lambda one: self._one(one, glued=glued), match[2])
            blank = "" if self._mode == "clean" and not shown.startswith("[") else match[1]
            return blank + shown

        return _MARKERS.sub(group, text)

    def _one(self, marker: re.Match[str], *, glued: bool) -> str:
        number = int(marker[1])
        url = self._urls[number - 1] if 0 < number <= len(self._urls) else None
        if self._mode == "markdown":
            return f"[{number}]({url})" if url else marker[0]
        if number and not self._urls and not glued:
            return ""
        return "" if 0 < number <= len(self._urls) else marker[0]


def formatted(text: str, mode: Mode, urls: Sequence[str | None]) -> str:
    """The whole text with its markers in a mode."""
    citations = Citations(mode, urls)
    return citations.feed(text) + citations.close()


class _Renumbering(Citations):
    """Has each marker name its source by another number."""

    def __init__(self, numbers: Mapping[int, int]) -> None:
        super().__init__("markdown", ())
        self._numbers = numbers

    def _one(self, marker: re.Match[str], *, glued: bool) -> str:
        number = int(marker[1])
        return f"[{self._numbers.get(number, number)}]"


def renumbered(text: str, numbers: Mapping[int, int]) -> str:
    """The whole text with its markers under other numbers, by their old ones."""
    citations = _Renumbering(numbers)
    return citations.feed(text) + citations.close()
