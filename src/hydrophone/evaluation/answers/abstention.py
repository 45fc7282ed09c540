"""When to say that the sources do not answer: the curve of all thresholds, and one chosen honestly.

An engine abstains where its confidence is below a threshold. The threshold that is reported on a
question was chosen on other ones: the questions are divided in folds, whole groups together, and
each fold is judged by the threshold that did best on the rest.
"""

from __future__ import annotations

import random
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from hydrophone.evaluation.answers.scoring import Row

FOLDS = 5


@dataclass(frozen=True, slots=True)
class Point:
    """A threshold, and the shares of answerable and unanswerable questions that it silences."""

    threshold: float
    answerable: float
    unanswerable: float


@dataclass(frozen=True, slots=True)
class Decision:
    """What a threshold that was chosen without this question makes of it."""

    row: Row
    abstains: bool


def decidable(rows: Sequence[Row]) -> list[Row]:
    """Rows with a confidence of which it is known whether there is an answer; none unless there
    are both kinds."""
    found = [row for row in rows if row.confidence is not None and row.answerable is not None]
    return found if len({row.answerable for row in found}) == 2 else []


def curve(rows: Sequence[Row]) -> list[Point]:
    """A point for each threshold that makes a difference, from none silenced to all. `rows` are
    decidable."""
    answerable = sorted(_confidence(row) for row in rows if row.answerable)
    unanswerable = sorted(_confidence(row) for row in rows if not row.answerable)
    thresholds = [*dict.fromkeys(sorted([*answerable, *unanswerable])), float("inf")]
    return [
        Point(limit, _below(answerable, limit), _below(unanswerable, limit)) for limit in thresholds
    ]


def area(rows: Sequence[Row]) -> float:
    """The chance that an answerable question has more confidence than an unanswerable one; ties
    count half (the area under the curve; Hanley and McNeil 1982)."""
    return sum(
        (b.answerable - a.answerable) * (a.unanswerable + b.unanswerable) / 2
        for a, b in pairwise(curve(rows))
    )


def cross_validated(rows: Sequence[Row], most_wrong: float, seed: int) -> list[Decision]:
    """What each question gets from a threshold that was chosen on other groups, so that at most
    the share `most_wrong` of their answerable questions is silenced. `rows` are decidable."""
    groups = sorted({row.group for row in rows})
    random.Random(seed).shuffle(groups)  # noqa: S311 - nothing secret about it
    decisions: list[Decision] = []
    for fold in range(FOLDS):
        held_out = frozenset(groups[fold::FOLDS])
        known = [_confidence(r) for r in rows if r.answerable and r.group not in held_out]
        limit = threshold(known, most_wrong)
        decisions += [Decision(r, _confidence(r) < limit) for r in rows if r.group in held_out]
    return decisions


def threshold(answerable: Sequence[float], most_wrong: float) -> float:
    """The highest threshold that silences at most the share `most_wrong` of these; without any,
    one that silences nothing."""
    ordered = sorted(answerable)
    return ordered[min(len(ordered) - 1, int(most_wrong * len(ordered)))] if ordered else -1e308


def _below(ordered: Sequence[float], limit: float) -> float:
    return bisect_left(ordered, limit) / len(ordered)


def _confidence(row: Row) -> float:
    return row.confidence if row.confidence is not None else float("-inf")
