"""Embeddings, and keys that callers make, of a whole server."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.llm.tokens import WordPieceCounter
from tests.running import Server, Shell, serving

KEY = "of-the-setting"
TEXTS = ["Whales sing.", "Does the blue whale sing?", "Cologne has a cathedral."]
ASKED = {"model": "pplx-embed-v1-0.6b", "input": TEXTS, "encoding_format": "float"}


@pytest.fixture(scope="module")
def priced(lasting: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with keys, whose operator asks another price for vectors."""
    prices = tmp_path_factory.mktemp("prices") / "prices.json"
    prices.write_text(json.dumps({"pplx-embed-v1-0.6b": {"input": 2}}))
    with serving(lasting, HYDROPHONE_PRICES=str(prices), API_KEYS=KEY) as running:
        yield running


def costs(data_dir: Path) -> list[float]:
    with closing(sqlite3.connect(data_dir / "state.db")) as connection:
        found = connection.execute("SELECT cost_usd FROM ledger WHERE door = 'embeddings'")
        return [row[0] for row in found]


def test_texts_near_in_meaning_have_vectors_that_are_near(lasting: Shell, priced: Server) -> None:
    body = priced.request("/v1/embeddings", ASKED, key=KEY).json
    one, near, far = (each["embedding"] for each in body["data"])
    assert sum(a * b for a, b in zip(one, near, strict=True)) > 0.1 + sum(
        a * b for a, b in zip(one, far, strict=True)
    )
    tokens = sum(map(WordPieceCounter(find_model_files(BGE_SMALL_EN)).count, TEXTS))
    assert body["usage"]["prompt_tokens"] == tokens
    assert body["usage"]["cost"]["total_cost"] == pytest.approx(2 * tokens / 1e6)
    assert costs(lasting.data_dir) == [pytest.approx(2 * tokens / 1e6)]
    assert body["model"] == "bge-small-en-v1.5-int8"


def test_a_key_that_a_caller_made_works_until_it_is_revoked(priced: Server) -> None:
    made = priced.request("/generate_auth_token", {"token_name": "b"}, key=KEY).json["auth_token"]
    asked = {"model": "pplx-embed-context-v1-4b", "input": [TEXTS]}
    assert priced.request("/v1/contextualizedembeddings", asked, key=made).status == 200
    assert priced.request("/revoke_auth_token", {"auth_token": made}, key=made).status == 200
    assert priced.request("/v1/contextualizedembeddings", asked, key=made).status == 401
