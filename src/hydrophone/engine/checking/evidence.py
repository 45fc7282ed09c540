"""Evidence: a source read for checking, and the sentences of it that come nearest to a claim."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

from hydrophone.engine.candidates import Sentence, sentences_of
from hydrophone.engine.checking.dates import Date, dates
from hydrophone.engine.checking.names import Lexicon, lexicon, united_lexicon
from hydrophone.engine.checking.numbers import Number, numbers, roman_numbers
from hydrophone.engine.checking.words import akin, beginning, words
from hydrophone.index.sentences import split_sentences
from hydrophone.types import Passage, Source, Span

MOST_PASSAGE_CHARS = 2_000
# What a word of another form (invasion for invade) counts.
AKIN_SHARE = 0.8
SECOND_LINE_GAIN = 0.12
MOST_BULLET = 6
_QUESTION = ("?", "？")
_CLOSING = "\"'”’)]} \n"


@dataclass(frozen=True, slots=True)
class Line:
    """A quotable piece of a source, the stems of its words and their beginnings, and its numbers:
    all of them, and those that are no part of a date."""

    sentence: Sentence
    stems: frozenset[str]
    beginnings: frozenset[str]
    numbers: tuple[Number, ...]
    bare: tuple[Number, ...]

    @property
    def text(self) -> str:
        """As it stands in the source."""
        return self.sentence.text


@dataclass(frozen=True, slots=True)
class Evidence:
    """A source as the check reads it: its sentences, rows and items, and whole passages that have
    more than sentences; the words of names, the numbers and dates of all of it."""

    n: int
    lines: tuple[Line, ...]
    wholes: tuple[Line, ...]
    lexicon: Lexicon
    numbers: tuple[Number, ...]
    dates: tuple[Date, ...]
    years: frozenset[int]


@dataclass(frozen=True, slots=True)
class Nearest:
    """The line nearest to a claim, with a second where it adds to the first; `covered` is the share
    (0 to 1) of the claim's weight in the first, `together` in both, `anywhere` in the source."""

    lines: tuple[Line, ...]
    covered: float
    together: float
    anywhere: float

    @property
    def text(self) -> str:
        """The lines in the order of the document."""
        ordered = sorted(self.lines, key=lambda line: line.sentence.start)
        return " ".join(" ".join(line.text.split()) for line in ordered)


@lru_cache(maxsize=256)
def read(source: Source) -> Evidence:
    """The source read for checking: some milliseconds for a page of 20 passages, then kept."""
    result = source.result
    texts = [passage.text for passage in result.passages]
    context = [result.title, *(h for passage in result.passages for h in passage.headings)]
    found = tuple(number for text in texts for number in _told(text))
    lines, wholes = _lines(source)
    return Evidence(
        n=source.n,
        lines=tuple(lines),
        wholes=tuple(wholes),
        lexicon=lexicon([*texts, *context]),
        numbers=found + tuple(number for text in context for number in numbers(text)),
        dates=tuple(date for text in texts for date in dates(text)),
        years=frozenset(int(n.amount) for n in found if n.kind == "plain" and n.amount % 1 == 0),
    )


def _told(text: str) -> Iterator[Number]:
    """The numbers of a text; of a date the year, and the day as an ordinal."""
    yield from bare_numbers(text)
    yield from roman_numbers(text)
    for date in dates(text):
        if date.year is not None:
            yield Number(date.year, "plain", "", False, date.start, date.end, str(date.year))
        if date.day is not None:
            yield Number(date.day, "ordinal", "", False, date.start, date.end, str(date.day))


def united(sources: Sequence[Evidence]) -> Evidence:
    """Several sources as one, for a claim that rests on all of them."""
    return Evidence(
        n=sources[0].n,
        lines=tuple(line for one in sources for line in one.lines),
        wholes=(),
        lexicon=united_lexicon(one.lexicon for one in sources),
        numbers=tuple(number for one in sources for number in one.numbers),
        dates=tuple(date for one in sources for date in one.dates),
        years=frozenset[int]().union(*(one.years for one in sources)),
    )


def _lines(source: Source) -> tuple[list[Line], list[Line]]:
    """Sentences, rows, items and lines of code; and the passages that have more than sentences."""
    quotable = list(sentences_of([source]))
    ends = {(one.passage.version, one.start): one.end for one in quotable}
    lines, wholes = [_line(one) for one in quotable], []
    for passage in source.result.passages:
        apart = [_line(one) for one in _apart(source, passage, ends)]
        lines.extend(apart)
        if apart and len(passage.text) <= MOST_PASSAGE_CHARS:
            wholes.append(_line(_sentence(source, passage, Span(0, len(passage.text)))))
    return lines, wholes


