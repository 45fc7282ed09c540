"""`litellm`: completion, stream and search, with its provider for Perplexity."""

from __future__ import annotations

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.house import FACTS, GOV_URL, IMAGE_URL, NEWS_URL, RELATED, SENTENCE, URL
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)


@pytest.fixture(scope="module")
def seen(whole_server: Running) -> Outcomes:
    """What the client parsed. Its list of prices comes with it, not from the network."""
    local = {"LITELLM_LOCAL_MODEL_COST_MAP": "True"}
    return drive("litellm", "drive_litellm.py", whole_server, more=local)


@pytest.mark.parametrize("way", ["whole", "whole async", "as openai"])
def test_a_whole_answer_has_citations_and_usage(seen: Outcomes, way: str) -> None:
    answer = seen[way]
    assert answer["choices"][0]["message"]["content"].startswith(f"{SENTENCE} [1]")
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert answer["citations"][0] == URL
    assert answer["search_results"][0]["url"] == URL
    assert answer["usage"]["total_tokens"] > 0
    assert answer["usage"]["cost"]["total_cost"] > 0


@pytest.mark.parametrize("way", ["streamed", "streamed async"])
def test_a_stream_is_the_same_text(seen: Outcomes, way: str) -> None:
    stream = seen[way]
    assert stream["text"] == seen["whole"]["choices"][0]["message"]["content"]
    assert stream["finishes"][-1] == "stop"
    assert stream["citations"][0][0] == URL
    whole = stream["whole"]
    assert whole["choices"][0]["message"]["content"] == stream["text"]


def test_images_and_related_questions_pass_through(seen: Outcomes) -> None:
    assert [image["image_url"] for image in seen["rich"]["images"]] == [IMAGE_URL]
    assert seen["rich"]["related_questions"] == list(RELATED)


def test_search_options_are_taken(seen: Outcomes) -> None:
    assert seen["context"]["usage"]["search_context_size"] == "high"


def test_a_schema_is_followed(seen: Outcomes) -> None:
    assert seen["by schema"]["choices"][0]["message"]["content"] == FACTS


def test_the_clients_filters_hold(seen: Outcomes) -> None:
    assert seen["only .gov"] == [GOV_URL]
    assert seen["since 2025"] == [NEWS_URL]


@pytest.mark.parametrize("way", ["search", "several queries", "search async"])
def test_search_gives_results(seen: Outcomes, way: str) -> None:
    found = {result["url"]: result for result in seen[way]["results"]}
    assert SENTENCE in found[URL]["snippet"]
    assert found[URL]["date"] == "2024-06-01"


def test_the_clients_filters_hold_for_search(seen: Outcomes) -> None:
    assert [result["url"] for result in seen["search of .gov"]["results"]] == [GOV_URL]


@pytest.mark.parametrize(
    ("what", "kind", "code"),
    [
        ("unknown model", "BadRequestError", 400),
        ("wrong key", "AuthenticationError", 401),
        ("limited", "RateLimitError", 429),
    ],
)
def test_errors_have_their_class_and_status(
    seen: Outcomes, what: str, kind: str, code: int
) -> None:
    error = seen[what]["error"]
    assert (error["class"], error["status"]) == (kind, code)


def test_a_stream_that_breaks_raises(seen: Outcomes) -> None:
    assert "gone" in seen["broken"]["error"]["message"]
