"""The Protocols at the waist: doors know these, `types` and `errors`, and nothing else of us.

`Jobs` joins them when the first room implements it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Literal, Protocol

from hydrophone.types import (
    CollectionInfo,
    Event,
    Image,
    Notice,
    Price,
    Principal,
    Question,
    RequestContext,
    SearchOptions,
    SearchResult,
    Secret,
    SourceKind,
    Video,
)


class Answerer(Protocol):
    """Answers a question with a stream of events."""

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Enter to start the work and get its events; leave to stop it.

        Never raises for what goes wrong with the question: the last event says it.
        """


@dataclass(frozen=True, slots=True)
class SearchOutcome:
    """Results, best first, each URL once; `notices` say what could not be searched.

    `by_query` has the results of each query by itself, in the order of the queries, where
    `SearchOptions.by_query` asks for them; else it is empty.
    """

    results: tuple[SearchResult, ...]
    notices: tuple[Notice, ...] = ()
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()
    by_query: tuple[tuple[SearchResult, ...], ...] = ()


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


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """Where an ingest stands. `item` is the path or URL that `state` is about."""

    state: Literal["added", "unchanged", "failed", "embedding", "done"]
    item: str = ""
    message: str = ""
    documents: int = 0
    failures: int = 0
    vectors_done: int = 0
    vectors_total: int = 0


class Library(Protocol):
    """Own documents: what is there, what comes in, what goes out."""

    async def collections(self) -> Sequence[CollectionInfo]:
        """What is indexed, by collection, in the order of their names."""

    def ingest(self, items: Sequence[str], *, collection: str) -> AsyncIterator[IngestProgress]:
        """Add files, folders, URLs and JSON-lines files; tell of each document as it is done.

        When `added` is told, the document is on disk and will be found by its words after any
        crash. A document that cannot be read is told as `failed`, and the others go on.
        """

    async def delete(self, *, collection: str | None = None, url_prefix: str | None = None) -> int:
        """Delete documents for good and return how many. Raises InvalidRequest without a filter."""


@dataclass(frozen=True, slots=True)
class ModelCard:
    """A model id that can be asked; `created` is seconds since 1970.

    `thinks_aloud`: its thoughts belong into the text, between `<think>` and `</think>`.
    """

    id: str
    created: int
    owned_by: str
    context_tokens: int | None = None
    max_output_tokens: int | None = None
    price: Price = field(default_factory=Price)
    thinks_aloud: bool = False


class Models(Protocol):
    """The models that can be asked."""

    def cards(self) -> Sequence[ModelCard]:
        """All of them, in the order in which they are shown."""

    def card(self, model: str) -> ModelCard:
        """The one with this id. Raises InvalidModel."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brings to say who it is. Header values as they came."""

    bearer: Secret | None
    malformed: bool = False


class Accounts(Protocol):
    """Who asks, and may they."""

    async def identify(self, credentials: Credentials) -> Principal:
        """Who this is.

        Raises AuthenticationError (401) for a missing, malformed or wrong key, and NotConfigured
        (503) when keys are required and none exists.
        """

    @property
    def open(self) -> bool:
        """True when anybody on this machine may ask without a key."""


@dataclass(frozen=True, slots=True)
class House:
    """What every door is given; the other ports join when a door uses them."""

    answerer: Answerer
    accounts: Accounts
    models: Models
    searcher: Searcher | None = None
    stats: Stats | None = None
