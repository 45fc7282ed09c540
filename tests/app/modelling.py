"""The language model's emulator beside tests that are not asynchronous."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.emulators.openai_model import ModelServer, Reply


@contextmanager
def modelling(*replies: Reply) -> Iterator[ModelServer]:
    """A model server in a thread of its own."""
    started = threading.Event()
    model = ModelServer(*replies)
    loops: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    async def serve() -> None:
        stop = asyncio.Event()
        loops.append((asyncio.get_running_loop(), stop))
        async with model:
            started.set()
            await stop.wait()

    thread = threading.Thread(target=asyncio.run, args=(serve(),))
    thread.start()
    assert started.wait(10)
    try:
        yield model
    finally:
        loop, stop = loops[0]
        loop.call_soon_threadsafe(stop.set)
        thread.join()


def settings_for(model: ModelServer) -> dict[str, str]:
    """The settings with which a server asks it."""
    return {"HYDROPHONE_MODEL_URL": model.url, "HYDROPHONE_MODEL": "tiny"}
