"""Our MCP server with the official TypeScript SDK and the inspector, over HTTP and stdio.

What answers is scripted; tests/app/test_mcp.py asks the real rooms.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest

from hydrophone import __version__
from tests.api.serving import KEY
from tests.clients.driving import DEADLINE_S, ROOT, Outcomes
from tests.clients.driving_node import drive_node, node_environment, node_program
from tests.clients.serving import Running
from tests.mcp.serving import OWN_URL, Served, over_http
from tests.running import Shell, python_module

pytestmark = pytest.mark.timeout(DEADLINE_S + 60)
CLIENT = "mcp-sdk"
ASKING = ("perplexity_ask", "perplexity_reason", "perplexity_research")
TOOLS = {*ASKING, "perplexity_search", "fetch_page", "list_sources"}
TEXT = "Whales sing. [1]\n\nCitations:\n[1] Whales – https://a.example/x\n"


@dataclass(frozen=True)
class Visit:
    """What both clients saw; `inspected` by the method that was asked for."""

    seen: Outcomes
    inspected: dict[str, Any]


@pytest.fixture(scope="module")
def visit() -> Visit:
    node_environment(CLIENT)

    async def visiting() -> Visit:
        async with over_http(keys=[KEY]) as served:
            seen = await asyncio.to_thread(_driven, served)
            at = (f"{served.url}/mcp", "--transport", "http")
            header = ("--header", f"Authorization: Bearer {KEY}")
            call = ("--tool-name", "perplexity_ask", "--tool-arg", "query=Do whales sing?")
            inspected = {
                "tools/list": await asyncio.to_thread(inspect, *at, *header),
                "tools/call": await asyncio.to_thread(
                    inspect, *at, *header, *call, method="tools/call"
                ),
            }
        return Visit(seen, inspected)

    return asyncio.run(visiting())


def _driven(served: Served) -> Outcomes:
    more = {
        "MCP_COMMAND": json.dumps([sys.executable, "-m", "tests.mcp.standard_input"]),
        "MCP_ENVIRONMENT": json.dumps({"PYTHONPATH": str(ROOT)}),
        "OWN_URL": OWN_URL,
    }
    return drive_node(CLIENT, "mcp_sdk.mjs", Running(served.url, KEY), more)


def inspect(*arguments: str, method: str = "tools/list") -> Any:
    """What the inspector's command line printed."""
    program = "node_modules/.bin/mcp-inspector"
    done = subprocess.run(
        [node_program(), program, "--cli", *arguments, "--method", method],
        cwd=node_environment(CLIENT),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(params=["http", "stdio"])
def seen(request: pytest.FixtureRequest, visit: Visit) -> dict[str, Any]:
    found: dict[str, Any] = visit.seen[request.param]
    assert "error" not in found, found
    return found


def test_every_tool_is_listed_with_both_schemas(seen: dict[str, Any]) -> None:
    assert {tool["name"] for tool in seen["tools"]} == TOOLS
    assert all(tool["inputSchema"] and tool["outputSchema"] for tool in seen["tools"])


def test_every_tool_can_be_called(seen: dict[str, Any]) -> None:
    assert set(seen["results"]) == TOOLS
    for name, result in seen["results"].items():
        assert not result.get("isError"), (name, result)
        assert result["structuredContent"], name


def test_answers_cite_in_text_and_data(seen: dict[str, Any]) -> None:
    for name in ASKING:
        result = seen["results"][name]
        (text,) = result["content"]
        assert text["text"].startswith(TEXT)
        (citation,) = result["structuredContent"]["citations"]
        assert citation["quote"] == "Whales sing."
        assert citation["verdict"] == "exact"


def test_progress_arrives_with_its_words(seen: dict[str, Any]) -> None:
    assert seen["progress"].count("searching for q") == len(ASKING)


def test_own_documents_are_resources_that_can_be_read(seen: dict[str, Any]) -> None:
    (content,) = seen["read"]["contents"]
    assert content["uri"] == seen["own"]["uri"]
    assert content["text"] == "Text of Notes"
    assert len(seen["resourceTemplates"]) == 1
    assert len(seen["prompts"]) == 3


def test_a_refusal_is_a_result_that_says_what_to_do(seen: dict[str, Any]) -> None:
    assert seen["wrong"]["isError"] is True
    assert "gpt52" in seen["wrong"]["content"][0]["text"]


def test_a_wrong_key_is_refused(visit: Visit) -> None:
    assert "this is no key of this server" in json.dumps(visit.seen["wrongKey"]["error"])


def test_the_inspector_accepts_the_server_over_http(visit: Visit) -> None:
    assert {tool["name"] for tool in visit.inspected["tools/list"]["tools"]} == TOOLS
    answer = visit.inspected["tools/call"]
    assert answer["content"][0]["text"].startswith(TEXT)
    assert answer["structuredContent"]["answer"] == "Whales sing. [1]"


@pytest.mark.skipif(sys.platform == "win32", reason="the command is a shell script")
def test_the_inspector_accepts_the_command(tmp_path: Any) -> None:
    shell = Shell(tmp_path, tmp_path / "data", {"HYDROPHONE_OFFLINE": "1"})
    shell.data_dir.mkdir()
    (shell.data_dir / "docs-version").write_text(__version__, "utf-8")
    argv = " ".join(f"'{word}'" for word in (*python_module(), "mcp"))
    script = tmp_path / "hydrophone"  # one word: the rest would be taken for its own options
    script.write_text(f"#!/bin/sh\nexec {argv}\n")
    script.chmod(0o755)
    wanted = ("HYDROPHONE_DATA_DIR", "HYDROPHONE_OFFLINE")
    settings = [word for name in wanted for word in ("-e", f"{name}={shell.environment[name]}")]
    listed = inspect(*settings, str(script))
    assert {tool["name"] for tool in listed["tools"]} == TOOLS
