"""One list of the results of several queries, in which each has its share."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from hydrophone.search.merge import same_page_key
from hydrophone.types import SearchResult


def shared_out(
    lists: Sequence[Sequence[SearchResult]], wanted: int, for_others: int
) -> list[SearchResult]:
    """One list of `wanted` results of several lists, each page once: the others take turns for
    `for_others` places behind the first. Places that nobody else fills are the first one's again.
    """
    first = list(islice(_fresh(lists[0], set()), wanted))
    kept = first[: wanted - for_others] if len(lists) > 1 else first
    seen = {same_page_key(result.url) for result in kept}
    turns = [_fresh(results, seen) for results in lists[1:]]
    while turns and len(kept) < wanted:
        turns = [turn for turn in turns if _take(turn, kept, wanted)]
    rest = _fresh(first, seen)
    return [*kept, *islice(rest, wanted - len(kept))]


def _take(turn: Iterator[SearchResult], kept: list[SearchResult], wanted: int) -> bool:
    """Whether the turn had one more page, or the places are full."""
    if len(kept) == wanted:
        return True
    result = next(turn, None)
    if result is not None:
        kept.append(result)
    return result is not None


def _fresh(results: Sequence[SearchResult], seen: set[str]) -> Iterator[SearchResult]:
    for result in results:
        key = same_page_key(result.url)
        if key not in seen:
            seen.add(key)
            yield result
