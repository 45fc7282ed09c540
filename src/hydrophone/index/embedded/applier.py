"""Holding the folder's lock, and running the appliers while it is held."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from hydrophone.index.base import Embedding, Idle
from hydrophone.index.embedded.selections import Selections
from hydrophone.index.embedded.signals import Signals
from hydrophone.index.embedded.word_applier import WordApplier
from hydrophone.storage.index_db import IndexDatabase

if TYPE_CHECKING:
    from hydrophone.index.embedded.vector_search import VectorSearch

LOCK_EVERY_S = 0.5
_RETRY_S = 1.0
_log = logging.getLogger(__name__)


class Applier:
    """Tries for the lock now and then; brings words and vectors up to date while holding it."""

    def __init__(
        self,
        folder: Path,
        database: IndexDatabase,
        signals: Signals,
        embedding: Embedding | None,
        idle: Idle,
        selections: Selections,
    ) -> None:
        self._folder = folder
        self._database = database
        self._signals = signals
        self._embedding = embedding
        self._idle = idle
        self._lock = FileLock(folder / "index.lock", thread_local=False)
        self.vector_search = None if embedding is None else _search(folder, embedding, selections)

    @property
    def mending(self) -> bool:
        """Whether this process has the lock and is not yet done with comparing its graph."""
        return (
            self._lock.is_locked
            and self.vector_search is not None
            and not self.vector_search.searches_live
        )

    def try_lock(self) -> bool:
        """Take the lock if nobody else has it; whether it is ours. Does not wait."""
        if self._lock.is_locked:
            return True
        try:
            self._lock.acquire(blocking=False)
        except Timeout:
            return False
        return True

    async def run(self) -> None:
        """Apply changes whenever the lock is ours, until closing; then let it go."""
        try:
            await self._run()
        finally:
            if self._lock.is_locked:
                self._lock.release()

    async def _run(self) -> None:
        while not self._signals.closing:
            if not await asyncio.to_thread(self.try_lock):
                await self._signals.wait_lock(LOCK_EVERY_S)
                continue
            async with asyncio.TaskGroup() as group:
                group.create_task(self._signals.watch())
                group.create_task(self._keep_running(self._run_words))
                if self._embedding is not None:
                    group.create_task(self._keep_running(self._run_vectors))

    async def _keep_running(self, run: Callable[[], Awaitable[None]]) -> None:
        """A part that fails is started again; the other goes on meanwhile."""
        while not self._signals.closing:
            try:
                await run()
            except Exception:
                _log.exception("The index could not be brought up to date; trying again soon")
                await asyncio.sleep(_RETRY_S)

    async def _run_words(self) -> None:
        await WordApplier(
            self._folder, self._database, self._signals, alone=self._embedding is None
        ).run()

    async def _run_vectors(self) -> None:
        from hydrophone.index.embedded.vector_applier import VectorApplier

        assert self._embedding is not None
        assert self.vector_search is not None
        await VectorApplier(
            self._folder,
            self._database,
            self._signals,
            self.vector_search,
            self._embedding,
            self._idle,
        ).run()


def _search(folder: Path, embedding: Embedding, selections: Selections) -> VectorSearch:
    from hydrophone.index.embedded.vector_search import VectorSearch

    return VectorSearch(folder, embedding.model, embedding.dimensions, selections)
