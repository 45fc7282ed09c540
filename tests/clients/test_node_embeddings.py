"""Embeddings by the AI SDK's two majors."""

from __future__ import annotations

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes
from tests.clients.driving_node import drive_node
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)


@pytest.fixture(scope="module", params=["ai-sdk-3", "ai-sdk-4"])
def seen(request: pytest.FixtureRequest, quoting_server: Running) -> Outcomes:
    return drive_node(request.param, "ai_sdk_embeddings.mjs", quoting_server)


@pytest.mark.parametrize(
    ("way", "length"), [("many", 384), ("fewer dimensions", 128), ("packed", 384 // 8)]
)
def test_texts_have_vectors_of_the_wanted_length(seen: Outcomes, way: str, length: int) -> None:
    assert seen[way]["lengths"] == [length] * 3
    assert seen[way]["usage"]["tokens"] > 0


def test_what_is_near_in_meaning_is_near(seen: Outcomes) -> None:
    assert seen["many"]["near"] > seen["many"]["far"] + 0.1
    assert seen["one"] == 384


def test_an_unknown_model_is_an_error_that_says_so(seen: Outcomes) -> None:
    error = seen["unknown"]["error"]
    assert (error["status"], error["retryable"]) == (400, False)
    assert "no-such-model" in error["message"]
