"""Plots as SVG that stands in the page itself; colours and fonts come from its style sheet."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import TypeVar

from hydrophone.evaluation.answers.abstention import Point
from hydrophone.evaluation.intervals import Estimate

Item = TypeVar("Item")

WIDTH, HEIGHT = 340, 260
_LEFT, _RIGHT, _TOP, _BOTTOM = 40, 20, 10, 40
_ACROSS, _DOWN = WIDTH - _LEFT - _RIGHT, HEIGHT - _TOP - _BOTTOM
_MOST_POINTS = 400


def bar(value: Estimate, *, good: bool) -> str:
    """A share from 0 to 1 as a bar, with its interval; it is as wide as there is room."""
    low, high = _percent(value.low), _percent(value.high)
    kind = "good" if good else "bad"
    return (
        f'<svg class="bar {kind}" role="img" aria-label="{_percent(value.mean)}, '
        f'95 % interval {low} to {high}"><rect class="track" width="100%" height="100%" rx="3"/>'
        f'<rect class="value" width="{_percent(value.mean)}" height="100%" rx="3"/>'
        f'<line class="interval" x1="{low}" x2="{high}" y1="50%" y2="50%"/>'
        f'<line class="interval" x1="{low}" x2="{low}" y1="20%" y2="80%"/>'
        f'<line class="interval" x1="{high}" x2="{high}" y1="20%" y2="80%"/></svg>'
    )


def silence_curve(points: Sequence[Point], marks: Sequence[tuple[float, float]]) -> str:
    """The curve of all thresholds; `marks` are single points: the shares of answerable and of
    unanswerable questions that are silenced there."""
    path = " ".join(f"{_x(p.answerable):.1f},{_y(p.unanswerable):.1f}" for p in _thinned(points))
    parts = [
        *_share_grid(),
        f'<line class="chance" x1="{_x(0)}" y1="{_y(0)}" x2="{_x(1)}" y2="{_y(1)}"/>',
        f'<polyline class="line first" points="{path}"/>',
    ]
    for number, (answerable, unanswerable) in enumerate(marks):
        x, y = _x(answerable), _y(unanswerable)
        parts.append(f'<circle class="mark m{number}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
    labels = ("answerable questions silenced", "unanswerable silenced")
    return _plot(parts, "Every threshold: what it silences", *labels)


def cumulative(lines: Sequence[tuple[str, Sequence[float]]]) -> str:
    """For each named line of milliseconds the share of questions that took no longer, over a
    logarithmic axis."""
    values = [value for _, each in lines for value in each]
    low, high = _decades(min(values), max(values))
    parts = [*_share_grid(vertical=False), *_time_grid(low, high)]
    named = list(zip(lines, ("first", "second", "third"), strict=False))
    for (_, each), name in reversed(named):  # the earlier ones over the later
        ordered = sorted(each)
        steps = [(value, (n + 1) / len(ordered)) for n, value in enumerate(ordered)]
        path = " ".join(
            f"{_time_x(value, low, high):.1f},{_y(share):.1f}"
            for value, share in _thinned([(ordered[0], 0.0), *steps])
        )
        parts.append(f'<polyline class="line {name}" points="{path}"/>')
    return _plot(parts, "How long answers take", "milliseconds", "share of questions")


def _plot(parts: Sequence[str], title: str, across: str, up: str) -> str:
    middle = _LEFT + _ACROSS / 2
    return (
        f'<svg class="plot" viewBox="0 0 {WIDTH} {HEIGHT}" role="img"><title>{title}</title>'
        + "".join(parts)
        + f'<text class="axis" x="{middle}" y="{HEIGHT - 6}" text-anchor="middle">{across}</text>'
        f'<text class="axis" transform="translate(10 {_TOP + _DOWN / 2}) rotate(-90)" '
        f'text-anchor="middle">{up}</text></svg>'
    )


def _share_grid(*, vertical: bool = True) -> Iterator[str]:
    for share in (0, 0.25, 0.5, 0.75, 1):
        x, y, label = _x(share), _y(share), f"{100 * share:.0f}"
        yield f'<line class="grid" x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y}" y2="{y}"/>'
        yield f'<text class="tick" x="{_LEFT - 5}" y="{y + 4}" text-anchor="end">{label}</text>'
        if vertical:
            yield f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{_TOP + _DOWN}"/>'
            yield f'<text class="tick" x="{x}" y="{_y(0) + 14}" text-anchor="middle">{label}</text>'


def _time_grid(low: float, high: float) -> Iterator[str]:
    decades = math.log10(high / low)
    factors = (1, 2, 5) if decades <= 2 else (1,)
    for exponent in range(round(math.log10(low)), round(math.log10(high)) + 1):
        for value in (factor * 10.0**exponent for factor in factors):
            if value <= high:
                x = _time_x(value, low, high)
                yield f'<line class="grid" x1="{x}" x2="{x}" y1="{_TOP}" y2="{_TOP + _DOWN}"/>'
                yield (
                    f'<text class="tick" x="{x}" y="{_y(0) + 14}" text-anchor="middle">'
                    f"{value:,g}</text>"
                )


def _decades(low: float, high: float) -> tuple[float, float]:
    """Whole powers of ten around both."""
    first = math.floor(math.log10(max(low, 0.1)))
    return 10.0**first, 10.0 ** max(first + 1, math.ceil(math.log10(max(high, 0.1))))


def _time_x(value: float, low: float, high: float) -> float:
    share = math.log(max(value, low) / low) / math.log(high / low)
    return round(_LEFT + _ACROSS * share, 1)


def _thinned(points: Sequence[Item]) -> Sequence[Item]:
    """So many of the points that nobody sees the others are missing, the last one among them."""
    if len(points) <= _MOST_POINTS:
        return points
    step = len(points) / _MOST_POINTS
    return [*(points[int(n * step)] for n in range(_MOST_POINTS)), points[-1]]


def _x(share: float) -> float:
    return _LEFT + _ACROSS * share


def _y(share: float) -> float:
    return _TOP + _DOWN * (1 - share)


def _percent(share: float) -> str:
    return f"{100 * min(1.0, max(0.0, share)):.1f}%"
