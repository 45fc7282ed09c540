"""The emulated service in a thread of its own, for tests that wait for programs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.emulators.perplexity_web.service import WebService


@contextmanager
def service_in_a_thread() -> Iterator[WebService]:
    """A started service."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    one = WebService()
    asyncio.run_coroutine_threadsafe(one.__aenter__(), loop).result(10)
    try:
        yield one
    finally:
        asyncio.run_coroutine_threadsafe(one.__aexit__(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()
