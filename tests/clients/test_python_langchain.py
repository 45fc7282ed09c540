"""`langchain-perplexity`: chat, stream, structured output, retriever and tool."""

from __future__ import annotations

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.house import (
    CALL,
    DEEP,
    FACTS_MADE,
    FILM,
    GOV_URL,
    IMAGE_URL,
    NEWS_URL,
    RELATED,
    RICH_TEXT,
    SENTENCE,
    URL,
    USED,
)
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)


@pytest.fixture(scope="module")
def seen(whole_server: Running) -> Outcomes:
    """What the client parsed. Its base URL can be set by a variable only."""
    base = {"PERPLEXITY_BASE_URL": whole_server.url}
    return drive("langchain-perplexity", "drive_langchain.py", whole_server, more=base)


@pytest.mark.parametrize("way", ["whole", "whole async", "conversation"])
def test_a_whole_answer_has_citations_and_usage(seen: Outcomes, way: str) -> None:
    answer = seen[way]
    assert answer["text"].startswith(f"{SENTENCE} [1]")
    assert answer["citations"][0] == URL
    assert answer["metadata"]["model_name"] == "sonar"
    assert answer["metadata"]["search_context_size"] == "low"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0


@pytest.mark.parametrize("way", ["streamed", "streamed async"])
def test_a_stream_adds_up_to_the_whole_answer(seen: Outcomes, way: str) -> None:
    stream = seen[way]
    assert stream["text"] == seen["whole"]["text"]
    assert stream["citations"] == seen["whole"]["citations"]
    assert stream["search_results"][0]["url"] == URL
    assert stream["metadata"]["finish_reason"] == "stop"


@pytest.mark.parametrize("way", ["streamed", "streamed async"])
def test_usage_subtracted_chunk_by_chunk_is_the_whole_usage(seen: Outcomes, way: str) -> None:
    assert seen[way]["usage"] == seen["whole"]["usage"]


def test_images_and_related_questions_are_read_off_the_first_chunk(seen: Outcomes) -> None:
    for answer in (seen["rich"], seen["rich streamed"]):
        assert answer["text"] == RICH_TEXT
        assert [image["image_url"] for image in answer["images"]] == [IMAGE_URL]
        assert answer["related_questions"] == list(RELATED)
        assert answer["usage"]["input_tokens"] == USED.prompt_tokens
        assert answer["usage"]["output_tokens"] == USED.completion_tokens


def test_a_media_response_asks_for_images(seen: Outcomes) -> None:
    assert [image["image_url"] for image in seen["images"]["images"]] == [IMAGE_URL]


def test_videos_come_whole_and_streamed(seen: Outcomes) -> None:
    for answer in (seen["videos"], seen["videos streamed"]):
        assert [video["url"] for video in answer["videos"]] == [FILM.url]


def test_search_options_are_taken(seen: Outcomes) -> None:
    assert seen["options"]["metadata"]["search_context_size"] == "high"


def test_structured_output_is_parsed(seen: Outcomes) -> None:
    assert seen["structured"] == FACTS_MADE


def test_a_tool_call_adds_up_from_the_stream(seen: Outcomes) -> None:
    (call,) = seen["called"]
    assert call["function"] == {"name": CALL.name, "arguments": CALL.arguments}


def test_the_clients_filters_hold(seen: Outcomes) -> None:
    assert seen["only .gov"] == [GOV_URL]
    assert seen["since 2025"] == [NEWS_URL]
    assert seen["changed in 2024"] == [URL]
    assert seen["this day"] == []


def test_the_retriever_gives_documents(seen: Outcomes) -> None:
    assert len(seen["retrieved"]) == 2
    assert seen["retrieved"][0]["url"] == URL
    assert SENTENCE in seen["retrieved"][0]["text"]
    assert [document["url"] for document in seen["retrieved of .gov"]] == [GOV_URL]
    assert seen["retrieved of .gov"][0]["date"] == "2019-03-05"


def test_the_search_tool_gives_results(seen: Outcomes) -> None:
    assert URL in [result["url"] for result in seen["by tool"]]


@pytest.mark.parametrize(
    ("what", "kind", "code"),
    [
        ("unknown model", "BadRequestError", 400),
        ("wrong key", "AuthenticationError", 401),
        ("limited", "RateLimitError", 429),
    ],
)
def test_errors_have_their_class_and_integer_code(
    seen: Outcomes, what: str, kind: str, code: int
) -> None:
    error = seen[what]["error"]
    assert error["class"] == kind
    assert error["body"]["error"]["code"] == code


def test_a_stream_that_breaks_raises(seen: Outcomes) -> None:
    assert "gone" in seen["broken"]["error"]["message"]


@pytest.mark.parametrize("way", ["agent", "agent async", "agent streamed", "agent streamed async"])
def test_the_agent_api_gives_text_sources_and_usage(seen: Outcomes, way: str) -> None:
    answer = seen[way]
    assert answer["text"].startswith(f"{SENTENCE} [1]")
    first = answer["search_results"][0]
    assert (first["id"], first["url"], first["date"]) == (1, URL, "2024-06-01")
    assert answer["metadata"]["model_name"] == "hydrophone/sonar"
    assert answer["metadata"]["status"] == "completed"
    usage = answer["usage"]
    assert usage["total_tokens"] == usage["input_tokens"] + usage["output_tokens"] > 0


def test_a_built_in_tool_leads_to_the_agent_api(seen: Outcomes) -> None:
    answer = seen["agent with a tool"]
    assert answer["text"].startswith(f"{SENTENCE} [1]")
    assert answer["metadata"]["object"] == "response"


@pytest.mark.parametrize("way", ["agent called", "agent called streamed"])
def test_the_agent_api_calls_functions(seen: Outcomes, way: str) -> None:
    (call,) = seen[way]
    assert (call["name"], call["args"]) == (CALL.name, {"animal": "blue whale"})
    assert seen["agent after a call"]["text"] == DEEP


def test_the_agent_apis_errors_have_their_class(seen: Outcomes) -> None:
    limited, broken = seen["agent limited"]["error"], seen["agent broken"]["error"]
    assert (limited["class"], limited["status"]) == ("RateLimitError", 429)
    assert broken["class"] == "PerplexityResponsesStreamError"
    assert "gone" in broken["message"]
