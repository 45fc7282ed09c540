"""What the parts of one process tell each other."""

from __future__ import annotations

import asyncio

# How soon news from other processes is seen.
POLL_S = 0.1


class Signals:
    """Wakes the appliers when there is work, and tells them to stop."""

    def __init__(self) -> None:
        self.closing = False
        self._words = asyncio.Event()
        self._vectors = asyncio.Event()
        self._lock = asyncio.Event()

    def wake(self) -> None:
        """There is something to do."""
        self._words.set()
        self._vectors.set()
        self._lock.set()

    def close(self) -> None:
        """Stop after the step under way."""
        self.closing = True
        self.wake()

    async def wait_words(self) -> None:
        """Wait for work on words, or a moment."""
        await _wait(self._words, POLL_S)

    async def wait_vectors(self) -> None:
        """Wait for work on vectors, or a moment."""
        await _wait(self._vectors, POLL_S)

    async def wait_lock(self, timeout_s: float) -> None:
        """Wait for a reason to try the lock again, or a moment."""
        await _wait(self._lock, timeout_s)


async def _wait(event: asyncio.Event, timeout_s: float) -> None:
    try:
        async with asyncio.timeout(timeout_s):
            await event.wait()
    except TimeoutError:
        pass
    event.clear()
