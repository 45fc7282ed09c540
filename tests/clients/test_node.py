"""The clients that run on Node, unmodified: the AI SDK's two majors and Perplexity's own."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes
from tests.clients.driving_node import drive_node
from tests.clients.house import (
    ANSWER,
    FRENCH_URL,
    GOV_URL,
    IMAGE_URL,
    RELATED,
    SENTENCE,
    URL,
)
from tests.clients.serving import Running

DRIVERS = {
    "ai-sdk-3": "ai_sdk.mjs",
    "ai-sdk-4": "ai_sdk.mjs",
    "perplexity-ai": "perplexity_ai.mjs",
}
pytestmark = pytest.mark.timeout(2 * DEADLINE_S)

BOTH = pytest.mark.parametrize("how", ["whole", "streamed"])


@pytest.fixture(scope="module")
def driven(whole_server: Running) -> Mapping[str, Future[Outcomes]]:
    """What each client made of its scenarios; all at once, since each waits for pings."""
    with ThreadPoolExecutor(len(DRIVERS)) as pool:
        return {
            name: pool.submit(drive_node, name, driver, whole_server, pointed(whole_server))
            for name, driver in DRIVERS.items()
        }


def pointed(server: Running) -> dict[str, str]:
    """The variables with which Perplexity's own client is pointed at another server."""
    return {"PERPLEXITY_BASE_URL": server.url, "PERPLEXITY_API_KEY": server.key}


@pytest.fixture(params=["ai-sdk-3", "ai-sdk-4"])
def sdk(request: pytest.FixtureRequest, driven: Mapping[str, Future[Outcomes]]) -> Outcomes:
    return driven[request.param].result()


@pytest.fixture
def own(driven: Mapping[str, Future[Outcomes]]) -> Outcomes:
    return driven["perplexity-ai"].result()


# The AI SDK.


@BOTH
def test_ai_sdk_reads_text_sources_usage_and_cost(sdk: Outcomes, how: str) -> None:
    made = sdk[how]
    assert made["text"] == ANSWER
    assert made["sources"][0] == URL
    assert len(made["sources"]) == len(set(made["sources"])) == 4
    assert made["finishReason"] == "stop"
    assert made["model"] == "sonar"
    usage = made["usage"]
    assert usage["totalTokens"] == usage["inputTokens"] + usage["outputTokens"]
    assert min(usage["inputTokens"], usage["outputTokens"]) > 0
    metadata = made["metadata"]["perplexity"]
    assert metadata["images"] is None
    assert metadata["usage"]["numSearchQueries"] == 1
    assert metadata["cost"]["requestCost"] == 0.005
    assert metadata["cost"]["totalCost"] > 0.005


def test_ai_sdk_gets_all_sources_of_a_stream_before_its_text(sdk: Outcomes) -> None:
    types = sdk["streamed"]["types"]
    assert types.count("source") == 4
    assert types.index("text-start") > max(n for n, one in enumerate(types) if one == "source")
    assert "error" not in types


@BOTH
def test_ai_sdk_reads_images(sdk: Outcomes, how: str) -> None:
    made = sdk[f"rich_{how}"]
    metadata = made["metadata"]["perplexity"]
    assert metadata["images"] == [
        {"imageUrl": IMAGE_URL, "originUrl": URL, "height": 480, "width": 640}
    ]
    assert metadata["usage"] == {"citationTokens": 40, "numSearchQueries": 2}
    assert made["text"] == "The blue whale sings below forty hertz. [1]"


def test_ai_sdk_gets_a_stream_piece_by_piece(sdk: Outcomes) -> None:
    assert sdk["rich_streamed"]["deltas"] == ["The blue whale ", "sings below forty hertz. [1]"]


@BOTH
def test_ai_sdk_knows_an_answer_that_was_cut(sdk: Outcomes, how: str) -> None:
    assert sdk[f"short_{how}"]["finishReason"] == "length"


def test_ai_sdk_skips_pings(sdk: Outcomes) -> None:
    assert sdk["pinged"]["text"] == "Whales sing. [1]"
    assert sdk["pinged"]["finishReason"] == "stop"


def test_ai_sdk_may_have_the_version_in_its_address(sdk: Outcomes) -> None:
    assert sdk["versioned"]["text"] == ANSWER


def test_ai_sdks_own_settings_are_taken(sdk: Outcomes) -> None:
    assert sdk["tuned"]["text"] == ANSWER


