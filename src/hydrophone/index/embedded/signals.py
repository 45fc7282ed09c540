"""What the parts of one process tell each other, and how news of other processes are noticed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from itertools import count

# How soon news from other processes are seen.
POLL_S = 0.1
# News that came within one tick of the file system's clock are seen after so many looks.
LOOKS = 10


class Signals:
    """Wakes the appliers when there is work, and tells them to stop.

    `stamp` changes when any process has written: a server that nobody uses need not read its
    database to know that nothing has happened.
    """

    def __init__(self, stamp: Callable[[], object]) -> None:
        self._stamp = stamp
        self._words = asyncio.Event()
        self._vectors = asyncio.Event()
        self._lock = asyncio.Event()
        self._closing = asyncio.Event()

    @property
    def closing(self) -> bool:
        """Whether it is time to stop after the step under way."""
        return self._closing.is_set()

    def wake(self) -> None:
        """There is something to do, or may be."""
        self._words.set()
        self._vectors.set()
        self._lock.set()

    def close(self) -> None:
        """Stop after the step under way."""
        self._closing.set()
        self.wake()

    async def watch(self) -> None:
        """Wake the appliers when any process has written, until closing."""
        seen: object = None
        for look in count():
            stamp = self._stamp()
            if stamp != seen or look % LOOKS == 0:
                self.wake()
            seen = stamp
            if await _within(self._closing, POLL_S):
                return

    async def wait_words(self, *, behind: bool) -> None:
        """Wait for work on words; only a moment when some is left that is not due yet."""
        await _within(self._words, POLL_S if behind else None)
        self._words.clear()

    async def wait_vectors(self) -> None:
        """Wait for work on vectors."""
        await self._vectors.wait()
        self._vectors.clear()

    async def wait_lock(self, timeout_s: float) -> None:
        """Wait for a reason to try the lock again, or a moment."""
        await _within(self._lock, timeout_s)
        self._lock.clear()


async def _within(event: asyncio.Event, timeout_s: float | None) -> bool:
    """Whether it happened in time."""
    try:
        async with asyncio.timeout(timeout_s):
            return await event.wait()
    except TimeoutError:
        return False
