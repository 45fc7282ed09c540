"""POST /search over a started server: bodies in, results out, one ledger row for each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from hydrophone.accounts.search_gate import SearchGate
from hydrophone.errors import DeadlineExceeded, StorageError
from hydrophone.ports import SearchOutcome
from hydrophone.types import Notice, RequestContext, SearchOptions, SearchResult
from tests.api.serving import KEY, Doors, WatchedLedger, doors

DATED = SearchResult(
    "https://a.example/",
    "A",
    "Whales sing. ... Boats hum.",
    published=datetime(2025, 3, 1, 23, 30, tzinfo=UTC),
    modified=datetime(2025, 4, 2, tzinfo=UTC),
)
BARE = SearchResult("https://b.example/", "", "")
ASKED = {"query": "whales"}


@dataclass
class Index:
    """A searcher that finds these pages, fails or hangs; it remembers what it was asked."""

    outcome: SearchOutcome = field(default_factory=lambda: SearchOutcome((DATED, BARE)))
    error: Exception | None = None
    hangs: bool = False
    asked: list[tuple[Sequence[str], SearchOptions]] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.asked.append((queries, options))
        self.begun.set()
        await asyncio.sleep(3600 if self.hangs else 0)
        if self.error is not None:
            raise self.error
        return self.outcome


async def post(index: Index | SearchGate, body: dict[str, Any], path: str = "/search") -> Any:
    async with doors(searcher=index) as served, served.client() as client:
        return await client.post(path, json=body)


@pytest.mark.parametrize("path", ["/search", "/v1/search"])
async def test_results_with_their_dates_and_without_those_that_are_not_known(path: str) -> None:
    answer = await post(Index(), ASKED, path)
    body = answer.json()
    assert answer.status_code == 200
    assert list(body) == ["id", "results"]
    assert body["id"]
    assert body["results"] == [
        {
            "title": "A",
            "url": "https://a.example/",
            "snippet": "Whales sing. ... Boats hum.",
            "date": "2025-03-01",
            "last_updated": "2025-04-02",
        },
        {"title": "https://b.example/", "url": "https://b.example/", "snippet": ""},
    ]


async def test_the_queries_and_options_reach_the_searcher() -> None:
    index = Index()
    await post(index, {"query": ["a", "b"], "max_results": 3})
    [(queries, options)] = index.asked
    assert (list(queries), options.max_results) == (["a", "b"], 3)


async def test_by_query_the_results_are_a_list_for_each() -> None:
    index = Index(SearchOutcome((DATED, BARE), by_query=((DATED,), (DATED, BARE), ())))
    body = (await post(index, {"query": ["a", "b", "c"], "group_by_query": True})).json()
    urls = [[one["url"] for one in group] for group in body["results"]]
    assert urls == [[DATED.url], [DATED.url, BARE.url], []]


async def test_the_servers_time_is_told_to_whom_asks() -> None:
    body = (await post(Index(), {**ASKED, "display_server_time": True})).json()
    told = datetime.fromisoformat(body["server_time"])
    assert abs((datetime.now(UTC) - told).total_seconds()) < 60
    assert body["server_time"].endswith("Z")


async def test_nothing_found_is_200_with_what_could_not_be_searched() -> None:
    notice = Notice("no_search", "No search provider for academic sources is set up.")
    answer = await post(Index(SearchOutcome((), (notice,))), ASKED)
    assert answer.status_code == 200
    assert answer.json()["results"] == []
    assert answer.json()["notices"] == [{"type": "no_search", "message": notice.message}]


@pytest.mark.parametrize(
    ("error", "status", "kind"),
    [
        (DeadlineExceeded("too late"), 504, "gateway_timeout"),
        (StorageError("no disk"), 500, "internal_error"),
        (ZeroDivisionError("inside"), 500, "internal_error"),
    ],
)
async def test_a_failure_has_the_gateways_shape(error: Exception, status: int, kind: str) -> None:
    answer = await post(SearchGate(Index(error=error), WatchedLedger()), ASKED)
    body = answer.json()["error"]
    assert (answer.status_code, body["code"], body["type"]) == (status, status, kind)
    assert "division" not in answer.text


async def test_a_wrong_shape_is_422_with_the_places() -> None:
    index = Index()
    answer = await post(index, {"queries": "whales"})
    assert answer.status_code == 422
    assert answer.json()["error"]["param"] == "query"
    assert answer.json()["detail"][0]["loc"] == ["body", "query"]
    assert index.asked == []


async def test_the_last_row_is_written_before_the_results_come() -> None:
    ledger = WatchedLedger()
    await post(SearchGate(Index(), ledger), ASKED)
    [row] = ledger.rows
    assert (row.door, row.model, row.outcome) == ("search", "search", "done")


async def test_a_caller_who_leaves_stops_the_search_and_is_a_row() -> None:
    index, ledger = Index(hangs=True), WatchedLedger()
    async with doors(searcher=SearchGate(index, ledger)) as served:
        await leave_early(served, index)
        assert (await ledger.first_row()).outcome == "disconnected"


async def leave_early(served: Doors, index: Index) -> None:
    _, writer = await asyncio.open_connection("127.0.0.1", served.port)
    content = httpx.Request("POST", served.url, json=ASKED).content
    head = (
        f"POST /search HTTP/1.1\r\nHost: 127.0.0.1:{served.port}\r\n"
        f"Content-Length: {len(content)}\r\n\r\n"
    )
    writer.write(head.encode() + content)
    async with asyncio.timeout(10):
        await index.begun.wait()
    writer.close()
    await writer.wait_closed()


async def test_only_who_may_ask_searches() -> None:
    index = Index()
    async with doors(keys=[KEY], searcher=index) as served, served.client() as client:
        assert (await client.post("/search", json=ASKED)).status_code == 401
        assert index.asked == []
        known = {"Authorization": f"Bearer {KEY}"}
        assert (await client.post("/search", json=ASKED, headers=known)).status_code == 200


async def test_a_house_without_a_searcher_says_so() -> None:
    async with doors() as served, served.client() as client:
        answer = await client.post("/search", json=ASKED)
        assert (answer.status_code, answer.json()["error"]["code"]) == (503, 503)
