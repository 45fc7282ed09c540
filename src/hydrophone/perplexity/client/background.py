"""An event loop in a thread of its own, for programs that wait."""

from __future__ import annotations

import asyncio
import atexit
import gc
import logging
import os
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import suppress
from typing import Any, Generic, TypeVar

_Done = TypeVar("_Done")
_LEAVE_S = 6.0  # more than the service is given to hear that it shall stop
_CLOSED = "the client was closed, or the process was forked"
_log = logging.getLogger("hydrophone.perplexity")
_running: set[Background] = set()
_collector = 0  # the thread that collects garbage at the moment


class Job(Generic[_Done]):
    """Work on the loop; `ended` has its outcome for whoever waits in another thread."""

    def __init__(self, work: Coroutine[Any, Any, _Done]) -> None:
        self.ended: Future[_Done] = Future()
        self.work = work
        self.task: asyncio.Task[_Done] | None = None
        self._is_left = False

    def begin(self) -> None:
        """Begin the work, in the loop's thread."""
        self.task = asyncio.get_running_loop().create_task(self.work)
        self.task.add_done_callback(self._tell)

    def leave(self) -> None:
        """Cancel the work, in the loop's thread; once, since leaving takes its time as well."""
        if self.task is not None and not self._is_left:
            self._is_left = True
            self.task.cancel()

    def _tell(self, task: asyncio.Task[_Done]) -> None:
        if task.cancelled():
            self.ended.set_exception(RuntimeError("the client was closed before the end"))
        elif (error := task.exception()) is not None:
            self.ended.set_exception(error)
        else:
            self.ended.set_result(task.result())


class Background:
    """Runs coroutines for any thread, also where a loop runs already, as in a notebook.

    `at_end` is run when all else has ended.
    """

    def __init__(self, at_end: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._at_end = at_end
        self._loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        # A finalizer may want it in a thread that has it.
        self._lock = threading.RLock()
        self._closed = False
        self._stopping = asyncio.Event()
        self._jobs: set[Job[Any]] = set()
        self._thread = threading.Thread(
            target=self._serve, name="hydrophone.perplexity", daemon=True
        )
        self._thread.start()

    @property
    def lives(self) -> bool:
        """Whether it can run something: threads do not come along into a forked process."""
        return self._pid == os.getpid() and not self._closed

    def run(self, work: Coroutine[Any, Any, _Done]) -> _Done:
        """Wait for the coroutine's end. Whoever is interrupted while waiting cancels it, and it
        has some seconds to leave all in order. Raises RuntimeError where this runs no more."""
        job = Job(work)
        self.start(job)
        try:
            return job.ended.result()
        finally:
            self.leave(job)
            del job  # what it raised knows this frame

    def start(self, job: Job[_Done]) -> None:
        """Begin the job, without waiting. Raises RuntimeError where this runs no more."""
        try:
            if threading.get_ident() == self._thread.ident:
                raise RuntimeError("the client's own thread cannot wait for itself")
            self.post(lambda: self._begin(job))
        except RuntimeError:
            job.work.close()
            raise

    def post(self, call: Callable[[], object]) -> None:
        """Have the loop's thread call this. Raises RuntimeError where this runs no more."""
        if self._pid != os.getpid():  # where another thread may have had the lock
            raise RuntimeError(_CLOSED)
        with self._lock:
            if self._closed:
                raise RuntimeError(_CLOSED)
            self._loop.call_soon_threadsafe(call)

    def leave(self, job: Job[Any], *, waits: bool = True) -> None:
        """Cancel the job, if it still runs, and wait until it has left all in order: not without
        end, and not in the loop's own thread, nor where the garbage collector has called."""
        if job.ended.done():
            return
        with suppress(RuntimeError):
            self.post(job.leave)
            if waits and self._may_wait():
                wait_for([job.ended], _LEAVE_S)

    def abandon(self) -> None:
        """Cancel what runs and end the thread, without waiting for it."""
        with suppress(RuntimeError):
            self.post(self._stopping.set)
            self._closed = True

    def close(self) -> None:
        """Cancel what runs, and wait until the thread has ended."""
        self.abandon()
        if self._pid == os.getpid() and self._may_wait():
            self._thread.join(2 * _LEAVE_S)

    def _may_wait(self) -> bool:
        return threading.get_ident() not in (self._thread.ident, _collector)

    def _begin(self, job: Job[Any]) -> None:
        self._jobs.add(job)
        job.ended.add_done_callback(lambda _: self._jobs.discard(job))
        job.begin()

    def _serve(self) -> None:
        _running.add(self)
        try:
            with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
                runner.run(self._until_stopped())
        finally:
            self._closed = True
            _running.discard(self)

    async def _until_stopped(self) -> None:
        await self._stopping.wait()
        jobs = tuple(self._jobs)
        for job in jobs:
            job.leave()
        if tasks := [job.task for job in jobs if job.task is not None]:
            await asyncio.wait(tasks, timeout=_LEAVE_S)
        try:
            async with asyncio.timeout(_LEAVE_S):
                await self._at_end()
        except Exception as error:
            _log.warning("closing failed: %s: %s", type(error).__name__, error)


def _note_collection(phase: str, _: dict[str, int]) -> None:
    """The collector may call from amidst anything, with any lock held: nothing may wait in it."""
    global _collector
    _collector = threading.get_ident() if phase == "start" else 0


def _close_all() -> None:
    for one in tuple(_running):
        one.close()


gc.callbacks.append(_note_collection)
atexit.register(_close_all)
