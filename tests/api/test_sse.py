"""Streams on raw ASGI, served by a real uvicorn: pings, status, errors, callers who leave."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from hydrophone.api.sse import DONE, EventStream, awaited, frame, unless_disconnected
from hydrophone.codec import encode, event_name
from hydrophone.errors import InvalidRequest, UpstreamError
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import (
    Event,
    Failed,
    Finished,
    RequestContext,
    Sources,
    Step,
    Text,
    Usage,
    ask,
)
from tests.api.serving import serving
from tests.api.sse_reader import comments_of, frames_of

FOREVER = 3600.0
SOON_S = 0.02
SCOPE: Scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
END = Finished("stop", Usage())


class SilentSteps:
    """A dialect without a word for steps; everything else is written as it is."""

    def frames(self, event: Event) -> bytes:
        if isinstance(event, Step):
            return b""
        return frame(encode(event), name=event_name(event))


def stream_of(answerer: ScriptedAnswerer, **times: float) -> EventStream:
    return EventStream(answerer.answer(ask("?"), RequestContext()), SilentSteps(), **times)


@asynccontextmanager
async def streaming(script: Sequence[ScriptItem], **times: float) -> AsyncIterator[str]:
    """A server whose every answer is this script in a stream with shrunk times."""

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await stream_of(ScriptedAnswerer(script), **times)(scope, receive, send)

    async with serving(application) as url:
        yield url


async def get(url: str) -> httpx.Response:
    async with httpx.AsyncClient(verify=False) as client:
        return await client.get(url)


async def test_a_stream_has_the_headers_that_keep_proxies_from_holding_it() -> None:
    async with streaming([Sources(complete=True), END]) as url:
        response = await get(url)
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"
    assert [one.name for one in frames_of(response.content)] == ["sources", "finished"]


async def test_a_failure_before_the_first_frame_decides_the_status() -> None:
    script = [Step("1", "web_search"), InvalidRequest("no question", param="messages")]
    async with streaming(script) as url:
        response = await get(url)
    assert response.status_code == 400
    assert response.headers["content-type"] == "application/json"
    assert response.json()["error"]["param"] == "messages"


async def test_a_slow_answer_begins_with_pings() -> None:
    script = [0.3, Sources(complete=True), END]
    async with streaming(script, decide_s=SOON_S, ping_s=SOON_S) as url:
        response = await get(url)
    assert response.status_code == 200
    assert response.content.startswith(b": ping\n\n")
    assert comments_of(response.content) >= 2
    assert [one.name for one in frames_of(response.content)] == ["sources", "finished"]


async def test_after_the_begin_a_failure_is_an_event() -> None:
    script = [0.1, UpstreamError("gone")]
    async with streaming(script, decide_s=SOON_S, ping_s=FOREVER) as url:
        response = await get(url)
    assert response.status_code == 200
    assert comments_of(response.content) == 1
    [last] = frames_of(response.content)
    assert last.name == "error"
    assert last.json["error"]["code"] == 502


async def test_silence_in_the_middle_is_filled_with_pings() -> None:
    script = [Sources(complete=True), 0.3, Text("a"), END]
    async with streaming(script, decide_s=SOON_S, ping_s=SOON_S) as url:
        body = (await get(url)).content
    assert body.index(b"event: sources") < body.index(b": ping") < body.index(b"event: text")


async def test_a_quick_answer_has_no_pings() -> None:
    async with streaming([Sources(complete=True), Text("a"), END]) as url:
        assert comments_of((await get(url)).content) == 0


async def test_every_piece_goes_out_at_once() -> None:
    gate = asyncio.Event()

    class Held:
        def answer(self) -> Any:
            return self._events()

        @asynccontextmanager
        async def _events(self) -> AsyncIterator[AsyncIterator[Event]]:
            async def events() -> AsyncIterator[Event]:
                yield Text("first")
                await gate.wait()
                yield END

            yield events()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        await EventStream(Held().answer(), SilentSteps())(scope, receive, send)

    async with (
        serving(application) as url,
        httpx.AsyncClient(verify=False) as client,
        client.stream("GET", url) as response,
    ):
        body = b""
        async for piece in response.aiter_raw():
            body += piece
            if b"first" in piece:
                gate.set()
    assert [one.name for one in frames_of(body)] == ["text", "finished"]


class Wire:
    """Both ends of an ASGI application: what was sent, and a caller who leaves when told to.

    When it is stuck it takes the headers only after a while, as a socket that is full.
    """

    def __init__(self, *, stuck: bool = False) -> None:
        self.sent: list[Message] = []
        self.left = asyncio.Event()
        self._stuck = stuck

    async def receive(self) -> Message:
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        if self._stuck and message["type"] == "http.response.start":
            await asyncio.sleep(0.1)
        self.sent.append(message)

    @property
    def types(self) -> list[str]:
        return [message["type"].removeprefix("http.response.") for message in self.sent]

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.sent)


async def test_a_ping_and_the_first_frame_at_once_keep_their_order() -> None:
    """The ping wants to begin while the socket is full, and the first frame comes meanwhile."""
    wire = Wire(stuck=True)
    answerer = ScriptedAnswerer([0.03, Sources(complete=True), END])
    await stream_of(answerer, decide_s=0.01, ping_s=FOREVER)(SCOPE, wire.receive, wire.send)
    assert wire.types[0] == "start"
    assert wire.types.count("start") == 1
    assert [one.name for one in frames_of(wire.body)] == ["sources", "finished"]


async def test_a_failure_while_a_ping_begins_is_an_event_of_the_stream() -> None:
    wire = Wire(stuck=True)
    answerer = ScriptedAnswerer([0.03, UpstreamError("gone")])
    await stream_of(answerer, decide_s=0.01, ping_s=FOREVER)(SCOPE, wire.receive, wire.send)
    assert wire.types[0] == "start"
    assert wire.types.count("start") == 1
    assert [one.name for one in frames_of(wire.body)] == ["error"]


@pytest.mark.parametrize("opening", [[], [Sources(complete=True)]], ids=["unbegun", "begun"])
async def test_a_caller_who_leaves_stops_the_work(opening: list[ScriptItem]) -> None:
    wire, answerer = Wire(), ScriptedAnswerer([*opening, FOREVER])
    stream = stream_of(answerer)
    running = asyncio.create_task(stream(SCOPE, wire.receive, wire.send))
    await asyncio.sleep(0.02)
    wire.left.set()
    async with asyncio.timeout(5):
        await running
    assert answerer.stopped == 1
    assert not any(message.get("more_body") is False for message in wire.sent)


async def test_a_server_that_closes_stops_the_work() -> None:
    wire, answerer = Wire(), ScriptedAnswerer([FOREVER])
    running = asyncio.create_task(stream_of(answerer)(SCOPE, wire.receive, wire.send))
    await asyncio.sleep(0.02)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    assert answerer.stopped == 1


async def test_no_task_is_left_behind() -> None:
    before = asyncio.all_tasks()
    wire = Wire()
    answerer = ScriptedAnswerer([Sources(complete=True), END])
    await stream_of(answerer)(SCOPE, wire.receive, wire.send)
    await asyncio.sleep(0)
    assert asyncio.all_tasks() == before


async def test_a_defect_of_the_work_is_raised_and_not_swallowed() -> None:
    async def defect() -> None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await unless_disconnected(Wire().receive, defect())


async def test_an_error_of_an_awaited_response_is_its_response() -> None:
    async def fails() -> Response:
        raise InvalidRequest("no question", param="query")

    wire = Wire()
    await awaited(fails)(SCOPE, wire.receive, wire.send)
    assert wire.types == ["start", "body"]
    assert wire.sent[0]["status"] == 400
    assert b'"param":"query"' in wire.body


async def test_the_work_of_an_awaited_response_stops_when_the_caller_leaves() -> None:
    stopped = asyncio.Event()

    async def works() -> Response:
        try:
            await asyncio.sleep(FOREVER)
        finally:
            stopped.set()
        return Response(b"")

    wire = Wire()
    wire.left.set()
    await awaited(works)(SCOPE, wire.receive, wire.send)
    assert stopped.is_set()
    assert wire.sent == []


def test_a_frame_is_one_event_and_done_is_the_word_of_openai() -> None:
    assert frame(b"{}") == b"data: {}\n\n"
    assert frame(b"{}", name="error") == b"event: error\ndata: {}\n\n"
    assert DONE == b"data: [DONE]\n\n"


async def test_a_failed_event_carries_its_parameter() -> None:
    failed = Failed("invalid_request", "wrong", 400, False, Usage(), param="messages")
    async with streaming([Sources(complete=True), failed]) as url:
        last = frames_of((await get(url)).content)[-1]
    assert last.json["error"]["param"] == "messages"
