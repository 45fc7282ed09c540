"""The Protocols at the waist: doors know these, `types` and `errors`, and nothing else of us."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol, runtime_checkable

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


@runtime_checkable
class Resumable(Answerer, Protocol):
    """An answerer that can go on with some of its answers when they were broken off."""

    def resumes(self, question: Question) -> bool:
        """Whether this question's answer can be gone on with; `resume` is for these alone."""

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Enter to go on behind `so_far`, events of the same question that have no last one yet.

        What comes are the events behind them, under the rules of one stream: sources keep their
        numbers, spans count from the beginning of the whole text, and nothing that was said is said
        again. `so_far` should end where a section does: at the `StepResult` of a `Step` of kind
        "write". Text behind the last such place is kept, and its section not gone on with. Its last
        event may be a `Step` without its result: that step is done again, and not told again.
        `context.meter` has counted what was spent before.
        """


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


JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Job:
    """A question that is answered in the background. Times are milliseconds since 1970 in UTC.

    `events` is how many events can be read. `error_code` and `error` tell of a failed one.
    """

    id: str
    door: str
    model: str
    status: JobStatus
    created_at_ms: int
    started_at_ms: int | None = None
    ended_at_ms: int | None = None
    events: int = 0
    error_code: str | None = None
    error: str | None = None

    @property
    def ended(self) -> bool:
        """Whether nothing will come of it any more."""
        return self.status not in ("queued", "running")


@dataclass(frozen=True, slots=True)
class JobList:
    """Some of a caller's jobs, the newest first; `next_token` gives those behind them."""

    jobs: tuple[Job, ...]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class LoggedEvent:
    """An event of a job under its number, from 1 upwards; it never changes."""

    seq: int
    event: Event


class Jobs(Protocol):
    """Answers questions in the background. Another caller's job does not exist: NotFound.

    A job that was accepted survives any crash and reaches exactly one end, with one row in the
    ledger. All methods raise StorageError.
    """

    async def submit(
        self,
        question: Question,
        principal: Principal,
        *,
        door: str,
        idempotency_key: str | None = None,
    ) -> Job:
        """Accept a question: it is on disk when this returns.

        The same key of the same caller again gives the job that it named first; with another
        question it raises InvalidRequest. Raises RateLimited when too many of the caller's jobs
        wait and QueueFull when too many of all do. No credential is kept, so the answer must not
        need one.
        """

    async def job(self, job_id: str, principal: Principal) -> Job:
        """Where it stands."""

    async def question(self, job_id: str, principal: Principal) -> Question:
        """What was asked; attached files are gone from it when the job has ended."""

    async def jobs(
        self,
        principal: Principal,
        *,
        door: str | None = None,
        limit: int = 20,
        token: str | None = None,
    ) -> JobList:
        """The caller's jobs, the newest first, of one door or of all.

        `token` is the `next_token` of the list before. Raises InvalidRequest for another one.
        """

    def events(
        self, job_id: str, principal: Principal, *, after: int = 0
    ) -> AsyncIterator[LoggedEvent]:
        """The events behind number `after` as they come, up to the last one.

        What can be read stays: a job that is taken up again after a crash goes on behind it. The
        text comes a section at a time, or whole where the answerer cannot go on with it.
        """

    async def result(self, job_id: str, principal: Principal) -> tuple[Event, ...]:
        """All events of a job that has ended, else none."""

    async def cancel(self, job_id: str, principal: Principal) -> Job:
        """Stop a job that has not ended; one that runs ends a little later."""


@dataclass(frozen=True, slots=True)
class KeptPage:
    """The text of one version of a document, as a citation points into it.

    `version` is the SHA-256 of the text in UTF-8, in hex. `read_at` is when the page was read; of
    own documents, when this version was stored.
    """

    version: str
    url: str
    title: str
    text: str = field(repr=False)
    read_at: datetime


class KeptPages(Protocol):
    """The pages that citations point into."""

    async def page(self, version: str, principal: Principal) -> KeptPage:
        """The text behind a version of a citation that this caller was given.

        Raises NotFound when it is not kept, or was cited to another caller only.
        """


@dataclass(frozen=True, slots=True)
class House:
    """What every door is given; the other ports join when a door uses them."""

    answerer: Answerer
    accounts: Accounts
    models: Models
    searcher: Searcher | None = None
    stats: Stats | None = None
    kept_pages: KeptPages | None = None
