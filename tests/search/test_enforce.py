"""The filter on what came back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hydrophone.errors import InvalidRequest
from hydrophone.search.enforce import Enforcement
from hydrophone.types import Filter, SearchResult

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
PAGE = SearchResult(
    "https://docs.example.com/sea/whales",
    "Whales",
    "…",
    "web",
    published=datetime(2026, 11, 20, 8, tzinfo=UTC),
    modified=datetime(2026, 11, 21, 8, tzinfo=UTC),
    language="en-GB",
)
UNKNOWN = replace(PAGE, published=None, modified=None, language=None)


@pytest.mark.parametrize(
    ("where", "known", "unknown"),
    [
        (Filter(), True, True),
        (Filter(domains_allow=("example.com",)), True, True),
        (Filter(domains_allow=("example.com/sea",)), True, True),
        (Filter(domains_allow=("example.com/land",)), False, False),
        (Filter(domains_allow=("ample.com",)), False, False),
        (Filter(domains_allow=(".com",)), True, True),
        (Filter(domains_deny=("docs.example.com",)), False, False),
        (Filter(url_prefix="https://docs.example.com/sea"), True, True),
        (Filter(url_prefix="https://docs.example.com/land"), False, False),
        (Filter(languages=("en",)), True, True),
        (Filter(languages=("de",)), False, True),
        (Filter(published_after=date(2026, 11, 20)), True, False),
        (Filter(published_before=date(2026, 11, 19)), False, False),
        (Filter(modified_after=date(2026, 11, 21)), True, False),
        (Filter(recency="week"), True, False),
        (Filter(recency="day"), False, False),
        (Filter(collections=("manuals",)), True, True),
    ],
)
def test_a_page_is_judged_by_what_is_known_of_it(where: Filter, known: bool, unknown: bool) -> None:
    enforcement = Enforcement(where, NOW)
    assert enforcement.admits(PAGE) is known
    assert enforcement.admits(UNKNOWN) is unknown


def test_without_its_dates_the_rest_of_the_filter_holds() -> None:
    enforcement = Enforcement(Filter(recency="day", domains_allow=("example.com",)), NOW)
    assert enforcement.admits_but_for_dates(UNKNOWN)
    assert not enforcement.admits_but_for_dates(replace(UNKNOWN, url="https://b.example/"))


@pytest.mark.parametrize(
    ("where", "empty", "lacking"),
    [
        (Filter(), True, False),
        (Filter(collections=("manuals",)), True, False),
        (Filter(languages=("de",)), False, False),
        (Filter(recency="day"), False, True),
        (Filter(modified_before=date(2026, 1, 1)), False, True),
    ],
)
def test_it_knows_which_dates_it_lacks(where: Filter, empty: bool, lacking: bool) -> None:
    enforcement = Enforcement(where, NOW)
    assert enforcement.empty is empty
    assert enforcement.lacks_date(UNKNOWN) is lacking
    assert not enforcement.lacks_date(PAGE)


def test_a_filter_that_cannot_be_read_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        Enforcement(Filter(domains_allow=("no domain",)), NOW)
