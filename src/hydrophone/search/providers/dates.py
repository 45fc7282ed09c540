"""The dates that providers give, and the ones that a filter asks them for.

A provider often knows a date by its day, month or year only, or says "2 days ago". Such a date is
a span of time. Where dates are filtered, a span counts only when all of it is inside: a page of
"2024" may be from before 10 March, so for a filter that begins then its date is not known. Else it
stands for its first moment. Times without a zone are taken as UTC, and midnight sharp as a day
without a time.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from email.utils import parsedate_to_datetime

from hydrophone.search.base import ProviderQuery
from hydrophone.storage.index_db_filter import from_us, published_period, to_us

_LONGEST = 100
_INSTANT = timedelta(microseconds=1)
_DAY = timedelta(days=1)
_UNITS = {
    "second": timedelta(seconds=1),
    "minute": timedelta(minutes=1),
    "min": timedelta(minutes=1),
    "hour": timedelta(hours=1),
    "day": _DAY,
    "week": timedelta(days=7),
    "month": timedelta(days=31),
    "year": timedelta(days=366),
}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_PARTS = re.compile(r"(\d{4})(?:[-/](\d{1,2})(?:[-/](\d{1,2}))?)?")
_AGO = re.compile(r"(\d{1,3}|an?) (second|minute|min|hour|day|week|month|year)s? ago")
_MONTH_FIRST = re.compile(r"([a-z]{3,9})\.? (?:(\d{1,2}),? )?(\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2}) ([a-z]{3,9})\.?,? (\d{4})")


@dataclass(frozen=True, slots=True)
class Stamp:
    """When something was published: `said`, but surely from `first` to before `until`. All UTC."""

    said: datetime
    first: datetime
    until: datetime


def read_stamp(text: str, now: datetime) -> Stamp | None:
    """A date in ISO 8601 (a year or month also), of an e-mail, in English, or looking back.

    None when it is none of these.
    """
    text = " ".join(text[:_LONGEST].split())
    parts = _PARTS.fullmatch(text)
    if parts is not None:
        return stamp_of_parts([int(part) for part in parts.groups() if part is not None])
    said = text.lower()
    return _read_ago(said, now) or _read_english(said) or _read_time(text)


def stamp_of_parts(parts: Sequence[int]) -> Stamp | None:
    """A year, a year and month, or a whole date; None when there is no such date."""
    year, month, day = (*parts, 0, 0, 0)[:3]
    try:
        first = datetime(year, month or 1, day or 1, tzinfo=UTC)
        if day and month:
            return Stamp(first, first, first + _DAY)
        next_month = (first.replace(day=1) + timedelta(days=31)).replace(day=1)
        until = next_month if month else first.replace(year=year + 1)
    except (ValueError, OverflowError):
        return None
    return Stamp(first, first, until)


def published(stamp: Stamp | None, query: ProviderQuery) -> datetime | None:
    """The date to go by: none when it is in the future, or only in part inside the filter's dates.

    A span wholly outside is a known date, which fails the filter. The future begins a day after the
    query's now, for there are time zones.
    """
    if stamp is None or stamp.said > query.now + _DAY:
        return None
    period = published_period(query.filter, query.now)
    first_us, last_us = to_us(stamp.first), to_us(stamp.until - _INSTANT)
    for bound_us in (period.from_us, period.until_us):
        if bound_us is not None and first_us < bound_us <= last_us:
            return None
    return stamp.said


def bounds(
    query: ProviderQuery, slack: timedelta = timedelta()
) -> tuple[datetime | None, datetime | None]:
    """The first and the last moment that the filter's dates and look-back allow, in UTC.

    None is unbounded. `slack` widens them, for providers that leave out the bounds themselves.
    """
    period = published_period(query.filter, query.now)
    return _moved(period.from_us, -slack), _moved(
        None if period.until_us is None else period.until_us - 1, slack
    )


def day_bounds(
    query: ProviderQuery, slack: timedelta = timedelta()
) -> tuple[date | None, date | None]:
    """The days of `bounds`, UTC."""
    first, last = bounds(query, slack)
    return first and first.date(), last and last.date()


def nothing_fits(query: ProviderQuery) -> bool:
    """Whether the filter's dates leave no moment: services answer such a span with an error."""
    first, last = bounds(query)
    return first is not None and last is not None and first > last


def _moved(moment_us: int | None, by: timedelta) -> datetime | None:
    try:
        return None if moment_us is None else from_us(moment_us) + by
    except OverflowError:
        return None  # beyond the calendar


def _read_ago(text: str, now: datetime) -> Stamp | None:
    match = _AGO.fullmatch(text)
    if match is None:
        return None
    # Whether they round or cut, and how old the saying is, nobody tells: one unit either way.
    unit = _UNITS[match[2]]
    number = int(match[1]) if match[1].isdigit() else 1
    said = now - number * unit
    return Stamp(said, said - unit, min(said + unit, now) + _INSTANT)


def _read_english(text: str) -> Stamp | None:
    match = _MONTH_FIRST.fullmatch(text)
    if match is not None:
        month, day, year = match.groups()
    else:
        match = _DAY_FIRST.fullmatch(text)
        if match is None:
            return None
        day, month, year = match.groups()
    if month[:3] not in _MONTHS:
        return None
    return stamp_of_parts([int(year), _MONTHS.index(month[:3]) + 1, int(day or 0)])


def _read_time(text: str) -> Stamp | None:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        try:
            moment = parsedate_to_datetime(text)
        except (ValueError, IndexError):
            return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
        whole_day = moment.time() == datetime.min.time()
        return Stamp(moment, moment, moment + (_DAY if whole_day else _INSTANT))
    except OverflowError:
        return None
