"""An OpenAI-compatible model server that plays scripts, on a real socket of loopback.

    async with ModelServer(Reply("Hello", pieces=3)) as server:
        ...  # server.url is the base, server.requests what came in

The first request gets the first reply, the second the second, and all after the last get the last;
with `choose` each gets what that makes of its body. `card` is what /v1/models tells of each model,
`props` what llama.cpp tells at /props.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, Self

import orjson
from aiohttp import web

UsagePlace = Literal["own chunk", "last chunk", "every chunk", "choice", "nowhere"]


@dataclass(frozen=True)
class Call:
    """A tool call that the model makes; `indexed` False leaves the index out."""

    id: str
    name: str
    arguments: str
    indexed: bool = True


@dataclass(frozen=True)
class Reply:
    """One reply, and how it goes wrong.

    `text` and `thinking` are cut in `pieces` of even size each (None: one a character). The
    counters `cut_after`, `hang_after` and `broken_after` are events that are still sent whole;
    `hang_after=-1` hangs before the headers. `raw` replaces the body by these bytes, written one
    by one with `delay_s` between them.
    """

    text: str = "Hello from the model."
    pieces: int | None = 4
    thinking: str = ""
    thinking_field: str = "reasoning_content"
    calls: Sequence[Call] = ()
    finish_reason: str | None = "stop"
    usage: Mapping[str, Any] = field(
        default_factory=lambda: {"prompt_tokens": 11, "completion_tokens": 7, "total_tokens": 18}
    )
    usage_place: UsagePlace = "own chunk"
    delay_s: float = 0.0
    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    error: object = None
    cut_after: int | None = None
    hang_after: int | None = None
    broken_after: int | None = None
    done: bool = True
    raw: Sequence[bytes] | None = None
    media_type: str = "text/event-stream"


@dataclass(frozen=True)
class Received:
    """A request as it came; `peer` tells connections apart."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: Any
    peer: object


class ModelServer:
    """The server. Counts in `disconnects` the clients that left before the end of a reply."""

    def __init__(
        self,
        *replies: Reply,
        models: Sequence[str] = ("tiny",),
        choose: Callable[[Any], Reply] | None = None,
        card: Mapping[str, Any] | None = None,
        props: Mapping[str, Any] | None = None,
    ) -> None:
        self.replies = replies or (Reply(),)
        self.models = models
        self.choose = choose
        self.card = card or {}
        self.props = props
        self.requests: list[Received] = []
        self.disconnects = 0
        self.port = 0
        self._came = asyncio.Event()
        self._left = asyncio.Event()

    @property
    def url(self) -> str:
        """The base address, with /v1."""
        return f"http://127.0.0.1:{self.port}/v1"

    async def wait_for_request(self) -> None:
        """Return when the first request has come."""
        async with asyncio.timeout(5):
            await self._came.wait()

    async def wait_for_disconnect(self) -> None:
        """Return when a client has left before the end of its reply."""
        async with asyncio.timeout(5):
            await self._left.wait()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**27)
        app.router.add_post("/v1/chat/completions", self._chat)
        app.router.add_get("/v1/models", self._models)
        app.router.add_get("/props", self._props)
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()

    async def _models(self, request: web.Request) -> web.Response:
        await self._record(request)
        cards = [{"id": i, "object": "model", **self.card} for i in self.models]
        return _json({"object": "list", "data": cards})

    async def _props(self, request: web.Request) -> web.Response:
        await self._record(request)
        return _json(self.props or {}, status=200 if self.props else 404)

    async def _chat(self, request: web.Request) -> web.StreamResponse:
        received = await self._record(request)
        chats = sum(r.method == "POST" for r in self.requests)
        reply = self.replies[min(chats, len(self.replies)) - 1]
        if self.choose is not None:
            reply = self.choose(received.body)
        try:
            if reply.hang_after == -1:
                await asyncio.Event().wait()
            if reply.status != 200:
                return _json(reply.error, status=reply.status, headers=reply.headers)
            if received.body.get("stream") or reply.raw is not None:
                return await self._stream(request, reply, received.body)
            return _json(_completion(reply, received.body["model"]), headers=reply.headers)
        except (asyncio.CancelledError, ConnectionResetError):
            self.disconnects += 1
            self._left.set()
            raise

    async def _record(self, request: web.Request) -> Received:
        raw = await request.read()
        received = Received(
            method=request.method,
            path=request.path_qs,
            headers=dict(request.headers),
            body=orjson.loads(raw) if raw else None,
            peer=request.transport.get_extra_info("peername") if request.transport else None,
        )
        self.requests.append(received)
        self._came.set()
        return received

    async def _stream(
        self, request: web.Request, reply: Reply, asked: Mapping[str, Any]
    ) -> web.StreamResponse:
        response = web.StreamResponse(
            headers={"Content-Type": reply.media_type, "Cache-Control": "no-cache"} | reply.headers
        )
        await response.prepare(request)
        for n, event in enumerate(events(reply, asked)):
            if n == reply.cut_after:
                assert request.transport is not None
                request.transport.abort()
                return response
            if n == reply.hang_after:
                await asyncio.Event().wait()
            if n == reply.broken_after:
                event = b'data: {"choices": [{"delta": {"con\n\n'
            await response.write(event)
            await asyncio.sleep(reply.delay_s)
        await response.write_eof()
        return response


