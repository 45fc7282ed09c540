"""Works on the batches that wait, some at once, each caller's in turn.

A batch is held by a lease that its process keeps extending, as a job is: one whose process is gone
is taken up again when that is known, or the lease is over.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Mapping
from contextlib import suppress

from hydrophone.errors import HydrophoneError, StorageError
from hydrophone.jobs.batches.line_work import BatchLost
from hydrophone.jobs.batches.rows import (
    BatchLease,
    Caller,
    end_leases,
    extend_batches,
    let_go,
    list_callers_waiting,
    purge_batches,
    take_batch,
)
from hydrophone.jobs.batches.validation import MOST_LINE_BYTES
from hydrophone.jobs.batches.work import Work
from hydrophone.jobs.presence import Presence
from hydrophone.ports import BatchEndpoint, DirectEndpoint, Jobs
from hydrophone.storage.files.store import FileStore
from hydrophone.storage.state import State
from hydrophone.stream import outlast
from hydrophone.types import Clock, new_id

BATCHES_AT_ONCE = 2
LEASE_S = 30.0
LOOK_S = 15.0
PURGE_S = 3600.0
_DAY_MS = 24 * 3600 * 1000
_log = logging.getLogger(__name__)


class Feeder:
    """Gives lines of batches to the queue of jobs, `lines_at_once` of each batch; forgets batches
    that ended more than `keep_days` ago.

    `start` it to have anything done, and `close` it before the runner of the jobs. `endpoints` are
    those that lines may ask, by their paths.
    """

    def __init__(
        self,
        state: State,
        files: FileStore,
        jobs: Jobs,
        endpoints: Mapping[str, BatchEndpoint | DirectEndpoint],
        *,
        lines_at_once: int,
        keep_days: float,
        batches_at_once: int = BATCHES_AT_ONCE,
        most_line_bytes: int = MOST_LINE_BYTES,
        lease_s: float = LEASE_S,
        look_s: float = LOOK_S,
        clock: Clock = time.time,
    ) -> None:
        self._state = state
        self._files = files
        self._jobs = jobs
        self._endpoints = endpoints
        self._lines_at_once = lines_at_once
        self._keep_days = keep_days
        self._batches_at_once = batches_at_once
        self._most_line_bytes = most_line_bytes
        self._lease_s = lease_s
        self._look_s = look_s
        self._clock = clock
        self._owner = new_id()
        self._presence = Presence(state.path.with_name("feeders"), self._owner)
        self._woken = asyncio.Event()
        self._works: dict[str, tuple[Work, asyncio.Task[None]]] = {}
        self._served: dict[Caller, int] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._closing = False

    def start(self) -> None:
        """Begin to work on what waits."""
        self._loops = [
            asyncio.create_task(self._work()),
            asyncio.create_task(self._hold_from_time_to_time()),
            asyncio.create_task(self._purge_from_time_to_time()),
        ]

    def wake(self) -> None:
        """There is a new batch."""
        self._woken.set()

    def cancel(self, batch_id: str) -> None:
        """Stop the batch if it is worked on here."""
        if batch_id in self._works:
            self._works[batch_id][0].cancel()

    async def close(self) -> None:
        """Leave what is worked on to whoever takes it next, and end."""
        self._closing = True
        self._woken.set()
        # Not cancelled: in the middle of taking a batch it would leave it taken.
        await asyncio.gather(*self._loops[:1], return_exceptions=True)
        rest = [*self._loops[1:], *(task for _, task in self._works.values())]
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
                _log.error("the batches cannot be read: %s", error)
            except Exception:
                _log.exception("a batch could not be begun")
            if not self._closing:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_s):
                        await self._woken.wait()

    async def _free_what_dead_ones_hold(self) -> None:
        for owner in await asyncio.to_thread(self._presence.gone):
            async with self._state.writing() as connection:
                await end_leases(connection, owner)
            await asyncio.to_thread(self._presence.forget, owner)

    @property
    def _has_room(self) -> bool:
        return len(self._works) < self._batches_at_once and not self._closing

    async def _begin_next(self) -> bool:
        """Whether a batch was begun, or another process was faster and one may be left."""
        now_ms = self._now_ms()
        async with self._state.reading() as connection:
            waiting = await list_callers_waiting(connection, now_ms)
        if not waiting:
            self._served.clear()
            return False
        caller = min(waiting, key=lambda one: (waiting[one][0], self._served.get(one, 0), one))
        batch_id = waiting[caller][1]
        if batch_id in self._works:  # its lease ran out while the process was stopped
            return False
        async with self._state.writing() as connection:
            until_ms = now_ms + round(self._lease_s * 1000)
            held = await take_batch(connection, batch_id, self._owner, now_ms, until_ms)
        if held is not None:
            self._served[caller] = max(self._served.values(), default=0) + 1
            lease = BatchLease(batch_id, self._owner)
            work = Work(
                self._state,
                self._files,
                self._jobs,
                self._endpoints[held.batch.order.endpoint],
                held,
                lease,
                at_once=self._lines_at_once,
                most_line_bytes=self._most_line_bytes,
                clock=self._clock,
            )
            task = asyncio.create_task(self._run(work, lease))
            self._works[batch_id] = work, task
            task.add_done_callback(lambda _: self._ended(batch_id))
        return True

    async def _run(self, work: Work, lease: BatchLease) -> None:
        """Work on a batch. What fails is tried again when the lease is over."""
        try:
            await work.run()
        except asyncio.CancelledError:
            await outlast(asyncio.create_task(self._let_go(lease)))
            raise
        except Exception as error:
            cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            if isinstance(cause, BatchLost):
                _log.warning("batch %s was taken over by another process", lease.batch_id)
            elif isinstance(cause, HydrophoneError):
                _log.error("batch %s is interrupted: %s", lease.batch_id, cause)
            else:
                _log.error("batch %s broke off", lease.batch_id, exc_info=error)

    async def _let_go(self, lease: BatchLease) -> None:
        try:
            async with self._state.writing() as connection:
                await let_go(connection, lease)
        except StorageError as error:
            _log.warning("batch %s waits until its lease is over: %s", lease.batch_id, error)

    def _ended(self, batch_id: str) -> None:
        del self._works[batch_id]
        self._woken.set()

    async def _hold_from_time_to_time(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            if self._works:
                try:
                    await self._hold()
                except StorageError as error:
                    _log.warning("batches could not be held: %s", error)
                except Exception:
                    _log.exception("batches could not be held")

    async def _hold(self) -> None:
        """Extend the leases, and hear of cancellations and of batches that others have taken."""
        works = dict(self._works)
        until_ms = self._now_ms() + round(self._lease_s * 1000)
        async with self._state.writing() as connection:
            held = await extend_batches(connection, self._owner, works, until_ms)
        for batch_id, (work, task) in works.items():
            if batch_id not in held:
                task.cancel()
            elif held[batch_id] == "cancelling":
                work.cancel()

    async def _purge_from_time_to_time(self) -> None:
        while True:
            try:
                async with self._state.writing() as connection:
                    before_ms = self._now_ms() - round(self._keep_days * _DAY_MS)
                    await purge_batches(connection, before_ms)
            except StorageError as error:
                _log.warning("old batches could not be deleted: %s", error)
            await asyncio.sleep(PURGE_S)

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)
