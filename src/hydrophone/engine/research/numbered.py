"""One numbering for all rounds: a page that was found keeps its number, later ones come behind."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from hydrophone.search.merge import same_page_key
from hydrophone.types import Passage, SearchResult, Source

# A page that is found for one part after the other gets this many times as long at most.
_MORE_PASSAGES = 3


class Numbered:
    """The sources of a report while they are found; at most `most`."""

    def __init__(self, results: Iterable[SearchResult], most: int | None = None) -> None:
        self._most = most
        self._by_key: dict[str, SearchResult] = {}
        self.add(results)

    def __len__(self) -> int:
        return len(self._by_key)

    @property
    def results(self) -> list[SearchResult]:
        """In the order of their numbers."""
        return list(self._by_key.values())

    @property
    def sources(self) -> list[Source]:
        """The results under their numbers."""
        return [Source(n, result) for n, result in enumerate(self.results, start=1)]

    def add(self, results: Iterable[SearchResult]) -> int:
        """Number what is new, and add to what is known the passages found now; how many are new."""
        before = len(self._by_key)
        for result in results:
            key = same_page_key(result.url)
            known = self._by_key.get(key)
            if known is not None:
                self._by_key[key] = replace(known, passages=_both(known.passages, result.passages))
            elif self._most is None or len(self._by_key) < self._most:
                self._by_key[key] = result
        return len(self._by_key) - before


def _both(known: Sequence[Passage], found: Sequence[Passage]) -> tuple[Passage, ...]:
    """The passages without repetition; those of another version than the first one's stay out, as
    their places would say nothing of each other."""
    ids = {passage.id for passage in known}
    version = known[0].version if known else None
    fresh = [one for one in found if one.id not in ids and version in (None, one.version)]
    return (*known, *fresh)[: max(len(known), _MORE_PASSAGES * max(1, len(found)))]
