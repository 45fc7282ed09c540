"""How good a ranking is, against what people judged relevant. Pure functions, no rounding.

A ranking is a sequence of document names, best first, each at most once. `relevant` maps the name
of each relevant document to its grade, a number above 0. All measures lie in 0…1.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import islice


def ndcg(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """Normalised discounted cumulative gain of the first k (Järvelin and Kekäläinen 2002).

    The gain is the grade itself and the discount log2(rank + 1), as trec_eval's `ndcg_cut` has it.
    """
    best = _discounted(sorted(relevant.values(), reverse=True), k)
    return _discounted((relevant.get(name, 0) for name in ranking), k) / best if best else 0.0


def recall(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """The share of the relevant documents that are among the first k."""
    if not relevant:
        return 0.0
    return sum(name in relevant for name in ranking[:k]) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevant: Mapping[str, int], k: int) -> float:
    """1 / rank of the first relevant document, 0 when none is among the first k."""
    ranks = (rank for rank, name in enumerate(ranking[:k], start=1) if name in relevant)
    first = next(ranks, None)
    return 0.0 if first is None else 1 / first


def _discounted(gains: Iterable[int], k: int) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(islice(gains, k), start=1))
