"""The only place that writes streams: events through a dialect to server-sent events, on raw ASGI.

Nothing is sent before it is known that there is something to send: an answer that fails first gets
its own HTTP status. After five seconds without either, the response begins with 200 and pings
(comment lines, which every client skips), so that no client's read timeout strikes. When the
caller goes away the work is stopped.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from typing import Any, Protocol

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from hydrophone.api.errors import error_response, failed_body, failed_response
from hydrophone.errors import HydrophoneError
from hydrophone.types import Event, Failed

DECIDE_S = 5.0
PING_S = 10.0
# Most requests are over before: listening to whether their caller goes away would cost each a task.
LISTEN_AFTER_S = 0.1
PING = b": ping\n\n"
DONE = b"data: [DONE]\n\n"
_HEADERS = [
    (b"content-type", b"text/event-stream; charset=utf-8"),
    (b"cache-control", b"no-cache"),
    (b"x-accel-buffering", b"no"),
]


class Dialect(Protocol):
    """Turns the events of one answer into frames; keeps what it needs between them."""

    def frames(self, event: Event) -> bytes:
        """The frames for this event; empty when the dialect has no word for it."""


def frame(data: bytes, *, name: str | None = None) -> bytes:
    """One event of a stream; `data` must hold no line break, as JSON by orjson does not."""
    head = b"" if name is None else b"event: " + name.encode() + b"\n"
    return head + b"data: " + data + b"\n\n"


class EventStream:
    """An ASGI response that streams an answer in a dialect; `opening` goes out at once.

    `tells_failure`: the dialect has a word for an answer that fails when something was sent.
    """

    def __init__(
        self,
        answer: AbstractAsyncContextManager[AsyncIterator[Event]],
        dialect: Dialect,
        *,
        opening: bytes = b"",
        tells_failure: bool = False,
        decide_s: float = DECIDE_S,
        ping_s: float = PING_S,
    ) -> None:
        self._answer = answer
        self._dialect = dialect
        self._opening = opening
        self._tells_failure = tells_failure
        self._decide_s = decide_s
        self._ping_s = ping_s

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Stream until the answer's end or until the caller goes away."""
        await unless_disconnected(receive, self._stream(scope, receive, send))

    async def _stream(self, scope: Scope, receive: Receive, send: Send) -> None:
        async with self._answer as events:
            wire = _Wire(send)
            if self._opening:
                await wire.write(self._opening)
            pinger = asyncio.create_task(wire.ping(self._decide_s, self._ping_s))
            try:
                async for event in events:
                    if isinstance(event, Failed) and await wire.close_unbegun():
                        await failed_response(event)(scope, receive, send)
                        return
                    await wire.write(self._frames(event))
            finally:
                pinger.cancel()
            await wire.end()

    def _frames(self, event: Event) -> bytes:
        if isinstance(event, Failed) and not self._tells_failure:
            return frame(failed_body(event), name="error")
        return self._dialect.frames(event)


class _Wire:
    """The response body: headers with the first bytes, whoever has these, frame or ping."""

    def __init__(self, send: Send) -> None:
        self._send = send
        self._written_at = 0.0
        self._begun = False
        self._closed = False
        self._turn = asyncio.Lock()

    async def write(self, data: bytes) -> None:
        if not data:
            return
        if not self._begun:
            await self._begin()
        if not self._closed:
            self._written_at = asyncio.get_running_loop().time()
            await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def _begin(self) -> None:
        async with self._turn:
            if not self._begun and not self._closed:
                start = {"type": "http.response.start", "status": 200, "headers": _HEADERS}
                await self._send(start)
                self._begun = True

    async def close_unbegun(self) -> bool:
        """Write no more, if nothing has been written; whether it is so."""
        async with self._turn:
            self._closed = not self._begun
            return self._closed

    async def ping(self, decide_s: float, ping_s: float) -> None:
        """Begin after `decide_s` at the latest; afterwards fill silences of `ping_s`."""
        await asyncio.sleep(decide_s)
        if not self._begun:
            await self.write(PING)
        while True:
            silent_s = asyncio.get_running_loop().time() - self._written_at
            if silent_s >= ping_s:
                await self.write(PING)
                silent_s = 0.0
            await asyncio.sleep(ping_s - silent_s)

    async def end(self) -> None:
        await self._begin()
        self._closed = True
        await self._send({"type": "http.response.body", "body": b"", "more_body": False})


async def unless_disconnected(receive: Receive, work: Coroutine[Any, Any, None]) -> None:
    """Run `work` to its end, or cancel it and wait for it when the caller goes away."""
    # In this task and not in one of its own, which would cost each request some 20 µs; a
    # cancellation is told from those of others as asyncio.timeout() does it.
    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("an ASGI application runs in a task")
    cancels_before = task.cancelling()
    loop = task.get_loop()
    listeners: list[asyncio.Task[None]] = []

    def listen() -> None:
        listeners.append(loop.create_task(_cancel_when_gone(receive, task)))

    later = loop.call_later(LISTEN_AFTER_S, listen)
    try:
        await work
    except asyncio.CancelledError:
        gone = any(one.done() and one.exception() is None for one in listeners)
        if not gone or task.uncancel() > cancels_before:
            raise
    finally:
        later.cancel()
        for one in listeners:
            one.cancel()


async def _cancel_when_gone(receive: Receive, task: asyncio.Task[Any]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
    task.cancel()


class _AsgiResponse(Response):
    def __init__(self, application: ASGIApp) -> None:
        self._application = application
        self.background = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._application(scope, receive, send)


def as_response(application: ASGIApp) -> Response:
    """A plain ASGI application, such as an EventStream, where the framework expects a response."""
    return _AsgiResponse(application)


def awaited(answer: Callable[[], Awaitable[Response]]) -> Response:
    """The response that `answer` comes to, or that of the error it raises; when the caller goes
    away first, its work is stopped."""

    async def respond(scope: Scope, receive: Receive, send: Send) -> None:
        async def work() -> None:
            try:
                response = await answer()
            except HydrophoneError as error:
                response = error_response(error)
            await response(scope, receive, send)

        await unless_disconnected(receive, work())

    return as_response(respond)
