"""`fastmcp`: its command that starts our MCP server from its file, and its client over HTTP."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

from fastmcp import Client
from fastmcp.client.transports import StdioTransport
from outcomes import KEY, QUESTION, URL, Scenario, play

FASTMCP = str(Path(sys.executable).with_name("fastmcp"))


async def run() -> dict[str, Any]:
    """What the server says that `fastmcp run MCP_SERVER` starts, in MCP_ENVIRONMENT."""
    environment: dict[str, str] = json.loads(os.environ["MCP_ENVIRONMENT"])
    asked = json.loads(os.environ["MCP_ASKED"])
    transport = StdioTransport(FASTMCP, ["run", os.environ["MCP_SERVER"]], env=environment)
    async with Client(transport) as client:
        tools = [tool.name for tool in await client.list_tools()]
        answers = [
            await client.call_tool(name, arguments, raise_on_error=False)
            for name, arguments in asked
        ]
    return {"tools": tools, "answers": [_told(one) for one in answers]}


async def http() -> dict[str, Any]:
    """An answer as the client reads it by the schema of results."""
    async with Client(URL + "/mcp", auth=KEY) as client:
        answer = await client.call_tool("perplexity_ask", {"query": QUESTION})
    return {
        "answer": answer.data.answer,
        "verdicts": [citation.verdict for citation in answer.data.citations],
    }


def _told(answer: Any) -> dict[str, Any]:
    """An answer in words, and as the data that its schema makes of it."""
    return {
        "is_error": answer.is_error,
        "text": "\n".join(getattr(block, "text", "") for block in answer.content),
        "collections": getattr(answer.data, "collections", None),
    }


SCENARIOS: dict[str, Scenario] = {"run": run, "http": http}

if __name__ == "__main__":
    play({name: SCENARIOS[name] for name in sys.argv[1:]})
