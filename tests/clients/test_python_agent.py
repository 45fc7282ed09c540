"""`responses.create` of the `openai` client in both its living major versions."""

from __future__ import annotations

from itertools import groupby
from typing import Any

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.house import ANSWER, CALL, DEEP, FACTS, SENTENCE, URL
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)
QUESTION = "What did the James Webb telescope find?"
ORDER = [
    "response.created",
    "response.in_progress",
    "response.reasoning.started",
    "response.reasoning.search_queries",
    "response.reasoning.search_results",
    "response.reasoning.stopped",
    "response.output_item.added",
    "response.output_item.done",
    "response.output_item.added",
    "response.output_text.delta",
    "response.output_text.done",
    "response.output_item.done",
    "response.completed",
]


@pytest.fixture(scope="module", params=["openai-2", "openai-3"])
def version(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(scope="module")
def seen(version: str, whole_server: Running) -> Outcomes:
    """What this version of the client parsed."""
    outcomes = drive(version, "drive_agent.py", whole_server)
    assert outcomes["version"].split(".")[0] == version.removeprefix("openai-")
    return outcomes


@pytest.fixture(scope="module")
def kept(version: str, quoting_server: Running) -> Outcomes:
    """The same of a server that remembers."""
    more = {"CLIENTS_QUESTION": QUESTION}
    return drive(version, "drive_agent.py", quoting_server, "kept", more=more)


def items(response: Outcomes, kind: str) -> list[Any]:
    return [item for item in response["output"] if item["type"] == kind]


@pytest.mark.parametrize("way", ["whole", "whole async", "preset", "medium", "instructed"])
def test_an_answer_has_sources_and_exact_citations(seen: Outcomes, way: str) -> None:
    answer = seen[way]
    assert answer["said"].startswith(ANSWER)
    assert answer["status"] == "completed"
    (found,) = items(answer, "search_results")
    assert (found["results"][0]["id"], found["results"][0]["url"]) == (1, URL)
    (message,) = items(answer, "message")
    (part,) = message["content"]
    first = part["annotations"][0]
    assert (first["type"], first["url"], first["title"]) == ("url_citation", URL, "Whales")
    assert part["text"][first["start_index"] : first["end_index"]] == SENTENCE


def test_usage_tells_tools_and_cost(seen: Outcomes) -> None:
    usage = seen["whole"]["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0
    assert usage["tool_calls_details"]["search_web"]["invocation"] == 1
    cost = usage["cost"]
    parts = cost["input_cost"] + cost["output_cost"] + cost["tool_calls_cost"]
    assert cost["total_cost"] == pytest.approx(parts)
    assert parts > 0


@pytest.mark.parametrize("way", ["streamed", "streamed async"])
def test_a_stream_has_its_events_in_order(seen: Outcomes, way: str) -> None:
    stream = seen[way]
    assert [kind for kind, _ in groupby(stream["kinds"])] == ORDER
    assert stream["numbers"] == list(range(len(stream["kinds"])))
    assert stream["text"] == seen["whole"]["said"]
    last = stream["last"]["response"]
    assert items(last, "message")[0]["content"] == items(seen["whole"], "message")[0]["content"]
    assert last["usage"] == seen["whole"]["usage"]


def test_what_was_asked_is_shown_again(seen: Outcomes) -> None:
    assert seen["instructed"]["instructions"] == "Be brief."
    assert seen["instructed"]["metadata"] == {"a": "b"}
    assert seen["instructed"]["temperature"] == 0.2


def test_a_bare_model_does_not_search(seen: Outcomes) -> None:
    assert items(seen["bare"], "search_results") == []
    assert seen["bare"]["said"] == FACTS


def test_a_schema_is_kept(seen: Outcomes) -> None:
    assert seen["by schema"]["said"] == FACTS


def test_a_function_is_called_and_its_result_taken(seen: Outcomes) -> None:
    wanted = {"name": CALL.name, "arguments": CALL.arguments, "text": DEEP}
    assert seen["after a call"] == seen["after a call streamed"] == wanted
    (call,) = seen["called streamed"]
    assert (call["type"], call["name"]) == ("function_call", CALL.name)


def test_a_cut_answer_is_incomplete(seen: Outcomes) -> None:
    for answer in (seen["cut"], seen["cut streamed"]["last"]["response"]):
        assert answer["status"] == "incomplete"
        assert answer["incomplete_details"]["reason"] == "max_output_tokens"
    assert seen["cut streamed"]["kinds"][-1] == "response.incomplete"


def test_an_answer_that_broke_off_has_failed(seen: Outcomes) -> None:
    assert seen["broken whole"]["status"] == "failed"
    assert seen["broken whole"]["error"]["message"] == "gone"
    assert seen["broken"]["error"]["message"] == "gone"


@pytest.mark.parametrize(
    ("what", "kind", "code", "param"),
    [
        ("unknown field", "BadRequestError", 400, "colour"),
        ("openai's text", "BadRequestError", 400, "text"),
        ("unknown model", "BadRequestError", 400, "model"),
        ("unknown model streamed", "BadRequestError", 400, "model"),
        ("unknown tool", "BadRequestError", 400, "tools[0].type"),
        ("broken picture", "BadRequestError", 400, "input[0].content[1]"),
        ("wrong key", "AuthenticationError", 401, None),
        ("limited", "RateLimitError", 429, None),
    ],
)
def test_errors_have_their_class_and_parameter(
    seen: Outcomes, what: str, kind: str, code: int, param: str | None
) -> None:
    error = seen[what]["error"]
    assert error["class"] == kind
    assert (error["body"]["code"], error["body"].get("param")) == (code, param)


@pytest.mark.parametrize("way", ["continued", "continued unstored"])
def test_a_conversation_goes_on_from_its_last_response(kept: Outcomes, way: str) -> None:
    assert kept[way] == {"same": True, "text": kept["whole"]["said"]}


def test_what_runs_in_the_background_is_come_back_for(kept: Outcomes) -> None:
    made = kept["in the background"]
    assert made["begun"] in ("queued", "in_progress", "completed")
    assert (made["status"], made["background"]) == ("completed", True)
    assert made["said"] == kept["whole"]["said"] != ""
    assert made["rest"]["numbers"] == list(range(2, 2 + len(made["rest"]["numbers"])))
    assert made["rest"]["kinds"][-1] == "response.completed"
    assert made["rest"]["last"]["response"]["id"] == made["id"]


def test_an_unknown_response_is_not_found(kept: Outcomes) -> None:
    assert kept["unknown response"]["error"]["class"] == "NotFoundError"
