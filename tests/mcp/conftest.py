"""What the tests of this room share."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
from mcp import Client

from tests.mcp.serving import Served, behind, server_over


@pytest.fixture
def served() -> Served:
    return behind()


@pytest.fixture
async def client(served: Served) -> AsyncIterator[Client]:
    """Opened and closed by one task, as it has to be; a fixture's two halves may be in two."""
    opened: asyncio.Future[Client] = asyncio.get_running_loop().create_future()
    done = asyncio.Event()

    async def live() -> None:
        async with Client(server_over(served.house)) as client:
            opened.set_result(client)
            await done.wait()

    life = asyncio.create_task(live())
    yield await opened
    done.set()
    await life
