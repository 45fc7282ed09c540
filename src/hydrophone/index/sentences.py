"""Cutting text into sentences, by rules and in linear time.

Blank lines, list items, indented lines and table rows end a sentence wherever they stand; inside
a block a full stop decides by what stands before and after it.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from operator import attrgetter

from hydrophone.types import Span

_START = attrgetter("start")


def _words(lines: str) -> frozenset[str]:
    return frozenset(lines.split())


# Never the end: a name or a number follows.
_TITLES = _words(
    """
    adm brig capt cdr cmdr col cpl dr fr gen gov hon lt maj messrs mlle mme mr mrs ms mt pres prof
    rep rev sen sgt st ste supt cf eg ie viz vs
    """
)
# Not the end when a number follows.
_BEFORE_NUMBERS = _words(
    """
    app art ca ch chap col cols eq eqs ex fig figs line ll no nos nr num op p par para pp pt ref
    refs s sec sect sects tab tbl v ver vol vols jan feb mar apr jun jul aug sep sept oct nov dec
    """
)
# The end only when the next word is one that begins sentences.
_OPEN = _words(
    """
    al am approx assn ave bldg blvd bros co corp dept dist div ed eds esp est etc ft hr hrs inc jr
    lb lbs ltd max min misc mfg orig oz pm plc prev pty rd resp seq sq sr trans univ
    """
)
_STARTERS = _words(
    """
    a all also although among an and another any as at because before both but by during each even
    every finally first for from he hence her here his how however i if in instead is it its last
    later many meanwhile more moreover most my nevertheless no nor not now of on once one only or
    other our over perhaps see several she since so some still such that the their then there
    therefore these they this those though thus to today two under unlike until we what when where
    whether which while who why with without yet you your
    """
)
_STOP = re.compile(
    r"""(?P<latin>[.!?…]+)                    # one or more stops
        (?:\[\d{1,4}\])*                      # numbered references, as encyclopedias set them
        ["'”’»)\]}]*                          # quotes and brackets that close after it
        (?=\s|$)
      | (?P<wide>[。！？｡]+)[」』”’）》】)]*""",
    re.VERBOSE,
)
_BREAK = re.compile(
    r"""\n[ \t]*(?:\n\s*)+                    # a blank line
      | \n(?=[ \t]*(?:[-*•‣◦–+]|\d{1,3}[.)]|[a-zA-Z][.)]|\#{1,6})[ \t])  # a list item or heading
      | \n(?=\ {4}|\t)                        # an indented line
      | (?<=\|)[ \t]*\n | \n(?=[ \t]*\|)      # a table's row that begins or ends with a bar
    """,
    re.VERBOSE,
)
_ROW = re.compile(r"[^\n|]* \| [^\n]*")
_WORD_BEFORE = re.compile(r"[^\s(\[{\"'“‘«/–—-]*$")
_OPENING = "\"'“‘«([{¿¡*_-–—•"
_WORD_AFTER = re.compile(r"[^\W_]+(?:['’][^\W\d_]+)?")
_LETTERS_AND_DOTS = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_LOOK_BACK_CHARS = 40


def split_sentences(text: str) -> list[Span]:
    """The sentences of the text, in order, without the white space around them.

    Everything but white space belongs to exactly one. A piece of code or a table's row counts as
    a sentence.
    """
    spans = []
    for start, end, row in _blocks(text):
        sentence = start
        for stop in () if row else _STOP.finditer(text, start, end):
            if stop["wide"] or _ends(text, sentence, stop, end):
                spans.append(_trimmed(text, sentence, stop.end()))
                sentence = stop.end()
        spans.append(_trimmed(text, sentence, end))
    return [span for span in spans if span.end > span.start]


def sentence_at(spans: Sequence[Span], offset: int) -> Span | None:
    """The sentence, of all `spans` of a text, that holds the mark of a citation at `offset`; the
    one before when the mark starts its own. None for a mark before the first."""
    holding = bisect_right(spans, offset, key=_START) - 1
    if holding < 0:
        return None
    if holding > 0 and spans[holding].start == offset:
        holding -= 1
    return spans[holding]


def _blocks(text: str) -> Iterator[tuple[int, int, bool]]:
    """Pieces (start, end, is a table's row) between hard breaks."""
    start = 0
    for hard in _BREAK.finditer(text):
        yield from _rows(text, start, hard.start())
        start = hard.end()
    yield from _rows(text, start, len(text))


def _rows(text: str, start: int, end: int) -> Iterator[tuple[int, int, bool]]:
    if text.find(" | ", start, end) < 0:
        yield start, end, False
        return
    piece = line = start
    while line < end:
        newline = text.find("\n", line, end)
        after = end if newline < 0 else newline + 1
        if _ROW.match(text, line, after):
            yield piece, line, False
            yield line, after, True
            piece = after
        line = after
    yield piece, end, False


def _ends(text: str, start: int, stop: re.Match[str], end: int) -> bool:
    """Whether the sentence that began at `start` ends with this stop."""
    after = _skip_space(text, stop.end(), end)
    if after >= end:
        return True
    first = text[_skip_opening(text, after, end)]
    if first.islower():
        return False
    mark = stop["latin"]
    if mark != ".":
        return True
    before = _WORD_BEFORE.search(text, max(start, stop.start() - _LOOK_BACK_CHARS), stop.start())
    word = before.group() if before else ""
    if not word or not word[-1].isalnum():
        return True
    if word.isdecimal() and not text[start : stop.start() - len(word)].strip():
        return False  # "1. Introduction"
    if stop.end() - stop.start() > 1 and text[stop.end() - 1] != "]":
        return not _is_title(word)  # a bracket or quote closes after the stop
    return _ends_after(word, first, _next_word(text, after, end))


def _ends_after(word: str, first: str, following: str) -> bool:
    """Whether "word." ends a sentence when the text goes on with `following`."""
    bare = word.replace(".", "").lower()
    if _is_title(word):
        return False
    if bare in _BEFORE_NUMBERS and (first.isdigit() or first in "(#§" or _is_roman(following)):
        return False
    if (len(word) == 1 and word.isupper()) or _LETTERS_AND_DOTS.fullmatch(word) or bare in _OPEN:
        return following.lower() in _STARTERS and following[:1].isupper()
    return True


def _is_title(word: str) -> bool:
    bare = word.replace(".", "").lower()
    return bare in _TITLES and (bare not in ("no", "st", "col") or word[:1].isupper())


def _is_roman(word: str) -> bool:
    return bool(word) and not word.strip("IVXLC")


def _next_word(text: str, position: int, end: int) -> str:
    found = _WORD_AFTER.match(text, _skip_opening(text, position, end), end)
    return found.group() if found else ""


def _skip_space(text: str, position: int, end: int) -> int:
    while position < end and text[position].isspace():
        position += 1
    return position


def _skip_opening(text: str, position: int, end: int) -> int:
    while position < end - 1 and text[position] in _OPENING:
        position += 1
    return position


def _trimmed(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)
