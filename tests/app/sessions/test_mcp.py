"""MCP by web sessions: over HTTP, on standard input, and beside the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import httpx2
import pytest
from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.client.streamable_http import streamable_http_client
from mcp.types import CallToolResult, TextContent

from tests.app.sessions.asking import ASK, bearing
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account
from tests.emulators.perplexity_web.streams import ROWS
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.running import Shell, python_module

QUESTION = {"query": "Which?"}
MODELS = {
    "best": "pplx_pro_upgraded",
    "research": "pplx_alpha",
    "gpt52": "gpt52",
    "claude_sonnet": "claude55sonnet",
    "gemini-3.1-pro": "gemini31pro_low",
}
FOCUSES = {
    "web": ["web"],
    "academic": ["scholar"],
    "social": ["social"],
    "finance": ["edgar"],
    "all": ["web", "scholar", "social"],
}


@asynccontextmanager
async def visiting(server: httpx.AsyncClient, token: str) -> AsyncIterator[Client]:
    """The official client at a server's /mcp."""
    async with (
        httpx2.AsyncClient(verify=False, headers=bearing(token)) as http,
        Client(streamable_http_client(f"{server.base_url}/mcp", http_client=http)) as client,
    ):
        yield client


def words(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    assert not result.is_error, content.text
    return content.text


def params(service: WebService) -> Any:
    return service.state.asked(ASK)[-1].body["params"]


async def test_a_server_of_sessions_offers_what_they_can_do_and_no_more(
    start: Starter, token: str
) -> None:
    async with visiting(await start(), token) as client:
        tools = {tool.name: tool for tool in (await client.list_tools()).tools}
        assert set(tools) == {"perplexity_ask", "perplexity_research"}
        properties = tools["perplexity_ask"].input_schema["properties"]
        assert (properties["model"]["default"], properties["source_focus"]["default"]) == (
            "best",
            "web",
        )
        assert properties["source_focus"]["enum"] == list(FOCUSES)
        assert (await client.list_resources()).resources == []
        assert (await client.list_prompts()).prompts == []
        assert "own indexed documents" not in (client.instructions or "")


async def test_models_and_focuses_of_the_reference_reach_the_service(
    start: Starter, service: WebService, token: str
) -> None:
    async with visiting(await start(), token) as client:
        for model, identifier in MODELS.items():
            result = await client.call_tool("perplexity_ask", {**QUESTION, "model": model})
            assert words(result).startswith("Hello world [1].\n\nCitations:\n[1] One – ")
            assert result.structured_content
            assert result.structured_content["model"] == model
            assert params(service)["model_preference"] == identifier
        for focus, sources in FOCUSES.items():
            given = {**QUESTION, "source_focus": focus, "search_recency_filter": "week"}
            words(await client.call_tool("perplexity_ask", given))
            assert params(service)["sources"] == sources
            assert params(service)["search_recency_filter"] == "WEEK"
        words(await client.call_tool("perplexity_research", QUESTION))
        assert params(service)["mode"] == "research"


async def test_sources_stand_beside_the_text_and_in_the_data(start: Starter, token: str) -> None:
    async with visiting(await start(), token) as client:
        result = await client.call_tool("perplexity_ask", QUESTION)
    for row in ROWS:
        assert row["url"] in words(result)
    assert result.structured_content
    listed = [(one["n"], one["url"]) for one in result.structured_content["sources"]]
    assert listed == [(n, row["url"]) for n, row in enumerate(ROWS, 1)]


async def test_a_mistake_is_told_in_words(start: Starter, token: str) -> None:
    wrong: dict[str, dict[str, object]] = {
        "'no-such-model'": {"model": "no-such-model"},
        "collections: perplexity_ask has no such parameter": {"collections": ["notes"]},
        "source_focus: Input should be 'web', ": {"source_focus": "moon"},
        "'max'": {"model": "claude-opus-4.6"},
    }
    async with visiting(await start(), token) as client:
        for message, given in wrong.items():
            result = await client.call_tool("perplexity_ask", {**QUESTION, **given})
            (content,) = result.content
            assert result.is_error
            assert isinstance(content, TextContent)
            assert message in content.text


async def test_each_caller_asks_by_a_session_of_its_own(
    start: Starter, service: WebService, token: str
) -> None:
    other = "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn"
    service.state.accounts.append(Account("else@example.org", other))
    server = await start()
    opening = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
    accepted = {"Accept": "application/json, text/event-stream"}
    for headers in ({}, bearing("a-key")):
        refused = await server.post("/mcp", json=opening, headers={**accepted, **headers})
        assert refused.status_code == 401
    for one in (token, other):
        async with visiting(server, one) as client:
            words(await client.call_tool("perplexity_ask", QUESTION))
        assert service.state.asked(ASK)[-1].cookies["__Secure-next-auth.session-token"] == one


@pytest.fixture
def emulated() -> Iterator[WebService]:
    with service_in_a_thread() as service:
        yield service


def process_of(folder: Path, service: WebService, **settings: str) -> StdioServerParameters:
    """`hydrophone mcp`, as a program starts it."""
    shell = Shell(
        folder, folder / "data", {"HYDROPHONE_SESSION_ORIGIN": service.origin, **settings}
    )
    command, *arguments = python_module()
    return StdioServerParameters(
        command=command, args=[*arguments, "mcp"], env=shell.environment, cwd=folder
    )


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["session", "auto"])
async def test_on_standard_input_the_servers_own_session_answers(
    tmp_path: Path, emulated: WebService, mode: str
) -> None:
    token = emulated.state.accounts[0].token
    own = {"PERPLEXITY_SESSION_TOKEN": token, "HYDROPHONE_SESSION_REQUESTS_PER_SECOND": "0"}
    parameters = process_of(tmp_path, emulated, HYDROPHONE_MODE=mode, **own)
    async with Client(parameters) as client:
        names = {tool.name for tool in (await client.list_tools()).tools}
        assert ("list_sources" in names) == (mode == "auto")
        for model in ("best", "gpt52", "claude_sonnet"):
            result = await client.call_tool("perplexity_ask", {**QUESTION, "model": model})
            assert words(result).startswith("Hello world [1].")
            assert params(emulated)["model_preference"] == MODELS[model]
    assert (tmp_path / "data" / "index.db").exists() == (mode == "auto")


@pytest.mark.slow
async def test_without_a_session_standard_input_says_how_to_get_one(
    tmp_path: Path, emulated: WebService
) -> None:
    async with Client(process_of(tmp_path, emulated, HYDROPHONE_MODE="session")) as client:
        result = await client.call_tool("perplexity_ask", QUESTION)
        (content,) = result.content
        assert result.is_error
        assert isinstance(content, TextContent)
        assert "hydrophone login" in content.text
