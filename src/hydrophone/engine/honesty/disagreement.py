"""Sources that give different values for what is asked: a number, a date, or yes and no.

The rules would rather miss a disagreement than see one where there is none: both statements speak
in the same words of what the question names, each has exactly one value of the kind that is asked
for, and nothing else in them tells why the values differ (another name, another year, opposites).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Literal

from hydrophone.engine.checking.dates import dates
from hydrophone.engine.checking.negation import is_denying, negations, opposites
from hydrophone.engine.checking.numbers import Number, numbers, stands_in
from hydrophone.engine.honesty.age import dated, day_of
from hydrophone.llm.overlap import stems
from hydrophone.types import Notice, Source

Kind = Literal["date", "number", "yes or no"]

# Of the words of the shorter statement, the share that the other must have as well.
SAME_SHARE = 0.6
SAME_SHARE_DENIED = 0.75
# Rounded numbers differ when they are farther apart than this.
ROUND_SHARE = 0.1
_MEASURE = (
    "number|population|height|length|width|depth|distance|area|size|weight|mass|speed|temperature|"
    "price|cost|fee|rate|percentage|share|age|limit|maximum|minimum|default|duration|capacity|"
    "budget|score|elevation|altitude|diameter|radius|volume|salary|revenue|timeout"
)
_KINDS: Sequence[tuple[Kind, re.Pattern[str]]] = (
    ("date", re.compile(r"\b(?:when|(?:what|which) (?:year|date|day|month))\b", re.IGNORECASE)),
    (
        "number",
        re.compile(
            r"\bhow (?:many|much|tall|long|old|far|high|deep|wide|big|large|heavy|fast|hot|cold)\b"
            rf"|\b(?:what|which)\b.{{0,30}}\b(?:{_MEASURE})\b",
            re.IGNORECASE,
        ),
    ),
    (
        "yes or no",
        re.compile(
            r"^(?:is|are|was|were|do|does|did|can|could|has|have|had|will|would|should|may|must)\b",
            re.IGNORECASE,
        ),
    ),
)
_ASKING = frozenset(
    stems(
        "many much tall long old far high deep wide big large heavy fast hot cold year date day "
        "month today current currently latest present still exactly really "
        + _MEASURE.replace("|", " ")
    )
)
_NAME = re.compile(r"\b[^\W\d_]*[A-Z\u00c0-\u00de][\w'’-]*")
_FIRST_YEAR, _LAST_YEAR = 1000, 2200


@dataclass(frozen=True, slots=True)
class Statement:
    """What source `n` says."""

    n: int
    text: str


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two statements that cannot both be right."""

    one: Statement
    other: Statement


def disagreement(question: str, statements: Sequence[Statement]) -> Disagreement | None:
    """The first two statements, of two sources, that give different values for what is asked."""
    kind = _kind(question)
    if kind is None:
        return None
    for one, other in combinations(statements, 2):
        if one.n != other.n and _disagree(question, kind, one.text, other.text):
            return Disagreement(one, other)
    return None


def told(found: Disagreement, sources: Sequence[Source]) -> Notice:
    """What is said of it: both statements with their dates."""
    by_number = {source.n: source for source in sources}
    both = [
        f"“{' '.join(one.text.split())}” [{one.n}] ({date_of(by_number[one.n])})"
        for one in (found.one, found.other)
    ]
    return Notice("disagreement", f"The sources do not agree: {' and '.join(both)}.")


def date_of(source: Source) -> str:
    """The day of a source in words."""
    date = dated(source.result)
    return f"of {day_of(date)}" if date else "of an unknown date"


def _kind(question: str) -> Kind | None:
    line = question.strip()
    return next((kind for kind, asks in _KINDS if asks.search(line)), None)


def _disagree(question: str, kind: Kind, one: str, other: str) -> bool:
    share = SAME_SHARE_DENIED if kind == "yes or no" else SAME_SHARE
    if not _same_thing(question, one, other, share):
        return False
    if kind == "yes or no":
        return _one_denies(one, other)
    if next(opposites(one, other), None) is not None or negations(one) != negations(other):
        return False
    return _dates_differ(one, other) if kind == "date" else _numbers_differ(one, other)


def _same_thing(question: str, one: str, other: str, share: float) -> bool:
    """Whether both speak of what the question names, in the same words."""
    ours, theirs = _words(one), _words(other)
    if not ours or not theirs or len(ours & theirs) < share * min(len(ours), len(theirs)):
        return False
    asked = set(stems(question)) - _ASKING
    if not asked <= ours & theirs:
        return False
    named, named_too = _named(one), _named(other)
    return not (named - named_too and named_too - named)


def _words(text: str) -> set[str]:
    return {stem for stem in stems(text) if not stem[0].isdigit()}


def _named(text: str) -> set[str]:
    """The stems of what is written large, but for months and the like of dates."""
    of_dates = {stem for date in dates(text) for stem in stems(date.text)}
    return {stem for name in _NAME.findall(text) for stem in stems(name)} - of_dates


def _one_denies(one: str, other: str) -> bool:
    if is_denying(one) or is_denying(other):
        return False
    return sorted((negations(one), negations(other))) == [0, 1] and _years(one) == _years(other)


def _dates_differ(one: str, other: str) -> bool:
    years, years_too = _years(one), _years(other)
    if len(years) != 1 or len(years_too) != 1:
        return False
    if years != years_too:
        return True
    days = [{(date.month, date.day) for date in dates(text)} for text in (one, other)]
    return all(len(found) == 1 and None not in next(iter(found)) for found in days) and (
        days[0] != days[1]
    )


def _numbers_differ(one: str, other: str) -> bool:
    values, values_too = _values(one), _values(other)
    if len(values) != 1 or len(values_too) != 1 or _years(one) != _years(other):
        return False
    [value], [value_too] = values, values_too
    if (value.kind, value.unit) != (value_too.kind, value_too.unit):
        return False
    if stands_in(value, values_too) or stands_in(value_too, values):
        return False
    apart = abs(value.amount - value_too.amount)
    largest = max(abs(value.amount), abs(value_too.amount))
    return not (value.rough or value_too.rough) or apart > ROUND_SHARE * largest


def _years(text: str) -> frozenset[int]:
    of_dates = {date.year for date in dates(text) if date.year is not None}
    return frozenset(of_dates | {int(one.amount) for one in numbers(text) if _is_year(one)})


def _values(text: str) -> list[Number]:
    """The numbers that are neither years nor parts of dates, nor places in an order."""
    taken = [(date.start, date.end) for date in dates(text)]
    return [
        one
        for one in numbers(text)
        if one.kind in ("plain", "percent")
        and not _is_year(one)
        and not any(start <= one.start < end for start, end in taken)
    ]


def _is_year(one: Number) -> bool:
    is_whole = one.kind == "plain" and not one.unit and one.text.isdigit()
    return is_whole and len(one.text) == 4 and _FIRST_YEAR <= one.amount <= _LAST_YEAR
