"""The `openai` client in both its living major versions, each in its own environment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.house import (
    CALL,
    DEEP,
    FACTS_MADE,
    FRENCH_URL,
    GOV_URL,
    IMAGE_URL,
    RELATED,
    RICH_TEXT,
    SENTENCE,
    URL,
)
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)
STRUCTURED_FAILED = "upstream_structured_output_failed"


@pytest.fixture(scope="module", params=["openai-2", "openai-3"])
def seen(request: pytest.FixtureRequest, whole_server: Running) -> Outcomes:
    """What this version of the client parsed."""
    outcomes = drive(request.param, "drive_openai.py", whole_server)
    assert outcomes["version"].split(".")[0] == request.param.removeprefix("openai-")
    return outcomes


@pytest.mark.parametrize("way", ["whole", "whole async"])
def test_a_whole_answer_has_citations_and_cost(seen: Outcomes, way: str) -> None:
    answer = seen[way]
    assert answer["choices"][0]["message"]["content"].startswith(f"{SENTENCE} [1]")
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["citations"][0] == URL
    assert answer["search_results"][0]["url"] == URL
    assert answer["search_results"][0]["date"] == "2024-06-01"
    assert answer["search_results"][0]["last_updated"] == "2024-08-15"
    assert answer["usage"]["cost"]["total_cost"] > 0
    assert answer["model"] == "sonar"


@pytest.mark.parametrize("way", ["streamed", "streamed async"])
def test_a_streamed_answer_is_the_same_text(seen: Outcomes, way: str) -> None:
    stream = seen[way]
    assert stream["text"] == seen["whole"]["choices"][0]["message"]["content"]
    assert set(stream["finishes"][:-1]) == {None}
    assert stream["finishes"][-1] == "stop"
    assert stream["first"]["citations"] == seen["whole"]["citations"]
    assert stream["first"]["search_results"][0]["url"] == URL
    assert stream["last"]["usage"] == seen["whole"]["usage"]


def test_images_come_whole_and_streamed(seen: Outcomes) -> None:
    for answer in (seen["rich"], seen["rich streamed"]["last"]):
        assert [image["image_url"] for image in answer["images"]] == [IMAGE_URL]
    assert seen["rich streamed"]["text"] == RICH_TEXT


def test_a_reasoning_models_thoughts_come_first(seen: Outcomes) -> None:
    thoughts, answer = seen["reasoning streamed"]["text"].split("</think>")
    assert thoughts.startswith("<think>")
    assert answer.strip().startswith(SENTENCE)


def test_a_cut_answer_says_so(seen: Outcomes) -> None:
    assert seen["cut"]["choices"][0]["finish_reason"] == "length"


def test_a_schema_is_parsed_by_the_client(seen: Outcomes) -> None:
    assert seen["parsed"]["facts"] == FACTS_MADE
    assert seen["by schema"]["citations"] != []


def test_a_tool_call_is_parsed_whole_and_streamed(seen: Outcomes) -> None:
    wanted = ["tool_calls", {"name": CALL.name, "arguments": CALL.arguments}]
    assert [seen["called"], seen["called streamed"]] == [wanted, wanted]


def test_json_that_a_model_wrapped_is_parsed(seen: Outcomes) -> None:
    assert seen["mended"]["facts"] == FACTS_MADE


def test_the_result_of_a_function_is_taken_and_citations_still_checked(seen: Outcomes) -> None:
    told = DEEP.replace(" [7]", "")
    message = seen["after a call"]["choices"][0]
    assert (message["finish_reason"], message["message"]["content"]) == ("stop", told)
    assert seen["after a call"]["citations"][0] == URL
    assert seen["after a call"]["usage"]["num_search_queries"] == 1
    assert seen["after a call streamed"]["text"] == told
    assert seen["after a call streamed"]["first"]["citations"][0] == URL


def test_a_pattern_is_answered_from_a_source_without_a_model(seen: Outcomes) -> None:
    assert seen["by a pattern"]["choices"][0]["message"]["content"] == "whales"
    assert seen["by a pattern"]["citations"][0] == URL


def test_the_old_completions_answer(seen: Outcomes) -> None:
    answer = seen["old completion"]
    assert answer["object"] == "text_completion"
    assert answer["choices"][0]["text"].startswith(SENTENCE)
    assert seen["old completion streamed"] == answer["choices"][0]["text"]


def test_openais_own_fields_do_no_harm(seen: Outcomes) -> None:
    answer = seen["openai's own fields"]
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["usage"]["search_context_size"] == "medium"


def test_filters_go_in_the_extra_body(seen: Outcomes) -> None:
    assert seen["only .gov"] == [GOV_URL]
    assert seen["in French"] == [FRENCH_URL]
    assert URL not in seen["not the sea"]
    assert seen["not the sea"] != []


@pytest.mark.parametrize(
    ("what", "kind", "code", "type_"),
    [
        ("unknown model", "BadRequestError", 400, "invalid_model"),
        ("unknown model streamed", "BadRequestError", 400, "invalid_model"),
        ("wrong type", "UnprocessableEntityError", 422, "invalid_request"),
        ("wrong key", "AuthenticationError", 401, "invalid_api_key"),
        ("limited", "RateLimitError", 429, "request_rate_limit_exceeded"),
        ("wrong schema", "BadRequestError", 400, "invalid_request"),
        ("JSON without a model", "BadRequestError", 400, "invalid_request"),
        ("prose for JSON", "InternalServerError", 502, STRUCTURED_FAILED),
        ("prose for JSON streamed", "APIError", 502, STRUCTURED_FAILED),
        ("broken", "APIError", 502, "bad_gateway"),
    ],
)
def test_errors_have_their_class_type_and_integer_code(
    seen: Outcomes, what: str, kind: str, code: int, type_: str
) -> None:
    error: Any = seen[what]["error"]
    assert error["class"] == kind
    assert error["body"]["code"] == code
    assert error["body"]["type"] == type_


def test_the_models_are_listed(seen: Outcomes) -> None:
    assert {"sonar", "sonar-pro", "sonar-reasoning-pro", "sonar-deep-research"} <= {*seen["models"]}


def test_related_questions_come_when_asked_for(seen: Outcomes) -> None:
    assert seen["related"]["related_questions"] == list(RELATED)
