"""Sharing a budget out, fairly."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.search.snippets.shares import fair_shares


@pytest.mark.parametrize(
    ("wants", "total", "shares"),
    [
        ([], 10, []),
        ([3, 4], 10, [3, 4]),
        ([100, 100], 10, [5, 5]),
        ([2, 100, 100], 10, [2, 4, 4]),
        ([100, 100, 100], 10, [4, 3, 3]),
        ([100, 100], 1, [1, 0]),
        ([100, 5, 5], 9, [3, 3, 3]),
    ],
)
def test_shares(wants: list[int], total: int, shares: list[int]) -> None:
    assert fair_shares(wants, total) == shares


@given(st.lists(st.integers(0, 50), max_size=12), st.integers(0, 200))
def test_nothing_is_lost_and_nobody_is_favoured(wants: list[int], total: int) -> None:
    shares = fair_shares(wants, total)
    assert sum(shares) == min(total, sum(wants))
    short = [share for share, want in zip(shares, wants, strict=True) if share < want]
    assert all(0 <= share <= want for share, want in zip(shares, wants, strict=True))
    assert not short or min(short) >= max(shares) - 1
