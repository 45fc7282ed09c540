"""What goes out is built as the settings say."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hydrophone.app.fetching import open_fetcher, open_reader
from hydrophone.errors import NotConfigured
from hydrophone.fetch.errors import Refused, RobotsRefused
from hydrophone.fetch.identity import CRAWLER
from hydrophone.index.library import IndexLibrary
from hydrophone.index.memory import MemoryIndex
from hydrophone.settings import load_settings
from tests.crawl.site import serving


async def test_robots_go_by_their_names_and_the_reader_obeys_unless_told_otherwise(
    tmp_path: Path,
) -> None:
    settings = load_settings(
        data_dir=tmp_path, allow_loopback=True, operator_url="https://search.example/bot"
    )
    free = settings.model_copy(update={"reading_obeys_robots": False})
    async with AsyncExitStack() as stack, serving() as site:
        site.page("/robots.txt", body="User-agent: Hydrophone-User\nDisallow: /")
        site.page("/a", text="Whales sing.")
        reader = open_reader(settings, stack)
        with pytest.raises(RobotsRefused):
            await reader.read_url(site.url("/a"))
        await reader.read_url(site.url("/a"), typed=True)
        await open_reader(free, stack).read_url(site.url("/a"))
        await open_fetcher(settings, stack, CRAWLER).get(site.url("/a"))
        asked = [(request.path, request.headers["User-Agent"]) for request in site.requests]
    user = "Mozilla/5.0 (compatible; Hydrophone-User/1.0; +https://search.example/bot)"
    crawler = "Mozilla/5.0 (compatible; HydrophoneBot/1.0; +https://search.example/bot)"
    assert asked == [("/robots.txt", user), ("/a", user), ("/a", user), ("/a", crawler)]


async def test_page_that_is_added_by_its_address_was_typed(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, allow_loopback=True)
    async with AsyncExitStack() as stack, serving() as site:
        site.page("/robots.txt", body="User-agent: *\nDisallow: /")
        site.page("/a", text="Whales sing.")
        library = IndexLibrary(MemoryIndex(), open_reader(settings, stack))
        steps = [step async for step in library.ingest([site.url("/a")], collection="web")]
    assert steps[-1].failures == 0
    assert [request.path for request in site.requests] == ["/a"]


async def test_this_machine_is_not_fetched_from_unless_it_is_allowed(tmp_path: Path) -> None:
    async with AsyncExitStack() as stack:
        reader = open_reader(load_settings(data_dir=tmp_path), stack)
        with pytest.raises(Refused, match="HYDROPHONE_ALLOW_LOOPBACK"):
            await reader.read_url("http://127.0.0.1:1/", typed=True)


async def test_rendering_without_a_chromium_says_what_to_do(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path, render_pages=True, chromium="no-such-browser")
    async with AsyncExitStack() as stack:
        with pytest.raises(NotConfigured, match="no-such-browser is not there; install Chromium"):
            open_reader(settings, stack)
        open_reader(settings.model_copy(update={"offline": True}), stack)
