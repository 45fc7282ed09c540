"""A server in a thread of its own, since the synchronous clients block theirs."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TypeAlias

from starlette.types import ASGIApp, Receive, Scope, Send

from hydrophone.api.application import build_application
from hydrophone.ports import House
from tests.api.serving import WAIT_S, uvicorn_of

# Builds the house on the server's own loop; what it opens, the stack closes.
Builder: TypeAlias = Callable[[AsyncExitStack], Awaitable[tuple[House, str]]]


@dataclass(frozen=True)
class Running:
    """The server's address, and the key that it asks for (any text in an open server)."""

    url: str
    key: str


class ServerThread:
    """A server that answers from `start` to `stop`; `asked` are the requests so far."""

    def __init__(self, build: Builder, *, max_body_bytes: int = 100_000) -> None:
        self.asked: list[tuple[str, str]] = []
        self._build = build
        self._max_body_bytes = max_body_bytes
        self._ready = threading.Event()
        self._stop: Callable[[], None] | None = None
        self._problem: BaseException | None = None
        self._running: Running | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)

    def start(self) -> Running:
        """Return when it answers."""
        self._thread.start()
        assert self._ready.wait(WAIT_S)
        if self._running is None:
            raise RuntimeError("the server did not start") from self._problem
        return self._running

    def stop(self) -> None:
        """Return when it has ended."""
        if self._stop is not None:
            self._stop()
        self._thread.join(WAIT_S)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:
            self._problem = error
        finally:
            self._ready.set()

    async def _serve(self) -> None:
        async with AsyncExitStack() as stack:
            house, key = await self._build(stack)
            application = build_application(
                house,
                max_body_bytes=self._max_body_bytes,
                default_model="default",
                cors_origins=["*"],
            )
            server = uvicorn_of(self._noting(application))
            listener = socket.create_server(("127.0.0.1", 0))
            stack.callback(listener.close)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await server.begun.wait()
            loop = asyncio.get_running_loop()
            self._stop = lambda: loop.call_soon_threadsafe(server.ended.set)
            self._running = Running(f"http://127.0.0.1:{listener.getsockname()[1]}", key)
            self._ready.set()
            await serving

    def _noting(self, application: ASGIApp) -> ASGIApp:
        async def noting(scope: Scope, receive: Receive, send: Send) -> None:
            if scope["type"] == "http":
                self.asked.append((scope["method"], scope["path"]))
            await application(scope, receive, send)

        return noting
