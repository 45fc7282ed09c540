"""An answerer over the emulated service."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.emulators.perplexity_web.service import WebService


@pytest.fixture
async def service() -> AsyncIterator[WebService]:
    async with WebService() as one:
        yield one
