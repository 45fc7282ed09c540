"""What counts in a ranking beside how well a passage fits: its age, who links to it, its doubles.

The fit decides; freshness and authority move neighbours past each other and no more. A page that
does not tell its date is neither helped nor held back against old ones. What two pages say in
nearly the same words is shown once, in the newer one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hydrophone.index.base import IndexedPassage

# Two texts are nearly the same when they share so much of their runs of three words (Jaccard).
SAME_SHARE = 0.8
_WORD = re.compile(r"\w+")
_NO_WORD = {n: " " for n in range(128) if not _WORD.match(chr(n))}
_UNDATED = datetime.min.replace(tzinfo=UTC)
_DAY_S = 86_400.0


@dataclass(frozen=True, slots=True)
class RankWeights:
    """How much a new page, and one that all others link to, gain on a fit from 0 to 1.

    Freshness halves with every `half_life_days` of a page's age.
    """

    freshness: float = 0.02
    authority: float = 0.02
    half_life_days: float = 365.0


DEFAULT_WEIGHTS = RankWeights()


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage and its score."""

    indexed: IndexedPassage
    score: float


def rank(
    passages: Iterable[IndexedPassage],
    fits: Mapping[str, float],
    now: datetime,
    weights: RankWeights = DEFAULT_WEIGHTS,
) -> list[Ranked]:
    """The passages best first, of those that say the same only one; the best one's score is 1.

    `fits` are from 0 to 1, by passage id. Equal scores come by date, the newest first, then by
    authority, then by id, so that the order is always the same.
    """
    scored = [
        Ranked(indexed, fits[indexed.passage.id] + _gain(indexed, now, weights))
        for indexed in passages
    ]
    scored.sort(key=lambda one: (-one.score, *_standing(one.indexed)))
    best = scored[0].score if scored else 0.0
    return [Ranked(one.indexed, one.score / (best or 1.0)) for one in fold(scored)]


def fold(ranked: Sequence[Ranked]) -> list[Ranked]:
    """Of passages that say nearly the same only the newest, in the place of the best of them."""
    groups: list[tuple[_Wording, list[Ranked]]] = []
    for one in ranked:
        wording = _Wording(one.indexed.passage.text)
        # Nearly all do not share half of their words: that is quicker to see.
        half = len(wording.distinct) / 2
        for first, members in groups:
            if len(wording.distinct & first.distinct) >= half and wording.nearly_same(first):
                members.append(one)
                break
        else:
            groups.append((wording, [one]))
    return [_spokesman(members) for _, members in groups]


def _words(text: str) -> list[str]:
    if text.isascii():  # the same, in a quarter of the time
        return text.translate(_NO_WORD).split()
    return _WORD.findall(text)


class _Wording:
    """The words of a text, to be compared with another's."""

    __slots__ = ("_runs", "_words", "distinct")

    def __init__(self, text: str) -> None:
        self._words = _words(text.casefold())
        self.distinct = frozenset(self._words)
        self._runs: set[tuple[str, ...]] | None = None

    def nearly_same(self, other: _Wording) -> bool:
        """Whether they share most of their runs of three words."""
        shared = len(self.runs & other.runs)
        return shared >= SAME_SHARE * (len(self.runs) + len(other.runs) - shared)

    @property
    def runs(self) -> set[tuple[str, ...]]:
        """The runs of three words; a shorter text is one run."""
        if self._runs is None:
            words = self._words
            self._runs = set(zip(words, words[1:], words[2:], strict=False)) or {tuple(words)}
        return self._runs


def newest_date(indexed: IndexedPassage) -> datetime | None:
    """When the page was last changed, as far as it tells."""
    known = [moment for moment in (indexed.published, indexed.modified) if moment is not None]
    return max(known, default=None)


def _gain(indexed: IndexedPassage, now: datetime, weights: RankWeights) -> float:
    gain = weights.authority * min(1.0, max(0.0, indexed.authority))
    date = newest_date(indexed)
    if date is not None:
        age_days = max(0.0, (now - date).total_seconds() / _DAY_S)
        gain += weights.freshness * 0.5 ** (age_days / weights.half_life_days)
    return gain


def _standing(indexed: IndexedPassage) -> tuple[float, float, int, str]:
    """Sorts what is equal otherwise; ids count up, so shorter ones are older."""
    newest = (newest_date(indexed) or _UNDATED) - _UNDATED
    return -newest.total_seconds(), -indexed.authority, len(indexed.passage.id), indexed.passage.id


def _spokesman(members: Sequence[Ranked]) -> Ranked:
    newest = min(members, key=lambda one: _standing(one.indexed)[:2])
    return Ranked(newest.indexed, members[0].score)
