"""Lines that ask a question: each becomes a job, and the job's end becomes the line's."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress

from hydrophone.errors import HydrophoneError, NotFound, RateLimited, StorageError
from hydrophone.jobs.batches.line_rows import LinePlace, list_asked, note_job
from hydrophone.jobs.batches.line_work import DOOR, LineDesk, usage_of
from hydrophone.jobs.errors import QueueFull
from hydrophone.ports import BatchEndpoint, BatchReply, BatchUsage, Job, Jobs
from hydrophone.types import Event, Failed, Finished, Question, new_id

PAUSE_S = 1.0
_log = logging.getLogger(__name__)


class JobLines:
    """Implements `Lines` over the queue of jobs."""

    def __init__(self, desk: LineDesk, jobs: Jobs, endpoint: BatchEndpoint) -> None:
        self._desk = desk
        self._jobs = jobs
        self._endpoint = endpoint
        self._asked: set[str] = set()

    async def answer(self, place: LinePlace) -> None:
        """See `Lines`."""
        job = await self._job_of(place)
        if job is None:
            return
        self._asked.add(job.id)
        if self._desk.stopping.is_set():
            await self._cancel(job.id)
        await self._end(place, job)
        self._asked.discard(job.id)

    async def stop(self) -> None:
        """See `Lines`."""
        for job_id in tuple(self._asked):
            await self._cancel(job_id)

    async def settle(self) -> None:
        """See `Lines`. What was asked by who held the batch before may have ended well."""
        async with self._desk.state.reading() as connection:
            places = await list_asked(connection, self._desk.lease.batch_id)
        for place in places:
            job = await self._job_of(place)
            if job is not None:
                await self._cancel(job.id)
                await self._end(place, job)

    async def _job_of(self, place: LinePlace) -> Job | None:
        """The job that answers the line; None when there will be none: the endpoint refuses it,
        and the line has ended, or the batch is to stop, and it has not."""
        desk = self._desk
        if place.job_id is not None:
            try:
                return await self._jobs.job(place.job_id, desk.principal)
            except NotFound:
                _log.warning("the job of line %d of %s is gone", place.number, desk.lease.batch_id)
        try:
            question = await asyncio.to_thread(self._question, place)
            job = await self._submitted(question, place)
        except StorageError:
            raise
        except HydrophoneError as error:
            await desk.end(place, new_id(), self._endpoint.refusal(error), BatchUsage())
            return None
        if job is not None:
            async with desk.state.writing() as connection:
                await note_job(connection, desk.lease.batch_id, place.number, job.id)
        return job

    async def _submitted(self, question: Question, place: LinePlace) -> Job | None:
        """The job, as soon as there is room for it in the queue and its caller may ask; None when
        the batch stops."""
        key = f"{self._desk.lease.batch_id}:{place.number}"
        stopping = self._desk.stopping
        while not stopping.is_set():
            try:
                return await self._jobs.submit(
                    question, self._desk.principal, door=DOOR, idempotency_key=key
                )
            except (RateLimited, QueueFull):
                with suppress(TimeoutError):
                    async with asyncio.timeout(PAUSE_S):
                        await stopping.wait()
        return None

    async def _end(self, place: LinePlace, job: Job) -> None:
        """Wait for the end of the line's job, and make it the line's; but for a job that was
        cancelled because the batch is to stop."""
        principal = self._desk.principal
        events = [logged.event async for logged in self._jobs.events(job.id, principal)]
        job = await self._jobs.job(job.id, principal)
        if job.status == "cancelled" and self._desk.stopping.is_set():
            return
        question = await self._jobs.question(job.id, principal)
        reply = await asyncio.to_thread(self._reply, place, job, question, events)
        last = events[-1]
        usage = usage_of(last.usage) if isinstance(last, Finished | Failed) else BatchUsage()
        await self._desk.end(place, job.id, reply, usage)
        await self._forget(job)

    def _question(self, place: LinePlace) -> Question:
        body = self._desk.body(place)
        try:
            return self._endpoint.question(body)
        except HydrophoneError:
            raise
        except Exception as error:
            raise self._desk.defect(place, error) from error

    def _reply(
        self, place: LinePlace, job: Job, question: Question, events: Sequence[Event]
    ) -> BatchReply:
        try:
            return self._endpoint.reply(job, question, events)
        except Exception as error:
            return self._endpoint.refusal(self._desk.defect(place, error))

    async def _cancel(self, job_id: str) -> None:
        with suppress(NotFound):
            await self._jobs.cancel(job_id, self._desk.principal)

    async def _forget(self, job: Job) -> None:
        """The answer is with the line now; it need not lie here twice."""
        try:
            await self._jobs.forget(job.id, self._desk.principal)
        except HydrophoneError as error:
            _log.warning("the job %s of a batch stays until it is too old: %s", job.id, error)
