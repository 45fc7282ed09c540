"""Means with their intervals, and percentiles."""

from __future__ import annotations

import random

import pytest

from hydrophone.evaluation.intervals import estimate, percentile


def test_the_interval_is_about_two_standard_errors_to_either_side() -> None:
    dice = random.Random(4)
    values = [float(dice.random() < 0.3) for _ in range(900)]
    found = estimate(values)
    share = sum(values) / len(values)
    error = (share * (1 - share) / len(values)) ** 0.5
    assert found.mean == pytest.approx(share)
    assert found.low == pytest.approx(share - 1.96 * error, abs=0.15 * error)
    assert found.high == pytest.approx(share + 1.96 * error, abs=0.15 * error)


def test_the_same_values_have_the_same_interval() -> None:
    values = [0.1, 0.9, 0.4, 0.4, 1.0]
    assert estimate(values) == estimate(values)


def test_values_that_are_all_the_same_leave_no_doubt() -> None:
    found = estimate([0.5] * 7)
    assert (found.low, found.mean, found.high) == (0.5, 0.5, 0.5)


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(n) for n in range(100, 0, -1)]
    assert [percentile(values, p) for p in (50, 99, 100)] == [50.0, 99.0, 100.0]
    assert percentile([3.0], 99) == 3.0


def test_of_nothing_there_is_no_mean() -> None:
    with pytest.raises(ValueError, match="nothing"):
        estimate([])
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)
