"""The desk: takes jobs in, tells where they stand, and gives out what has come of them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import suppress
from typing import TypeAlias
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.codec import CodecError
from hydrophone.errors import Cancelled, InvalidRequest, RateLimited
from hydrophone.jobs.ending import (
    Books,
    Ending,
    PackedEnding,
    end_columns,
    pack_ending,
    settle,
)
from hydrophone.jobs.errors import NoSuchJob, QueueFull
from hydrophone.jobs.idempotency import check_key
from hydrophone.jobs.packing import (
    PackedQuestion,
    pack_events,
    pack_question,
    read_spent,
    unpack_events,
    unpack_question,
    without_files,
)
from hydrophone.jobs.rows import (
    JobRow,
    NewJob,
    ask_to_cancel,
    count_waiting,
    delete_job,
    find_by_key,
    insert_events,
    insert_job,
    list_jobs,
    load_asked,
    load_events,
    load_job,
)
from hydrophone.jobs.runner import Runner
from hydrophone.ports import Job, JobList, LoggedEvent
from hydrophone.storage.state import State
from hydrophone.stream import failure
from hydrophone.types import (
    Clock,
    Event,
    Failed,
    Finished,
    Principal,
    Question,
    RequestContext,
    new_id,
)

MOST_WAITING = 10_000
MOST_WAITING_EACH = 1_000
MOST_LISTED = 100
LOOK_S = 1.0
RETRY_AFTER_S = 30.0

# Counts a question of a caller. Raises RateLimited for one that comes too soon.
Admit: TypeAlias = Callable[[Question, Principal], None]


class Desk:
    """The ground port `Jobs`, before the queue that the runner works on.

    `admit` is asked for each question that is taken in; one that is there already counts once.
    """

    def __init__(
        self,
        state: State,
        runner: Runner,
        books: Books,
        *,
        most_waiting: int = MOST_WAITING,
        most_waiting_each: int = MOST_WAITING_EACH,
        look_s: float = LOOK_S,
        clock: Clock = time.time,
        admit: Admit | None = None,
    ) -> None:
        self._state = state
        self._runner = runner
        self._books = books
        self._admit = admit
        self._most_waiting = most_waiting
        self._most_waiting_each = most_waiting_each
        self._look_s = look_s
        self._clock = clock

    async def submit(
        self,
        question: Question,
        principal: Principal,
        *,
        door: str,
        idempotency_key: str | None = None,
    ) -> Job:
        """See `Jobs`."""
        check_key(idempotency_key)
        packed = await _packed(question)
        new = NewJob(
            id=new_id(),
            principal=principal,
            door=door,
            model=question.model,
            idempotency_key=idempotency_key,
            asked=packed.body,
            asked_sha256=packed.sha256,
            created_at_ms=round(self._clock() * 1000),
        )
        async with self._state.writing() as connection:
            job = await self._known(connection, new)
            if job is None:
                await self._check_room(connection, principal)
                if self._admit is not None:
                    self._admit(question, principal)
                await insert_job(connection, new)
                job = await _load(connection, new.id, principal)
        self._runner.wake()
        return _shown(job)

    async def _known(self, connection: AsyncConnection, new: NewJob) -> JobRow | None:
        if new.idempotency_key is None:
            return None
        found = await find_by_key(connection, new.principal, new.idempotency_key)
        if found is None:
            return None
        job, asked_sha256 = found
        if asked_sha256 != new.asked_sha256:
            raise InvalidRequest(
                "this idempotency_key was used for another question; take a new one",
                param="idempotency_key",
            )
        return job

    async def _check_room(self, connection: AsyncConnection, principal: Principal) -> None:
        if await count_waiting(connection, principal) >= self._most_waiting_each:
            raise RateLimited(
                f"{self._most_waiting_each} jobs of yours wait already; come again when some of "
                "them are done",
                retry_after_s=RETRY_AFTER_S,
            )
        if await count_waiting(connection) >= self._most_waiting:
            raise QueueFull(f"{self._most_waiting} jobs wait already; try again later")

    async def keep(
        self,
        question: Question,
        context: RequestContext,
        events: Sequence[Event],
        *,
        started_at_ms: int,
        ended_at_ms: int,
    ) -> None:
        """See `Jobs`."""
        last = events[-1]
        if not isinstance(last, Finished | Failed):
            raise ValueError("the answer has no end")
        packed = await _packed(without_files(question) if question.has_media else question)
        log = await asyncio.to_thread(pack_events, events)
        new = NewJob(
            id=context.request_id,
            principal=context.principal,
            door=context.door,
            model=question.model,
            idempotency_key=None,
            asked=packed.body,
            asked_sha256=packed.sha256,
            created_at_ms=started_at_ms,
        )
        end = end_columns(last, len(events), context.meter, ended_at_ms)
        async with self._state.writing() as connection:
            await insert_job(connection, new, {**end, "started_at_ms": started_at_ms})
            await insert_events(connection, new.id, 1, log)

    async def forget(self, job_id: str, principal: Principal) -> None:
        """See `Jobs`."""
        async with self._state.writing() as connection:
            await _load(connection, job_id, principal)
            if not await delete_job(connection, job_id):
                raise InvalidRequest("this has not ended yet; cancel it first")

    async def job(self, job_id: str, principal: Principal) -> Job:
        """See `Jobs`."""
        async with self._state.reading() as connection:
            return _shown(await _load(connection, job_id, principal))

    async def question(self, job_id: str, principal: Principal) -> Question:
        """See `Jobs`."""
        async with self._state.reading() as connection:
            await _load(connection, job_id, principal)
            asked = await load_asked(connection, job_id)
        return await asyncio.to_thread(unpack_question, asked)

    async def jobs(
        self,
        principal: Principal,
        *,
        door: str | None = None,
        limit: int = 20,
        token: str | None = None,
    ) -> JobList:
        """See `Jobs`; at most MOST_LISTED at once."""
        if token is not None and not _is_id(token):
            raise InvalidRequest("this next_token is none of ours", param="next_token")
        limit = max(1, min(limit, MOST_LISTED))
        async with self._state.reading() as connection:
            rows = await list_jobs(connection, principal, door=door, before=token, limit=limit + 1)
        shown = tuple(_shown(row) for row in rows[:limit])
        return JobList(shown, shown[-1].id if len(rows) > limit else None)

    async def events(
        self, job_id: str, principal: Principal, *, after: int = 0
    ) -> AsyncGenerator[LoggedEvent, None]:
        """See `Jobs`."""
        with self._runner.bell.listening(job_id) as rung:
            while True:
                rung.clear()
                async with self._state.reading() as connection:
                    job = await _load(connection, job_id, principal)
                    packs = []
                    if job.events > after:
                        packs = await load_events(connection, job_id, after)
                for first_seq, packed in packs:
                    for seq, event in enumerate(await _unpacked(packed), start=first_seq):
                        if seq > after:
                            yield LoggedEvent(seq, event)
                            after = seq
                if _shown(job).ended:
                    return
                await _wait(rung, self._look_s)

    async def result(self, job_id: str, principal: Principal) -> tuple[Event, ...]:
        """See `Jobs`."""
        if not (await self.job(job_id, principal)).ended:
            return ()
        return tuple([logged.event async for logged in self.events(job_id, principal)])

    async def cancel(self, job_id: str, principal: Principal) -> Job:
        """See `Jobs`."""
        async with self._state.reading() as connection:
            job = await _load(connection, job_id, principal)
            asked = await load_asked(connection, job_id)
        if job.status == "queued":
            packed = await asyncio.to_thread(self._cancelled, job, asked)
            async with self._state.writing() as connection:
                await settle(connection, packed)
        async with self._state.writing() as connection:
            await ask_to_cancel(connection, job_id)
            job = await _load(connection, job_id, principal)
        self._runner.cancel(job_id)
        self._runner.bell.ring(job_id)
        return _shown(job)

    def _cancelled(self, job: JobRow, asked: bytes) -> PackedEnding:
        """The end of a job that nobody works on."""
        meter = read_spent(job.spent)
        context = RequestContext(job.principal, request_id=job.id, meter=meter)
        ending = Ending(
            job=job,
            question=unpack_question(asked),
            meter=meter,
            logged=job.events,
            events=(),
            last=failure(Cancelled("the job was cancelled"), context),
            ended_at_ms=round(self._clock() * 1000),
        )
        return pack_ending(ending, self._books)


async def _load(connection: AsyncConnection, job_id: str, principal: Principal) -> JobRow:
    job = await load_job(connection, job_id, principal)
    if job is None:
        raise NoSuchJob("there is no such job, or its results are no longer kept")
    return job


async def _packed(question: Question) -> PackedQuestion:
    try:
        return await asyncio.to_thread(pack_question, question)
    except CodecError as error:
        raise InvalidRequest(f"the question cannot be stored: {error.message}") from error


async def _unpacked(packed: bytes) -> list[Event]:
    return await asyncio.to_thread(unpack_events, packed)


async def _wait(rung: asyncio.Event, most_s: float) -> None:
    # Python 3.11's wait_for() may lose a cancellation that comes in the moment of the timeout.
    with suppress(TimeoutError):
        async with asyncio.timeout(most_s):
            await rung.wait()


def _shown(row: JobRow) -> Job:
    return Job(
        id=row.id,
        door=row.door,
        model=row.model,
        status=row.status,
        created_at_ms=row.created_at_ms,
        started_at_ms=row.started_at_ms,
        ended_at_ms=row.ended_at_ms,
        events=row.events,
        error_code=row.error_code,
        error=row.error,
        pro_search=read_spent(row.spent).pro_search,
    )


def _is_id(token: str) -> bool:
    try:
        return str(UUID(token)) == token
    except ValueError:
        return False
