"""Tells those who follow a job in this process that there is news of it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Bell:
    """For one event loop."""

    def __init__(self) -> None:
        self._listening: dict[str, list[asyncio.Event]] = {}

    def ring(self, job_id: str) -> None:
        """There is news of this job."""
        for rung in self._listening.get(job_id, ()):
            rung.set()

    @contextmanager
    def listening(self, job_id: str) -> Iterator[asyncio.Event]:
        """An event that is set whenever there is news."""
        rung = asyncio.Event()
        self._listening.setdefault(job_id, []).append(rung)
        try:
            yield rung
        finally:
            self._listening[job_id].remove(rung)
            if not self._listening[job_id]:
                del self._listening[job_id]
