"""What a search provider is: one question to one service, one list of pages back."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal, Protocol

from hydrophone.types import Filter, Image, SearchResult, SourceKind, Video

Push = Literal["domains", "path", "dates", "modified", "recency", "language", "country", "safe"]
"""A part of a query that a provider applies itself, so that little is lost to the filter after."""


def _now() -> datetime:
    return datetime.now(UTC)


@dataclass(frozen=True, slots=True)
class ProviderQuery:
    """One search. `page` counts from 0; `count` results are wanted on it, at most.

    `kinds` are those that the caller wants and the provider serves. `country` is ISO 3166 alpha-2
    in capitals. `now` (UTC) is what `filter.recency` looks back from; two queries that differ in it
    alone are equal.
    """

    text: str
    count: int = 10
    filter: Filter = field(default_factory=Filter)
    country: str | None = None
    safe: bool | None = None
    kinds: frozenset[SourceKind] = frozenset({"web"})
    images: bool = False
    videos: bool = False
    page: int = 0
    now: datetime = field(default_factory=_now, compare=False)

    @property
    def language(self) -> str | None:
        """The one language that is wanted; None when any is, or one of several."""
        return self.filter.languages[0] if len(self.filter.languages) == 1 else None


@dataclass(frozen=True, slots=True)
class ProviderAnswer:
    """What a provider found, best first.

    `unresponsive` names engines behind it that failed, and why. `exhausted`: a later page would
    have nothing more. `suggestions` are questions and queries that it thinks one may go on with.
    """

    results: tuple[SearchResult, ...] = ()
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()
    unresponsive: tuple[tuple[str, str], ...] = ()
    exhausted: bool = False
    suggestions: tuple[str, ...] = ()


class SearchProvider(Protocol):
    """A service that searches. Its results may break the query's filter: the caller checks them.

    Neither deadline nor retries are its business; being cancelled is.
    """

    @property
    def name(self) -> str:
        """Names it to people and in `/stats`; one word in lower case."""

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """The kinds of sources that it finds."""

    @property
    def pushes(self) -> frozenset[Push]:
        """What it applies itself."""

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of results. Raises ProviderFailed and its subclasses, and nothing else."""

    async def close(self) -> None:
        """Let go of its connections."""
