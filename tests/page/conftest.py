from __future__ import annotations

import os
from collections.abc import AsyncIterator, Iterator

import pytest

from tests.page.browser import Page, chromium_running, installed_chromium, page_of


@pytest.fixture(scope="session")
def devtools_address() -> Iterator[str]:
    executable = installed_chromium()
    if executable is None:
        missing = "no Chromium on this machine: `apt-get install chromium` or the like brings it"
        if os.environ.get("HYDROPHONE_NO_SKIPS") == "1":
            pytest.fail(missing)
        pytest.skip(missing)
    with chromium_running(executable) as address:
        yield address


@pytest.fixture
async def page(devtools_address: str) -> AsyncIterator[Page]:
    """A fresh tab; the test fails when its scripts fail or its policy is violated."""
    async with page_of(devtools_address) as tab:
        yield tab
        assert tab.problems == []
