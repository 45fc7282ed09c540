"""A crawler over real sockets and files, and a site for it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.crawl.crawling import Crawling
from tests.crawl.site import Site, serving


@pytest.fixture
async def site() -> AsyncIterator[Site]:
    async with serving() as running:
        yield running


@pytest.fixture
async def crawling(tmp_path: Path, site: Site) -> AsyncIterator[Crawling]:
    async with Crawling.open(tmp_path, site) as opened:
        yield opened
