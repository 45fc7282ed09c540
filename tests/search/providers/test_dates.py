from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from hydrophone.index.filters import compile_test
from hydrophone.search.providers.dates import (
    bounds,
    day_bounds,
    published,
    read_stamp,
    stamp_of_parts,
)
from hydrophone.types import Document
from tests.search.providers.asking import NOW, ask

_NOON = datetime(2024, 3, 10, 12, tzinfo=UTC)
_NEARLY_MIDNIGHT = datetime(2024, 3, 10, 23, 59, 59, 999_998, tzinfo=UTC)
_MARCH = {"published_after": date(2024, 3, 1), "published_before": date(2024, 3, 31)}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("2024-03-12", datetime(2024, 3, 12, tzinfo=UTC)),
        ("2024/3/2", datetime(2024, 3, 2, tzinfo=UTC)),
        ("2024-03", datetime(2024, 3, 1, tzinfo=UTC)),
        ("2024", datetime(2024, 1, 1, tzinfo=UTC)),
        ("2024-03-12T10:30:00", datetime(2024, 3, 12, 10, 30, tzinfo=UTC)),
        ("2024-03-12T10:30:00.250Z", datetime(2024, 3, 12, 10, 30, 0, 250_000, tzinfo=UTC)),
        ("2003-07-07T13:46:39-04:00", datetime(2003, 7, 7, 17, 46, 39, tzinfo=UTC)),
        ("Tue, 12 Mar 2024 10:30:00 GMT", datetime(2024, 3, 12, 10, 30, tzinfo=UTC)),
        ("Mar 12, 2024", datetime(2024, 3, 12, tzinfo=UTC)),
        ("September 6, 2019", datetime(2019, 9, 6, tzinfo=UTC)),
        ("12 March 2024", datetime(2024, 3, 12, tzinfo=UTC)),
        ("Mar 2024", datetime(2024, 3, 1, tzinfo=UTC)),
        ("3 hours ago", NOW - timedelta(hours=3)),
        ("1 day ago", NOW - timedelta(days=1)),
        ("an hour ago", NOW - timedelta(hours=1)),
    ],
)
def test_dates_are_read_in_the_ways_that_providers_write_them(text: str, said: datetime) -> None:
    stamp = read_stamp(text, NOW)

    assert stamp is not None
    assert stamp.said == said
    assert stamp.first <= stamp.said < stamp.until


@pytest.mark.parametrize(
    "text",
    [
        "",
        "soon",
        "vor 2 Tagen",
        "2024-13-01",
        "2024-02-30",
        "32 Mar 2024",
        "Foo 12, 2024",
        "0",
        "0000-01-01",
        "9999-12-31",
        "9999",
        "99999-01-01",
        "2024-03-12T25:00:00",
        "\x00",
    ],
)
def test_what_is_no_date_is_none(text: str) -> None:
    stamp = read_stamp(text, NOW)
    # The end of the calendar may be read, but never is anything published then.
    assert stamp is None or published(stamp, ask()) is None


@pytest.mark.parametrize(
    ("parts", "first", "until"),
    [
        ([2024], date(2024, 1, 1), date(2025, 1, 1)),
        ([2024, 2], date(2024, 2, 1), date(2024, 3, 1)),
        ([2024, 12], date(2024, 12, 1), date(2025, 1, 1)),
        ([2024, 2, 29], date(2024, 2, 29), date(2024, 3, 1)),
    ],
)
def test_a_date_in_parts_spans_what_is_not_said(parts: list[int], first: date, until: date) -> None:
    stamp = stamp_of_parts(parts)

    assert stamp is not None
    assert (stamp.first.date(), stamp.until.date()) == (first, until)


@pytest.mark.parametrize("parts", [[], [0], [2024, 13], [2023, 2, 29], [-5], [10**9]])
def test_parts_that_are_no_date_are_none(parts: list[int]) -> None:
    assert stamp_of_parts(parts) is None


