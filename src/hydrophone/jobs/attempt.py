"""One attempt at a job: the answer is worked on, and its events are logged a section at a time.

Where the answerer cannot go on with an answer, nothing of it is logged before it is whole, so an
attempt that starts over contradicts nobody.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

from hydrophone.codec import CodecError
from hydrophone.errors import Cancelled, StorageError
from hydrophone.jobs.bell import Bell
from hydrophone.jobs.ending import Books, Ending, PackedEnding, pack_ending, settle
from hydrophone.jobs.errors import Interrupted
from hydrophone.jobs.packing import (
    pack_events,
    read_advanced,
    read_spent,
    unpack_events,
    unpack_question,
    write_spent,
)
from hydrophone.jobs.rows import JobRow, Lease, append_events, give_back, load_asked, load_events
from hydrophone.ports import Resumable
from hydrophone.storage.state import State
from hydrophone.stream import StreamBroken, failure, outlast
from hydrophone.types import (
    Clock,
    Event,
    Failed,
    Finished,
    Notice,
    RequestContext,
    Sources,
    Step,
    StepResult,
    Text,
    ask,
)

# A server that cannot start for another reason burns some of them.
MOST_ATTEMPTS = 5
END_PAUSES_S = (0.2, 1.0, 5.0)
TOO_OFTEN = f"the server stopped {MOST_ATTEMPTS} times in a row at one place of this job"
CANNOT_GO_ON = "The server stopped while it worked on this; what stands here is not whole."
_log = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another process has taken the job over; nothing more may be written."""


class Attempt:
    """The work on one job that is held by a lease."""

    def __init__(
        self,
        state: State,
        answerer: Resumable,
        books: Books,
        bell: Bell,
        job: JobRow,
        lease: Lease,
        *,
        clock: Clock,
    ) -> None:
        self._state = state
        self._answerer = answerer
        self._books = books
        self._bell = bell
        self._job = job
        self._lease = lease
        self._clock = clock
        self._question = ask("", model=job.model)
        self._logged = job.events
        self._advanced = read_advanced(job.spent)
        self._unlogged: list[Event] = []
        self._context = RequestContext(
            principal=job.principal,
            request_id=job.id,
            clock=clock,
            meter=read_spent(job.spent),
            door=job.door,
        )

    @property
    def lease(self) -> Lease:
        """By what the job is held."""
        return self._lease

    def cancel(self) -> None:
        """Stop the work; the job ends as cancelled."""
        self._context.cancel.cancel()

    async def run(self) -> None:
        """Work until the job has ended. Cancelled, the job goes back into the queue.

        When the database cannot be written for long, or the lease is lost, the job is left to
        whoever takes it next.
        """
        try:
            last = await self._work()
            await self._end(last)
        except LeaseLost:
            _log.warning("job %s was taken over by another process", self._job.id)
        except StorageError as error:
            _log.error("job %s could not be written: %s", self._job.id, error)
        except asyncio.CancelledError:
            await outlast(asyncio.create_task(self._give_back()))
            raise

    async def _work(self) -> Finished | Failed:
        async with self._state.reading() as connection:
            asked = await load_asked(connection, self._job.id)
            packs = await load_events(connection, self._job.id, 0)
        try:
            self._question = await asyncio.to_thread(unpack_question, asked)
            so_far = await asyncio.to_thread(_unpack_all, packs)
            opened = self._opened(so_far)
        except Exception as error:
            return failure(error, self._context)
        return await self._answer(opened)

    def _opened(self, so_far: Sequence[Event]) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        if self._job.cancel_asked:
            raise Cancelled("the job was cancelled")
        if self._lease.attempt - self._advanced > MOST_ATTEMPTS:
            raise Interrupted(TOO_OFTEN)
        if not so_far:
            return self._answerer.answer(self._question, self._context)
        if not self._answerer.resumes(self._question):
            self._unlogged.append(Notice("partial", CANNOT_GO_ON))
            raise Interrupted("the server stopped while it worked on this job")
        return self._answerer.resume(self._question, self._context, so_far)

    async def _answer(
        self, opened: AbstractAsyncContextManager[AsyncIterator[Event]]
    ) -> Finished | Failed:
        live = self._answerer.resumes(self._question)
        try:
            async with opened as events:
                async for event in events:
                    if isinstance(event, Finished | Failed):
                        return event
                    self._unlogged.append(event)
                    if live and isinstance(event, Step | StepResult | Sources):
                        await self._log()
        except LeaseLost:
            raise
        except Exception as error:
            return failure(error, self._context)
        return failure(StreamBroken("the answerer's events have no end"), self._context)

    async def _log(self) -> None:
        """Log what has come; what cannot be written now, is with the next section."""
        events = tuple(self._unlogged)
        if any(isinstance(event, Text) for event in events):
            self._advanced = self._lease.attempt
        spent = write_spent(self._context.meter, advanced=self._advanced)
        packed = await asyncio.to_thread(pack_events, events)
        try:
            async with self._state.writing() as connection:
                held = await append_events(
                    connection, self._lease, self._logged + 1, len(events), packed, spent
                )
        except StorageError as error:
            _log.warning("a section of job %s is not logged yet: %s", self._job.id, error)
            return
        if not held:
            raise LeaseLost
        self._logged += len(events)
        del self._unlogged[: len(events)]
        self._bell.ring(self._job.id)

    async def _end(self, last: Finished | Failed) -> None:
        ending = Ending(
            job=self._job,
            question=self._question,
            meter=self._context.meter,
            logged=self._logged,
            events=self._unlogged,
            last=last,
            ended_at_ms=round(self._clock() * 1000),
        )
        # A cancellation in the middle of the transaction would leave it open whether it is done.
        await outlast(writing := asyncio.create_task(self._write_end(ending)))
        if not writing.result():
            raise LeaseLost
        self._bell.ring(self._job.id)

    async def _write_end(self, ending: Ending) -> bool:
        try:
            packed = await asyncio.to_thread(pack_ending, ending, self._books)
        except CodecError as error:  # what cannot be stored must not keep the job from ending
            without = replace(ending, events=(), last=failure(error, self._context))
            packed = await asyncio.to_thread(pack_ending, without, self._books)
        for pause_s in END_PAUSES_S:
            try:
                return await self._settle(packed)
            except StorageError as error:
                _log.warning("the end of job %s is not written yet: %s", self._job.id, error)
                await asyncio.sleep(pause_s)
        return await self._settle(packed)

    async def _settle(self, packed: PackedEnding) -> bool:
        async with self._state.writing() as connection:
            return await settle(connection, packed, self._lease)

    async def _give_back(self) -> None:
        try:
            async with self._state.writing() as connection:
                await give_back(connection, self._lease, counts=False)
        except StorageError as error:
            _log.warning("job %s waits until its lease is over: %s", self._job.id, error)


def _unpack_all(packs: Sequence[tuple[int, bytes]]) -> list[Event]:
    return [event for _, packed in packs for event in unpack_events(packed)]
