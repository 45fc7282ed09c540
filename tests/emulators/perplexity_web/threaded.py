"""The emulated service in a thread of its own, for tests that wait for programs."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from tests.emulators.perplexity_web.service import WebService

Run: TypeAlias = Callable[[Coroutine[Any, Any, Any]], Any]


@contextmanager
def loop_in_a_thread() -> Iterator[Run]:
    """What runs a coroutine on a loop in another thread and waits for it."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield lambda work: asyncio.run_coroutine_threadsafe(work, loop).result(10)
    finally:
        asyncio.run_coroutine_threadsafe(_cancel_all(), loop).result(10)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@contextmanager
def service_in_a_thread() -> Iterator[WebService]:
    """A started service."""
    with loop_in_a_thread() as run:
        service = WebService()
        run(service.__aenter__())
        try:
            yield service
        finally:
            run(service.__aexit__())


async def _cancel_all() -> None:
    """End what still runs, such as tunnels that a client has left open."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