def test_provider_options_are_the_fields_of_sonar(sdk: Outcomes) -> None:
    assert sdk["filtered_whole"]["sources"] == [GOV_URL]
    assert sorted(sdk["filtered_streamed"]["sources"]) == sorted([URL, FRENCH_URL])
    assert sdk["context"]["metadata"]["perplexity"]["cost"]["requestCost"] == 0.014


@BOTH
def test_ai_sdks_reasoning_middleware_takes_the_thoughts_out(sdk: Outcomes, how: str) -> None:
    made = sdk[f"thought_{how}"]
    assert made["text"].strip() == ANSWER
    assert "blue whale" in made["reasoning"]


def test_thoughts_are_not_counted_twice(sdk: Outcomes) -> None:
    """The AI SDK adds `reasoning_tokens` to `completion_tokens`."""
    usage = sdk["thought_whole"]["usage"]
    assert usage["totalTokens"] == usage["raw"]["total_tokens"]
    assert usage["raw"]["completion_tokens_details"]["reasoning_tokens"] > 0


def test_ai_sdk_reads_a_research_report(sdk: Outcomes) -> None:
    made = sdk["researched"]
    assert SENTENCE in made["text"]
    assert made["usage"]["raw"]["num_search_queries"] > 1
    assert made["finishReason"] == "stop"


def test_ai_sdk_brings_a_system_prompt_and_earlier_turns(sdk: Outcomes) -> None:
    assert sdk["talked"]["text"] == ANSWER


def test_ai_sdk_generates_objects(sdk: Outcomes) -> None:
    facts = {"animal": "blue whale", "hertz": 40}
    assert sdk["object"] == {"object": facts}
    assert sdk["object_streamed"] == {"object": facts, "last": facts}
    assert sdk["object_as_output"] == {"object": facts}


def test_ai_sdk_generates_objects_from_json_that_a_model_wrapped(sdk: Outcomes) -> None:
    facts = {"animal": "blue whale", "hertz": 40}
    assert sdk["object_mended"] == {"object": facts}
    assert sdk["object_mended_streamed"] == {"object": facts, "last": facts}


@pytest.mark.parametrize(
    ("scenario", "code", "type_"),
    [
        ("unknown_model", 400, "invalid_model"),
        ("many_domains", 400, "invalid_search_domain_filter"),
        ("wrong_key", 401, "invalid_api_key"),
        ("limited", 429, "request_rate_limit_exceeded"),
        ("object_without_model", 400, "invalid_request"),
        ("object_failed", 502, "upstream_structured_output_failed"),
    ],
)
def test_ai_sdk_reads_errors(sdk: Outcomes, scenario: str, code: int, type_: str) -> None:
    error = sdk[scenario]["error"]
    assert error["name"] == "AI_APICallError"
    assert error["status"] == code
    assert error["body"]["error"]["code"] == code
    assert error["body"]["error"]["type"] == type_
    assert error["message"] == error["body"]["error"]["message"]
    assert error["retryable"] is (code in (429, 502))


def test_ai_sdk_reads_the_error_of_a_stream_that_did_not_begin(sdk: Outcomes) -> None:
    (error,) = sdk["unknown_model_streamed"]["errors"]
    assert (error["name"], error["status"]) == ("AI_APICallError", 400)
    assert error["body"]["error"]["type"] == "invalid_model"


def test_ai_sdk_tells_that_a_stream_broke(sdk: Outcomes) -> None:
    """It has no word for errors in a stream; what it says of them holds the message."""
    made = sdk["broken"]
    assert "gone" in made["errors"][0]["message"]
    assert made["deltas"] == ["Whales "]


# Perplexity's own client.


def folded(made: Any) -> str:
    assert "error" not in made
    return "".join(chunk["choices"][0]["delta"]["content"] for chunk in made["chunks"])


def test_own_client_reads_a_whole_answer(own: Outcomes) -> None:
    made = own["whole"]
    assert made["choices"][0]["message"]["content"] == ANSWER
    assert made["citations"][0] == made["search_results"][0]["url"] == URL
    assert made["search_results"][0]["date"] == "2024-06-01"
    assert made["search_results"][0]["last_updated"] == "2024-08-15"
    assert made["usage"]["cost"]["request_cost"] == 0.005


def test_own_client_may_be_pointed_here_by_its_environment(own: Outcomes) -> None:
    assert own["by_environment"]["choices"][0]["message"]["content"] == ANSWER


def test_own_client_may_have_the_version_in_its_address(own: Outcomes) -> None:
    assert own["versioned"]["text"] == ANSWER
    assert own["versioned"]["urls"][0] == URL


def test_own_client_shows_the_response_itself(own: Outcomes) -> None:
    assert own["raw"] == {"status": 200, "text": ANSWER}


