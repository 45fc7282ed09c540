"""Thresholds: all of them, and one that was chosen elsewhere."""

from __future__ import annotations

import random

import pytest

from hydrophone.evaluation.answers.abstention import (
    area,
    cross_validated,
    curve,
    decidable,
    threshold,
)
from hydrophone.evaluation.answers.scoring import Row


def row(
    n: int, *, answerable: bool | None, confidence: float | None, group: str | None = None
) -> Row:
    return Row(str(n), group or str(n), "?", "", answerable, False, confidence, {})


def rows(answerable: list[float], unanswerable: list[float]) -> list[Row]:
    pairs = [(value, True) for value in answerable] + [(value, False) for value in unanswerable]
    return [row(n, answerable=kind, confidence=value) for n, (value, kind) in enumerate(pairs)]


def test_what_is_not_known_decides_nothing() -> None:
    good = rows([1.0], [0.0])
    odd = [
        row(8, answerable=None, confidence=1.0),
        row(9, answerable=True, confidence=None),
    ]
    assert decidable([*good, *odd]) == good
    assert decidable(rows([1.0, 2.0], [])) == []


def test_the_curve_goes_from_nothing_silenced_to_all() -> None:
    points = [(p.answerable, p.unanswerable) for p in curve(rows([2.0, 3.0], [1.0, 2.0]))]
    assert points == [(0, 0), (0, 0.5), (0.5, 1), (1, 1)]


def test_the_area_is_the_chance_that_the_answerable_one_is_surer() -> None:
    assert area(rows([3.0, 4.0], [1.0, 2.0])) == 1.0
    assert area(rows([1.0], [1.0])) == 0.5
    assert area(rows([2.0, 3.0], [1.0, 2.0])) == pytest.approx(3.5 / 4)
    assert area(rows([1.0], [2.0])) == 0.0


def test_a_threshold_silences_no_more_than_it_may() -> None:
    values = [float(n) for n in range(10)]
    assert threshold(values, 0.2) == 2.0
    assert sum(value < threshold(values, 0.29) for value in values) == 2
    assert sum(value < threshold(values, 1.0) for value in values) == 9
    assert not any(value < threshold([], 0.5) for value in values)


def test_each_question_is_judged_by_a_threshold_chosen_without_its_group() -> None:
    # All of one group are far lower than the rest: chosen with them, the threshold would be low.
    others = [row(n, answerable=True, confidence=10.0 + n, group=f"g{n}") for n in range(8)]
    low = [row(n, answerable=True, confidence=1.0, group="low") for n in range(20, 24)]
    none = [row(n, answerable=False, confidence=5.0, group=f"n{n}") for n in range(30, 32)]
    decisions = cross_validated([*others, *low, *none], 0.0, seed=1)
    assert len(decisions) == len(others) + len(low) + len(none)
    assert all(one.abstains for one in decisions if one.row.group == "low")


def test_the_shares_of_cross_validation_come_near_to_what_was_wanted() -> None:
    dice = random.Random(3)
    data = rows([dice.gauss(2, 1) for _ in range(400)], [dice.gauss(0, 1) for _ in range(200)])
    decisions = cross_validated(data, 0.2, seed=1)
    wrong = [one.abstains for one in decisions if one.row.answerable]
    right = [one.abstains for one in decisions if not one.row.answerable]
    assert 0.15 < sum(wrong) / len(wrong) < 0.25
    assert sum(right) / len(right) > 0.7
    assert decisions == cross_validated(data, 0.2, seed=1)
