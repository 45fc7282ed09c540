"""A store of files over a real database and a real folder."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hydrophone.storage.state import State, open_state


@pytest.fixture
async def state(tmp_path: Path) -> AsyncIterator[State]:
    opened = await open_state(tmp_path / "state.db")
    yield opened
    await opened.close()
