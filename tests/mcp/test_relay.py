"""Standard input joined to a running server: what comes back, also when the server is not there."""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, BinaryIO

import pytest
from aiohttp import test_utils, web

from hydrophone.mcp.relay import relay
from tests.api.serving import KEY, WAIT_S
from tests.mcp.serving import over_http
from tests.mcp.standard_input import SLOW

OPENING = {
    "protocolVersion": "2025-06-18",
    "capabilities": {},
    "clientInfo": {"name": "tests", "version": "1"},
}
CALL = {
    "name": "perplexity_ask",
    "arguments": {"query": "?"},
    "_meta": {"progressToken": 1},
}


@dataclass
class Program:
    """Whoever has started the relay: writes lines to it, reads lines from it."""

    given: BinaryIO
    taken: BinaryIO

    async def say(self, method: str, params: Any, number: int | None = None) -> None:
        message = {"jsonrpc": "2.0", "method": method, "params": params}
        await self.write(json.dumps(message if number is None else {**message, "id": number}))

    async def write(self, line: str) -> None:
        await asyncio.to_thread(self.given.write, line.encode() + b"\n")

    async def hear(self) -> Any:
        async with asyncio.timeout(WAIT_S):
            return json.loads(await asyncio.to_thread(self.taken.readline))

    async def hear_answer(self, number: int) -> Any:
        while (message := await self.hear()).get("id") != number:
            pass
        return message


@asynccontextmanager
async def relayed(url: str, key: str | None = None) -> AsyncIterator[Program]:
    """A relay between pipes; leaving closes its standard input, and waits for its end."""
    (to_read, given), (taken, to_write) = os.pipe(), os.pipe()
    with (
        os.fdopen(to_read, "rb") as reading,
        os.fdopen(to_write, "wb") as writing,
        os.fdopen(taken, "rb") as hearing,
    ):
        with os.fdopen(given, "wb", buffering=0) as saying:
            running = asyncio.create_task(relay(url, key, reading, writing))
            yield Program(saying, hearing)
        async with asyncio.timeout(WAIT_S):
            await running


async def test_answers_come_back_with_all_that_the_agreed_version_has() -> None:
    async with over_http(keys=[KEY]) as served, relayed(served.url, KEY) as program:
        await program.say("initialize", OPENING, 1)
        assert (await program.hear())["result"]["protocolVersion"] == "2025-06-18"
        await program.say("notifications/initialized", {})
        await program.say("tools/call", CALL, 2)
        assert (await program.hear())["method"] == "notifications/progress"
        answer = (await program.hear_answer(2))["result"]
        assert answer["structuredContent"]["answer"] == "Whales sing. [1]"
    assert [row.principal.kind for row in served.ledger.rows] == ["key"]


async def test_what_the_server_refuses_is_an_error_in_its_words() -> None:
    async with over_http(keys=[KEY]) as served, relayed(served.url, "wrong") as program:
        await program.say("initialize", OPENING, 1)
        assert (await program.hear())["error"]["message"] == "this is no key of this server"
        await program.write("no json")
        refused = await program.hear()
        assert refused["id"] is None
        assert refused["error"]["code"] == -32700


async def test_a_server_that_comes_back_is_asked_again() -> None:
    async with over_http() as served:
        url = served.url
    async with relayed(url) as program:
        await program.say("initialize", OPENING, 1)
        assert "does not answer" in (await program.hear())["error"]["message"]
        async with over_http(port=int(url.rsplit(":", 1)[1])):
            await program.say("initialize", OPENING, 2)
            assert (await program.hear())["result"]["serverInfo"]["name"] == "hydrophone"


@pytest.mark.parametrize(
    ("said", "kind", "words"),
    [
        (b": a ping\n\n", "text/event-stream", "ended before it had answered"),
        (b"data: no json\n\n", "text/event-stream", "ended before it had answered"),
        (b'{"jsonrpc":"2.0","id":null,"error":{"message":"not so"}}', "application/json", "not so"),
        (b"[1]", "application/json", "the server answered 200"),
    ],
)
async def test_every_request_has_an_answer_whatever_the_server_says(
    said: bytes, kind: str, words: str
) -> None:
    async def say(request: web.Request) -> web.Response:
        return web.Response(body=said, content_type=kind)

    app = web.Application()
    app.router.add_post("/mcp", say)
    async with test_utils.TestServer(app) as server, relayed(str(server.make_url("/"))) as program:
        await program.say("tools/call", CALL, 2)
        answer = await program.hear()
    assert answer["id"] == 2
    assert words in answer["error"]["message"]


async def test_a_cancellation_is_passed_on() -> None:
    async with over_http(SLOW) as served, relayed(served.url + "/mcp/") as program:
        await program.say("initialize", OPENING, 1)
        await program.hear()
        await program.say("tools/call", CALL, 2)
        while "writing" not in json.dumps(await program.hear()):
            pass
        await program.say("notifications/cancelled", {"requestId": 2})
        row = await served.ledger.first_row()
    assert row.outcome == "cancelled"


async def test_closing_standard_input_stops_the_work_of_the_server() -> None:
    async with over_http(SLOW) as served:
        async with relayed(served.url) as program:
            await program.say("initialize", OPENING, 1)
            await program.hear()
            await program.say("tools/call", CALL, 2)
            while "writing" not in json.dumps(await program.hear()):
                pass
        row = await served.ledger.first_row()
    assert row.outcome == "disconnected"
