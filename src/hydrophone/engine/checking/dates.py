"""Dates as texts write them, whole or in part: 12 May 1990, May 12th, 1990-05-12, May 1990."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?"
    r"|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)\b\.?"
)
_DAY = r"(?:3[01]|[12]\d|0?[1-9])(?:st|nd|rd|th)?\b"
_DAYS = rf"{_DAY}(?:\s*(?:[-–—,&]|and|to|or|until|through)\s*{_DAY})*"
_YEAR = r"(?:1\d{3}|20\d{2})\b"
_LED = r"(?:in|of|by|since|until|early|mid|during|late|from|to|between|and|last|next)[ -]"
_DATE = re.compile(
    rf"""\b(?P<iso_year>{_YEAR})-(?P<iso_month>0[1-9]|1[0-2])-(?P<iso_day>\d\d)\b
      | \b(?P<first>\d{{1,2}})(?P<mark>[/.])(?P<second>\d{{1,2}})(?P=mark)(?P<plain_year>{_YEAR})
      | \b(?P<days>{_DAYS})(?:\s+of)?[\s-]+(?P<month>{_MONTH})
        (?:,?[\s-]+(?:of\s+)?(?P<year>{_YEAR}))?
      | \b(?P<us_month>{_MONTH})\s+(?:the\s+)?(?P<us_days>{_DAYS})(?!\.\d|,\d{{3}}|\s*%)
        (?:,?\s+(?:of\s+)?(?P<us_year>{_YEAR}))?
      | \b(?P<only_month>{_MONTH}),?\s+(?:of\s+)?(?P<only_year>{_YEAR})
      | \b(?i:{_LED})(?P<bare_month>{_MONTH})(?!\s+(?:[A-Z\d]|of\s|the\s)|,\s+\d)""",
    re.VERBOSE,
)
_NUMBER = re.compile(r"\d+")


@dataclass(frozen=True, slots=True)
class Date:
    """A date of a text at its code points; what it leaves open is None."""

    year: int | None
    month: int
    day: int | None
    start: int
    end: int
    text: str


@lru_cache(maxsize=4_096)
def dates(text: str) -> tuple[Date, ...]:
    """The dates of the text that name a month, in their order; a bare year is a number."""
    return tuple(date for match in _DATE.finditer(text) for date in _read(match))


def stands_in(claimed: Date, others: Sequence[Date], years: frozenset[int]) -> bool:
    """Whether one of the others is the same day or month, or a day within the month claimed. The
    year may stand apart, among `years`."""
    return any(_agrees(claimed, other, years) for other in others)


def _agrees(claimed: Date, other: Date, years: frozenset[int]) -> bool:
    if claimed.month != other.month:
        return False
    if claimed.day is not None and claimed.day != other.day:
        return False
    if claimed.year is None or claimed.year == other.year:
        return True
    return other.year is None and claimed.year in years


def _read(match: re.Match[str]) -> Iterator[Date]:
    found = match.groupdict()
    start, end, text = match.start(), match.end(), match[0]
    year = found["year"] or found["us_year"] or found["only_year"]
    if found["iso_year"]:
        year, month, day = found["iso_year"], int(found["iso_month"]), int(found["iso_day"])
        yield Date(int(year), month, day, start, end, text)
    elif found["plain_year"]:
        for day, month in _either_way(int(found["first"]), int(found["second"])):
            yield Date(int(found["plain_year"]), month, day, start, end, text)
    else:
        name = found["month"] or found["us_month"] or found["only_month"] or found["bare_month"]
        month = _MONTHS.index(name[:3].lower()) + 1
        days = _NUMBER.findall(found["days"] or found["us_days"] or "") or [None]
        for one in days:
            yield Date(
                int(year) if year else None, month, int(one) if one else None, start, end, text
            )


def _either_way(first: int, second: int) -> Iterator[tuple[int, int]]:
    """Day and month of 3/4/1990, which some read as the third of April and some as March 4th."""
    if second <= 12:
        yield first, second
    if first <= 12 and first != second:
        yield second, first
