"""Own documents and pages of the web, for doors that show them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson

from hydrophone.accounts.calls import Call
from hydrophone.accounts.ledger import Ledger
from hydrophone.errors import DocumentError, InvalidRequest, NotConfigured, NotFound
from hydrophone.ports import (
    CollectionState,
    DocumentEntry,
    DocumentList,
    KeptPage,
)
from hydrophone.types import Document, RequestContext

if TYPE_CHECKING:
    from hydrophone.index.embedded.index import EmbeddedIndex
    from hydrophone.search.pages import Pages

MOST_DOCUMENTS = 500
PAGE = "page"  # under this name a page that was read stands in the ledger


class OwnDocuments:
    """The ground port `Documents`; `index` opens the index when that has not been done."""

    def __init__(self, index: Callable[[], Awaitable[EmbeddedIndex]]) -> None:
        self._index = index

    async def collections(self) -> Sequence[CollectionState]:
        """See `Documents`."""
        from hydrophone.crawl.crawler import read_freshness

        index = await self._index()
        crawls = {one.collection: one for one in await read_freshness(index.database)}
        return [
            CollectionState(
                info,
                crawled=_moment(crawls[info.name].newest_us) if info.name in crawls else None,
                next_crawl=_moment(crawls[info.name].next_due_us) if info.name in crawls else None,
            )
            for info in await index.collections()
        ]

    async def documents(
        self, *, collection: str | None = None, limit: int = 100, token: str | None = None
    ) -> DocumentList:
        """See `Documents`."""
        limit = min(max(1, limit), MOST_DOCUMENTS)
        after = None if token is None else _place(token)
        index = await self._index()
        found = await index.documents(collection=collection, limit=limit + 1, after=after)
        entries = tuple(
            DocumentEntry(
                one.url, one.title, one.collection, one.media_type, one.size_chars, one.updated
            )
            for one in found[:limit]
        )
        more = len(found) > limit
        return DocumentList(entries, _token(entries[-1]) if more else None)

    async def document(self, url: str, *, collection: str | None = None) -> KeptPage:
        """See `Documents`."""
        index = await self._index()
        names = [info.name for info in await index.collections()]
        for name in names if collection is None else [collection]:
            # The first with this prefix: nothing that begins with the whole URL is shorter.
            first = await index.documents(collection=name, url_prefix=url, limit=1)
            if first and first[0].url == url:
                page = await index.page(first[0].version)
                if page is not None:
                    # The same text may stand under other addresses too.
                    return replace(page, url=url, title=first[0].title)
        where = f" in the collection {collection!r}" if collection else ""
        raise NotFound(f"there is no document {url}{where}; list what there is first", param="url")


class GivenPages:
    """The ground port `Pages`; `pages` gives the reader of pages, None when nothing may go out.

    Each page has its row in the ledger, and costs nothing.
    """

    def __init__(
        self, pages: Callable[[], Awaitable[Pages | None]], ledger: Ledger, *, deadline_s: float
    ) -> None:
        self._pages = pages
        self._ledger = ledger
        self._deadline_s = deadline_s

    async def read(self, url: str, context: RequestContext) -> Document:
        """See `Pages`."""
        call = Call(self._ledger, context, model=PAGE, price=None)
        return await call.around(self._read(url, context))

    async def _read(self, url: str, context: RequestContext) -> Document:
        pages = await self._pages()
        if pages is None:
            raise NotConfigured(
                "no page can be read: HYDROPHONE_OFFLINE is set, or the part is not installed "
                "(pip install 'hydrophone[web]')"
            )
        try:
            async with asyncio.timeout(self._deadline_s):
                document = await pages.read(url, typed=True)
        except TimeoutError:
            raise DocumentError(f"{url} was not read within {self._deadline_s:g} s") from None
        context.meter.add(pages_read=1)
        return document


def _token(entry: DocumentEntry) -> str:
    return orjson.dumps([entry.collection, entry.url]).decode()


def _place(token: str) -> tuple[str, str]:
    try:
        collection, url = orjson.loads(token)
    except (orjson.JSONDecodeError, TypeError, ValueError):
        collection = url = None
    if not (isinstance(collection, str) and isinstance(url, str)):
        raise InvalidRequest("this is no mark of a list of documents", param="cursor")
    return collection, url


def _moment(moment_us: int | None) -> datetime | None:
    return None if moment_us is None else datetime.fromtimestamp(moment_us / 1e6, UTC)
