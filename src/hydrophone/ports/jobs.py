"""Questions that are answered in the background."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hydrophone.types import Event, Principal, Question, RequestContext

JobStatus = Literal["queued", "running", "done", "failed", "cancelled"]


@dataclass(frozen=True, slots=True)
class Job:
    """A question that is answered in the background. Times are milliseconds since 1970 in UTC.

    `events` is how many events can be read. `error_code` and `error` tell of a failed one.
    `pro_search`: its search went in several rounds, which has a price of its own.
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
    pro_search: bool = False

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

    async def keep(
        self,
        question: Question,
        context: RequestContext,
        events: Sequence[Event],
        *,
        started_at_ms: int,
        ended_at_ms: int,
    ) -> None:
        """Keep an answer that was given at once, as a job that has ended under its request's id.

        `events` are all of it, with its end. Nothing is written to the ledger, where the gate has
        written the request's row. Raises InvalidRequest for a question that cannot be stored.
        """

    async def forget(self, job_id: str, principal: Principal) -> None:
        """Delete a job that has ended, with what was asked and answered; its row in the ledger
        stays. Raises InvalidRequest while it has not ended."""

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
    ) -> AsyncGenerator[LoggedEvent, None]:
        """The events behind number `after` as they come, up to the last one.

        What can be read stays: a job that is taken up again after a crash goes on behind it. The
        text comes a section at a time, or whole where the answerer cannot go on with it. Who
        leaves before the end closes it.
        """

    async def result(self, job_id: str, principal: Principal) -> tuple[Event, ...]:
        """All events of a job that has ended, else none."""

    async def cancel(self, job_id: str, principal: Principal) -> Job:
        """Stop a job that has not ended; one that runs ends a little later."""
