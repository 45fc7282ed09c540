"""A server that answers batches."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.api.background import Background
from tests.api.batching import batching


@pytest.fixture
async def working(tmp_path: Path) -> AsyncIterator[Background]:
    async with batching(tmp_path) as running:
        yield running


@pytest.fixture
async def ada(working: Background) -> AsyncIterator[httpx.AsyncClient]:
    async with working.client() as client:
        yield client
