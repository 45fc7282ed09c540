"""Own documents looked through, and pages read for callers, over a real index."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from hydrophone.accounts.ledger import MemoryLedger
from hydrophone.app.doors.documents import GivenPages, OwnDocuments
from hydrophone.app.fetching import open_reader
from hydrophone.errors import (
    DocumentError,
    HydrophoneError,
    InvalidRequest,
    NotConfigured,
    NotFound,
)
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.search.pages import Pages
from hydrophone.settings import load_settings
from hydrophone.types import Document, RequestContext

DOCUMENTS = {
    "b": [Document("https://x.example/a", "A", "Text of A"), Document("file:///ab", "", "Twin")],
    "a": [Document("file:///a", "Own", "Twin"), Document("file:///abc", "", "Text of abc")],
}


@pytest.fixture
async def own(tmp_path: Path) -> AsyncIterator[OwnDocuments]:
    index = await EmbeddedIndex.open(tmp_path)
    for collection, documents in DOCUMENTS.items():
        await index.put(documents, collection=collection)

    async def opened() -> EmbeddedIndex:
        return index

    yield OwnDocuments(opened)
    await index.close()


async def test_lists_join_to_the_whole(own: OwnDocuments) -> None:
    listed, token = [], None
    while True:
        part = await own.documents(limit=1, token=token)
        listed += [(one.collection, one.url) for one in part.documents]
        token = part.next_token
        if token is None:
            break
    assert listed == [
        ("a", "file:///a"),
        ("a", "file:///abc"),
        ("b", "file:///ab"),
        ("b", "https://x.example/a"),
    ]


@pytest.mark.parametrize("token", ["", "x", "[]", "[1, 2]", '["a"]', "{}", "null"])
async def test_a_token_of_somebody_else_is_refused(own: OwnDocuments, token: str) -> None:
    with pytest.raises(InvalidRequest):
        await own.documents(token=token)


async def test_a_document_is_found_by_its_whole_url(own: OwnDocuments) -> None:
    page = await own.document("file:///ab")
    assert (page.url, page.title, page.text) == ("file:///ab", "", "Twin")
    assert (await own.document("file:///a", collection="a")).title == "Own"
    for url, collection in (("file:///", None), ("file:///a", "b"), ("file:///a", "none")):
        with pytest.raises(NotFound):
            await own.document(url, collection=collection)


async def test_collections_tell_what_is_there(own: OwnDocuments) -> None:
    states = await own.collections()
    assert [(one.info.name, one.info.documents) for one in states] == [("a", 2), ("b", 2)]
    assert all(one.crawled is None and one.next_crawl is None for one in states)


class OnePage:
    """Reads one page, whoever asks."""

    def __init__(self, error: HydrophoneError | None = None) -> None:
        self.error = error

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        assert typed
        if self.error is not None:
            raise self.error
        return Document(url, "T", "Text")


async def test_a_page_leaves_one_row_whatever_becomes_of_it() -> None:
    ledger = MemoryLedger()
    for error in (None, DocumentError("unreadable")):
        source = OnePage(error)

        async def pages(source: OnePage = source) -> Pages:
            return Pages(source)

        given = GivenPages(pages, ledger, deadline_s=5)
        context = RequestContext(door="mcp")
        if error is None:
            assert (await given.read("https://x.example/", context)).text == "Text"
            assert context.meter.usage.pages_read == 1
        else:
            with pytest.raises(DocumentError):
                await given.read("https://x.example/", context)
    rows = [(row.door, row.model, row.outcome, row.cost_usd) for row in ledger.rows]
    assert rows == [("mcp", "page", "done", None), ("mcp", "page", "failed", None)]


@pytest.mark.parametrize(
    "url",
    ["http://127.0.0.1:9/", "http://169.254.169.254/latest/", "http://[::1]/", "ftp://x.example/"],
)
async def test_addresses_inside_are_not_asked(url: str, tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path)
    async with AsyncExitStack() as stack:
        reader = open_reader(settings, stack)

        async def pages() -> Pages:
            return Pages(reader)

        with pytest.raises(HydrophoneError):
            await GivenPages(pages, MemoryLedger(), deadline_s=5).read(url, RequestContext())


async def test_offline_no_page_is_read() -> None:
    async def none() -> None:
        return None

    with pytest.raises(NotConfigured, match="HYDROPHONE_OFFLINE"):
        await GivenPages(none, MemoryLedger(), deadline_s=5).read(
            "https://x.example", RequestContext()
        )