@pytest.mark.parametrize(
    ("text", "limits", "verdict"),
    [
        ("2024", {"published_after": date(2024, 1, 1)}, "inside"),
        ("2024", {"published_after": date(2024, 3, 10)}, "unknown"),
        ("2024", {"published_after": date(2025, 1, 1)}, "outside"),
        ("2024", {"published_before": date(2024, 12, 31)}, "inside"),
        ("2024", {"published_before": date(2024, 12, 30)}, "unknown"),
        ("2024", {"published_before": date(2023, 12, 31)}, "outside"),
        ("2024-03", {"published_before": date(2024, 3, 10)}, "unknown"),
        ("2024-03", _MARCH, "inside"),
        ("2024", _MARCH, "unknown"),
        ("2024-03-10", {"published_after": date(2024, 3, 10)}, "inside"),
        ("2024-03-10", {"published_before": date(2024, 3, 10)}, "inside"),
        ("2024-03-10", {"published_before": date(2024, 3, 9)}, "outside"),
        ("2024-03-10", {"published_after": _NOON}, "unknown"),
        ("2024-03-10T13:00:00Z", {"published_after": _NOON}, "inside"),
        ("2024-03-10T12:00:00Z", {"published_after": _NOON}, "inside"),
        ("2024-03-10T11:59:59Z", {"published_after": _NOON}, "outside"),
        ("2024-03-10T12:00:00Z", {"published_before": _NOON}, "inside"),
        ("2024-03-10T12:00:00.000001Z", {"published_before": _NOON}, "outside"),
        ("2024-03-10T00:00:00Z", {"published_before": _NOON}, "unknown"),
        ("2024-03-10", {"published_before": _NEARLY_MIDNIGHT}, "unknown"),
        ("3 hours ago", {"recency": "day"}, "inside"),
        ("3 hours ago", {"recency": "hour"}, "outside"),
        ("1 hour ago", {"recency": "hour"}, "unknown"),
        ("1 day ago", {"recency": "day"}, "unknown"),
        ("5 days ago", {"recency": "week"}, "inside"),
        ("2026-11-22", {"recency": "hour"}, "unknown"),
    ],
)
def test_a_date_passes_a_filter_only_when_all_of_its_span_is_inside(
    text: str, limits: dict[str, Any], verdict: str
) -> None:
    query = ask(**limits)
    moment = published(read_stamp(text, NOW), query)

    if verdict == "unknown":
        assert moment is None
    else:
        page = Document("https://example.com/", "", "", published=moment)
        assert moment is not None
        assert compile_test(query.filter, NOW)(page, "") is (verdict == "inside")


@given(
    parts=st.tuples(st.integers(2023, 2025), st.integers(1, 12), st.integers(1, 28)),
    known=st.integers(1, 3),
    after=st.none() | st.dates(date(2023, 1, 1), date(2025, 12, 31)),
    before=st.none() | st.dates(date(2023, 1, 1), date(2025, 12, 31)),
)
def test_no_day_that_a_passing_date_could_mean_is_outside(
    parts: tuple[int, int, int], known: int, after: date | None, before: date | None
) -> None:
    assume(after is None or before is None or after <= before)
    query = ask(published_after=after, published_before=before)
    stamp = stamp_of_parts(parts[:known])
    assert stamp is not None
    moment = published(stamp, query)
    test = compile_test(query.filter, NOW)
    passes = test(Document("https://e.com/", "", "", published=moment), "")
    days = (stamp.until - stamp.first).days
    possible = [stamp.first + timedelta(days=n, hours=23) for n in range(days)]
    fitting = [test(Document("https://e.com/", "", "", published=day), "") for day in possible]

    if moment is not None:
        assert all(fitting) if passes else not any(fitting)
    else:
        assert any(fitting) != all(fitting)


def test_without_a_filter_a_span_stands_for_its_first_moment() -> None:
    assert published(read_stamp("2024", NOW), ask()) == datetime(2024, 1, 1, tzinfo=UTC)


def test_a_date_in_the_future_is_not_believed_but_one_of_another_time_zone_is() -> None:
    assert published(read_stamp("2026-11-25", NOW), ask()) is None
    assert published(read_stamp("2026-11-23", NOW), ask()) is not None


def test_bounds_are_the_filters_own_widened_on_request() -> None:
    query = ask(published_after=date(2024, 3, 1), published_before=date(2024, 3, 31))

    assert day_bounds(query) == (date(2024, 3, 1), date(2024, 3, 31))
    assert day_bounds(query, timedelta(days=1)) == (date(2024, 2, 29), date(2024, 4, 1))
    assert bounds(ask(recency="day")) == (NOW - timedelta(days=1), None)


def test_bounds_beyond_the_calendar_are_none() -> None:
    query = ask(published_after=date.min, published_before=date.max)

    assert bounds(query, timedelta(days=1)) == (None, None)
