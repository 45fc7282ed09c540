"""How often the service is asked: slots at even distances, in the order of asking."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable


class RateLimiter:
    """Gives out slots, so many a second; 0 is no limit.

    A slot is reserved at once and then waited for: nothing is held while somebody waits or while
    an answer is read.
    """

    def __init__(self, per_second: float, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._distance_s = 1 / per_second if per_second else 0.0
        self._clock = clock
        self._next = 0.0

    def reserve(self) -> float:
        """Take the next slot: the seconds until it."""
        now = self._clock()
        slot = max(now, self._next)
        self._next = slot + self._distance_s
        return slot - now

    async def wait(self) -> None:
        """Take the next slot and wait for it."""
        if (wait_s := self.reserve()) > 0:
            await asyncio.sleep(wait_s)
