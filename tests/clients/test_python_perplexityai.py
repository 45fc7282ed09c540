"""The official `perplexityai` client, 0.38.0 and newest, loose and strict, each in its own
environment."""

from __future__ import annotations

from typing import Any

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.house import (
    CALL,
    FACTS,
    FILM,
    FRENCH_URL,
    GOV_URL,
    IMAGE_URL,
    NEWS_URL,
    RELATED,
    RICH_TEXT,
    SENTENCE,
    URL,
)
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)


@pytest.fixture(
    scope="module",
    params=[
        ("perplexityai-0.38.0", "loose"),
        ("perplexityai-0.38.0", "strict"),
        ("perplexityai", "loose"),
        ("perplexityai", "strict"),
    ],
    ids="-".join,
)
def seen(request: pytest.FixtureRequest, whole_server: Running) -> Outcomes:
    """What this version of the client parsed."""
    name, checking = request.param
    arguments = ["--strict"] if checking == "strict" else []
    outcomes = drive(name, "drive_perplexity.py", whole_server, *arguments)
    assert outcomes["version"].startswith(name.removeprefix("perplexityai").removeprefix("-"))
    return outcomes


@pytest.fixture(scope="module")
def strict(seen: Outcomes) -> bool:
    """Whether the client checked every answer against its types."""
    return bool(seen["strict"])


@pytest.mark.parametrize("way", ["whole", "whole async"])
def test_a_whole_answer_has_citations_and_cost(seen: Outcomes, way: str) -> None:
    answer = seen[way]
    assert answer["choices"][0]["message"]["content"].startswith(f"{SENTENCE} [1]")
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["citations"][0] == URL
    result = answer["search_results"][0]
    assert (result["url"], result["title"]) == (URL, "Whales")
    assert (result["date"], result["last_updated"]) == ("2024-06-01", "2024-08-15")
    cost = answer["usage"]["cost"]
    parts = cost["input_tokens_cost"] + cost["output_tokens_cost"] + cost["request_cost"]
    assert cost["total_cost"] == pytest.approx(parts)
    assert cost["request_cost"] == 0.005


@pytest.mark.parametrize("way", ["streamed", "streamed async"])
def test_a_streamed_answer_is_the_same_text(seen: Outcomes, way: str) -> None:
    stream = seen[way]
    assert stream["text"] == seen["whole"]["choices"][0]["message"]["content"]
    assert stream["last"]["choices"][0]["message"]["content"] == stream["text"]
    assert set(stream["finishes"][:-1]) == {None}
    assert stream["finishes"][-1] == "stop"
    assert stream["first"]["citations"] == seen["whole"]["citations"]
    assert stream["first"]["search_results"][0]["url"] == URL
    assert set(stream["costs"][:-1]) == {0.0}
    assert stream["last"]["usage"] == seen["whole"]["usage"]


def test_a_concise_stream_has_its_stages_in_order(seen: Outcomes) -> None:
    stages = ["chat.reasoning.done", "chat.completion.chunk", "chat.completion.done"]
    stream = seen["concise"]
    assert list(dict.fromkeys(stream["objects"])) == stages
    searched = seen["concise pro search"]
    assert list(dict.fromkeys(searched["objects"])) == ["chat.reasoning", *stages]
    assert searched["last"]["choices"][0]["message"]["content"] == searched["text"]
    assert stream["text"] == RICH_TEXT
    assert stream["last"]["choices"][0]["message"]["content"] == RICH_TEXT
    assert stream["last"]["usage"]["cost"]["total_cost"] > 0
    assert [image["image_url"] for image in stream["last"]["images"]] == [IMAGE_URL]


def test_images_videos_and_related_questions_come_whole_and_streamed(seen: Outcomes) -> None:
    for answer in (seen["rich"], seen["rich streamed"]["first"], seen["rich streamed"]["last"]):
        assert answer["images"][0]["image_url"] == IMAGE_URL
        assert answer["images"][0]["origin_url"] == URL
        assert answer["related_questions"] == list(RELATED)
        assert answer["videos"][0]["url"] == FILM.url
        assert answer["videos"][0]["duration"] == FILM.duration_s


def test_the_pictures_of_found_pages_come_when_asked_for(seen: Outcomes) -> None:
    assert [image["image_url"] for image in seen["images"]["images"]] == [IMAGE_URL]
    assert "images" not in seen["whole"]


def test_the_usage_counts_searches_and_citation_tokens(seen: Outcomes) -> None:
    usage = seen["rich"]["usage"]
    assert usage["num_search_queries"] == 2
    assert usage["citation_tokens"] == 40
    assert usage["total_tokens"] == usage["prompt_tokens"] + usage["completion_tokens"]


