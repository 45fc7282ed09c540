"""Embeddings by `openai` in both its living major versions, and by `langchain-perplexity`."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence

import numpy as np
import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)
RAN = "bge-small-en-v1.5-int8"


def cosine(one: Sequence[float], other: Sequence[float]) -> float:
    return float(np.dot(one, other) / (np.linalg.norm(one) * np.linalg.norm(other)))


def are_near_by_meaning(vectors: Sequence[Sequence[float]]) -> bool:
    """Of drive_embeddings' texts the second is about the first."""
    one, near, far = vectors
    return cosine(one, near) > cosine(one, far) + 0.1


@pytest.fixture(scope="module", params=["openai-2", "openai-3"])
def seen(request: pytest.FixtureRequest, quoting_server: Running) -> Outcomes:
    """What this version of the client parsed."""
    outcomes = drive(request.param, "drive_embeddings.py", quoting_server)
    assert outcomes["version"].split(".")[0] == request.param.removeprefix("openai-")
    return outcomes


@pytest.mark.parametrize("way", ["by default", "async", "numbers"])
def test_openais_client_has_vectors_of_numbers(seen: Outcomes, way: str) -> None:
    vectors = [one["embedding"] for one in seen[way]["data"]]
    assert [one["index"] for one in seen[way]["data"]] == [0, 1, 2]
    assert all(len(vector) == 384 for vector in vectors)
    assert all(math.isclose(math.hypot(*vector), 1, abs_tol=1e-4) for vector in vectors)
    assert are_near_by_meaning(vectors)
    assert vectors[0] == pytest.approx(seen["numbers"]["data"][0]["embedding"], abs=1e-7)
    assert seen[way]["model"] == RAN
    assert seen[way]["usage"]["prompt_tokens"] > 0


def test_perplexitys_bytes_come_through_openais_client(seen: Outcomes) -> None:
    packed = [base64.b64decode(one["embedding"]) for one in seen["bytes"]["data"]]
    assert are_near_by_meaning([np.frombuffer(one, np.int8).astype(float) for one in packed])
    assert seen["bytes"]["usage"]["cost"]["total_cost"] > 0


def test_one_text_with_fewer_dimensions(seen: Outcomes) -> None:
    [one] = seen["one text"]["data"]
    assert len(one["embedding"]) == 128


@pytest.mark.parametrize(
    ("way", "param"),
    [("too many dimensions", "dimensions"), ("tokens", "input"), ("unknown", "model")],
)
def test_what_cannot_be_done_is_raised(seen: Outcomes, way: str, param: str) -> None:
    error = seen[way]["error"]
    assert (error["class"], error["status"]) == ("BadRequestError", 400)
    assert error["body"]["param"] == param


def test_langchain_has_vectors_of_bytes(quoting_server: Running) -> None:
    found = drive("langchain-perplexity", "drive_langchain_embeddings.py", quoting_server)
    assert are_near_by_meaning(found["documents"])
    assert found["documents"] == found["documents async"]
    assert found["query"] == found["documents"][0]
    assert {len(vector) for vector in found["documents"]} == {384}
