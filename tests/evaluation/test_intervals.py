"""Means with their intervals, and percentiles."""

from __future__ import annotations

import random

import pytest

from hydrophone.evaluation.intervals import (
    Estimate,
    difference,
    estimate,
    percentile,
    quantile,
    ratio,
    wilson,
)


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


def groups(count: int) -> list[str]:
    return [str(n) for n in range(count)]


def test_a_share_of_single_questions_is_their_mean() -> None:
    values = [0.0, 1.0, 1.0, 0.0, 1.0, 0.5]
    found = ratio(values, [1.0] * 6, groups(6))
    assert found == ratio(values, [1.0] * 6, groups(6))
    assert found.mean == pytest.approx(estimate(values).mean)
    assert found.low == pytest.approx(estimate(values).low, abs=0.1)


def test_what_belongs_together_is_drawn_together() -> None:
    values = [1.0] * 50 + [0.0] * 50
    apart = ratio(values, [1.0] * 100, groups(100))
    together = ratio(values, [1.0] * 100, [str(n // 10) for n in range(100)])
    assert together.mean == apart.mean == 0.5
    assert together.high - together.low > 2 * (apart.high - apart.low)


def test_a_share_counts_what_is_below_the_line() -> None:
    assert ratio([3.0, 0.0], [3.0, 1.0], groups(2)).mean == 0.75
    with pytest.raises(ValueError, match="nothing"):
        ratio([0.0], [0.0], groups(1))


def test_none_of_twenty_is_not_surely_none() -> None:
    none = ratio([0.0] * 20, [1.0] * 20, groups(20))
    every = ratio([1.0] * 20, [1.0] * 20, groups(20))
    assert (none.mean, none.low, every.high) == (0.0, 0.0, 1.0)
    assert none.high == pytest.approx(0.1611, abs=1e-3)
    assert every.low == pytest.approx(1 - none.high)
    assert wilson(0.5, 0) == (0.0, 1.0)


def test_what_is_no_share_has_no_interval_of_shares() -> None:
    found = ratio([0.0] * 20, [1.0] * 20, groups(20), share=False)
    assert (found.low, found.high) == (0.0, 0.0)


def test_a_difference_of_the_same_questions_is_surer_than_the_runs() -> None:
    dice = random.Random(1)
    old = [(float(dice.random() < 0.5), 1.0) for _ in range(300)]
    new = [(1.0, 1.0) if n % 10 == 0 else part for n, part in enumerate(old)]
    found = difference(new, old, groups(300))
    assert found.mean == pytest.approx(
        sum(a[0] - b[0] for a, b in zip(new, old, strict=True)) / 300
    )
    assert 0 < found.low < found.mean < found.high < 0.1
    assert difference(old, old, groups(300)) == Estimate(0.0, 0.0, 0.0)


def test_the_interval_of_a_median_is_around_it() -> None:
    dice = random.Random(2)
    values = [dice.gauss(100, 10) for _ in range(200)]
    found = quantile(values, groups(200), 50)
    assert found.mean == percentile(values, 50)
    assert found.low < found.mean < found.high
    assert 1 < found.high - found.low < 8
