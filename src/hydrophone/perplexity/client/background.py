"""An event loop in a thread of its own, for programs that wait."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from typing import Any, TypeVar

_Done = TypeVar("_Done")
_STOP_S = 5.0


class Background:
    """Runs coroutines for any thread, also where a loop runs already, as in a notebook."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._pid = os.getpid()
        self._thread = threading.Thread(
            target=self._loop.run_forever, name="hydrophone.perplexity", daemon=True
        )
        self._thread.start()

    @property
    def lives(self) -> bool:
        """Whether it can run something: threads do not come along into a forked process."""
        return self._pid == os.getpid() and self._thread.is_alive()

    def run(self, work: Coroutine[Any, Any, _Done]) -> _Done:
        """Wait for the coroutine's end. Whoever is interrupted while waiting cancels it, and it
        has some seconds to leave all in order. Raises RuntimeError where this runs no more."""
        if not self.lives:
            work.close()
            raise RuntimeError("the client was closed, or the process was forked")
        ended = threading.Event()

        async def watched() -> _Done:
            try:
                return await work
            finally:
                ended.set()

        future: Future[_Done] | None = None
        try:
            future = asyncio.run_coroutine_threadsafe(watched(), self._loop)
            return future.result()
        except BaseException:
            if future is not None and future.cancel():
                ended.wait(_STOP_S)
            raise

    def close(self) -> None:
        """Stop the loop and end the thread."""
        if not self.lives:
            return
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(_STOP_S)
        if not self._thread.is_alive():
            self._loop.close()
