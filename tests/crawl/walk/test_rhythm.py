from __future__ import annotations

import pytest

from hydrophone.crawl.walk.rhythm import (
    DAY_US,
    LEAST_US,
    MOST_US,
    listed_interval_us,
    next_interval_us,
)


def test_interval_stays_within_six_hours_and_thirty_days() -> None:
    interval_us = DAY_US
    for _ in range(20):
        interval_us = next_interval_us(interval_us, changed=True)
    assert interval_us == LEAST_US
    for _ in range(40):
        interval_us = next_interval_us(interval_us, changed=False)
    assert interval_us == MOST_US


def test_change_halves_and_calm_adds_a_half() -> None:
    assert next_interval_us(2 * DAY_US, changed=True) == DAY_US
    assert next_interval_us(2 * DAY_US, changed=False) == 3 * DAY_US


@pytest.mark.parametrize(
    ("said", "interval_us"),
    [("hourly", LEAST_US), ("weekly", 7 * DAY_US), ("never", MOST_US), (None, None), ("x", None)],
)
def test_what_a_sitemap_says_is_taken_within_bounds(said: str | None, interval_us: int) -> None:
    assert listed_interval_us(said) == interval_us
