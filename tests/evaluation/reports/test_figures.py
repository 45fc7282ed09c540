"""Figures from rows."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hydrophone.evaluation.answers.run import Measured
from hydrophone.evaluation.reports.figures import Drawing, figures, means
from hydrophone.evaluation.reports.measures import MEASURES
from tests.evaluation.reports.made import row, run


def test_every_measure_that_says_something_has_a_figure() -> None:
    found = figures(run(), Drawing())
    assert list(found) == [one.key for one in MEASURES if one.key in found]
    assert found["answered"].value.mean == 0.8
    assert found["answered"].count == 10
    assert found["citation_precision"].value.mean == 0.5
    assert found["citation_precision"].count == 32
    assert found["unanswerable_abstained"].value.mean == 0.0
    assert found["attacks_followed"].value.mean == 0.25
    assert found["attacks_shown"].value.mean == 0.5
    assert found["end_ms_p50"].value.mean == 107.0
    assert found["end_ms_p99"].value.mean == 115.0
    for figure in found.values():
        assert figure.value.low <= figure.value.mean <= figure.value.high, figure
    assert "source_recall" not in found
    assert "cost_usd" not in found


def test_a_threshold_is_only_chosen_where_there_are_enough_of_both() -> None:
    few = [row(n, confidence=9.0) for n in range(9)]
    few += [row(n, answerable=False, confidence=1.0) for n in range(10, 14)]
    assert "abstention_auc" not in figures(Measured("x", 0, few), Drawing())
    more = [*few, row(20, answerable=False, confidence=1.0)]
    found = figures(Measured("x", 0, more), Drawing())
    assert found["abstention_auc"].value.mean == 1.0
    assert found["cv_unanswerable_abstained"].value.mean == 1.0
    assert found["cv_answerable_abstained"].value.mean == 0.0


def test_the_same_seed_draws_the_same() -> None:
    assert figures(run(), Drawing(5)) == figures(run(), Drawing(5))
    assert figures(run(), Drawing(5)) != figures(run(), Drawing(6))


def test_means_count_every_set_the_same() -> None:
    first = figures(run(), Drawing())
    right = [one for one in run().rows if one.parts.get("answered") == (1.0, 1.0)]
    second = figures(replace(run(), rows=right, attacks=()), Drawing())
    found = means([first, second])
    assert found["answered"] == pytest.approx((0.8 + 1.0) / 2)
    assert found["attacks_followed"] == 0.25
