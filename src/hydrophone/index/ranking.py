"""The order of matches."""

from __future__ import annotations

from collections.abc import Iterable

from hydrophone.index.base import Match


def rank(matches: Iterable[tuple[float, int]], k: int) -> list[Match]:
    """The k best of (score, passage id), equal scores by ascending id."""
    best = sorted(matches, key=lambda match: (-match[0], match[1]))[:k]
    return [Match(str(passage_id), float(score)) for score, passage_id in best]
