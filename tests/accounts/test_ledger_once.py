"""Work that is done again under its request id has one row, that of the first time it was done."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.ledger import LedgerRow
from hydrophone.accounts.ledger_once import LedgerOnce
from hydrophone.storage.state import open_state
from hydrophone.types import LOCAL
from tests.jobs.working import ledger

ROW = LedgerRow("request", LOCAL, "batch", "model", 1, 2, "done")


async def test_a_second_row_is_dropped_and_one_of_broken_off_work_not_written(
    tmp_path: Path,
) -> None:
    state = await open_state(tmp_path / "state.db")
    once = LedgerOnce(state, DurableLedger(state))
    await once.record(replace(ROW, outcome="disconnected"))
    assert ledger(state.path) == []
    await once.record(ROW)
    await once.record(replace(ROW, outcome="failed"))
    await once.record(replace(ROW, request_id="another"))
    assert [row[:3] for row in ledger(state.path)] == [
        ("another", "local", "done"),
        ("request", "local", "done"),
    ]
    await once.close()
    await state.close()
