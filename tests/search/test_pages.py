"""Pages that questions need: read at once, within a deadline, and remembered."""

from __future__ import annotations

import asyncio

import pytest

from hydrophone.errors import DocumentError, HydrophoneError, NotConfigured
from hydrophone.search.pages import Pages
from hydrophone.types import Document

URL = "https://a.example/"


class Web:
    """Knows pages; one whose address says `slow` never comes, `broken` cannot be read."""

    def __init__(self, size: int = 10) -> None:
        self.size = size
        self.read: list[tuple[str, bool]] = []

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        self.read.append((url, typed))
        await asyncio.sleep(3600 if "slow" in url else 0)
        if "broken" in url:
            raise DocumentError(f"{url} is broken")
        return Document(url, url, "x" * self.size)


async def test_a_page_is_read_once_for_a_while() -> None:
    now, web = [0.0], Web()
    pages = Pages(web, lifetime_s=10, clock=lambda: now[0])
    first = await pages.read(URL)
    now[0] = 9
    assert await pages.read(URL) is first
    assert len(web.read) == 1
    now[0] = 11
    await pages.read(URL)
    assert len(web.read) == 2


async def test_a_page_that_was_typed_is_another_one() -> None:
    web = Web()
    pages = Pages(web)
    await pages.read(URL, typed=True)
    await pages.read(URL)
    assert web.read == [(URL, True), (URL, False)]


async def test_pages_are_read_at_the_same_time_in_their_order() -> None:
    read = await Pages(Web()).read_all(["https://a.example/", "https://b.example/"], deadline_s=9)
    assert [page.url for page in read if isinstance(page, Document)] == [
        "https://a.example/",
        "https://b.example/",
    ]


async def test_the_same_page_asked_for_twice_at_once_is_read_once() -> None:
    web = Web()
    await Pages(web).read_all([URL] * 5, deadline_s=9)
    assert len(web.read) == 1


async def test_what_cannot_be_read_is_told_and_the_others_come() -> None:
    urls = ["https://slow.example/", "https://broken.example/", URL]
    slow, broken, good = await Pages(Web()).read_all(urls, deadline_s=0.05)
    assert isinstance(slow, HydrophoneError)
    assert slow.message == "https://slow.example/ was not read within 0.05 s"
    assert isinstance(broken, HydrophoneError)
    assert broken.message == "https://broken.example/ is broken"
    assert isinstance(good, Document)


async def test_a_failure_is_not_remembered() -> None:
    web = Web()
    pages = Pages(web)
    for _ in range(2):
        with pytest.raises(DocumentError):
            await pages.read("https://broken.example/")
    assert len(web.read) == 2


async def test_the_memory_is_bounded() -> None:
    web = Web(size=30)
    pages = Pages(web, most_chars=120)
    for n in range(6):
        await pages.read(f"https://a.example/{n}")
    await pages.read("https://a.example/5")
    assert len(web.read) == 6
    await pages.read("https://a.example/0")
    assert len(web.read) == 7


async def test_errors_that_are_no_page_s_fault_are_told_too() -> None:
    class Offline:
        async def read_url(self, url: str, *, typed: bool = False) -> Document:
            raise NotConfigured("offline")

    [told] = await Pages(Offline()).read_all([URL], deadline_s=1)
    assert isinstance(told, NotConfigured)


async def test_what_was_read_lately_is_told_without_reading() -> None:
    now, web = [0.0], Web()
    pages = Pages(web, lifetime_s=10, clock=lambda: now[0])
    assert pages.lately(URL) == []
    found, typed = await pages.read(URL), await pages.read(URL, typed=True)
    assert [page.document for page in pages.lately(URL)] == [found, typed]
    now[0] = 11
    assert pages.lately(URL) == []
    assert len(web.read) == 2
