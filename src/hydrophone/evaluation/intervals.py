"""How far a measured mean may be from the truth, and percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

RESAMPLES = 2_000
SEED = 20_260_101
_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Estimate:
    """A mean over questions, and the interval that holds the true one with 95 % confidence."""

    mean: float
    low: float
    high: float


def estimate(values: Sequence[float]) -> Estimate:
    """The mean and its percentile bootstrap interval (Efron 1979), the same for the same values.

    `values` holds one measure a question. Raises ValueError when it is empty.
    """
    import numpy as np

    if not values:
        raise ValueError("there is nothing to take the mean of")
    measured = np.asarray(values, np.float64)
    dice = np.random.default_rng(SEED)
    means = np.empty(RESAMPLES)
    for start in range(0, RESAMPLES, _AT_ONCE):
        drawn = dice.integers(0, len(measured), (_AT_ONCE, len(measured)))
        means[start : start + _AT_ONCE] = measured[drawn].mean(axis=1)
    low, high = np.percentile(means, (2.5, 97.5))
    return Estimate(float(measured.mean()), float(low), float(high))


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed (nearest rank)."""
    if not values:
        raise ValueError("there is nothing to take a percentile of")
    rank = max(1, math.ceil(percent / 100 * len(values)))
    return sorted(values)[rank - 1]
