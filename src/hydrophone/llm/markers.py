"""Citation markers in a model's text: an `[n]` that no source has never reaches a reader.

Text is let through as it comes; only what may be the beginning of a marker is held back until it
is whole. Models set markers as `[1]`, `[1, 2]`, `[1-3]`, `[^1]`, `[source 1]`, `【1】`, `【1†…】`,
also right after a word; what a reader sees is always `[1]`. No markers are: what stands in code
(between backticks, or in a fenced block); the index of a name that is no word of prose (`x[1]`,
`row_ids[2]`, `argv[0]`); and an interval from 0 (`[0, 1]`).
"""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Collection, Iterator
from dataclasses import dataclass


def _begun(word: str) -> str:
    """A pattern for all beginnings of a word."""
    return "".join(f"(?:{char}" for char in word) + ")?" * len(word)


# A longer group is a list of numbers; the bounds are what a beginning may hold back.
_LABELS = ("sources?", "references?", "refs?", "citations?")
_LABEL = rf"(?:\^|\#|(?i:{'|'.join(_LABELS)})[ \t:#]{{1,3}})"
_SOME_LABEL = "|".join(_begun(label.replace("?", "")) for label in _LABELS)
_GROUP = r"[\d,;–\- \t]"
_ASIDE = r"†[^\]】\n]"
_PIECE = re.compile(
    rf"`+|\n|[ \t]?[\[【](?P<label>{_LABEL})?(?P<group>{_GROUP}{{1,60}})(?:{_ASIDE}{{0,40}})?[\]】]"
)
_BEGINNING = re.compile(
    rf"[ \t]?(?:[\[【](?:(?i:{_SOME_LABEL})|{_LABEL}?{_GROUP}{{0,60}}(?:{_ASIDE}{{0,40}})?))?\Z"
)
_NUMBERS = re.compile(r"[ \t]*\d{1,3}(?:[ \t]*(?:[,;]|[–-])[ \t]*\d{1,3})*[ \t]*")
_RANGE = re.compile(r"(\d+)(?:[ \t]*[–-][ \t]*(\d+))?")
_LONGEST_RANGE = 20
_INDEXED = re.compile(r"(?:(?<!\w)[a-z]|[^\W_]_\w*[^\W_])(?:\[[\d, \t]*\])*\Z")
_OPENED = re.compile(rf"[\[【](?:\^|\#|(?i:[a-z]{{0,10}}))(?:[ \t:#]|{_GROUP})*(?:{_ASIDE}*)?\Z")
_OWN_NUMBER = re.compile(r"[\[【][ \t]*(\d{1,3}(?:[ \t]*,[ \t]*\d{1,3})*)[ \t]*[\]】]")
_SHOWN = re.compile(r"\[(\d+)\]")
_TAIL_CHARS = 80
_ENDS = ("", *".!?,;:…。！？\"'”’\n")
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


@dataclass(frozen=True, slots=True)
class Marker:
    """The number `n` in brackets, from `start` to `end` of the text that is shown."""

    start: int
    end: int
    n: int

    def moved(self, chars: int) -> Marker:
        """The marker so many characters further on."""
        return Marker(self.start + chars, self.end + chars, self.n)


class MarkerFilter(MarkerPass):
    """Passes a text on piece by piece, without the markers of sources that do not exist."""

    def __init__(self, numbers: Collection[int]) -> None:
        super().__init__()
        self._numbers = frozenset(numbers)
        self._shown_chars = 0
        self._markers: list[Marker] = []

    def taken(self) -> list[Marker]:
        """The markers that have passed since this was asked last."""
        markers, self._markers = self._markers, []
        return markers

    def _let_through(self, piece: str, numbers: tuple[int, ...]) -> str:
        shown = self._known(piece, numbers) if numbers else piece
        if not shown:
            self._reader.forget_marker()
        elif numbers:
            self._note(shown)
        self._reader.take(shown)
        self._shown_chars += len(shown)
        return shown

    def _number(self, number: int) -> int | None:
        """The number that stands for this one of the text; None for no source."""
        return number if number in self._numbers else None

    def _note(self, shown: str) -> None:
        for found in _SHOWN.finditer(shown):
            start = self._shown_chars + found.start()
            self._markers.append(Marker(start, self._shown_chars + found.end(), int(found[1])))

    def _known(self, marker: str, numbers: tuple[int, ...]) -> str:
        ours = dict.fromkeys(map(self._number, numbers))
        known = [number for number in ours if number is not None]
        if known:
            space = marker[0] if marker[0] in " \t" else " " if self._reader.in_index else ""
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


def opens_marker(text: str) -> bool:
    """Whether the end of the text could be the beginning of a marker."""
    return _OPENED.search(text[-_TAIL_CHARS:]) is not None


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
        return opens_marker(self._tail)

    @property
    def in_index(self) -> bool:
        """Whether brackets right behind the last of the text would be an index."""
        return _INDEXED.search(self._tail) is not None

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
        group, labelled = match["group"], match["label"] is not None
        if _NUMBERS.fullmatch(group) is None:
            return ()
        numbers = _listed(group)
        return () if self._is_index(match, numbers) and not labelled else numbers

    def _is_index(self, match: re.Match[str], numbers: tuple[int, ...]) -> bool:
        """Whether an unlabelled group is an index of what is before it, or an interval from 0."""
        if numbers[0] == 0 and len(numbers) > 1:
            return True
        behind = match[0][0] not in " \t"
        return behind and (self.in_index or (0 in numbers and self._tail[-1:] not in _ENDS))

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


def _listed(group: str) -> tuple[int, ...]:
    """The numbers of a group; those of a range that no answer has so many sources for are its two
    ends."""
    numbers: list[int] = []
    for found in _RANGE.finditer(group):
        first, last = int(found[1]), int(found[2] or found[1])
        far = not first <= last <= first + _LONGEST_RANGE
        numbers += (first, last) if far else range(first, last + 1)
    return tuple(numbers)
