"""fastmcp's client, and its command that starts the server from its file."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

import hydrophone.mcp.endpoint
from hydrophone import __version__
from tests.api.serving import KEY
from tests.mcp.serving import over_http
from tests.running import Shell

SERVER = Path(hydrophone.mcp.endpoint.__file__).with_name("server.py")
FASTMCP = Path(sys.executable).with_name("fastmcp")

pytest.importorskip("fastmcp")


async def test_its_run_serves_the_file_on_standard_input(tmp_path: Path) -> None:
    from fastmcp import Client
    from fastmcp.client.transports import StdioTransport

    shell = Shell(tmp_path, tmp_path / "data", {"HYDROPHONE_OFFLINE": "1"})
    shell.data_dir.mkdir()
    (shell.data_dir / "docs-version").write_text(__version__, "utf-8")
    transport = StdioTransport(str(FASTMCP), ["run", str(SERVER)], env=shell.environment)
    async with Client(transport) as client:
        assert len(await client.list_tools()) == 6
        sources = await client.call_tool("list_sources")
        assert sources.data.collections == []
        answer = await client.call_tool(
            "perplexity_ask", {"query": "?", "model": "gpt52"}, raise_on_error=False
        )
        assert answer.is_error


async def test_its_client_reads_results_by_their_schemas() -> None:
    from fastmcp import Client

    async with over_http(keys=[KEY]) as served, Client(served.url + "/mcp", auth=KEY) as client:
        answer = await client.call_tool("perplexity_ask", {"query": "Do whales sing?"})
        assert answer.data.answer == "Whales sing. [1]"
        assert answer.data.citations[0].verdict == "exact"
