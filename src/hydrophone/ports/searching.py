"""Who finds pages, and how the providers of a search do."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hydrophone.types import (
    Image,
    Notice,
    RequestContext,
    SearchOptions,
    SearchResult,
    SourceKind,
    Video,
)


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """Results, best first, each URL once; `notices` say what could not be searched.

    `by_query` has the results of each query by itself, in the order of the queries, where
    `SearchOptions.by_query` asks for them; else it is empty. `suggestions` are questions and
    queries that providers think one may go on with.
    """

    results: tuple[SearchResult, ...]
    notices: tuple[Notice, ...] = ()
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()
    by_query: tuple[tuple[SearchResult, ...], ...] = ()
    suggestions: tuple[str, ...] = ()


class Searcher(Protocol):
    """Finds pages for one or more queries."""

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """Search for all queries at once and fuse what they find.

        No result breaks `options.filter`. Same queries, same index: same results in the same
        order. Raises InvalidRequest when there is no query.
        """


ProviderStanding = Literal["ok", "untried", "failing", "resting"]


@dataclass(frozen=True, slots=True)
class ProviderState:
    """How a search provider does since the process began.

    `resting`: it failed and is left alone for `resting_s` more seconds. `failing`: its last call
    failed. `p50_ms` is the median of its last answers' times.
    """

    name: str
    kinds: tuple[SourceKind, ...]
    state: ProviderStanding
    resting_s: float = 0.0
    calls: int = 0
    failures: int = 0
    from_cache: int = 0
    p50_ms: float | None = None
    last_error: str = ""


class Stats(Protocol):
    """How this process does."""

    async def providers(self) -> Sequence[ProviderState]:
        """The search providers, in the order of their names."""
