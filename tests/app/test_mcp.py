"""MCP over the real rooms: a server with keys off on loopback, and a process of one's own."""

from __future__ import annotations

import asyncio
import json
import subprocess

from mcp import Client
from mcp.client.stdio import StdioServerParameters
from mcp.types import CallToolResult, TextContent

from tests.app.ledger import rows_when
from tests.running import COMMAND_S, Server, Shell, python_module

QUESTION = "How do I add my own documents?"
NAMES = {
    "perplexity_ask",
    "perplexity_search",
    "perplexity_research",
    "perplexity_reason",
    "fetch_page",
    "list_sources",
}


def words(result: CallToolResult) -> str:
    (content,) = result.content
    assert isinstance(content, TextContent)
    return content.text


async def visit(client: Client) -> None:
    """Every tool, and the resources."""
    assert {tool.name for tool in (await client.list_tools()).tools} == NAMES
    for name in ("perplexity_ask", "perplexity_reason", "perplexity_research"):
        answer = await client.call_tool(name, {"query": QUESTION, "source_focus": "own"})
        assert not answer.is_error, words(answer)
        assert "hydrophone add" in words(answer)
        assert "/quickstart.md" in words(answer)
        assert answer.structured_content
        assert answer.structured_content["citations"]
    found = await client.call_tool("perplexity_search", {"query": QUESTION})
    assert "quickstart.md" in words(found)
    sources = await client.call_tool("list_sources")
    assert sources.structured_content
    (collection,) = sources.structured_content["collections"]
    assert collection["name"] == "hydrophone-docs"
    listed = (await client.list_resources()).resources
    assert len(listed) == collection["documents"]
    page = await client.call_tool("fetch_page", {"url": listed[0].name})
    (content,) = (await client.read_resource(listed[0].uri)).contents
    assert page.structured_content
    assert page.structured_content["text"] == getattr(content, "text", "")[:20_000]
    outside = await client.call_tool("fetch_page", {"url": "http://169.254.169.254/"})
    assert outside.is_error
    assert "HYDROPHONE_OFFLINE" in words(outside)


async def test_a_server_serves_it_under_mcp(server: Server, lasting: Shell) -> None:
    before = len(await asyncio.to_thread(rows_when, lasting.data_dir, 0))
    async with Client(server.url + "/mcp") as client:
        await visit(client)
    rows = await asyncio.to_thread(rows_when, lasting.data_dir, before + 4)
    assert [row.door for row in rows[before:]] == ["mcp"] * (len(rows) - before)


async def test_a_program_starts_it_for_itself(lasting: Shell) -> None:
    command, *arguments = python_module()
    parameters = StdioServerParameters(
        command=command, args=[*arguments, "mcp"], env=lasting.environment
    )
    async with Client(parameters) as client:
        await visit(client)


async def test_a_running_server_is_reached_from_standard_input(
    server: Server, lasting: Shell
) -> None:
    command, *arguments = python_module()
    parameters = StdioServerParameters(
        command=command, args=[*arguments, "mcp", "--url", server.url], env=lasting.environment
    )
    async with Client(parameters) as client:
        assert {tool.name for tool in (await client.list_tools()).tools} == NAMES
        answer = await client.call_tool("perplexity_ask", {"query": QUESTION})
        assert "hydrophone add" in words(answer)


OPENING = {
    "jsonrpc": "2.0",
    "id": 1,
    "method": "initialize",
    "params": {
        "protocolVersion": "2025-06-18",
        "capabilities": {},
        "clientInfo": {"name": "tests", "version": "1"},
    },
}


def test_it_ends_with_standard_input_and_says_nothing_but_the_protocol(shell: Shell) -> None:
    done = subprocess.run(
        [*python_module(), "mcp"],
        cwd=shell.folder,
        env=shell.environment,
        input=json.dumps(OPENING) + "\n",
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
    )
    assert done.returncode == 0, done.stderr
    (line,) = done.stdout.splitlines()
    assert json.loads(line)["result"]["serverInfo"]["name"] == "hydrophone"
    assert not shell.data_dir.exists()  # who only looks opens no database


def test_settings_that_cannot_be_read_are_told_on_standard_error(shell: Shell) -> None:
    done = shell.run("mcp", HYDROPHONE_PORT="many")
    assert done.code == 1
    assert done.out == ""
    assert "HYDROPHONE_PORT" in done.err
