"""How far a measured mean may be from the truth, and percentiles."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers: TypeAlias = NDArray[np.float64]
    Codes: TypeAlias = NDArray[np.int64]

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


def ratio(
    numerators: Sequence[float],
    denominators: Sequence[float],
    groups: Sequence[str],
    seed: int = SEED,
    *,
    share: bool = True,
) -> Estimate:
    """The sum of the numerators over that of the denominators, and its interval by a bootstrap over
    the groups: what belongs together is drawn together.

    Where every `share` is 0 or every one is 1 no drawing can tell anything; the interval is then
    Wilson's (1927) for so many groups. Raises ValueError when the denominators come to nothing.
    """
    import numpy as np

    if not sum(denominators):
        raise ValueError("there is nothing to take the share of")
    above, below = _sums(numerators, groups), _sums(denominators, groups)
    mean = float(above.sum() / below.sum())
    if share and (bool((above == 0).all()) or bool((above == below).all())):
        return Estimate(mean, *wilson(mean, int((below > 0).sum())))
    dice = np.random.default_rng(seed)
    means: list[float] = []
    for _ in range(0, RESAMPLES, _AT_ONCE):
        drawn = dice.integers(0, len(above), (_AT_ONCE, len(above)))
        tops, bottoms = above[drawn].sum(axis=1), below[drawn].sum(axis=1)
        means += (tops[bottoms > 0] / bottoms[bottoms > 0]).tolist()
    low, high = np.percentile(means, (2.5, 97.5))
    return Estimate(mean, float(low), float(high))


def difference(
    new: Sequence[tuple[float, float]],
    old: Sequence[tuple[float, float]],
    groups: Sequence[str],
    seed: int = SEED,
) -> Estimate:
    """The new share less the old one, of the same questions in both (numerator, denominator), and
    its interval by a bootstrap over the groups, both runs drawn together."""
    import numpy as np

    sums = [_sums([part[n] for part in run], groups) for run in (new, old) for n in (0, 1)]
    dice = np.random.default_rng(seed)
    found: list[float] = []
    for _ in range(0, RESAMPLES, _AT_ONCE):
        drawn = dice.integers(0, len(sums[0]), (_AT_ONCE, len(sums[0])))
        top, bottom, old_top, old_bottom = (each[drawn].sum(axis=1) for each in sums)
        found += (top / bottom - old_top / old_bottom).tolist()
    low, high = np.percentile(found, (2.5, 97.5))
    top, bottom, old_top, old_bottom = (float(each.sum()) for each in sums)
    return Estimate(top / bottom - old_top / old_bottom, float(low), float(high))


def wilson(share: float, count: int, z: float = 1.959964) -> tuple[float, float]:
    """Wilson's score interval of a share among `count`."""
    if not count:
        return 0.0, 1.0
    below = 1 + z * z / count
    middle = (share + z * z / (2 * count)) / below
    spread = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count)) / below
    return max(0.0, middle - spread), min(1.0, middle + spread)


def quantile(
    values: Sequence[float], groups: Sequence[str], percent: float, seed: int = SEED
) -> Estimate:
    """A percentile (nearest rank) and its interval by a bootstrap over the groups."""
    import numpy as np

    codes, members = _members(groups)
    measured = np.asarray(values, np.float64)
    pools = [measured[codes == code] for code in range(members)]
    dice = np.random.default_rng(seed)
    found = []
    for _ in range(RESAMPLES // 4):
        drawn = np.concatenate([pools[n] for n in dice.integers(0, members, members)])
        rank = _rank(len(drawn), percent)
        found.append(float(np.partition(drawn, rank)[rank]))
    low, high = np.percentile(found, (2.5, 97.5))
    return Estimate(percentile(values, percent), float(low), float(high))


def _sums(values: Sequence[float], groups: Sequence[str]) -> Numbers:
    import numpy as np

    codes, members = _members(groups)
    sums = np.zeros(members)
    np.add.at(sums, codes, np.asarray(values, np.float64))
    return sums


def _members(groups: Sequence[str]) -> tuple[Codes, int]:
    """A number from 0 on for the group of each value, and how many groups there are."""
    import numpy as np

    known = {group: code for code, group in enumerate(dict.fromkeys(groups))}
    return np.asarray([known[group] for group in groups], np.int64), len(known)


def percentile(values: Sequence[float], percent: float) -> float:
    """The smallest value that at least `percent` of all do not exceed (nearest rank)."""
    if not values:
        raise ValueError("there is nothing to take a percentile of")
    return sorted(values)[_rank(len(values), percent)]


def _rank(count: int, percent: float) -> int:
    """Where the nearest rank is among so many sorted values."""
    return max(1, math.ceil(percent / 100 * count)) - 1
