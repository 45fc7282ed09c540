"""Many requests in one file, answered in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal, Protocol, TypeAlias, runtime_checkable

from hydrophone.errors import HydrophoneError
from hydrophone.ports.jobs import Job
from hydrophone.types import Event, JsonValue, Principal, Question, RequestContext

BatchStatus: TypeAlias = Literal[
    "validating",
    "failed",
    "in_progress",
    "finalizing",
    "completed",
    "expired",
    "cancelling",
    "cancelled",
]


@dataclass(frozen=True, slots=True)
class BatchError:
    """What is wrong with the input file; `line` is counted from 1."""

    code: str
    message: str
    line: int | None = None
    param: str | None = None


@dataclass(frozen=True, slots=True)
class BatchCounts:
    """How many lines there are, how many have an answer, and how many have ended without one."""

    total: int = 0
    completed: int = 0
    failed: int = 0


@dataclass(frozen=True, slots=True)
class BatchUsage:
    """The tokens of all lines that have ended."""

    input_tokens: int = 0
    output_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class BatchOrder:
    """What a batch is to do. `metadata` is the caller's own; nothing acts on it.

    `keep_output_s`: for how long the files that it makes are kept, if not for the server's time.
    """

    input_file_id: str
    endpoint: str
    metadata: Mapping[str, str] | None = None
    keep_output_s: int | None = None


@dataclass(frozen=True, slots=True)
class Batch:
    """A batch and where it stands. Times are milliseconds since 1970 in UTC.

    When it has ended, `ended_at_ms` is when, and `output_file_id` and `error_file_id` name the
    files with the lines that have an answer, and that have none; a file without lines is not made.
    `expires_at_ms`: lines that have not ended by then are given up.
    """

    id: str
    order: BatchOrder
    status: BatchStatus
    created_at_ms: int
    expires_at_ms: int
    in_progress_at_ms: int | None = None
    finalizing_at_ms: int | None = None
    cancelling_at_ms: int | None = None
    ended_at_ms: int | None = None
    errors: tuple[BatchError, ...] = ()
    counts: BatchCounts = field(default_factory=BatchCounts)
    usage: BatchUsage = field(default_factory=BatchUsage)
    output_file_id: str | None = None
    error_file_id: str | None = None


@dataclass(frozen=True, slots=True)
class BatchList:
    """Some of a caller's batches, the newest first; `more`: older ones lie behind them."""

    batches: tuple[Batch, ...]
    more: bool = False


@dataclass(frozen=True, slots=True)
class BatchReply:
    """What an endpoint says to one line: an HTTP status and a body in JSON."""

    status: int
    body: bytes = field(repr=False)


class BatchEndpoint(Protocol):
    """A door as batches use it: bodies of requests in, bodies of answers out."""

    def question(self, body: Mapping[str, JsonValue]) -> Question:
        """What a line asks. Raises HydrophoneError for what the endpoint would refuse."""

    def refusal(self, error: HydrophoneError) -> BatchReply:
        """What the endpoint says to a request that it refuses."""

    def reply(self, job: Job, question: Question, events: Sequence[Event]) -> BatchReply:
        """What the endpoint says when the events of the job have ended, well or not."""


@runtime_checkable
class DirectEndpoint(Protocol):
    """A door whose requests are no questions: each line is worked on where its turn comes.

    What was broken off is done again under the same request id, which has one row in the ledger
    all the same.
    """

    async def answer(self, body: Mapping[str, JsonValue], context: RequestContext) -> BatchReply:
        """What the endpoint says. Raises HydrophoneError for what it would refuse."""

    def refusal(self, error: HydrophoneError) -> BatchReply:
        """What the endpoint says to a request that it refuses, or that has failed."""


class Batches(Protocol):
    """Answers the lines of files in the background, each once, with one row in the ledger.

    Another caller's batch, or file, does not exist: NotFound. All methods raise StorageError.
    """

    async def create(
        self, order: BatchOrder, principal: Principal, *, idempotency_key: str | None = None
    ) -> Batch:
        """Accept a batch: it is on disk when this returns; its file is looked through later.

        The same key of the same caller again gives the batch that it named first; with another
        order it raises InvalidRequest. So does an endpoint that there is not, and a file of
        another purpose. Raises RateLimited when too many of the caller's batches have not ended.
        """

    async def batch(self, batch_id: str, principal: Principal) -> Batch:
        """Where it stands."""

    async def batches(
        self, principal: Principal, *, limit: int = 20, after: str | None = None
    ) -> BatchList:
        """The caller's batches, the newest first; those behind the batch `after`."""

    async def cancel(self, batch_id: str, principal: Principal) -> Batch:
        """Stop it; what has been answered is kept. Raises InvalidRequest when it has ended."""
