"""Figures as people read them."""

from __future__ import annotations

from hydrophone.evaluation.intervals import Estimate
from hydrophone.evaluation.reports.compare import Difference
from hydrophone.evaluation.reports.measures import Measure, Unit


def value_of(measure: Measure, value: float) -> str:
    """A value with its unit."""
    unit = measure.unit
    return f"{_number(unit, value)}{_suffix(unit)}"


def interval_of(measure: Measure, value: Estimate) -> str:
    """An interval, the unit once."""
    unit = measure.unit
    return f"{_number(unit, value.low)} to {_number(unit, value.high)}{_suffix(unit)}"


def change_of(one: Difference) -> tuple[str, str, str]:
    """The old and the new value, the change, and its interval."""
    unit: Unit = one.measure.unit if one.measure is not None else "ms"
    change = one.change
    return (
        f"{_number(unit, one.old)} → {_number(unit, one.new)}{_suffix(unit)}",
        f"{_signed(unit, change.mean)}",
        f"{_signed(unit, change.low)} to {_signed(unit, change.high)}",
    )


def _number(unit: Unit, value: float) -> str:
    if unit == "share":
        return f"{100 * value:.1f}"
    if unit == "usd":
        return f"{value:.6f}"
    return f"{value:.1f}" if abs(value) >= 10 or unit == "ms" else f"{value:.3f}"


def _signed(unit: Unit, value: float) -> str:
    return f"{'−' if value < 0 else '+'}{_number(unit, abs(value))}"


def _suffix(unit: Unit) -> str:
    return {"share": " %", "ms": " ms"}.get(unit, "")
