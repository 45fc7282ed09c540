"""How long this process is up, and what it was asked."""

from __future__ import annotations

import time


class Traffic:
    """Counts requests from its making on."""

    def __init__(self) -> None:
        self.requests = 0
        self._began = time.monotonic()

    @property
    def uptime_s(self) -> float:
        """Seconds since then."""
        return round(time.monotonic() - self._began, 3)
