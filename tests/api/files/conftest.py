"""A server that keeps files."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.api.background import Background
from tests.api.batching import batching


@pytest.fixture
async def keeping(tmp_path: Path) -> AsyncIterator[Background]:
    async with batching(tmp_path, works=False) as running:
        yield running


@pytest.fixture
async def ada(keeping: Background) -> AsyncIterator[httpx.AsyncClient]:
    async with keeping.client() as client:
        yield client
