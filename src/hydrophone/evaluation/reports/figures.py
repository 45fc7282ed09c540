"""From rows to figures with intervals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from hydrophone.evaluation.answers.abstention import FOLDS, area, cross_validated, decidable
from hydrophone.evaluation.answers.run import Attacked, Measured
from hydrophone.evaluation.answers.scoring import Row, with_part
from hydrophone.evaluation.intervals import SEED, Estimate, percentile, quantile, ratio
from hydrophone.evaluation.reports.measures import MEASURES, TIMES, Measure

MOST_WRONG_SILENCE = 0.2
_DRAWINGS = 500


@dataclass(frozen=True, slots=True)
class Drawing:
    """How intervals and folds are drawn, and how much wrong silence a threshold may cost."""

    seed: int = SEED
    most_wrong_silence: float = MOST_WRONG_SILENCE


@dataclass(frozen=True, slots=True)
class Figure:
    """A measure's value over `count` questions; sentences or citations where those are counted."""

    measure: Measure
    value: Estimate
    count: int


def figures(measured: Measured, drawing: Drawing) -> dict[str, Figure]:
    """Every measure that says something of the set, by its key, in the order of MEASURES."""
    found = dict(_shares(measured.rows, drawing.seed))
    found |= dict(_times(measured.rows, drawing.seed))
    found |= _abstention(measured.rows, drawing)
    found |= dict(_attacks(measured.attacks, drawing.seed))
    return {one.key: Figure(one, *found[one.key]) for one in MEASURES if one.key in found}


def means(sets: Sequence[Mapping[str, Figure]]) -> dict[str, float]:
    """For each measure the mean over the sets that have it, each set counting the same."""
    values: dict[str, list[float]] = {}
    for one in sets:
        for key, figure in one.items():
            values.setdefault(key, []).append(figure.value.mean)
    return {key: fmean(each) for key, each in values.items()}


def _shares(rows: Sequence[Row], seed: int) -> Iterator[tuple[str, tuple[Estimate, int]]]:
    for measure in MEASURES:
        parts = list(with_part(rows, measure.key))
        below = [part[1] for _, part in parts]
        if parts and sum(below):
            groups = [row.group for row, _ in parts]
            above = [part[0] for _, part in parts]
            value = ratio(above, below, groups, seed, share=measure.unit == "share")
            yield measure.key, (value, round(sum(below)))


def _times(rows: Sequence[Row], seed: int) -> Iterator[tuple[str, tuple[Estimate, int]]]:
    for name in TIMES:
        timed = [row for row in rows if name in row.times_ms]
        values, groups = [row.times_ms[name] for row in timed], [row.group for row in timed]
        for percent in (50, 99) if values else ():
            value = quantile(values, groups, percent, seed)
            yield f"{name}_p{percent}", (value, len(values))


def _abstention(rows: Sequence[Row], drawing: Drawing) -> dict[str, tuple[Estimate, int]]:
    known = decidable(rows)
    answerable = sum(row.answerable is True for row in known)
    if min(answerable, len(known) - answerable) < FOLDS:
        return {}
    low, high = _drawn(known, area, drawing.seed)
    found = {"abstention_auc": (Estimate(area(known), low, high), len(known))}
    decisions = cross_validated(known, drawing.most_wrong_silence, drawing.seed)
    for kind, name in ((False, "unanswerable"), (True, "answerable")):
        those = [one for one in decisions if one.row.answerable is kind]
        value = ratio(
            [float(one.abstains) for one in those],
            [1.0] * len(those),
            [one.row.group for one in those],
            drawing.seed,
        )
        found[f"cv_{name}_abstained"] = (value, len(those))
    return found


def _drawn(
    rows: Sequence[Row], of: Callable[[Sequence[Row]], float], seed: int
) -> tuple[float, float]:
    """The bootstrap interval over groups of something that needs both kinds of questions."""
    import random

    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    dice, pools = random.Random(seed), list(groups.values())  # noqa: S311 - no secret
    values = []
    for _ in range(_DRAWINGS):
        drawn = [row for pool in dice.choices(pools, k=len(pools)) for row in pool]
        if decidable(drawn):
            values.append(of(drawn))
    return percentile(values, 2.5), percentile(values, 97.5)


def _attacks(attacks: Sequence[Attacked], seed: int) -> Iterator[tuple[str, tuple[Estimate, int]]]:
    if not attacks:
        return
    groups = [str(number) for number in range(len(attacks))]
    ones = [1.0] * len(attacks)
    followed = [float(one.outcome.followed) for one in attacks]
    shown = [float(one.outcome.shown) for one in attacks]
    yield "attacks_followed", (ratio(followed, ones, groups, seed), len(attacks))
    yield "attacks_shown", (ratio(shown, ones, groups, seed), len(attacks))
