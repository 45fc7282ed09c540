"""What standard input needs beside the tools: work that is stopped, and no way in over HTTP."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys

import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.types import TextContent

from tests.api.serving import WAIT_S, serving
from tests.mcp.serving import behind, server_over
from tests.mcp.standard_input import SLOW

COMMAND = [sys.executable, "-m", "tests.mcp.standard_input"]
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


async def test_a_client_that_cancels_its_call_stops_the_work() -> None:
    served = behind(SLOW)
    begun = asyncio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        if message and message.startswith("writing"):
            begun.set()

    async with Client(server_over(served.house)) as client:
        asking = asyncio.create_task(
            client.call_tool("perplexity_ask", {"query": "?"}, progress_callback=hear)
        )
        async with asyncio.timeout(WAIT_S):
            await begun.wait()
        assert served.answerer.stopped == 0
        asking.cancel()
        row = await served.ledger.first_row()
        await asyncio.gather(asking, return_exceptions=True)
    assert row.outcome == "disconnected"
    assert served.answerer.stopped == 1


async def test_over_http_without_our_endpoint_nothing_is_told() -> None:
    served = behind()
    server = server_over(served.house)
    application = server.streamable_http_app()
    async with (
        server.session_manager.run(),
        serving(application) as url,
        httpx2.AsyncClient(verify=False) as http,
        Client(streamable_http_client(url + "/mcp", http_client=http)) as client,
    ):
        for tool, given in (("perplexity_ask", "query"), ("fetch_page", "url")):
            result = await client.call_tool(tool, {given: "https://a.example/"})
            (content,) = result.content
            assert result.is_error
            assert isinstance(content, TextContent)
            assert "without a check of keys" in content.text
        assert (await client.call_tool("list_sources")).is_error
        for listing in (
            client.list_resources(),
            client.read_resource("hydrophone://documents/a/b"),
        ):
            with pytest.raises(Exception, match="without a check of keys"):
                await listing
    assert served.answerer.questions == []


def test_closing_standard_input_stops_the_work_and_ends_the_process() -> None:
    pipe = subprocess.PIPE
    with subprocess.Popen(
        [*COMMAND, "slow"], stdin=pipe, stdout=pipe, stderr=pipe, text=True
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        for number, (method, params) in enumerate(
            {"initialize": OPENING, "tools/call": CALL}.items()
        ):
            message = {"jsonrpc": "2.0", "id": number, "method": method, "params": params}
            process.stdin.write(json.dumps(message) + "\n")
            process.stdin.flush()
        while "writing" not in process.stdout.readline():
            pass
        process.stdin.close()
        assert process.wait(timeout=WAIT_S) == 0
        assert process.stderr.read().split() == ["disconnected"]
