"""Cutting a document into passages of even size that keep sentences whole."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile

from hydrophone.index.sentences import split_sentences
from hydrophone.types import Document, Heading, Span

# Raised when passages would come out differently, so that documents are cut again when re-added.
VERSION = 2

# A small embedder and a cross-encoder read 512 tokens; 170 words are about 250.
MOST_WORDS = 170
LONGEST_SENTENCE_WORDS = 250
# A passage that is smaller says too little by itself; it goes with its neighbour.
LEAST_WORDS = 40
FIRM_LEVEL = 3
CHAPTER_LEVEL = 1
_CHARS_A_WORD = 7
_WIDE = re.compile(r"[\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f]")
_COLON = ":："
_BLANK_LINE = re.compile(r"\n[ \t]*\n")


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage to be: code points of the text, and the headings above it, outermost first."""

    start: int
    end: int
    headings: tuple[str, ...]


def cut_passages(document: Document) -> list[Chunk]:
    """The passages of a document, in order.

    Together they hold everything but white space. None splits a sentence unless that alone is
    longer than a passage may be. None reaches over a heading of level 1; over one of level 2 or 3
    only small ones do, and their headings are those that both sides are under.
    """
    runs = [
        _Run(span, words, section.headings, section.chapter)
        for section in _sections(document)
        for span, words in _even_runs(document.text, _pieces(document.text, section))
    ]
    return [Chunk(run.span.start, run.span.end, run.headings) for run in _join_small(runs)]


def embedding_text(title: str, headings: Sequence[str], text: str) -> str:
    """The text that is embedded for a passage: its place in the document, then itself."""
    path = [part for part in (title, *headings) if part]
    place = " > ".join(dict.fromkeys(path))
    return f"{place}\n{text}" if place else text


@dataclass(frozen=True, slots=True)
class _Section:
    """The text below a firm heading; `chapter` counts the headings of level 1 up to there."""

    start: int
    end: int
    headings: tuple[str, ...]
    chapter: int


