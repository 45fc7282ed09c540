"""The official API on a real socket of loopback: Agent API, Search API and the list of models.

    async with AgentApi(Run(searches=[Search(("q",), (result(1),))], text="Yes [1].")) as api:
        OfficialApi(api.url, Secret(KEY))

It takes no field that the real one does not know, at any depth, and answers in its shapes: the
events of a run in their order, one `data:` line each, no `[DONE]`. The first request gets the first
run, the second the second, and all after the last get the last.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Self

import orjson
from aiohttp import web

from tests.emulators.agent_rules import SEARCH_FIELDS, wrong_field

KEY = "pplx-key-of-the-tests"
RUN_ID = "resp_0123"
USAGE: Mapping[str, Any] = {
    "input_tokens": 1200,
    "output_tokens": 80,
    "total_tokens": 1280,
    "output_tokens_details": {"reasoning_tokens": 20},
    "tool_calls_details": {
        "search_web": {"invocation": 2, "cost_usd": 0.01},
        "fetch_url": {"invocation": 1, "cost_usd": 0.0005},
    },
    "cost": {
        "currency": "USD",
        "input_cost": 0.001,
        "output_cost": 0.002,
        "tool_calls_cost": 0.0105,
        "total_cost": 0.0135,
    },
}


def result(number: int | None, url: str = "", **more: Any) -> dict[str, Any]:
    """A search result under an id; `url` is made of it unless given."""
    body: dict[str, Any] = {
        "url": url or f"https://site{number}.example/page",
        "title": f"Page {number}",
        "snippet": f"Snippet of page {number}. It says something about whales.",
        "source": "web",
    }
    return ({} if number is None else {"id": number}) | body | more


@dataclass(frozen=True)
class Search:
    """A search of a run. `told`: by events of its own, before the item that repeats it."""

    queries: Sequence[str]
    results: Sequence[Mapping[str, Any]]
    thought: str = ""
    told: bool = True


@dataclass(frozen=True)
class Run:
    """One run, and how it goes wrong.

    `text` is sent in `pieces` of even size. `late` are searches after half of the text. `after` are
    further events before the last. Written in slices of `slice_bytes`, which may cut an event or a
    letter in two. The counters are events that still go out whole: `cut_after` ends the connection,
    `silent_after` sends no more. `status` other than 200 refuses with `error` and `headers`.
    """

    text: str = "The blue whale sings below forty hertz [1]."
    pieces: int = 4
    searches: Sequence[Search] = ()
    late: Sequence[Search] = ()
    fetched: Sequence[Mapping[str, Any]] = ()
    images: Sequence[Mapping[str, Any]] = ()
    calls: Sequence[Mapping[str, Any]] = ()
    annotations: Sequence[Mapping[str, Any]] = ()
    after: Sequence[Mapping[str, Any]] = ()
    notices: Sequence[Mapping[str, Any]] = ()
    thought: str = ""
    end: str = "completed"
    reason: str = ""
    failure: Mapping[str, Any] | None = None
    usage: Mapping[str, Any] | None = field(default_factory=lambda: USAGE)
    model: str = "vendor/some-model"
    slice_bytes: int = 0
    ping: bool = False
    streamed: bool = True
    cut_after: int | None = None
    silent_after: int | None = None
    garbled: int | None = None
    status: int = 200
    error: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Received:
    """A request as it came."""

    path: str
    headers: Mapping[str, str]
    body: Any


class AgentApi:
    """The server. `requests` are what came in, but for cancellations, whose ids `cancelled` has.

    Without `takes_files` it refuses them, as the real one did for most of 2026.
    """

    def __init__(
        self,
        *runs: Run,
        found: Sequence[Mapping[str, Any]] = (),
        key: str = KEY,
        takes_files: bool = True,
        most_bytes: int = 32 * 1024 * 1024,
    ) -> None:
        self.runs = runs or (Run(),)
        self.found = found
        self.key = key
        self.takes_files = takes_files
        self.most_bytes = most_bytes
        self.requests: list[Received] = []
        self.cancelled: list[str] = []
        self.port = 0
        self._came = asyncio.Event()
        self._cancel_came = asyncio.Event()

    @property
    def url(self) -> str:
        """The base address, without /v1."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def body(self) -> Any:
        """The body of the last request."""
        return self.requests[-1].body

    async def wait_for_request(self) -> None:
        """Return when the first request has come."""
        async with asyncio.timeout(5):
            await self._came.wait()

    async def wait_for_cancel(self) -> None:
        """Return when a run has been cancelled."""
        async with asyncio.timeout(5):
            await self._cancel_came.wait()

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=2**27)
        app.router.add_post("/v1/agent", self._agent)
        app.router.add_post("/v1/agent/{id}/cancel", self._cancel)
        app.router.add_post("/search", self._search)
        app.router.add_get("/v1/models", self._models)
        listener = socket.create_server(("127.0.0.1", 0))
        self.port = listener.getsockname()[1]
        self._runner = web.AppRunner(app, handler_cancellation=True, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.SockSite(self._runner, listener).start()
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._runner.cleanup()

    async def _receive(self, request: web.Request) -> web.Response | Received:
        raw = await request.read()
        if request.headers.get("Authorization") != f"Bearer {self.key}":
            return _refusal(401, "invalid_api_key", f"bad key: {self._shown(request)}")
        if len(raw) > self.most_bytes:
            return _refusal(413, "payload_too_large", "too large")
        body = orjson.loads(raw) if raw else None
        received = Received(request.path, dict(request.headers), body)
        self.requests.append(received)
        self._came.set()
        return received

    def _shown(self, request: web.Request) -> str:
        return request.headers.get("Authorization", "").removeprefix("Bearer ")

    async def _models(self, request: web.Request) -> web.Response:
        received = await self._receive(request)
        if isinstance(received, web.Response):
            return received
        card = {"id": "perplexity/sonar", "object": "model", "created": 1, "owned_by": "perplexity"}
        return _json({"object": "list", "data": [card]})

    async def _cancel(self, request: web.Request) -> web.Response:
        self.cancelled.append(request.match_info["id"])
        self._cancel_came.set()
        return _json({"response_id": request.match_info["id"], "status": "cancelling"})

    async def _search(self, request: web.Request) -> web.Response:
        received = await self._receive(request)
        if isinstance(received, web.Response):
            return received
        if unknown := sorted(set(received.body) - SEARCH_FIELDS):
            return _unknown(unknown[0])
        refused = self._next_run()
        if refused.status != 200:
            return _json(refused.error, status=refused.status, headers=refused.headers)
        return _json({"id": "search-1", "results": list(self.found)})

    def _next_run(self) -> Run:
        return self.runs[min(len(self.requests), len(self.runs)) - 1]

    async def _agent(self, request: web.Request) -> web.StreamResponse:
        received = await self._receive(request)
        if isinstance(received, web.Response):
            return received
        run = self._next_run()
        if run.status != 200:
            return _json(run.error, status=run.status, headers=run.headers)
        if problem := wrong_field(received.body):
            return _unknown(problem)
        if not self.takes_files and b'"input_file"' in orjson.dumps(received.body):
            return _refusal(400, "invalid_request", 'invalid type "input_file"')
        if not run.streamed:
            return _json(response_of(run))
        return await self._stream(request, run)

    async def _stream(self, request: web.Request, run: Run) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        held = b""
        for number, event in enumerate(events_of(run)):
            if number == run.silent_after:
                await response.write(held)
                await asyncio.Event().wait()
            if number == run.cut_after:
                await response.write(held)
                assert request.transport is not None
                request.transport.abort()
                return response
            line = b"data: " + orjson.dumps(event | {"sequence_number": number}) + b"\n\n"
            if number == run.garbled:
                line = line[: len(line) // 2] + b"\n\n"
            held += (b"\n\n" if run.ping else b"") + line
            if run.slice_bytes:
                while len(held) > run.slice_bytes:
                    await response.write(held[: run.slice_bytes])
                    held = held[run.slice_bytes :]
            else:
                await response.write(held)
                held = b""
        await response.write(held)
        await response.write_eof()
        return response


def events_of(run: Run) -> Iterator[dict[str, Any]]:
    """The events of a run, without their numbers."""
    for kind in ("created", "in_progress"):
        yield {"type": f"response.{kind}", "response": response_of(run, status="in_progress")}
    if run.searches or run.thought:
        yield {"type": "response.reasoning.started"} | _thought(run.thought)
    for search in run.searches:
        yield from _search_events(search)
    yield from _tool_events(run)
    if run.searches:
        yield {"type": "response.reasoning.stopped"}
    size = max(1, -(-len(run.text) // run.pieces))
    pieces = [run.text[at : at + size] for at in range(0, len(run.text), size)]
    message = {"type": "message", "id": "msg_1", "role": "assistant", "status": "in_progress"}
    if pieces:
        yield {"type": "response.output_item.added", "item": message | {"content": []}}
    for number, piece in enumerate(pieces):
        if number == len(pieces) // 2:
            for search in run.late:
                yield from _search_events(search)
        yield {"type": "response.output_text.delta", "item_id": "msg_1", "delta": piece}
    if pieces:
        yield {"type": "response.output_text.done", "item_id": "msg_1", "text": run.text}
        yield {"type": "response.output_item.done", "item": _message(run)}
    yield from run.after
    yield _last_event(run)


def _last_event(run: Run) -> dict[str, Any]:
    if run.end == "error":
        return {"type": "error", "error": run.failure}
    if run.end == "failed":
        return {"type": "response.failed", "error": run.failure}
    return {"type": f"response.{run.end}", "response": response_of(run)}


def _search_events(search: Search) -> Iterator[dict[str, Any]]:
    reasoning = "response.reasoning.search_"
    if search.told:
        asked = {"type": f"{reasoning}queries", "queries": list(search.queries)}
        yield asked | _thought(search.thought)
        yield {"type": f"{reasoning}results", "results": list(search.results)}
    item = _search_item(search)
    yield {"type": "response.output_item.added", "item": item}
    yield {"type": "response.output_item.done", "item": item}


def _tool_events(run: Run) -> Iterator[dict[str, Any]]:
    if run.fetched:
        urls = [page["url"] for page in run.fetched]
        yield {"type": "response.reasoning.fetch_url_queries", "urls": urls}
        yield {"type": "response.reasoning.fetch_url_results", "contents": list(run.fetched)}
    for item in [*_image_items(run), *_call_items(run)]:
        yield {"type": "response.output_item.added", "item": item}
        yield {"type": "response.output_item.done", "item": item}


def _thought(thought: str) -> dict[str, Any]:
    return {"thought": thought} if thought else {}


def _search_item(search: Search) -> dict[str, Any]:
    queries, results = list(search.queries), list(search.results)
    return {"type": "search_results", "queries": queries, "results": results}


def _image_items(run: Run) -> list[dict[str, Any]]:
    images = list(run.images)
    return [{"type": "image_search_results", "results": images}] if images else []


def _call_items(run: Run) -> list[dict[str, Any]]:
    return [
        {"type": "function_call", "id": f"fc_{n}", "status": "completed", **call}
        for n, call in enumerate(run.calls)
    ]


def _message(run: Run) -> dict[str, Any]:
    part = {"type": "output_text", "text": run.text, "annotations": list(run.annotations)}
    return {
        "type": "message",
        "id": "msg_1",
        "role": "assistant",
        "status": "completed",
        "content": [part],
    }


def response_of(run: Run, *, status: str | None = None) -> dict[str, Any]:
    """The response object, whole unless a `status` says that it is under way."""
    body: dict[str, Any] = {
        "id": RUN_ID,
        "object": "response",
        "created_at": 1_790_000_000,
        "model": run.model,
        "status": status or run.end,
        "output": [],
    }
    if status is not None:
        return body
    body["output"] = [
        *(_search_item(search) for search in (*run.searches, *run.late)),
        *_image_items(run),
        *_call_items(run),
        *([_message(run)] if run.text else []),
    ]
    if run.usage is not None:
        body["usage"] = run.usage
    if run.notices:
        body["notices"] = list(run.notices)
    if run.reason:
        body["incomplete_details"] = {"reason": run.reason}
    if run.failure is not None:
        body["error"] = run.failure
    return body


def _refusal(status: int, kind: str, message: str) -> web.Response:
    return _json({"error": {"message": message, "type": kind, "code": status}}, status=status)


def _unknown(param: str) -> web.Response:
    message = f'invalid request body: json: unknown field "{param}"'
    error = {"message": message, "type": "invalid_request", "code": 400, "param": param}
    return _json({"error": error}, status=400)


def _json(
    body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None
) -> web.Response:
    return web.Response(
        body=orjson.dumps(body),
        status=status,
        headers=dict(headers or {}),
        content_type="application/json",
    )
