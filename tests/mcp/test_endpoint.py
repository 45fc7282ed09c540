"""/mcp over real HTTP: keys, guards, both generations of the protocol, and how work is stopped."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.streamable_http import streamable_http_client
from mcp.shared.exceptions import MCPError

from hydrophone.ports import Credentials
from hydrophone.types import Principal
from tests.api.serving import KEY, WAIT_S
from tests.mcp.serving import OWN_URL, Served, over_http
from tests.mcp.standard_input import SLOW

ANSWER = {"query": "Do whales sing?"}
KEYS = [KEY, "the-key-of-another"]
HEADERS = {"accept": "application/json, text/event-stream", "mcp-protocol-version": "2025-06-18"}


@asynccontextmanager
async def visiting(
    served: Served, mode: Any = "auto", key: str | None = None
) -> AsyncIterator[Client]:
    headers = {"authorization": f"Bearer {key}"} if key else {}
    async with httpx2.AsyncClient(headers=headers, verify=False) as http:
        transport = streamable_http_client(served.url + "/mcp", http_client=http)
        async with Client(transport, mode=mode) as client:
            yield client


def call(request_id: int = 7, tool: str = "perplexity_ask", **arguments: Any) -> dict[str, Any]:
    params = {"name": tool, "arguments": arguments or ANSWER, "_meta": {"progressToken": "p"}}
    return {"jsonrpc": "2.0", "id": request_id, "method": "tools/call", "params": params}


@asynccontextmanager
async def working(served: Served, headers: dict[str, str]) -> AsyncIterator[None]:
    """A call whose answer has been begun: a progress tells of its text. Leaving drops it."""
    async with (
        httpx.AsyncClient(verify=False, timeout=WAIT_S) as http,
        http.stream("POST", served.url + "/mcp", headers=headers, json=call(7)) as response,
    ):
        lines = response.aiter_lines()
        async for line in lines:
            if "writing" in line:
                break
        yield
        await lines.aclose()


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_official_client_lists_and_calls_every_tool(mode: str) -> None:
    async with over_http() as served, visiting(served, mode) as client:
        names = [tool.name for tool in (await client.list_tools()).tools]
        arguments: dict[str, dict[str, str]] = {
            "perplexity_search": {"query": "whales"},
            "fetch_page": {"url": "https://a.example/"},
            "list_sources": {},
        }
        for name in names:
            result = await client.call_tool(name, arguments.get(name, ANSWER))
            assert not result.is_error, result
            assert result.structured_content
        assert (await client.list_resources()).resources
        assert (await client.list_prompts()).prompts
    assert len(names) == 6


@pytest.mark.parametrize("authorization", [None, "Bearer wrong", "Basic x"])
async def test_without_a_key_nothing_is_told(authorization: str | None) -> None:
    headers = HEADERS | ({"authorization": authorization} if authorization else {})
    async with over_http(keys=[KEY]) as served, httpx.AsyncClient(verify=False) as http:
        for method in ("POST", "DELETE", "GET"):
            response = await http.request(method, served.url + "/mcp", headers=headers)
            assert response.status_code == 401
            assert response.headers["www-authenticate"] == "Bearer"
            assert response.json()["error"]["type"] == "invalid_api_key"
    assert served.answerer.questions == []


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_the_ledger_names_the_holder_of_the_key(mode: str) -> None:
    async with over_http(keys=[KEY]) as served, visiting(served, mode, KEY) as client:
        await client.call_tool("perplexity_ask", ANSWER)
    (row,) = served.ledger.rows
    assert row.principal.kind == "key"
    assert row.door == "mcp"


async def test_an_open_server_refuses_pages_of_other_sites() -> None:
    async with over_http() as served, httpx.AsyncClient(verify=False) as http:
        for headers in ({"origin": "https://evil.example"}, {"host": "evil.example"}):
            response = await http.post(served.url + "/mcp", headers=HEADERS | headers, json=call())
            assert response.status_code == 403
    assert served.answerer.questions == []


async def test_a_body_over_the_limit_is_refused() -> None:
    async with over_http(max_body_bytes=500) as served, httpx.AsyncClient(verify=False) as http:
        response = await http.post(
            served.url + "/mcp", headers=HEADERS, json=call(query="x" * 1_000)
        )
        assert response.status_code == 413


async def test_there_is_no_stream_of_the_servers_own() -> None:
    async with over_http() as served, httpx.AsyncClient(verify=False) as http:
        response = await http.get(served.url + "/mcp", headers=HEADERS)
        assert response.status_code == 405
        assert "POST" in response.headers["allow"]


async def test_a_server_that_was_started_anew_knows_old_sessions() -> None:
    async with over_http() as served, httpx.AsyncClient(verify=False) as http:
        headers = HEADERS | {"mcp-session-id": uuid.uuid4().hex}
        response = await http.post(served.url + "/mcp", headers=headers, json=call())
        assert response.status_code == 200
        assert "Whales sing. [1]" in response.text


def cancelled(request_id: int | str) -> dict[str, Any]:
    params = {"requestId": request_id, "reason": "enough"}
    return {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": params}


async def test_a_cancelled_notification_stops_the_work_it_names() -> None:
    headers = HEADERS | {"mcp-session-id": "mine"}
    async with (
        over_http(SLOW) as served,
        httpx.AsyncClient(verify=False) as http,
        working(served, headers),
    ):
        for session, request_id in (("mine", 8), ("mine", "7"), ("yours", 7)):
            elsewhere = headers | {"mcp-session-id": session}
            await http.post(served.url + "/mcp", headers=elsewhere, json=cancelled(request_id))
        assert served.answerer.stopped == 0
        answer = await http.post(served.url + "/mcp", headers=headers, json=cancelled(7))
        assert answer.status_code == 202
        row = await served.ledger.first_row()
    assert row.outcome == "cancelled"
    assert served.answerer.stopped == 1


async def test_another_callers_call_cannot_be_stopped() -> None:
    mine, yours = (
        HEADERS | {"mcp-session-id": "s", "authorization": f"Bearer {key}"} for key in KEYS
    )
    async with over_http(SLOW, keys=KEYS) as served, httpx.AsyncClient(verify=False) as http:
        url = served.url + "/mcp"
        async with working(served, mine):
            await http.post(url, headers=yours, json=cancelled(7))
            assert (await http.delete(url, headers=yours)).status_code == 204
            assert served.answerer.stopped == 0
            assert (await http.delete(url, headers=mine)).status_code == 204
            row = await served.ledger.first_row()
    assert row.outcome == "cancelled"


@pytest.mark.parametrize("session", [{}, {"mcp-session-id": "mine"}])
async def test_a_dropped_stream_stops_the_work(session: dict[str, str]) -> None:
    async with over_http(SLOW) as served:
        async with working(served, HEADERS | session):
            assert served.answerer.stopped == 0
        row = await served.ledger.first_row()
    assert row.outcome == "disconnected"
    assert served.answerer.stopped == 1


@pytest.mark.parametrize("mode", ["legacy", "auto"])
async def test_a_client_that_gives_up_stops_the_work(mode: str) -> None:
    begun = asyncio.Event()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        if message and message.startswith("writing"):
            begun.set()

    async with over_http(SLOW) as served, visiting(served, mode) as client:
        asking = asyncio.create_task(
            client.call_tool("perplexity_ask", ANSWER, progress_callback=hear)
        )
        async with asyncio.timeout(WAIT_S):
            await begun.wait()
        asking.cancel()
        await asyncio.gather(asking, return_exceptions=True)
        row = await served.ledger.first_row()
    assert row.outcome in ("cancelled", "disconnected")
    assert served.answerer.stopped == 1


def test_the_protocols_library_is_not_imported_before_somebody_asks() -> None:
    code = (
        "import sys, hydrophone.mcp.endpoint, hydrophone.cli.program; print('mcp' in sys.modules)"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


async def test_without_the_protocols_library_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "mcp.server.transport_security", None)
    async with over_http() as served, httpx.AsyncClient(verify=False) as http:
        response = await http.post(served.url + "/mcp", headers=HEADERS, json=call())
        assert response.status_code == 503
        assert "hydrophone[mcp]" in response.json()["error"]["message"]
        monkeypatch.undo()
        response = await http.post(served.url + "/mcp", headers=HEADERS, json=call())
        assert response.status_code == 200


async def test_documents_are_for_holders_of_keys() -> None:
    async with over_http() as served, visiting(served) as client:
        served.house.accounts.identify = visitor  # type: ignore[method-assign]
        listed = await client.call_tool("list_sources")
        assert listed.is_error
        own = await client.call_tool("fetch_page", {"url": OWN_URL})
        assert own.is_error
        with pytest.raises(MCPError, match="for holders of its keys"):
            await client.list_resources()
        page = await client.call_tool("fetch_page", {"url": "https://a.example/"})
        assert not page.is_error


async def visitor(credentials: Credentials) -> Principal:
    return Principal("session", "session-1")
