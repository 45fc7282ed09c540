"""The gate of searches: one row for each, whatever its end, before the results go out."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import pytest

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.ledger import LedgerRow, MemoryLedger
from hydrophone.accounts.search_gate import SearchGate
from hydrophone.errors import DeadlineExceeded, HydrophoneError, InternalError, StorageError
from hydrophone.ports import SearchOutcome
from hydrophone.storage.state import State
from hydrophone.types import (
    Price,
    Principal,
    RequestContext,
    SearchOptions,
    SearchResult,
    Usage,
)

FOUND = SearchOutcome((SearchResult("https://a.example/", "A", "a"),))
PRICE = Price(low_usd=5, medium_usd=5, high_usd=5)


@dataclass
class Index:
    """A searcher that finds one page, fails or hangs, and says that it searched."""

    error: BaseException | None = None
    hangs: bool = False
    begun: asyncio.Event = field(default_factory=asyncio.Event)
    stopped: int = 0

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        context.meter.add(search_queries=len(queries))
        self.begun.set()
        try:
            await asyncio.sleep(3600 if self.hangs else 0)
        except asyncio.CancelledError:
            self.stopped += 1
            raise
        if self.error is not None:
            raise self.error
        return FOUND


class BrokenLedger(MemoryLedger):
    """Refuses every row."""

    async def record(self, row: LedgerRow) -> None:
        raise StorageError("the disk is full")


async def search(gate: SearchGate, context: RequestContext | None = None) -> SearchOutcome:
    return await gate.search(["a", "b"], SearchOptions(), context or RequestContext())


async def leave(gate: SearchGate, index: Index, context: RequestContext | None = None) -> None:
    """Search, and go away when the search has begun."""
    task = asyncio.create_task(search(gate, context))
    await index.begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


def outcomes(ledger: MemoryLedger) -> list[tuple[str, str | None, float | None]]:
    return [(row.outcome, row.error_code, row.cost_usd) for row in ledger.rows]


async def test_the_row_says_who_what_when_and_how_much() -> None:
    ledger, seconds = MemoryLedger(), iter([1000.0, 1000.25])
    context = RequestContext(
        principal=Principal("key", "k1", "laptop"), clock=lambda: next(seconds), door="search"
    )
    assert await search(SearchGate(Index(), ledger, price=PRICE), context) is FOUND
    assert ledger.rows == (
        LedgerRow(
            request_id=context.request_id,
            principal=Principal("key", "k1", "laptop"),
            door="search",
            model="search",
            started_at_ms=1_000_000,
            ended_at_ms=1_000_250,
            outcome="done",
            usage=Usage(search_queries=2),
            cost_usd=0.005,
        ),
    )


async def test_without_a_price_the_cost_is_not_known() -> None:
    ledger = MemoryLedger()
    await search(SearchGate(Index(), ledger))
    assert outcomes(ledger) == [("done", None, None)]


@pytest.mark.parametrize("error", [DeadlineExceeded("too late"), StorageError("no index")])
async def test_a_failed_search_is_a_row_that_costs_nothing(error: HydrophoneError) -> None:
    ledger = MemoryLedger()
    with pytest.raises(type(error)):
        await search(SearchGate(Index(error), ledger, price=PRICE))
    assert outcomes(ledger) == [("failed", error.code, 0.0)]


async def test_a_defect_tells_the_caller_nothing_of_the_inside() -> None:
    ledger = MemoryLedger()
    with pytest.raises(InternalError) as caught:
        await search(SearchGate(Index(ZeroDivisionError("inside")), ledger))
    assert "inside the server" in caught.value.message
    assert outcomes(ledger) == [("failed", "internal_error", None)]


async def test_a_caller_who_leaves_is_a_row_written_after_the_work_has_stopped() -> None:
    index = Index(hangs=True)
    stopped_at_row: list[int] = []

    class Looking(MemoryLedger):
        async def record(self, row: LedgerRow) -> None:
            stopped_at_row.append(index.stopped)
            await super().record(row)

    ledger = Looking()
    await leave(SearchGate(index, ledger, price=PRICE), index)
    assert outcomes(ledger) == [("disconnected", None, 0.005)]
    assert stopped_at_row == [1]


async def test_a_cancelled_search_is_a_cancelled_row() -> None:
    ledger, index, context = MemoryLedger(), Index(hangs=True), RequestContext()
    context.cancel.cancel()
    await leave(SearchGate(index, ledger), index, context)
    assert outcomes(ledger) == [("cancelled", None, None)]


async def test_results_that_cannot_be_accounted_for_do_not_go_out() -> None:
    with pytest.raises(StorageError, match="disk"):
        await search(SearchGate(Index(), BrokenLedger()))


async def test_the_searches_own_error_counts_before_the_ledgers() -> None:
    with pytest.raises(DeadlineExceeded):
        await search(SearchGate(Index(DeadlineExceeded("too late")), BrokenLedger()))


async def test_rows_are_in_the_database(state: State) -> None:
    ledger = DurableLedger(state)
    gate = SearchGate(Index(), ledger, price=PRICE)
    await asyncio.gather(*(search(gate, RequestContext(clock=lambda: 60.0)) for _ in range(5)))
    since, until = datetime(1970, 1, 1, tzinfo=UTC), datetime(1970, 1, 2, tzinfo=UTC)
    [total] = await ledger.usage(since, until, by="model")
    assert (total.group, total.requests, total.usage.search_queries) == ("search", 5, 10)
    assert total.cost_usd == pytest.approx(0.025)
    await ledger.close()
