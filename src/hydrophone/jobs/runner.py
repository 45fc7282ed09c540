"""Runs the jobs of the queue, some at once, each caller's in turn.

A job is held by a lease that its process keeps extending; one whose process is gone is free when
the lease is over, or as soon as that is known. Work begins when this process is told of a job; what
other processes have put into the queue, or left behind, is found by a slow look.
"""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress

from hydrophone.errors import StorageError
from hydrophone.jobs.attempt import Attempt
from hydrophone.jobs.bell import Bell
from hydrophone.jobs.ending import Books
from hydrophone.jobs.presence import Presence
from hydrophone.jobs.rows import (
    Caller,
    end_leases,
    extend_leases,
    list_callers_waiting,
    purge_jobs,
    take,
)
from hydrophone.ports import Resumable
from hydrophone.storage.state import State
from hydrophone.types import Clock, new_id

LEASE_S = 30.0
LOOK_S = 5.0
PURGE_S = 3600.0
_DAY_MS = 24 * 3600 * 1000
_log = logging.getLogger(__name__)


class Runner:
    """Works on `at_once` jobs; deletes those that ended more than `keep_days` ago.

    `start` it to have anything done, and `close` it before the database and the answerer.
    """

    def __init__(
        self,
        state: State,
        answerer: Resumable,
        books: Books,
        *,
        at_once: int,
        keep_days: float,
        lease_s: float = LEASE_S,
        look_s: float = LOOK_S,
        clock: Clock = time.time,
    ) -> None:
        self._state = state
        self._answerer = answerer
        self._books = books
        self._at_once = at_once
        self._keep_days = keep_days
        self._lease_s = lease_s
        self._look_s = look_s
        self._clock = clock
        self._owner = new_id()
        self._presence = Presence(state.path.with_name("runners"), self._owner)
        self._woken = asyncio.Event()
        self._attempts: dict[str, tuple[Attempt, asyncio.Task[None]]] = {}
        self._served: dict[Caller, int] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._closing = False
        self.bell = Bell()

    def start(self) -> None:
        """Begin to work on what waits."""
        self._loops = [
            asyncio.create_task(self._work()),
            asyncio.create_task(self._hold_from_time_to_time()),
            asyncio.create_task(self._purge_from_time_to_time()),
        ]

    def wake(self) -> None:
        """There is a new job."""
        self._woken.set()

    def cancel(self, job_id: str) -> None:
        """Stop the job if it runs here."""
        if job_id in self._attempts:
            self._attempts[job_id][0].cancel()

    async def close(self) -> None:
        """Put what runs back into the queue, and end."""
        self._closing = True
        self._woken.set()
        # Not cancelled: in the middle of taking a job it would leave it taken.
        await asyncio.gather(*self._loops[:1], return_exceptions=True)
        rest = [*self._loops[1:], *(task for _, task in self._attempts.values())]
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        await asyncio.to_thread(self._presence.end)

    async def _work(self) -> None:
        await asyncio.to_thread(self._presence.begin)
        while not self._closing:
            self._woken.clear()
            try:
                await self._free_what_dead_ones_hold()
                while self._has_room and await self._begin_next():
                    pass
            except StorageError as error:
                _log.error("the queue of jobs cannot be read: %s", error)
            except Exception:
                _log.exception("a job could not be begun")
            if not self._closing:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._woken.wait(), self._look_s)

    async def _free_what_dead_ones_hold(self) -> None:
        for owner in await asyncio.to_thread(self._presence.gone):
            async with self._state.writing() as connection:
                jobs = await end_leases(connection, owner)
            await asyncio.to_thread(self._presence.forget, owner)
            _log.info("%d jobs of a process that was killed are taken up again", jobs)

    @property
    def _has_room(self) -> bool:
        return len(self._attempts) < self._at_once and not self._closing

    async def _begin_next(self) -> bool:
        """Whether a job was begun, or another process was faster and one may be left."""
        now_ms = self._now_ms()
        async with self._state.reading() as connection:
            waiting = await list_callers_waiting(connection, now_ms)
        if not waiting:
            self._served.clear()
            return False
        caller = min(waiting, key=lambda one: (waiting[one][0], self._served.get(one, 0), one))
        job_id = waiting[caller][1]
        if job_id in self._attempts:  # its lease ran out while the process was stopped
            return False
        async with self._state.writing() as connection:
            until_ms = now_ms + round(self._lease_s * 1000)
            taken = await take(connection, job_id, self._owner, now_ms, until_ms)
        if taken is not None:
            self._served[caller] = max(self._served.values(), default=0) + 1
            job, lease = taken
            attempt = Attempt(
                self._state, self._answerer, self._books, self.bell, job, lease, clock=self._clock
            )
            task = asyncio.create_task(attempt.run())
            self._attempts[job_id] = attempt, task
            task.add_done_callback(lambda task: self._ended(job_id, task))
        return True

    def _ended(self, job_id: str, task: asyncio.Task[None]) -> None:
        del self._attempts[job_id]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("job %s broke off", job_id, exc_info=error)
        self._woken.set()

    async def _hold_from_time_to_time(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            if self._attempts:
                try:
                    await self._hold()
                except StorageError as error:
                    _log.warning("jobs could not be held: %s", error)

    async def _hold(self) -> None:
        """Extend the leases, and hear of cancellations and of jobs that others have taken."""
        attempts = dict(self._attempts)
        until_ms = self._now_ms() + round(self._lease_s * 1000)
        async with self._state.writing() as connection:
            held = await extend_leases(connection, self._owner, attempts, until_ms)
        for job_id, (attempt, task) in attempts.items():
            number, to_cancel = held.get(job_id, (None, False))
            if number != attempt.lease.attempt:
                task.cancel()
            elif to_cancel:
                attempt.cancel()

    async def _purge_from_time_to_time(self) -> None:
        while True:
            try:
                async with self._state.writing() as connection:
                    before_ms = self._now_ms() - round(self._keep_days * _DAY_MS)
                    await purge_jobs(connection, before_ms)
            except StorageError as error:
                _log.warning("old jobs could not be deleted: %s", error)
            await asyncio.sleep(PURGE_S)

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)
