"""A circuit breaker: whoever fails again and again is left alone for a while."""

from __future__ import annotations

import time
from collections.abc import Callable

FAILURES = 3
PAUSE_S = 30.0
LONGEST_PAUSE_S = 600.0


class Breaker:
    """Opens after `failures` in a row, for `pause_s`, twice as long each time it opens again.

    After the pause one trial is let through; it closes the breaker, or opens it again. `clock`
    gives seconds that never go back.
    """

    def __init__(
        self,
        *,
        failures: int = FAILURES,
        pause_s: float = PAUSE_S,
        longest_pause_s: float = LONGEST_PAUSE_S,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._failures = failures
        self._pause_s = pause_s
        self._longest_pause_s = longest_pause_s
        self._clock = clock
        self._in_a_row = 0
        self._opened = 0
        self._open_until: float | None = None
        self._trying = False

    @property
    def open_s(self) -> float:
        """Seconds until the next trial; 0 when calls are let through."""
        if self._open_until is None:
            return 0.0
        return max(0.0, self._open_until - self._clock())

    def admit(self) -> bool:
        """Whether a call may be made now; its end must be told, or that it was given up."""
        if self._open_until is None:
            return True
        if self._trying or self.open_s > 0:
            return False
        self._trying = True
        return True

    def succeed(self) -> None:
        """A call was answered."""
        self._in_a_row = self._opened = 0
        self._open_until = None
        self._trying = False

    def fail(self, *, pause_s: float | None = None) -> None:
        """A call failed. With `pause_s` the breaker opens at once, for at least so long."""
        self._in_a_row += 1
        was_trial, self._trying = self._trying, False
        if pause_s is None and not was_trial and self._in_a_row < self._failures:
            return
        doubled = self._pause_s * 2.0 ** min(self._opened, 16)
        pause = max(pause_s or 0.0, min(doubled, self._longest_pause_s))
        self._opened += 1
        self._open_until = max(self._open_until or 0.0, self._clock() + pause)

    def give_up(self) -> None:
        """A call was cancelled: that says nothing about the other side."""
        self._trying = False
