"""What every ledger does: the contract, on the one in memory and the one in state.db."""

from __future__ import annotations

import asyncio
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from hydrophone.accounts.durable_ledger import DurableLedger, row_values
from hydrophone.accounts.ledger import Ledger, LedgerRow, UsageSum
from hydrophone.errors import StorageError
from hydrophone.storage.ledger_writer import LEDGER_COLUMNS
from hydrophone.storage.state import State
from hydrophone.types import Principal, Usage

START = datetime(2026, 11, 22, 23, 59, 59, tzinfo=UTC)
START_MS = int(START.timestamp() * 1000)
ALWAYS = (datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC))
ROW = LedgerRow(
    request_id="r",
    principal=Principal("key", "anna", "Anna's laptop"),
    door="chat",
    model="sonar",
    started_at_ms=START_MS,
    ended_at_ms=START_MS + 100,
    outcome="done",
)
# A different number in each field, so that no two can be mistaken for each other.
USAGE = Usage(*(10**place for place in range(len(fields(Usage)))))


async def test_each_count_is_kept_under_its_own_name(ledger: Ledger) -> None:
    await ledger.record(replace(ROW, usage=USAGE, cost_usd=0.25))
    assert await ledger.usage(*ALWAYS) == (UsageSum("anna", 1, USAGE, 0.25),)


async def test_sums_are_by_key_by_model_and_by_day_of_utc(ledger: Ledger) -> None:
    ben = Principal("key", "ben")
    for row in (
        replace(ROW, request_id="1", usage=Usage(prompt_tokens=1)),
        replace(ROW, request_id="2", usage=Usage(prompt_tokens=2), model="best"),
        replace(ROW, request_id="3", usage=Usage(prompt_tokens=4), principal=ben),
        replace(ROW, request_id="4", usage=Usage(prompt_tokens=8), started_at_ms=START_MS + 1000),
    ):
        await ledger.record(row)

    async def sums(by: str) -> list[tuple[str, int, int]]:
        found = await ledger.usage(*ALWAYS, by=by)  # type: ignore[arg-type]
        return [(item.group, item.requests, item.usage.prompt_tokens) for item in found]

    assert await sums("key") == [("anna", 3, 11), ("ben", 1, 4)]
    assert await sums("model") == [("best", 1, 2), ("sonar", 3, 13)]
    assert await sums("day") == [("2026-11-22", 3, 7), ("2026-11-23", 1, 8)]


async def test_a_period_has_its_beginning_and_not_its_end(ledger: Ledger) -> None:
    await ledger.record(ROW)
    millisecond = timedelta(milliseconds=1)
    assert await ledger.usage(START, START + millisecond)
    assert not await ledger.usage(START - millisecond, START)
    assert not await ledger.usage(START + millisecond, START + timedelta(days=1))


async def test_costs_that_are_not_known_are_left_out_of_the_sum(ledger: Ledger) -> None:
    await ledger.record(replace(ROW, request_id="1"))
    assert (await ledger.usage(*ALWAYS))[0].cost_usd is None
    await ledger.record(replace(ROW, request_id="2", cost_usd=0.5))
    await ledger.record(replace(ROW, request_id="3", cost_usd=0.25))
    assert (await ledger.usage(*ALWAYS))[0].cost_usd == 0.75


async def test_a_time_without_a_zone_is_refused(ledger: Ledger) -> None:
    with pytest.raises(ValueError, match="zone"):
        await ledger.usage(datetime(2026, 1, 1), datetime(2027, 1, 1))


async def test_a_second_row_for_a_request_is_refused(ledger: Ledger) -> None:
    await ledger.record(ROW)
    with pytest.raises(StorageError):
        await ledger.record(replace(ROW, outcome="failed"))
    assert (await ledger.usage(*ALWAYS))[0].requests == 1


async def test_many_rows_at_once_are_all_kept(ledger: Ledger) -> None:
    rows = [replace(ROW, request_id=str(n), usage=Usage(pages_read=n)) for n in range(200)]
    await asyncio.gather(*map(ledger.record, rows))
    (total,) = await ledger.usage(*ALWAYS)
    assert (total.requests, total.usage.pages_read) == (200, sum(range(200)))


async def test_a_cancelled_caller_leaves_its_row_behind(ledger: Ledger) -> None:
    recording = asyncio.create_task(ledger.record(ROW))
    await asyncio.sleep(0)
    recording.cancel()
    await asyncio.gather(recording, return_exceptions=True)
    await ledger.close()
    assert (await ledger.usage(*ALWAYS))[0].requests == 1


async def test_a_closed_ledger_takes_no_rows_and_says_so(ledger: Ledger) -> None:
    await ledger.close()
    with pytest.raises(StorageError, match="closed"):
        await ledger.record(ROW)


def test_a_row_has_a_value_for_each_column() -> None:
    assert len(row_values(ROW)) == len(LEDGER_COLUMNS)
    usage_columns = dict(zip(LEDGER_COLUMNS, row_values(replace(ROW, usage=USAGE)), strict=True))
    for field in fields(Usage):
        assert usage_columns[field.name] == getattr(USAGE, field.name)


async def test_rows_are_there_after_the_process_has_gone(state: State, tmp_path: Path) -> None:
    first = DurableLedger(state)
    await first.record(replace(ROW, usage=USAGE))
    await first.close()
    again = DurableLedger(state)
    assert (await again.usage(*ALWAYS))[0].usage == USAGE
    await again.close()
