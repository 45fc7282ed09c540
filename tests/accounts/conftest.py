"""Shared by the tests of accounts: an open state.db, and both ledgers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.ledger import Ledger, MemoryLedger
from hydrophone.storage.state import State, open_state


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    state = await open_state(tmp_path / "state.db")
    yield state
    await state.close()


@pytest.fixture(params=["memory", "durable"])
async def ledger(request: pytest.FixtureRequest, state: State) -> AsyncIterator[Ledger]:
    ledger: Ledger = MemoryLedger() if request.param == "memory" else DurableLedger(state)
    yield ledger
    await ledger.close()
