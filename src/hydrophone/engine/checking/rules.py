"""Rules: what a claim says otherwise than the source, in numbers, dates, names and negation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from hydrophone.engine.checking import dates as dated
from hydrophone.engine.checking import numbers as numbered
from hydrophone.engine.checking.align import contradictions
from hydrophone.engine.checking.dates import Date, dates
from hydrophone.engine.checking.evidence import Evidence, Nearest, bare_numbers, nearest
from hydrophone.engine.checking.names import Name, missing, names
from hydrophone.engine.checking.negation import (
    PREFIXES,
    denied,
    is_denying,
    negations,
    opposites,
)
from hydrophone.engine.checking.numbers import Number
from hydrophone.engine.checking.words import Word, is_english, stem, words

MIN_REST = 2
MIN_ABOUT = 0.6
MOST_SHARED = 0.5
MOST_COUNTED = 10
MIN_DENIED_COVERED = 0.6


@dataclass(frozen=True, slots=True)
class Stated:
    """A claim taken apart once, for all the sources that it is compared with."""

    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]
    numbers: tuple[Number, ...]
    dates: tuple[Date, ...]
    names: tuple[Name, ...]


def stated(text: str) -> Stated:
    """The claim's words and values; a number inside a date is part of the date."""
    every = words(text)
    stems = frozenset(word.stem for word in every if word.stem)
    return Stated(text, every, stems, bare_numbers(text), dates(text), tuple(names(text)))


def objections(claim: Stated, near: Nearest, source: Evidence) -> Iterator[str]:
    """In a few words each, what speaks against the claim; nothing when nothing does."""
    yield from _numbers(claim, near, source)
    yield from _misplaced(claim, near, source)
    yield from _dates(claim, source)
    yield from _names(claim, near, source)
    yield from _negation(claim, near, source)
    yield from _opposites(claim, near)
    yield from _otherwise(claim, near)


def _numbers(claim: Stated, near: Nearest, source: Evidence) -> Iterator[str]:
    for number in claim.numbers:
        if numbered.stands_in(number, source.numbers):
            continue
        here = [other for line in near.lines for other in line.bare if _is_like(other, number)]
        if not _is_counted(number) or any(
            not numbered.stands_in(other, claim.numbers) for other in here
        ):
            yield f"the number {number.text} is not in the source"


def _misplaced(claim: Stated, near: Nearest, source: Evidence) -> Iterator[str]:
    """A number that the source has elsewhere, while the line that says the rest has another."""
    if not claim.numbers:
        return
    figures = frozenset(stem(word.text) for word in claim.words if word.text[0].isdigit())
    rest = claim.stems - figures
    if len(rest) < MIN_REST:
        return
    about = nearest(rest, source)
    if about is None or about.covered < MIN_ABOUT:
        return
    best = about.lines[0]
    near_numbers = [n for line in (*about.lines, near.lines[0]) for n in line.numbers]
    for number in claim.numbers:
        if numbered.stands_in(number, near_numbers):
            continue
        others = [
            n for n in best.bare if _is_like(n, number) and not numbered.stands_in(n, claim.numbers)
        ]
        if not others:
            continue
        there = [line for line in source.lines if numbered.stands_in(number, line.numbers)]
        shared = max((len(rest & line.stems) for line in there), default=0)
        if shared <= MOST_SHARED * len(rest & best.stems):
            yield f"the source says {others[0].text}, not {number.text}"


def _is_like(one: Number, other: Number) -> bool:
    """Whether two numbers could stand in the same place."""
    if one.kind != other.kind or (one.unit and other.unit and one.unit != other.unit):
        return False
    if _is_counted(one) != _is_counted(other) and not one.unit == other.unit != "":
        return False
    return _is_year(one) == _is_year(other)


def _is_year(number: Number) -> bool:
    return number.kind == "plain" and len(number.text) == 4 and 1000 <= number.amount < 2200


def _is_counted(number: Number) -> bool:
    """ "First", "half" and "three" are said of much that a source names without counting it."""
    return number.text.isalpha() and number.amount <= MOST_COUNTED


def _dates(claim: Stated, source: Evidence) -> Iterator[str]:
    for date in claim.dates:
        # A date that can be read in two ways stands twice.
        ways = [other for other in claim.dates if other.start == date.start]
        is_range = len({other.day for other in ways}) > 1 and "/" not in date.text
        told = all if is_range else any
        if not told(dated.stands_in(way, source.dates, source.years) for way in ways):
            yield f"the date {date.text} is not in the source"


def _names(claim: Stated, near: Nearest, source: Evidence) -> Iterator[str]:
    if is_english(near.text) is False:
        return  # in German every noun is written large
    for name in claim.names:
        if not name.opens and missing(name, source.lexicon):
            yield f"the name {name.text} is not in the source"


def _negation(claim: Stated, near: Nearest, source: Evidence) -> Iterator[str]:
    line = near.text
    ours, theirs = denied(claim.text), denied(line)
    if not ours:
        is_told = near.covered >= MIN_DENIED_COVERED and not is_denying(claim.text)
        if is_told and any(stems and stems <= claim.stems for stems in theirs):
            yield "the source denies it"
        return
    here = frozenset().union(*ours)
    if here & frozenset().union(*theirs) or any(_is_prefixed(stems, near) for stems in ours):
        return
    is_said = _says(near, here) if theirs else not is_denying(line)
    if is_said and not any(here & stems for one in source.lines for stems in denied(one.text)):
        yield "the claim denies what the source says"


def _is_prefixed(stems: frozenset[str], near: Nearest) -> bool:
    return any(
        prefix + stem in line.stems for line in near.lines for stem in stems for prefix in PREFIXES
    )


def _says(near: Nearest, stems: frozenset[str]) -> bool:
    return bool(stems) and all(any(stem in line.stems for line in near.lines) for stem in stems)


def _opposites(claim: Stated, near: Nearest) -> Iterator[str]:
    if negations(claim.text) == negations(near.text):
        for ours, theirs in opposites(claim.text, near.text):
            yield f"the source says {theirs}, not {ours}"


def _otherwise(claim: Stated, near: Nearest) -> Iterator[str]:
    """What a line that runs like the claim says otherwise in the same place."""
    for line in near.lines:
        yield from contradictions(claim.text, line.text)
