"""When a page is looked at again: sooner when it changes, later when it does not.

The interval is halved by a change and grows by half without one, between six hours and thirty
days; a page that changes every day is so looked at about once a day.
"""

from __future__ import annotations

HOUR_US = 3_600_000_000
DAY_US = 24 * HOUR_US
LEAST_US = 6 * HOUR_US
MOST_US = 30 * DAY_US

_LISTED: dict[str, int] = {
    "always": LEAST_US,
    "hourly": LEAST_US,
    "daily": DAY_US,
    "weekly": 7 * DAY_US,
    "monthly": MOST_US,
    "yearly": MOST_US,
    "never": MOST_US,
}


def next_interval_us(interval_us: int, *, changed: bool) -> int:
    """The interval after a page was looked at."""
    return bound(interval_us // 2 if changed else interval_us * 3 // 2)


def bound(interval_us: int) -> int:
    """The interval within six hours and thirty days."""
    return max(LEAST_US, min(MOST_US, interval_us))


def listed_interval_us(change_frequency: str | None) -> int | None:
    """The first interval for what a sitemap says of a page's changes; it is a hint, no more."""
    return _LISTED.get(change_frequency or "")
