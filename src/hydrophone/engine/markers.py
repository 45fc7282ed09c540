"""Citation markers in a model's text: an `[n]` that no source has never reaches a reader.

Text is let through as it comes; only what may be the beginning of a marker is held back until it
is whole. `[1]`, `[1, 2]` and `【1】` are markers, also right after a word, as many models set them.
No markers are: what stands in code (between backticks, or in a fenced block); the index of a name
that is no word of prose (`x[1]`, `row_ids[2]`); and a group with a 0, since sources count from 1.
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator

# A longer group is a list of numbers; the bound is what a beginning may hold back.
_PIECE = re.compile(r"`+|\n|[ \t]?[\[【]([\d, \t]{1,60})[\]】]")
_BEGINNING = re.compile(r"[ \t]?(?:[\[【][\d, \t]{0,60})?\Z")
_NUMBERS = re.compile(r"[ \t]*\d{1,3}(?:[ \t]*,[ \t]*\d{1,3})*[ \t]*")
_INDEXED = re.compile(r"(?:(?<!\w)[a-z]|[^\W_]_\w*[^\W_])(?:\[[\d, \t]*\])*\Z")
_OPENED = re.compile(r"[\[【][\d, \t]*\Z")
_OWN_NUMBER = re.compile(r"[\[【][ \t]*(\d{1,3}(?:[ \t]*,[ \t]*\d{1,3})*)[ \t]*[\]】]")
_TAIL_CHARS = 64
_FENCE_BACKTICKS = 3


class MarkerPass(ABC):
    """Passes a text on piece by piece; what becomes of its markers is for the subclass to say."""

    def __init__(self) -> None:
        self._held = ""
        self._reader = _Reader()

    def feed(self, delta: str) -> str:
        """The text that can be let go after `delta` has come; may be empty."""
        text = self._held + delta
        beginning = _BEGINNING.search(text)
        cut = beginning.start() if beginning else len(text)
        self._held = text[cut:]
        return self._passed(text[:cut])

    def close(self) -> str:
        """What was held back to the last."""
        rest, self._held = self._held, ""
        return self._passed(rest)

    def _passed(self, text: str) -> str:
        shown: list[str] = []
        for piece, numbers in self._reader.read(text):
            shown.append(self._let_through(piece, numbers))
        return "".join(shown)

    @abstractmethod
    def _let_through(self, piece: str, numbers: tuple[int, ...]) -> str:
        """What is shown of a piece; `numbers` are those of a marker. Gives the reader back what
        the next piece is judged by."""


class MarkerFilter(MarkerPass):
    """Passes a text on piece by piece, without the markers of sources that do not exist."""

    def __init__(self, numbers: Collection[int]) -> None:
        super().__init__()
        self._numbers = frozenset(numbers)

    def _let_through(self, piece: str, numbers: tuple[int, ...]) -> str:
        shown = self._known(piece, numbers) if numbers else piece
        if not shown:
            self._reader.forget_marker()
        self._reader.take(shown)
        return shown

    def _known(self, marker: str, numbers: tuple[int, ...]) -> str:
        known = [number for number in dict.fromkeys(numbers) if number in self._numbers]
        if known:
            space = marker[0] if marker[0] in " \t" else ""
            return space + "".join(f"[{number}]" for number in known)
        # "[[9]7]" without its [9] would become a marker: the brackets stay, empty.
        return "[]" if self._reader.in_bracket else ""


def cited(text: str) -> list[tuple[int, int]]:
    """The markers of a finished text: (offset of the marker, number), in order."""
    found: list[tuple[int, int]] = []
    reader, offset = _Reader(), 0
    for piece, numbers in reader.read(text):
        found.extend((offset, number) for number in numbers)
        reader.take(piece)
        offset += len(piece)
    return found


def unmarked(text: str) -> str:
    """A finished text without its markers."""
    return MarkerFilter(()).feed(text + " ").rstrip()


def set_apart(quoted: str) -> str:
    """A quoted text whose own `[3]` is written `[ 3 ]`, so that nobody takes it for ours."""
    return _OWN_NUMBER.sub(r"[ \1 ]", quoted)


class _Reader:
    """Cuts a text that comes in parts into markers and all else, and knows what is code.

    What it knows is about the text as readers see it: each piece is given back by `take`, as it
    is shown, before the next is read.
    """

    def __init__(self) -> None:
        self._tail = ""
        self._line_is_blank = True
        self._run = 0  # backticks in a row so far
        self._run_begins_line = False
        self._fence = 0  # backticks that opened the block or the span that we are in
        self._span = 0
        self._before_marker = (0, 0, 0)

    @property
    def in_bracket(self) -> bool:
        """Whether the last of the text could be the beginning of a marker."""
        return _OPENED.search(self._tail) is not None

    def read(self, text: str) -> Iterator[tuple[str, tuple[int, ...]]]:
        """The pieces in order, each with its numbers if it is a marker."""
        position = 0
        for match in _PIECE.finditer(text):
            if position < match.start():
                self._end_run()
                yield text[position : match.start()], ()
            yield match[0], self._meet(match)
            position = match.end()
        if position < len(text):
            self._end_run()
            yield text[position:], ()

    def take(self, shown: str) -> None:
        """Go on behind what is shown of the last piece."""
        self._tail = (self._tail + shown[-_TAIL_CHARS:])[-_TAIL_CHARS:]
        if shown == "\n":
            self._line_is_blank = True
        elif shown and not shown.isspace():
            self._line_is_blank = False

    def forget_marker(self) -> None:
        """The last piece is not shown: backticks on its two sides become one run."""
        self._run, self._fence, self._span = self._before_marker

    def _meet(self, match: re.Match[str]) -> tuple[int, ...]:
        piece = match[0]
        if piece[0] == "`":
            self._run_begins_line = self._run_begins_line if self._run else self._line_is_blank
            self._run += len(piece)
            return ()
        self._before_marker = (self._run, self._fence, self._span)
        self._end_run()
        if piece == "\n":
            self._span = 0  # a lone backtick makes no code of what follows
            return ()
        return () if self._fence or self._span else self._numbers(match)

    def _numbers(self, match: re.Match[str]) -> tuple[int, ...]:
        if _NUMBERS.fullmatch(match[1]) is None:
            return ()
        numbers = tuple(int(number) for number in match[1].split(","))
        is_index = match[0][0] not in " \t" and _INDEXED.search(self._tail) is not None
        return () if is_index or 0 in numbers else numbers

    def _end_run(self) -> None:
        """A run of backticks is over: it opens or closes code."""
        run, self._run = self._run, 0
        if not run:
            return
        if self._fence:
            self._fence = 0 if run >= self._fence else self._fence
        elif self._span:
            self._span = 0 if run == self._span else self._span
        elif run >= _FENCE_BACKTICKS and self._run_begins_line:
            self._fence = run
        else:
            self._span = run
