"""An emulated service for each test, and a client with the session of its first account."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hydrophone.perplexity import AsyncPerplexity, ClientConfig
from tests.emulators.perplexity_web.service import WebService


@pytest.fixture
async def service() -> AsyncIterator[WebService]:
    async with WebService() as one:
        yield one


@pytest.fixture
async def client(service: WebService) -> AsyncIterator[AsyncPerplexity]:
    token, config = service.state.accounts[0].token, ClientConfig(requests_per_second=0)
    async with AsyncPerplexity(token, config, origin=service.origin) as one:
        yield one
