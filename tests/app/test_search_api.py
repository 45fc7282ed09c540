"""POST /search of a whole server: own documents and a small web, tokens counted, rows written."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.llm.tokens import WordPieceCounter
from tests.app.ledger import rows_when, stored_bytes
from tests.running import Server, Shell, serving

QUESTION = "Who may ask an open server?"
WORDPIECES = WordPieceCounter(find_model_files(BGE_SMALL_EN))


@pytest.fixture(scope="module")
def priced(lasting: Shell, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server whose operator asks another price for searches."""
    prices = tmp_path_factory.mktemp("prices") / "prices.json"
    prices.write_text(json.dumps({"search": {"low": 1, "medium": 2, "high": 3}}))
    with serving(lasting, HYDROPHONE_PRICES=str(prices)) as running:
        yield running


def costs(data_dir: Path) -> list[float]:
    with closing(sqlite3.connect(data_dir / "state.db")) as connection:
        found = connection.execute("SELECT cost_usd FROM ledger WHERE door = 'search'")
        return [row[0] for row in found]


def test_the_documentation_is_searched_within_the_budgets(server: Server) -> None:
    for per_page, total in ((4096, 10_000), (60, 10_000), (500, 200), (1, 5)):
        body = server.request(
            "/v1/search",
            {"query": QUESTION, "max_tokens_per_page": per_page, "max_tokens": total},
        ).json
        counts = [WORDPIECES.count(one["snippet"]) for one in body["results"]]
        assert len(counts) == 10
        assert max(counts) <= per_page
        assert sum(counts) <= total
        assert all("date" not in one or one["date"] for one in body["results"])
    whole = server.request("/search", {"query": QUESTION}).json["results"][0]["snippet"]
    assert WORDPIECES.count(whole) > 200


def test_the_same_search_gives_the_same_results(server: Server) -> None:
    asked = {"query": [QUESTION, "robots.txt"], "max_results": 5}
    first, second = (server.request("/search", asked).json["results"] for _ in range(2))
    assert first == second
    assert len({one["url"] for one in first}) == 5


def test_collections_alone_are_searched(server: Server) -> None:
    there = {"query": QUESTION, "collections": ["hydrophone-docs"]}
    assert server.request("/search", there).json["results"]
    assert server.request("/search", there | {"collections": ["nothing"]}).json["results"] == []


def test_kinds_that_nobody_searches_are_told(server: Server) -> None:
    body = server.request("/search", {"query": QUESTION, "search_mode": "sec"}).json
    assert body["results"] == []
    assert body["notices"][0]["type"] == "no_search"


def test_a_search_is_a_row_at_the_operators_price_without_its_text(
    priced: Server, lasting: Shell
) -> None:
    before = len(costs(lasting.data_dir))
    count = len(rows_when(lasting.data_dir, 0, patience_s=0))
    for size in ("low", "high"):
        asked = {"query": "xylocarp", "search_context_size": size}
        assert priced.request("/search", asked).status == 200
    row = rows_when(lasting.data_dir, count + 2)[-1]
    assert (row.door, row.model, row.outcome) == ("search", "search", "done")
    assert costs(lasting.data_dir)[before:] == [0.001, 0.003]
    assert b"xylocarp" not in stored_bytes(lasting.data_dir)
