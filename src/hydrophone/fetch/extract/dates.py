"""Dates as documents write them."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime

_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?[.,\d]*)?(.*)")
_ZONE = re.compile(r"\s*([+-]\d{2}):?(\d{2})")
_EARLIEST_YEAR = 1970


def parse_date(text: str) -> datetime | None:
    """A date or time that starts as in ISO 8601; without a zone it is taken as UTC.

    None when it is no such date, before 1970, or more than a day ahead of now.
    """
    match = _DAY.match(text.strip())
    if match is None:
        return _parse_mail_date(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    zone = _ZONE.match(match[7])
    try:
        iso = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        return plausible(datetime.fromisoformat(iso + (f"{zone[1]}:{zone[2]}" if zone else "")))
    except ValueError:
        return None


def _parse_mail_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        return plausible(parsedate_to_datetime(text))
    except (ValueError, IndexError):
        return None


def plausible(moment: datetime) -> datetime | None:
    """The moment in UTC; None when it is before 1970 or more than a day ahead of now."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    ahead_days = (moment.date() - date.today()).days
    return moment if moment.year >= _EARLIEST_YEAR and ahead_days <= 1 else None
