"""Work in a database that processes hold by leases: the jobs of the queue, and batches.

What is worked on is held by a lease that its process keeps extending; what a process that is gone
has held is free when the lease is over, or as soon as that is known. Work begins when this process
is told of it; what other processes have put there, or left behind, is found by a slow look.
"""

from __future__ import annotations

import asyncio
import logging
import time
from abc import ABC, abstractmethod
from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Generic, Protocol, TypeAlias, TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.errors import StorageError
from hydrophone.jobs.presence import Presence
from hydrophone.storage.state import State
from hydrophone.types import Clock, new_id

LEASE_S = 30.0
PURGE_S = 3600.0
_DAY_MS = 24 * 3600 * 1000
_log = logging.getLogger(__name__)

# The kind and the id of a principal.
Caller: TypeAlias = tuple[str, str]


class Running(Protocol):
    """What is worked on."""

    async def run(self) -> None:
        """Work to the end."""

    def cancel(self) -> None:
        """Its caller wants it no more."""


Work = TypeVar("Work", bound=Running)


class Holding(ABC, Generic[Work]):
    """Works on what waits, `at_once` at the same time, each caller's in turn; deletes what ended
    more than `keep_days` ago.

    `start` it to have anything done, and `close` it before what it works with. `what` names it in
    the log; processes know of each other by `folder`, beside the database.
    """

    what = "work"
    folder = "holders"

    def __init__(
        self,
        state: State,
        *,
        at_once: int,
        keep_days: float,
        look_s: float,
        lease_s: float = LEASE_S,
        clock: Clock = time.time,
    ) -> None:
        self._state = state
        self._at_once = at_once
        self._keep_days = keep_days
        self._lease_s = lease_s
        self._look_s = look_s
        self._clock = clock
        self._owner = new_id()
        self._presence = Presence(state.path.with_name(self.folder), self._owner)
        self._woken = asyncio.Event()
        self._works: dict[str, tuple[Work, asyncio.Task[None]]] = {}
        self._served: dict[Caller, int] = {}
        self._loops: list[asyncio.Task[None]] = []
        self._closing = False

    @abstractmethod
    async def _waiting(
        self, connection: AsyncConnection, now_ms: int
    ) -> Mapping[Caller, tuple[int, str]]:
        """Callers with something that waits: how much of theirs is held, and their oldest's id."""

    @abstractmethod
    async def _take(
        self, connection: AsyncConnection, item: str, now_ms: int, until_ms: int
    ) -> Work | None:
        """Hold it; None when another process was faster."""

    @abstractmethod
    async def _extend(
        self, connection: AsyncConnection, items: Collection[str], until_ms: int
    ) -> Mapping[str, tuple[object, bool]]:
        """Hold these for longer: of those that are still ours under which lease, and whether their
        caller wants them no more."""

    @abstractmethod
    def _lease(self, work: Work) -> object:
        """The lease that the work began with."""

    @abstractmethod
    async def _free(self, connection: AsyncConnection, owner: str) -> int:
        """Let others have what an owner that is gone has held; how much it was."""

    @abstractmethod
    async def _purge(self, connection: AsyncConnection, before_ms: int) -> None:
        """Delete what ended before."""

    def start(self) -> None:
        """Begin to work on what waits."""
        self._loops = [
            asyncio.create_task(self._work()),
            asyncio.create_task(self._hold_from_time_to_time()),
            asyncio.create_task(self._purge_from_time_to_time()),
        ]

    def wake(self) -> None:
        """There is something new."""
        self._woken.set()

    def cancel(self, item: str) -> None:
        """Stop it if it is worked on here."""
        if item in self._works:
            self._works[item][0].cancel()

    async def close(self) -> None:
        """Leave what is worked on to whoever takes it next, and end."""
        self._closing = True
        self._woken.set()
        # Not cancelled: in the middle of taking something it would leave that taken.
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
                _log.error("waiting %s cannot be read: %s", self.what, error)
            except Exception:
                _log.exception("%s could not be begun", self.what)
            if not self._closing:
                with suppress(TimeoutError):
                    async with asyncio.timeout(self._look_s):
                        await self._woken.wait()

    async def _free_what_dead_ones_hold(self) -> None:
        for owner in await asyncio.to_thread(self._presence.gone):
            async with self._state.writing() as connection:
                count = await self._free(connection, owner)
            await asyncio.to_thread(self._presence.forget, owner)
            _log.info("%d %s of a process that was killed are taken up again", count, self.what)

    @property
    def _has_room(self) -> bool:
        return len(self._works) < self._at_once and not self._closing

    async def _begin_next(self) -> bool:
        """Whether something was begun, or another process was faster and more may be left."""
        now_ms = self._now_ms()
        async with self._state.reading() as connection:
            waiting = await self._waiting(connection, now_ms)
        if not waiting:
            self._served.clear()
            return False
        caller = min(waiting, key=lambda one: (waiting[one][0], self._served.get(one, 0), one))
        item = waiting[caller][1]
        if item in self._works:  # its lease ran out while the process was stopped
            return False
        async with self._state.writing() as connection:
            until_ms = now_ms + round(self._lease_s * 1000)
            work = await self._take(connection, item, now_ms, until_ms)
        if work is not None:
            self._served[caller] = max(self._served.values(), default=0) + 1
            task = asyncio.create_task(work.run())
            self._works[item] = work, task
            task.add_done_callback(lambda task: self._ended(item, task))
        return True

    def _ended(self, item: str, task: asyncio.Task[None]) -> None:
        del self._works[item]
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("%s %s broke off", self.what, item, exc_info=error)
        self._woken.set()

    async def _hold_from_time_to_time(self) -> None:
        while True:
            await asyncio.sleep(self._lease_s / 3)
            if self._works:
                try:
                    await self._hold()
                except StorageError as error:
                    _log.warning("%s could not be held: %s", self.what, error)
                except Exception:
                    _log.exception("%s could not be held", self.what)

    async def _hold(self) -> None:
        """Extend the leases, and hear of what is cancelled and of what others have taken."""
        works = dict(self._works)
        until_ms = self._now_ms() + round(self._lease_s * 1000)
        async with self._state.writing() as connection:
            held = await self._extend(connection, works, until_ms)
        for item, (work, task) in works.items():
            lease, cancelled = held.get(item, (None, False))
            if lease != self._lease(work):
                task.cancel()
            elif cancelled:
                work.cancel()

    async def _purge_from_time_to_time(self) -> None:
        while True:
            try:
                async with self._state.writing() as connection:
                    before_ms = self._now_ms() - round(self._keep_days * _DAY_MS)
                    await self._purge(connection, before_ms)
            except StorageError as error:
                _log.warning("old %s could not be deleted: %s", self.what, error)
            await asyncio.sleep(PURGE_S)

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)
