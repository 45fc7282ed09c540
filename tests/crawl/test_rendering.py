"""A crawl that runs the scripts of empty pages, in a real Chromium."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrophone.crawl.crawler import Crawler
from hydrophone.crawl.plan import make_plan
from hydrophone.crawl.walk.visit import Tools
from hydrophone.fetch.client import Fetcher
from hydrophone.fetch.guard import Guard
from hydrophone.fetch.pool import ExtractionPool
from hydrophone.fetch.render.browser import find_chromium
from hydrophone.fetch.render.renderer import Renderer
from hydrophone.fetch.robots import RobotsCache
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_documents import list_documents
from tests.crawl.site import Site

_CHROMIUM = find_chromium()
_WORDS = "Whales sing for hours on end, and each year the song is a new one. " * 6


@pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium is installed")
@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_text_and_links_that_scripts_make_are_found(site: Site, tmp_path: Path) -> None:
    assert _CHROMIUM is not None
    link = "<a href=/second>more</a>"
    script = f"document.body.innerHTML = '<p>{_WORDS}</p>' + '{link}'"
    site.page("/", body=f"<html><title>App</title><body><script>{script}</script></body></html>")
    site.page("/second", text=_WORDS.replace("Whales", "Boats"))
    database = IndexDatabase(tmp_path / "index.db")
    fetcher = Fetcher(Guard(allow_loopback=True), user_agent="HydrophoneBot/test")
    async with fetcher, ExtractionPool(workers=1) as pool:
        robots = RobotsCache(fetcher)
        renderer = Renderer(fetcher, _CHROMIUM, robots=robots)
        crawler = Crawler(database, Tools(fetcher, pool, robots, renderer))
        await crawler.crawl(make_plan([site.root], "web", delay_s=0.0), lambda step: None)
        await renderer.close()
    found = await database.read(lambda c: list_documents(c, "web", None, 10))
    await database.close()
    assert {info.url for info in found} == {site.url("/"), site.url("/second")}
    assert site.paths() == ["/", "/second"]
