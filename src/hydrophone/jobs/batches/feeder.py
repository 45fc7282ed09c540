"""Works on the batches that wait, some at once, each caller's in turn."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Collection, Mapping
from typing import TypeAlias

from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.errors import HydrophoneError, StorageError
from hydrophone.jobs.batches.line_work import BatchLost
from hydrophone.jobs.batches.rows import (
    BatchLease,
    end_leases,
    extend_batches,
    let_go,
    list_callers_waiting,
    purge_batches,
    take_batch,
)
from hydrophone.jobs.batches.validation import MOST_LINE_BYTES
from hydrophone.jobs.batches.work import Work
from hydrophone.jobs.holding import LEASE_S, Caller, Holding
from hydrophone.ports import BatchEndpoint, DirectEndpoint, Jobs
from hydrophone.storage.files.store import FileStore
from hydrophone.storage.state import State
from hydrophone.stream import outlast
from hydrophone.types import Clock

BATCHES_AT_ONCE = 2
LOOK_S = 15.0
_log = logging.getLogger(__name__)

Endpoints: TypeAlias = Mapping[str, BatchEndpoint | DirectEndpoint]


class HeldWork:
    """The work on a batch, as long as its lease holds. What fails is tried again after it."""

    def __init__(self, state: State, work: Work, lease: BatchLease) -> None:
        self._state = state
        self._work = work
        self.lease = lease

    def cancel(self) -> None:
        """Answer no more lines; what has been answered is kept."""
        self._work.cancel()

    async def run(self) -> None:
        """Work until the batch has ended; when cancelled, let others have it."""
        try:
            await self._work.run()
        except asyncio.CancelledError:
            await outlast(asyncio.create_task(self._let_go()))
            raise
        except Exception as error:
            cause = error.exceptions[0] if isinstance(error, ExceptionGroup) else error
            if isinstance(cause, BatchLost):
                _log.warning("batch %s was taken over by another process", self.lease.batch_id)
            elif isinstance(cause, HydrophoneError):
                _log.error("batch %s is interrupted: %s", self.lease.batch_id, cause)
            else:
                raise

    async def _let_go(self) -> None:
        try:
            async with self._state.writing() as connection:
                await let_go(connection, self.lease)
        except StorageError as error:
            batch_id = self.lease.batch_id
            _log.warning("batch %s waits until its lease is over: %s", batch_id, error)


class Feeder(Holding[HeldWork]):
    """Gives lines of batches to the queue of jobs, `lines_at_once` of each batch; forgets batches
    that ended more than `keep_days` ago.

    `start` it to have anything done, and `close` it before the runner of the jobs. `endpoints`
    gives those that lines may ask, by their paths; it is called for each batch.
    """

    what = "batches"
    folder = "feeders"

    def __init__(
        self,
        state: State,
        files: FileStore,
        jobs: Jobs,
        endpoints: Callable[[], Endpoints],
        *,
        lines_at_once: int,
        keep_days: float,
        batches_at_once: int = BATCHES_AT_ONCE,
        most_line_bytes: int = MOST_LINE_BYTES,
        lease_s: float = LEASE_S,
        look_s: float = LOOK_S,
        clock: Clock = time.time,
    ) -> None:
        super().__init__(
            state,
            at_once=batches_at_once,
            keep_days=keep_days,
            lease_s=lease_s,
            look_s=look_s,
            clock=clock,
        )
        self._files = files
        self._jobs = jobs
        self._endpoints = endpoints
        self._lines_at_once = lines_at_once
        self._most_line_bytes = most_line_bytes

    async def _waiting(
        self, connection: AsyncConnection, now_ms: int
    ) -> Mapping[Caller, tuple[int, str]]:
        return await list_callers_waiting(connection, now_ms)

    async def _take(
        self, connection: AsyncConnection, item: str, now_ms: int, until_ms: int
    ) -> HeldWork | None:
        held = await take_batch(connection, item, self._owner, now_ms, until_ms)
        if held is None:
            return None
        lease = BatchLease(item, self._owner)
        work = Work(
            self._state,
            self._files,
            self._jobs,
            self._endpoints()[held.batch.order.endpoint],
            held,
            lease,
            at_once=self._lines_at_once,
            most_line_bytes=self._most_line_bytes,
            clock=self._clock,
        )
        return HeldWork(self._state, work, lease)

    async def _extend(
        self, connection: AsyncConnection, items: Collection[str], until_ms: int
    ) -> Mapping[str, tuple[object, bool]]:
        held = await extend_batches(connection, self._owner, items, until_ms)
        return {
            item: (BatchLease(item, self._owner), status == "cancelling")
            for item, status in held.items()
        }

    def _lease(self, work: HeldWork) -> object:
        return work.lease

    async def _free(self, connection: AsyncConnection, owner: str) -> int:
        return await end_leases(connection, owner)

    async def _purge(self, connection: AsyncConnection, before_ms: int) -> None:
        await purge_batches(connection, before_ms)
