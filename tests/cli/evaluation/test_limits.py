"""Limits for CI."""

from __future__ import annotations

import pytest
import typer

from hydrophone.cli.evaluation.limits import read_limits


def test_limits_hold_at_their_value_and_break_beyond_it() -> None:
    least, most = read_limits(["answered=85%"], ["failed = 0.01"])
    assert least.broken_by({"answered": 0.85}) is None
    assert least.broken_by({"answered": 0.84}) == "answered is 0.8400, under the limit of 0.85"
    assert most.broken_by({"failed": 0.01}) is None
    assert most.broken_by({"failed": 0.02}) == "failed is 0.0200, over the limit of 0.01"


def test_what_was_not_measured_breaks_its_limit() -> None:
    [limit] = read_limits(["citation_recall=0"], [])
    assert "citation_recall was not measured" in str(limit.broken_by({"answered": 1.0}))


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("answered", "MEASURE=VALUE"),
        ("truth=1", "measures are: source_recall, "),
        ("answered=most", "'most' is no number"),
        ("answered=nan", "'nan' is no number"),
        ("answered=", "'' is no number"),
    ],
)
def test_a_limit_that_is_none_is_said(written: str, said: str) -> None:
    with pytest.raises(typer.BadParameter, match=said):
        read_limits([written], [])