@dataclass(frozen=True, slots=True)
class _Run:
    """A run of sentences of one section, or of small neighbours; `words` is its size."""

    span: Span
    words: float
    headings: tuple[str, ...]
    chapter: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A sentence, or a part of one that is too long; `words` is its size."""

    span: Span
    words: float


def _sections(document: Document) -> Iterator[_Section]:
    """The text between firm headings. A heading with nothing below it goes with the next one."""
    text = document.text
    start = 0
    path: list[Heading] = []
    names: tuple[str, ...] = ()
    body_from = chapter = 0
    for heading in sorted(document.headings, key=lambda h: h.start):
        if heading.level > FIRM_LEVEL or not 0 <= heading.start < len(text):
            continue
        if text[body_from : heading.start].strip():
            yield _Section(start, heading.start, names, chapter)
            start = heading.start
        while path and path[-1].level >= heading.level:
            path.pop()
        path.append(heading)
        names = tuple(entry.text for entry in path if entry.text)
        body_from = _after_heading(text, heading)
        chapter += heading.level <= CHAPTER_LEVEL
    yield _Section(start, len(text), names, chapter)


def _after_heading(text: str, heading: Heading) -> int:
    if text.startswith(heading.text, heading.start):
        return heading.start + len(heading.text)
    line_end = text.find("\n", heading.start)
    return len(text) if line_end < 0 else line_end


def _pieces(text: str, section: _Section) -> list[_Piece]:
    pieces: list[_Piece] = []
    for span in split_sentences(text[section.start : section.end]):
        whole = Span(section.start + span.start, section.start + span.end)
        words = _count_words(text[whole.start : whole.end])
        if words <= LONGEST_SENTENCE_WORDS:
            pieces.append(_Piece(whole, words))
        else:
            pieces += _split_long(text, whole)
    return pieces


def _split_long(text: str, span: Span) -> Iterator[_Piece]:
    """Cut at a line break or white space where there is one, else anywhere."""
    start = span.start
    while start < span.end:
        end = _fitting_end(text, start, span.end)
        piece = text[start:end]
        trimmed = Span(start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip()))
        if trimmed.end > trimmed.start:
            yield _Piece(trimmed, _count_words(piece))
        start = end


def _fitting_end(text: str, start: int, end: int) -> int:
    most_chars = MOST_WORDS * _CHARS_A_WORD
    if _WIDE.search(text, start, min(end, start + most_chars)):
        most_chars = MOST_WORDS
    if end - start <= most_chars:
        return end
    limit = start + most_chars
    for separator in ("\n", " "):
        cut = text.rfind(separator, start + most_chars // 2, limit)
        if cut > 0:
            return cut + 1
    return limit


def _count_words(text: str) -> float:
    """Words, so weighed that code, long words and unspaced scripts count by their tokens."""
    wide = 0 if text.isascii() else len(_WIDE.findall(text))
    return max(len(text.split()), (len(text) - wide) / _CHARS_A_WORD) + 0.8 * wide


def _even_runs(text: str, pieces: list[_Piece]) -> Iterator[tuple[Span, float]]:
    """Runs of whole pieces and their words, as equal as sentences and paragraphs allow."""
    if not pieces:
        return
    sums = [0.0]
    for piece in pieces:
        sums.append(sums[-1] + piece.words)
    runs = max(1, -(-int(sums[-1]) // MOST_WORDS))
    first = 0
    for run in range(1, runs):
        cut = _best_cut(text, pieces, sums, sums[-1] * run / runs, MOST_WORDS / 4)
        if cut > first:
            yield _span_of(pieces[first:cut]), sums[cut] - sums[first]
            first = cut
    yield _span_of(pieces[first:]), sums[-1] - sums[first]


def _span_of(pieces: Sequence[_Piece]) -> Span:
    return Span(pieces[0].span.start, pieces[-1].span.end)


def _join_small(runs: Sequence[_Run]) -> list[_Run]:
    """The runs, small ones joined with what they introduce, else with the one before or after."""
    joined: list[_Run] = []
    for place, run in enumerate(runs):
        after = runs[place + 1] if place + 1 < len(runs) else None
        waits = (
            run.words < LEAST_WORDS
            and after is not None
            and after.headings[: len(run.headings)] == run.headings
            and _fit(run, after)
        )
        last = joined[-1] if joined else None
        if last is None or not _fit(last, run) or (waits and last.words >= LEAST_WORDS):
            joined.append(run)
        else:
            joined[-1] = _join(last, run)
    return joined


def _fit(one: _Run, other: _Run) -> bool:
    small = min(one.words, other.words) < LEAST_WORDS
    fits = one.words + other.words <= MOST_WORDS + LEAST_WORDS
    return small and fits and one.chapter == other.chapter


def _join(one: _Run, other: _Run) -> _Run:
    pairs = zip(one.headings, other.headings, strict=False)
    shared = [mine for mine, theirs in takewhile(lambda pair: pair[0] == pair[1], pairs)]
    span = Span(one.span.start, other.span.end)
    return _Run(span, one.words + other.words, tuple(shared), one.chapter)


def _best_cut(
    text: str, pieces: list[_Piece], sums: list[float], ideal: float, slack: float
) -> int:
    """How many pieces to take: near the ideal size, after a paragraph where one is near, and not
    between a colon and what it leads to."""
    low = max(1, bisect_left(sums, ideal - slack))
    high = min(len(pieces) - 1, max(low, bisect_left(sums, ideal + slack)))

    def badness(cut: int) -> float:
        end = pieces[cut - 1].span.end
        within = 0 if _BLANK_LINE.search(text[end : pieces[cut].span.start]) else slack / 2
        leading = 2 * slack if text[end - 1] in _COLON else 0
        return abs(sums[cut] - ideal) + within + leading

    return min(range(max(1, low - 1), high + 1), key=badness, default=0)
