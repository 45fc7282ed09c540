from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest

from hydrophone.search.base import SearchProvider
from tests.emulators.search_apis import KEY, SearchApis
from tests.search.providers.opening import Open, make


@pytest.fixture
async def apis() -> AsyncIterator[SearchApis]:
    async with SearchApis() as apis:
        yield apis


@pytest.fixture
async def open_provider(apis: SearchApis) -> AsyncIterator[Open]:
    """Makes the provider of a name, talking to the emulator; `key` may be a wrong one."""
    async with AsyncExitStack() as stack:

        def open(name: str, *, key: str = KEY, deadline_s: float = 5.0) -> SearchProvider:
            provider = make(name, apis.url(name), key, deadline_s)
            stack.push_async_callback(provider.close)
            return provider

        yield open
