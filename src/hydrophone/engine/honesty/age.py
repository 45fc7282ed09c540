"""How old the sources are of an answer that should be of today."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import datetime, timedelta

from hydrophone.types import Notice, SearchResult, Source

# What is older may no longer hold where something current is asked for.
OLD = timedelta(days=365)
_DAYS_A_MONTH, _DAYS_A_YEAR = 30.44, 365.25
_CURRENT = re.compile(
    r"\b(?:now|nowadays|today|tonight|current|currently|presently|latest|newest|most recent|"
    r"recently|this (?:year|month|week)|at (?:the moment|present)|up[- ]to[- ]date|still|so far|"
    r"prices?|costs?|versions?|weather|exchange rate|interest rate|opening hours|"
    r"aktuell\w*|derzeit|heute|neueste\w*|actuel\w*|aujourd['’]hui|hoy|actualmente)\b"
    r"|^who is the\b|^how much (?:is|are)\b",
    re.IGNORECASE,
)
_PAST = re.compile(r"\b(?:1\d{3}|20\d{2})\b|\b(?:was|were|did|had)\b", re.IGNORECASE)


def asks_for_current(question: str) -> bool:
    """Whether the question asks for how something is now, by rule; one about a past time does
    not."""
    return _CURRENT.search(question) is not None and _PAST.search(question) is None


def dated(result: SearchResult) -> datetime | None:
    """When the page was last changed, as far as it tells."""
    return max((one for one in (result.published, result.modified) if one), default=None)


def day_of(moment: datetime) -> str:
    """The day as people write it: 3 March 2024."""
    return f"{moment.day} {moment:%B %Y}"


def old_sources(question: str, cited: Iterable[Source], now: datetime) -> Notice | None:
    """Which of the cited sources are more than a year old, and how old, where the question asks for
    something current; else None."""
    if not asks_for_current(question):
        return None
    told = [
        f"[{source.n}] is of {day_of(date)}, {_age(now - date)} old"
        for source in cited
        if (date := dated(source.result)) is not None and now - date > OLD
    ]
    if not told:
        return None
    said = "What is asked may have changed since the sources were written"
    return Notice("old_sources", f"{said}: {'; '.join(told)}.")


def _age(age: timedelta) -> str:
    if age.days >= 2 * _DAYS_A_YEAR:
        return f"{int(age.days / _DAYS_A_YEAR)} years"
    return f"{int(age.days / _DAYS_A_MONTH)} months"
