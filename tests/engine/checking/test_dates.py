"""Dates as texts write them, and when one says the same as another."""

from __future__ import annotations

import pytest

from hydrophone.engine.checking.dates import dates, stands_in

Parts = tuple[int | None, int, int | None]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("on 12 May 1990", [(1990, 5, 12)]),
        ("on May 12th, 1990", [(1990, 5, 12)]),
        ("the 12th of May, 1990", [(1990, 5, 12)]),
        ("1990-05-12", [(1990, 5, 12)]),
        ("in May 1990 or in June", [(1990, 5, None), (None, 6, None)]),
        ("12–15 May 1990", [(1990, 5, 12), (1990, 5, 15)]),
        ("May 12 and 13", [(None, 5, 12), (None, 5, 13)]),
        ("3/4/1990", [(1990, 4, 3), (1990, 3, 4)]),
        ("13.4.1990", [(1990, 4, 13)]),
        ("at the end of November, he left", [(None, 11, None)]),
        ("You may go with 12 men in March step", [(None, 3, None)]),
        ("It may rain; March on.", []),
    ],
)
def test_dates_are_read_whole_and_in_part(text: str, found: list[Parts]) -> None:
    assert [(date.year, date.month, date.day) for date in dates(text)] == found


@pytest.mark.parametrize(
    ("claim", "source", "same"),
    [
        ("12 May 1990", "May 12, 1990", True),
        ("May 1990", "12 May 1990", True),
        ("12 May", "12 May 1990", True),
        ("12 May 1990", "May 1990", False),
        ("12 May 1990", "13 May 1990", False),
        ("12 May 1990", "12 June 1990", False),
        ("12 May 1990", "12 May 1991", False),
        ("12 May 1990", "12 May", False),
    ],
)
def test_a_date_stands_where_it_is_told_as_exactly(claim: str, source: str, same: bool) -> None:
    [claimed] = dates(claim)
    assert stands_in(claimed, dates(source), frozenset()) == same


def test_the_year_of_a_date_may_stand_apart() -> None:
    [claimed] = dates("12 May 1990")
    assert stands_in(claimed, dates("on 12 May"), frozenset({1990}))
