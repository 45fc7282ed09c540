"""fastmcp's client, and its command that starts our MCP server from its file.

Both run in the client's own environment, which has all that a server needs but our own package.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

import hydrophone.mcp.endpoint
from hydrophone import __version__
from tests.api.serving import KEY
from tests.clients.driving import DEADLINE_S, drive
from tests.clients.serving import Running
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.mcp.serving import over_http
from tests.running import Shell

pytestmark = pytest.mark.timeout(DEADLINE_S + 60)
ASK = "/rest/sse/perplexity_ask"
CLIENT, DRIVER = "fastmcp", "drive_fastmcp.py"
SERVER = Path(hydrophone.mcp.endpoint.__file__).with_name("server.py")
SOURCES = Path(hydrophone.__file__).parents[1]


def run_by_fastmcp(shell: Shell, *asked: tuple[str, Mapping[str, Any]]) -> dict[str, Any]:
    """What the server said that `fastmcp run` started, and to these calls of its tools."""
    more = {
        "MCP_SERVER": str(SERVER),
        "MCP_ENVIRONMENT": json.dumps({**shell.environment, "PYTHONPATH": str(SOURCES)}),
        "MCP_ASKED": json.dumps(asked),
    }
    made: dict[str, Any] = drive(CLIENT, DRIVER, Running("", ""), "run", more=more)["run"]
    assert "error" not in made, made
    return made


def test_its_run_serves_the_file_on_standard_input(tmp_path: Path) -> None:
    shell = Shell(tmp_path, tmp_path / "data", {"HYDROPHONE_OFFLINE": "1"})
    shell.data_dir.mkdir()
    (shell.data_dir / "docs-version").write_text(__version__, "utf-8")
    asking = ("perplexity_ask", {"query": "?", "model": "gpt52"})
    seen = run_by_fastmcp(shell, ("list_sources", {}), asking)
    assert len(seen["tools"]) == 6
    sources, answer = seen["answers"]
    assert not sources["is_error"]
    assert sources["collections"] == []
    assert answer["is_error"]


@pytest.mark.parametrize("mode", ["session", "auto"])
def test_its_run_answers_by_a_web_session(tmp_path: Path, mode: str) -> None:
    with service_in_a_thread() as service:
        shell = Shell(
            tmp_path,
            tmp_path / "data",
            {
                "PERPLEXITY_SESSION_TOKEN": service.state.accounts[0].token,
                "HYDROPHONE_MODE": mode,
                "HYDROPHONE_SESSION_ORIGIN": service.origin,
                "HYDROPHONE_SESSION_REQUESTS_PER_SECOND": "0",
            },
        )
        models = {"best": "pplx_pro_upgraded", "gpt52": "gpt52", "research": "pplx_alpha"}
        given = {"query": "Which?", "source_focus": "academic"}
        seen = run_by_fastmcp(
            shell, *(("perplexity_ask", {**given, "model": model}) for model in models)
        )
        asks = [one.body["params"] for one in service.state.asked(ASK)]
    assert [one["text"].split("\n")[0] for one in seen["answers"]] == ["Hello world [1]."] * 3
    assert [one["model_preference"] for one in asks] == list(models.values())
    assert [one["sources"] for one in asks] == [["scholar"]] * 3
    assert ("list_sources" in seen["tools"]) == (mode == "auto")


async def test_its_client_reads_results_by_their_schemas() -> None:
    async with over_http(keys=[KEY]) as served:
        server = Running(served.url, KEY)
        seen = await asyncio.to_thread(drive, CLIENT, DRIVER, server, "http")
    assert seen["http"]["answer"] == "Whales sing. [1]"
    assert seen["http"]["verdicts"] == ["exact"]
