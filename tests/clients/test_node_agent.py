"""The Agent API as Perplexity's own client for Node reads it."""

from __future__ import annotations

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes
from tests.clients.driving_node import drive_node
from tests.clients.house import ANSWER, GOV_URL, SENTENCE, URL
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)


@pytest.fixture(scope="module")
def seen(whole_server: Running) -> Outcomes:
    return drive_node("perplexity-ai", "perplexity_ai_agent.mjs", whole_server)


def test_a_whole_answer_has_its_text_and_sources(seen: Outcomes) -> None:
    found, message = seen["whole"]["output"]
    assert (found["type"], found["results"][0]["url"]) == ("search_results", URL)
    (part,) = message["content"]
    assert part["text"].startswith(ANSWER)
    first = part["annotations"][0]
    assert part["text"][first["start_index"] : first["end_index"]] == SENTENCE


def test_a_stream_ends_with_the_whole_answer(seen: Outcomes) -> None:
    events = seen["streamed"]
    assert [event["sequence_number"] for event in events] == list(range(len(events)))
    deltas = [event["delta"] for event in events if event["type"] == "response.output_text.delta"]
    content = seen["whole"]["output"][-1]["content"]
    assert "".join(deltas) == content[0]["text"]
    assert events[-1]["type"] == "response.completed"
    assert events[-1]["response"]["output"][-1]["content"] == content


def test_filters_of_a_tool_hold(seen: Outcomes) -> None:
    found = seen["filtered"]["output"][0]
    assert [result["url"] for result in found["results"]] == [GOV_URL]


def test_errors_are_told(seen: Outcomes) -> None:
    refused = seen["unknown_preset"]["error"]
    assert (refused["class"], refused["status"]) == ("BadRequestError", 400)
    assert refused["body"]["error"]["param"] == "preset"
    assert seen["broken"][-1]["type"] == "response.failed"
    assert seen["broken"][-1]["error"]["message"] == "gone"