def test_own_client_reads_a_stream(own: Outcomes) -> None:
    made = own["streamed"]
    assert folded(made) == ANSWER
    first, last = made["chunks"][0], made["chunks"][-1]
    assert first["citations"] == [result["url"] for result in first["search_results"]]
    assert last["choices"][0]["message"]["content"] == ANSWER
    assert last["choices"][0]["finish_reason"] == "stop"
    assert last["usage"]["cost"]["total_cost"] > 0


def test_own_client_reads_images_and_related_questions(own: Outcomes) -> None:
    for body in (own["rich_whole"], own["rich_streamed"]["chunks"][-1]):
        assert body["images"][0]["image_url"] == IMAGE_URL
        assert tuple(body["related_questions"]) == RELATED


def test_own_client_reads_the_concise_mode(own: Outcomes) -> None:
    chunks = own["concise"]["chunks"]
    objects = [chunk["object"] for chunk in chunks]
    assert list(dict.fromkeys(objects)) == [
        "chat.reasoning",
        "chat.reasoning.done",
        "chat.completion.chunk",
        "chat.completion.done",
    ]
    assert objects == sorted(objects, key=list(dict.fromkeys(objects)).index)
    told = [
        step
        for chunk in chunks[: objects.count("chat.reasoning")]
        for step in chunk["choices"][0]["delta"]["reasoning_steps"]
    ]
    assert len(told) > 1
    assert all(step["web_search"]["search_keywords"] for step in told)
    reasoned = chunks[objects.index("chat.reasoning.done")]
    assert reasoned["choices"][0]["message"]["reasoning_steps"] == told
    assert reasoned["images"][0]["image_url"] == IMAGE_URL
    assert "usage" not in chunks[objects.index("chat.completion.chunk")]
    assert chunks[-1]["choices"][0]["message"]["content"] == ANSWER
    assert chunks[-1]["usage"]["cost"]["total_cost"] > 0


def test_own_client_skips_pings(own: Outcomes) -> None:
    assert folded(own["pinged"]) == "Whales sing. [1]"


def test_own_client_sends_filters(own: Outcomes) -> None:
    made = own["filtered"]
    assert made["citations"] == [URL]
    assert made["usage"]["search_context_size"] == "high"


def test_own_client_gets_thoughts_in_the_text(own: Outcomes) -> None:
    text = own["thought"]["choices"][0]["message"]["content"]
    thoughts, _, answer = text.partition("</think>")
    assert thoughts.startswith("<think>")
    assert answer.strip() == ANSWER


def test_own_client_searches(own: Outcomes) -> None:
    made = own["searched"]
    assert made["id"]
    assert len(made["results"]) == 2
    assert made["results"][0]["url"] == URL
    assert SENTENCE in made["results"][0]["snippet"]
    assert all(None not in result.values() for result in made["results"])


def test_own_client_searches_several_queries_at_once(own: Outcomes) -> None:
    urls = [result["url"] for result in own["searched_many"]["results"]]
    assert {URL, FRENCH_URL} <= set(urls)
    assert len(urls) == len(set(urls))


def test_own_client_searches_with_filters(own: Outcomes) -> None:
    assert [result["url"] for result in own["searched_filtered"]["results"]] == [GOV_URL]


@pytest.mark.parametrize(
    ("scenario", "class_", "code", "type_"),
    [
        ("unknown_model", "BadRequestError", 400, "invalid_model"),
        ("unknown_model_streamed", "BadRequestError", 400, "invalid_model"),
        ("many_domains", "BadRequestError", 400, "invalid_search_domain_filter"),
        ("searched_too_many", "BadRequestError", 400, "invalid_request"),
        ("wrong_type", "UnprocessableEntityError", 422, "invalid_request"),
        ("wrong_key", "AuthenticationError", 401, "invalid_api_key"),
        ("limited", "RateLimitError", 429, "request_rate_limit_exceeded"),
    ],
)
def test_own_client_raises_its_error(
    own: Outcomes, scenario: str, class_: str, code: int, type_: str
) -> None:
    error = own[scenario]["error"]
    assert error["class"] == class_
    assert error["status"] == code
    assert error["body"]["error"]["code"] == code
    assert error["body"]["error"]["type"] == type_


def test_own_client_raises_when_a_stream_breaks(own: Outcomes) -> None:
    made = own["broken"]
    assert made["error"]["body"]["error"]["message"] == "gone"
    pieces = [chunk["choices"][0]["delta"]["content"] for chunk in made["chunks"]]
    assert "".join(pieces) == "Whales "