def events(reply: Reply, asked: Mapping[str, Any]) -> Sequence[bytes]:
    """What is written to the socket for a streamed reply, event by event."""
    if reply.raw is not None:
        return reply.raw
    chunks = _chunks(reply, asked["model"])
    wanted = (asked.get("stream_options") or {}).get("include_usage")
    if reply.usage_place == "own chunk" and wanted:
        chunks.append(_chunk(asked["model"], usage=reply.usage) | {"choices": []})
    if reply.usage_place == "last chunk":
        chunks[-1]["usage"] = reply.usage
    if reply.usage_place == "every chunk":
        chunks = [chunk | {"usage": reply.usage} for chunk in chunks]
    if reply.usage_place == "choice":
        chunks[-1]["choices"][0]["usage"] = reply.usage
    lines = [b"data: " + orjson.dumps(chunk) + b"\n\n" for chunk in chunks]
    return [*lines, b"data: [DONE]\n\n"] if reply.done else lines


def _chunks(reply: Reply, model: str) -> list[dict[str, Any]]:
    deltas: list[dict[str, Any]] = [{"role": "assistant", "content": ""}]
    deltas += [{reply.thinking_field: piece} for piece in _cut(reply.thinking, reply.pieces)]
    deltas += [{"content": piece} for piece in _cut(reply.text, reply.pieces)]
    for n, call in enumerate(reply.calls):
        deltas += [{"tool_calls": [_call(n, call, piece)]} for piece in _call_pieces(call)]
    chunks = [_chunk(model, delta) for delta in deltas]
    if reply.finish_reason is not None:
        chunks.append(_chunk(model, {}, finish_reason=reply.finish_reason))
    return chunks


def _chunk(
    model: str,
    delta: Mapping[str, Any] | None = None,
    *,
    finish_reason: str | None = None,
    usage: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    choice = {"index": 0, "delta": delta or {}, "finish_reason": finish_reason}
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": model,
        "choices": [choice],
        "usage": usage,
    }


def _completion(reply: Reply, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": reply.text or None}
    if reply.thinking:
        message[reply.thinking_field] = reply.thinking
    if reply.calls:
        message["tool_calls"] = [
            _call(n, call, call.arguments, first=True) for n, call in enumerate(reply.calls)
        ]
    body: dict[str, Any] = {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1_700_000_000,
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": reply.finish_reason}],
    }
    return body if reply.usage_place == "nowhere" else body | {"usage": reply.usage}


def _call(n: int, call: Call, arguments: str, *, first: bool | None = None) -> dict[str, Any]:
    first = call.arguments.startswith(arguments) if first is None else first
    named = {"id": call.id, "type": "function"} if first else {}
    index = {"index": n} if call.indexed else {}
    function = {"arguments": arguments} | ({"name": call.name} if first else {})
    return index | named | {"function": function}


def _call_pieces(call: Call) -> list[str]:
    return _cut(call.arguments, 3) if call.indexed else [call.arguments]


def _cut(text: str, pieces: int | None) -> list[str]:
    size = 1 if pieces is None else max(1, -(-len(text) // pieces))
    return [text[start : start + size] for start in range(0, len(text), size)]


def _json(
    body: object, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    raw = body if isinstance(body, bytes) else orjson.dumps(body)
    return web.Response(body=raw, status=status, headers=headers, content_type="application/json")
