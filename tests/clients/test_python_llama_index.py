"""`llama-index-llms-perplexity`: chat, completion and streams, over plain HTTP of its own."""

from __future__ import annotations

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.house import GOV_URL, NEWS_URL, SENTENCE, URL
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)


@pytest.fixture(scope="module")
def seen(whole_server: Running) -> Outcomes:
    """What the client parsed."""
    return drive("llama-index-llms-perplexity", "drive_llama_index.py", whole_server)


@pytest.mark.parametrize("way", ["chat", "chat async", "complete", "classified"])
def test_a_whole_answer_and_the_body_beside_it(seen: Outcomes, way: str) -> None:
    assert seen[way]["text"].startswith(f"{SENTENCE} [1]")
    assert seen[way]["raw"]["citations"][0] == URL
    assert seen[way]["raw"]["usage"]["cost"]["total_cost"] > 0


def test_a_stream_is_the_same_text(seen: Outcomes) -> None:
    """The client's asynchronous streams end in its own error before they begin: it closes the
    connection, then reads."""
    stream = seen["streamed"]
    assert stream["text"] == seen["chat"]["text"]
    assert "".join(stream["pieces"]) == stream["text"]
    assert stream["first"]["citations"][0] == URL


def test_pings_keep_a_silent_stream_from_timing_out(seen: Outcomes) -> None:
    assert "error" not in seen["silent"]
    assert seen["silent"]["text"] == "Whales sing. [1]"


def test_filters_go_in_the_additional_kwargs(seen: Outcomes) -> None:
    assert seen["only .gov"] == [GOV_URL]
    assert seen["since 2025"] == [NEWS_URL]


@pytest.mark.parametrize(
    ("what", "code", "type_"),
    [
        ("unknown model", 400, "invalid_model"),
        ("wrong key", 401, "invalid_api_key"),
        ("limited", 429, "request_rate_limit_exceeded"),
    ],
)
def test_errors_have_their_type_and_integer_code(
    seen: Outcomes, what: str, code: int, type_: str
) -> None:
    assert seen[what]["status"] == code
    assert seen[what]["body"]["error"]["code"] == code
    assert seen[what]["body"]["error"]["type"] == type_
