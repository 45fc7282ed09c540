"""`perplexity-haystack`: the chat generator and both embedders."""

from __future__ import annotations

import math

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.house import CALL, DEEP, FACTS, SENTENCE
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)
ENVIRONMENT = "perplexity-haystack"


@pytest.fixture(scope="module")
def seen(whole_server: Running, quoting_server: Running) -> Outcomes:
    more = {"EMBEDDING_URL": quoting_server.url, "EMBEDDING_KEY": quoting_server.key}
    return drive(ENVIRONMENT, "drive_haystack.py", whole_server, more=more)


@pytest.mark.parametrize("way", ["whole", "whole async", "conversation", "preset"])
def test_a_whole_answer_has_its_text_status_and_cost(seen: Outcomes, way: str) -> None:
    answer = seen[way]
    assert answer["text"].startswith(f"{SENTENCE} [1]")
    assert answer["meta"]["status"] == "completed"
    assert answer["meta"]["finish_reason"] == "stop"
    assert answer["meta"]["usage"]["cost"]["total_cost"] > 0


def test_its_own_default_model_is_answered_for(seen: Outcomes) -> None:
    """Without a search, as a bare model is; the answer names the model that ran."""
    assert seen["by default"]["meta"]["model"] == "hydrophone/default"
    assert seen["by default"]["meta"]["status"] == "completed"


def test_a_stream_adds_up_to_the_whole_answer(seen: Outcomes) -> None:
    stream = seen["streamed"]
    assert "".join(stream["pieces"]) == stream["text"] == seen["whole"]["text"]
    assert stream["meta"]["finish_reason"] == "stop"


def test_a_function_is_called_and_its_result_taken(seen: Outcomes) -> None:
    assert seen["called"]["calls"] == [[CALL.name, {"animal": "blue whale"}]]
    assert seen["after a call"]["text"] == DEEP


def test_a_schema_is_kept(seen: Outcomes) -> None:
    assert seen["by schema"]["text"] == FACTS


@pytest.mark.parametrize("way", ["text", "text async"])
def test_a_text_becomes_a_vector_of_the_model_that_ran(seen: Outcomes, way: str) -> None:
    embedded = seen[way]
    assert len(embedded["embedding"]) == 384
    assert max(map(abs, embedded["embedding"])) <= 128
    assert embedded["meta"]["model"] == "bge-small-en-v1.5-int8"
    assert embedded["meta"]["usage"]["prompt_tokens"] > 0


def test_bits_are_the_signs_of_the_numbers(seen: Outcomes) -> None:
    """The lowest bit is the first; this client takes the highest for it."""
    numbers, bits = seen["text"]["embedding"], seen["binary"]["embedding"]
    rightly = [bits[start + 7 - place] for start in range(0, len(bits), 8) for place in range(8)]
    clear = [(number, bit) for number, bit in zip(numbers, rightly, strict=True) if number]
    assert len(clear) > 300
    assert all((number > 0) == (bit == 1) for number, bit in clear)


def test_documents_get_vectors_that_differ(seen: Outcomes) -> None:
    one, other = seen["documents"]["vectors"]
    assert _likeness(one, one) > 0.999 > _likeness(one, other)
    assert seen["documents"]["meta"]["usage"]["total_tokens"] > 0


def _likeness(one: list[float], other: list[float]) -> float:
    return sum(a * b for a, b in zip(one, other, strict=True)) / (
        math.hypot(*one) * math.hypot(*other)
    )


@pytest.mark.parametrize(
    ("what", "kind", "code"),
    [
        ("unknown preset", "BadRequestError", 400),
        ("unknown model", "BadRequestError", 400),
        ("unknown embedder", "BadRequestError", 400),
        ("wrong key", "AuthenticationError", 401),
        ("wrong key of an embedder", "AuthenticationError", 401),
    ],
)
def test_errors_have_their_class_and_integer_code(
    seen: Outcomes, what: str, kind: str, code: int
) -> None:
    error = seen[what]["error"]
    assert error["class"] == kind
    assert error["body"]["code"] == code
