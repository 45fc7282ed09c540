"""Runs the jobs of the queue, some at once, each caller's in turn."""

from __future__ import annotations

import time
from collections.abc import Collection, Mapping

from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.jobs.attempt import Attempt
from hydrophone.jobs.bell import Bell
from hydrophone.jobs.ending import Books
from hydrophone.jobs.holding import LEASE_S, Caller, Holding
from hydrophone.jobs.rows import (
    end_leases,
    extend_leases,
    list_callers_waiting,
    purge_jobs,
    take,
)
from hydrophone.ports import Resumable
from hydrophone.storage.state import State
from hydrophone.types import Clock

LOOK_S = 5.0


class Runner(Holding[Attempt]):
    """Works on `at_once` jobs; deletes those that ended more than `keep_days` ago.

    `start` it to have anything done, and `close` it before the database and the answerer.
    """

    what = "jobs"
    folder = "runners"

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
        super().__init__(
            state,
            at_once=at_once,
            keep_days=keep_days,
            lease_s=lease_s,
            look_s=look_s,
            clock=clock,
        )
        self._answerer = answerer
        self._books = books
        self.bell = Bell()

    async def _waiting(
        self, connection: AsyncConnection, now_ms: int
    ) -> Mapping[Caller, tuple[int, str]]:
        return await list_callers_waiting(connection, now_ms)

    async def _take(
        self, connection: AsyncConnection, item: str, now_ms: int, until_ms: int
    ) -> Attempt | None:
        taken = await take(connection, item, self._owner, now_ms, until_ms)
        if taken is None:
            return None
        job, lease = taken
        return Attempt(
            self._state, self._answerer, self._books, self.bell, job, lease, clock=self._clock
        )

    async def _extend(
        self, connection: AsyncConnection, items: Collection[str], until_ms: int
    ) -> Mapping[str, tuple[object, bool]]:
        return await extend_leases(connection, self._owner, items, until_ms)

    def _lease(self, work: Attempt) -> object:
        return work.lease.attempt

    async def _free(self, connection: AsyncConnection, owner: str) -> int:
        return await end_leases(connection, owner)

    async def _purge(self, connection: AsyncConnection, before_ms: int) -> None:
        await purge_jobs(connection, before_ms)
