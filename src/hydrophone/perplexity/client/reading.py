"""The steps of a stream, for a thread that waits for each."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator
from concurrent.futures import Future
from contextlib import aclosing
from queue import SimpleQueue
from typing import Generic, TypeVar

from hydrophone.perplexity.client.background import Background, Job

_Step = TypeVar("_Step")


class Reading(Generic[_Step]):
    """Reads a stream on the loop at the pace of its reader: nothing is read ahead.

    It is one job of the loop, which holds all of the stream: so the garbage collector never finds
    a stream that still runs, but only the one who has read it.
    """

    def __init__(self, background: Background, steps: AsyncGenerator[_Step, None]) -> None:
        self._background = background
        self._steps = steps
        self._came: SimpleQueue[_Step | None] = SimpleQueue()
        self._wanted = asyncio.Event()
        self._job: Job[None] | None = None
        self._reader = 0
        self._is_left = False

    @property
    def is_held(self) -> bool:
        """Whether it is half-read by this very thread, which can do nothing else meanwhile."""
        begun = self._job is not None and not self._job.ended.done()
        return begun and not self._is_left and self._reader == threading.get_ident()

    def next(self) -> _Step | None:
        """Wait for the next step; None at the end. Raises what the stream raises, and RuntimeError
        where the loop runs no more."""
        self._reader = threading.get_ident()
        if self._job is None:
            job = Job(_read(self._steps, self._came, self._wanted))
            self._background.start(job)
            self._job = job
            job.ended.add_done_callback(self._end)
        else:
            self._background.post(self._wanted.set)
        if (step := self._came.get()) is not None:
            return step
        job, self._job = self._job, None
        try:
            return job.ended.result()
        finally:
            del job  # what it raised knows this frame

    def _end(self, _: Future[None]) -> None:
        self._came.put(None)

    def leave(self) -> None:
        """Read no further. The reader's own thread waits until all is in order; the others, and
        the garbage collector, do not."""
        self._is_left = True
        if self._job is not None:
            waits = self._reader == threading.get_ident()
            self._background.leave(self._job, waits=waits)


async def _read(
    steps: AsyncGenerator[_Step, None], came: SimpleQueue[_Step | None], wanted: asyncio.Event
) -> None:
    async with aclosing(steps):
        async for step in steps:
            came.put(step)
            await wanted.wait()
            wanted.clear()
