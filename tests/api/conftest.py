"""Shared by the tests of the API: a server over SCRIPT, and a client of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from tests.api.serving import Doors, doors


@pytest.fixture
async def served() -> AsyncIterator[Doors]:
    async with doors() as running:
        yield running


@pytest.fixture
async def client(served: Doors) -> AsyncIterator[httpx.AsyncClient]:
    async with served.client() as client:
        yield client
