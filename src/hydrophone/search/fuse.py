"""Making one ranking of two: standardised word and vector scores, averaged with a weight.

Over all candidates of either list, each kind of score is shifted and scaled to mean 0 and standard
deviation 1 (the z-score), so that a list whose scores lie close together counts no less than one
whose scores are far apart. It needs the similarity of what only the words found; by ranks, or with
0 in its place, the same candidates are ranked worse. `docs/quality.md` has the figures.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from statistics import fmean

WORDS_WEIGHT = 0.3


def scaled(scores: Mapping[str, float]) -> dict[str, float]:
    """The scores scaled so that the lowest is 0 and the highest 1; all 1 when they are equal."""
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    if high == low:
        return dict.fromkeys(scores, 1.0)
    return {key: (score - low) / (high - low) for key, score in scores.items()}


def standardised(scores: Mapping[str, float]) -> dict[str, float]:
    """The scores as standard deviations from their mean; all 0 when they are equal."""
    mean = fmean(scores.values())
    deviation = math.sqrt(fmean((score - mean) ** 2 for score in scores.values()))
    if not deviation:
        return dict.fromkeys(scores, 0.0)
    return {key: (score - mean) / deviation for key, score in scores.items()}


def fuse(
    words: Mapping[str, float], vectors: Mapping[str, float], *, words_weight: float = WORDS_WEIGHT
) -> dict[str, float]:
    """One score in 0…1 for each passage of either list. With one list empty, the other's scores.

    A passage that holds no word of the query has 0 for its words. One whose vector is still to be
    made is judged by its words alone: while documents are being embedded, those that wait keep
    their places.
    """
    if not vectors or not words:
        return scaled(words or vectors)
    keys = dict.fromkeys([*words, *vectors])
    by_words = standardised({key: words.get(key, 0.0) for key in keys})
    by_vectors = {**by_words, **standardised(vectors)}
    return scaled(
        {key: words_weight * by_words[key] + (1 - words_weight) * by_vectors[key] for key in keys}
    )


def best_of(scores: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """For several queries: each passage with the best score that any query gave it."""
    best: dict[str, float] = {}
    for one in scores:
        for key, score in one.items():
            best[key] = max(score, best.get(key, 0.0))
    return best


def ranked(scores: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    """Best first; equal scores by their ids, shorter ones (older passages) first, so that the
    order is always the same."""
    return sorted(scores.items(), key=lambda item: (-item[1], len(item[0]), item[0]))