def _apart(
    source: Source, passage: Passage, ends: dict[tuple[str, int], int]
) -> Iterator[Sentence]:
    """What of the passage is no quotable sentence, but for headings and questions."""
    taken = 0
    for span in split_sentences(passage.text):
        start = passage.start + span.start
        # A quotable sentence begins behind its bullet.
        known = max(ends.get((passage.version, start + skip), 0) for skip in range(MOST_BULLET))
        taken = max(taken, known)
        text = passage.text[span.start : span.end]
        is_heading = start in passage.heading_starts or text.lstrip("# ") in passage.headings
        if known or start < taken or is_heading or text.rstrip(_CLOSING).endswith(_QUESTION):
            continue
        yield _sentence(source, passage, span)


def _sentence(source: Source, passage: Passage, span: Span) -> Sentence:
    start, end = passage.start + span.start, passage.start + span.end
    text = passage.text[span.start : span.end]
    return Sentence(source.n, source.result.title, passage, start, end, text, rank=0)


def _line(sentence: Sentence) -> Line:
    stems = frozenset(word.stem for word in words(sentence.text) if word.stem)
    beginnings = frozenset(map(beginning, stems))
    return Line(sentence, stems, beginnings, numbers(sentence.text), bare_numbers(sentence.text))


def bare_numbers(text: str) -> tuple[Number, ...]:
    """The numbers of the text that are no part of a date."""
    when = dates(text)
    return tuple(
        number
        for number in numbers(text)
        if not any(date.start <= number.start < date.end for date in when)
    )


def nearest(wanted: frozenset[str], evidence: Evidence) -> Nearest | None:
    """The lines that hold most of the wanted stems; None when the source has no text."""
    lines = evidence.lines + evidence.wholes
    if not lines:
        return None
    shares = [_shares(wanted, line) for line in lines]
    weight = _weights(wanted, shares)
    single = len(evidence.lines) or len(lines)
    order = sorted(
        range(single), key=lambda at: (-_sum(weight, shares[at]), len(lines[at].stems), at)
    )
    best = order[0]
    covered = _sum(weight, shares[best])
    chosen, together = [best], covered
    second, with_second = _second(weight, shares[:single], best)
    if second is not None and with_second - covered >= SECOND_LINE_GAIN:
        chosen, together = [best, second], with_second
    for at in range(single, len(lines)):
        if (whole := _sum(weight, shares[at])) - together >= SECOND_LINE_GAIN:
            chosen, covered, together = [at], whole, whole
    anywhere = _sum(weight, _united(shares))
    return Nearest(tuple(lines[at] for at in chosen), covered, together, anywhere)


def _second(
    weight: dict[str, float], shares: Sequence[dict[str, float]], best: int
) -> tuple[int | None, float]:
    second, most = None, 0.0
    for at, share in enumerate(shares):
        if at != best:
            together = _sum(weight, _united([shares[best], share]))
            if together > most:
                second, most = at, together
    return second, most


def _shares(wanted: frozenset[str], line: Line) -> dict[str, float]:
    found = dict.fromkeys(wanted & line.stems, 1.0)
    for word in wanted - line.stems:
        if beginning(word) in line.beginnings and any(akin(word, other) for other in line.stems):
            found[word] = AKIN_SHARE
    return found


def _weights(wanted: frozenset[str], shares: Sequence[dict[str, float]]) -> dict[str, float]:
    """As in BM25, so that what no line has weighs most; they add up to 1."""
    frequency = Counter(word for share in shares for word in share)
    weight = {
        word: math.log(1 + (len(shares) + 1) / (frequency[word] + 0.5)) for word in sorted(wanted)
    }
    whole = sum(weight.values())
    return {word: one / whole for word, one in weight.items()}


def _united(shares: Sequence[dict[str, float]]) -> dict[str, float]:
    united: dict[str, float] = {}
    for share in shares:
        for word, part in share.items():
            united[word] = max(part, united.get(word, 0.0))
    return united


def _sum(weight: dict[str, float], share: dict[str, float]) -> float:
    return sum(weight[word] * share[word] for word in sorted(share))
