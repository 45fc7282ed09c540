"""Limits that a run must keep, for CI: `--fail-under answered=0.85`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import typer


@dataclass(frozen=True, slots=True)
class Limit:
    """A measure and the value that it must not be under, or over."""

    key: str
    value: float
    over: bool

    def broken_by(self, means: Mapping[str, float]) -> str | None:
        """What is wrong, in words; None when the limit is kept."""
        found = means.get(self.key)
        if found is None:
            return f"{self.key} was not measured, so that it is not known to keep its limit"
        if found > self.value if self.over else found < self.value:
            word = "over" if self.over else "under"
            return f"{self.key} is {found:.4f}, {word} the limit of {self.value:g}"
        return None


def read_limits(under: Sequence[str], over: Sequence[str]) -> list[Limit]:
    """The limits of both options. Raises BadParameter."""
    return [*_read(under, "--fail-under"), *_read(over, "--fail-over")]


def _read(written: Sequence[str], option: str) -> Iterator[Limit]:
    from hydrophone.evaluation.reports.measures import BY_KEY

    for one in written:
        key, equals, value = one.partition("=")
        if not equals or key.strip() not in BY_KEY:
            known = ", ".join(BY_KEY)
            raise typer.BadParameter(f"{option} takes MEASURE=VALUE; measures are: {known}")
        yield Limit(key.strip(), _number(value.strip(), option), option == "--fail-over")


def _number(written: str, option: str) -> float:
    """A number, or a percentage such as 85%."""
    try:
        number = float(written.removesuffix("%")) / (100 if written.endswith("%") else 1)
    except ValueError:
        number = math.nan
    if not math.isfinite(number):
        raise typer.BadParameter(f"{option}: {written!r} is no number")
    return number
