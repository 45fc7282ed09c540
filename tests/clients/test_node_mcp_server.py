"""Perplexity's own MCP server (`@perplexity-ai/mcp-server`), unmodified, over stdio, against us."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

import pytest

from hydrophone.scripted import ScriptedAnswerer
from tests.clients.driving import DEADLINE_S, Outcomes
from tests.clients.driving_node import drive_node
from tests.clients.house import (
    GOV_URL,
    HELD_QUESTION,
    HELD_SCRIPT,
    RICH_TEXT,
    SENTENCE,
    SLOW_QUESTION,
    URL,
    whole_house,
)
from tests.clients.serving import ServerThread

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)
TOOLS = {"perplexity_ask", "perplexity_reason", "perplexity_research", "perplexity_search"}
CANCEL = re.compile(r"/v1/agent/resp_[\w-]+/cancel")


@dataclass(frozen=True)
class Visit:
    """What the MCP client saw, and what our server did."""

    seen: Outcomes
    held: ScriptedAnswerer
    asked: list[tuple[str, str]]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    held = ScriptedAnswerer(HELD_SCRIPT)
    folder = tmp_path_factory.mktemp("mcp-server")
    thread = ServerThread(partial(whole_house, folder=folder, held=held))
    more = {"HELD_QUESTION": HELD_QUESTION, "SLOW_QUESTION": SLOW_QUESTION}
    seen = drive_node("mcp-server", "mcp_server.mjs", thread.start(), more)
    yield Visit(seen, held, thread.asked)
    thread.stop()


@pytest.fixture(scope="module")
def seen(visit: Visit) -> Outcomes:
    return visit.seen


def said(result: Outcomes) -> str:
    """The text of a tool's result."""
    assert not result.get("isError"), result
    (block,) = result["content"]
    text: str = block["text"]
    assert text in result["structuredContent"].values()
    return text


def test_its_four_tools_are_there(seen: Outcomes) -> None:
    assert {*seen["tools"]} == TOOLS


@pytest.mark.parametrize("tool", ["ask", "reason", "research", "conversation"])
def test_an_answer_ends_with_its_citations(seen: Outcomes, tool: str) -> None:
    answer, citations = said(seen[tool]).split("\n\nCitations:\n")
    assert SENTENCE in answer
    listed = dict(line.split(" ", 1) for line in citations.splitlines())
    number = re.search(rf"{re.escape(SENTENCE)} (\[\d+\])", answer)
    assert number is not None, answer
    assert listed[number[1]] == URL


def test_progress_is_told(seen: Outcomes) -> None:
    assert said(seen["slow"]).startswith(RICH_TEXT)
    progress = ["Searching: whales", "Reading 1 search results", "Writing answer"]
    assert seen["slow"]["progress"] == progress


def test_filters_hold(seen: Outcomes) -> None:
    assert said(seen["filtered"]).split("Citations:\n")[1].split() == ["[1]", GOV_URL]
    assert "Citations:" not in said(seen["recent"])


def test_search_lists_results(seen: Outcomes) -> None:
    assert URL in said(seen["search"])
    assert SENTENCE in said(seen["search"])
    assert GOV_URL in said(seen["search_filtered"])
    assert URL not in said(seen["search_filtered"])


def test_a_wrong_key_is_told(seen: Outcomes) -> None:
    assert seen["wrong_key"]["isError"]
    assert "401" in seen["wrong_key"]["content"][0]["text"]


def test_leaving_cancels_the_work_here(visit: Visit) -> None:
    assert "error" in visit.seen["left"]
    assert len(visit.held.questions) == 1
    assert visit.held.stopped == 1
    cancelled = [path for method, path in visit.asked if method == "POST" and CANCEL.match(path)]
    assert len(cancelled) == 1