def test_the_context_size_is_told_and_charged(seen: Outcomes) -> None:
    usage = seen["high context"]["usage"]
    assert usage["search_context_size"] == "high"
    assert usage["cost"]["request_cost"] == 0.012


def test_pro_search_shows_its_steps(seen: Outcomes) -> None:
    message = seen["pro search"]["last"]["choices"][0]["message"]
    assert SENTENCE in message["content"]
    assert message["reasoning_steps"][0]["web_search"]["search_keywords"] != []


def test_a_reasoning_models_thoughts_come_first(seen: Outcomes) -> None:
    thoughts, answer = seen["reasoning streamed"]["text"].split("</think>")
    assert thoughts.startswith("<think>")
    assert SENTENCE in answer


def test_deep_research_answers_from_its_sources(seen: Outcomes) -> None:
    answer = seen["deep research"]
    report = answer["choices"][0]["message"]["content"]
    assert SENTENCE in report
    assert "\n## " in report
    assert URL in answer["citations"]


def test_a_base_url_with_v1_works_too(seen: Outcomes) -> None:
    assert seen["versioned"]["citations"][0] == seen["versioned"]["results"][0]["url"] == URL


def test_a_tool_call_is_parsed_unless_strictly(seen: Outcomes, strict: bool) -> None:
    """Its types know no ending but `stop` and `length`."""
    if strict:
        assert seen["called"]["error"]["class"] == "APIResponseValidationError"
    else:
        choice = seen["called"]["choices"][0]
        assert choice["finish_reason"] == "tool_calls"
        assert choice["message"]["tool_calls"][0]["function"]["arguments"] == CALL.arguments


def test_a_cut_answer_says_so(seen: Outcomes) -> None:
    assert seen["cut"]["choices"][0]["finish_reason"] == "length"


def test_a_schema_and_no_search_are_for_the_language_model(seen: Outcomes) -> None:
    assert seen["by schema"]["choices"][0]["message"]["content"] == FACTS
    assert seen["no search"]["citations"] == []


def test_the_clients_filters_hold_for_the_chat(seen: Outcomes) -> None:
    assert seen["only .gov"] == [GOV_URL]
    assert seen["in French"] == [FRENCH_URL]
    assert seen["since 2025"] == [NEWS_URL]
    assert seen["before 2020"] == [GOV_URL]
    assert seen["changed in 2024"] == [URL]
    assert seen["this hour"] == []
    assert URL not in seen["not the sea"]
    assert seen["not the sea"] != []


@pytest.mark.parametrize("way", ["search", "search async", "several queries"])
def test_search_finds_pages_with_their_dates(seen: Outcomes, way: str) -> None:
    found = {result["url"]: result for result in seen[way]["results"]}
    assert seen[way]["id"]
    assert {URL, GOV_URL} <= set(found)
    assert len(found) == len(seen[way]["results"])
    assert (found[URL]["title"], found[URL]["date"]) == ("Whales", "2024-06-01")
    assert SENTENCE in found[URL]["snippet"]


def test_the_clients_filters_hold_for_search(seen: Outcomes) -> None:
    assert seen["search of .gov"] == [GOV_URL]
    assert seen["search in French"] == [FRENCH_URL]
    assert seen["search since 2025"] == [NEWS_URL]
    assert len(seen["one result"]) == 1
    assert seen["with the time"]["server_time"]
    assert "server_time" not in seen["search"]


@pytest.mark.parametrize(
    ("what", "kind", "code", "type_"),
    [
        ("21 domains", "BadRequestError", 400, "invalid_search_domain_filter"),
        ("wrong date", "BadRequestError", 400, "invalid_date_format"),
        ("unknown model", "BadRequestError", 400, "invalid_model"),
        ("six queries", "BadRequestError", 400, "invalid_request"),
        ("wrong key", "AuthenticationError", 401, "invalid_api_key"),
        ("wrong key streamed", "AuthenticationError", 401, "invalid_api_key"),
        ("limited", "RateLimitError", 429, "request_rate_limit_exceeded"),
    ],
)
def test_errors_have_their_class_type_and_integer_code(
    seen: Outcomes, what: str, kind: str, code: int, type_: str
) -> None:
    error: Any = seen[what]["error"]
    assert error["class"] == kind
    assert error["status"] == code
    assert error["body"]["error"]["code"] == code
    assert error["body"]["error"]["type"] == type_


def test_the_client_waits_and_asks_again_where_it_is_told_to(seen: Outcomes) -> None:
    assert seen["retried"]["choices"][0]["message"]["content"] == "Whales sing. [1]"


def test_a_stream_that_breaks_raises(seen: Outcomes) -> None:
    assert "gone" in seen["broken"]["error"]["message"]
