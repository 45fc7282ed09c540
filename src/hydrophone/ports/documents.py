"""Own documents as somebody looks through them, and pages of the web as somebody opens them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from hydrophone.ports.pages import KeptPage
from hydrophone.types import CollectionInfo, Document, RequestContext


@dataclass(frozen=True, slots=True)
class DocumentEntry:
    """An own document in a list; its text is `size_chars` code points long."""

    url: str
    title: str
    collection: str
    media_type: str
    size_chars: int
    updated: datetime


@dataclass(frozen=True, slots=True)
class DocumentList:
    """Some own documents; `next_token` gives those behind them, None is the end."""

    documents: tuple[DocumentEntry, ...]
    next_token: str | None = None


@dataclass(frozen=True, slots=True)
class CollectionState:
    """What is indexed under one name, and how fresh it is where it is crawled.

    `crawled` is when its newest page was fetched, `next_crawl` when the next one is due.
    """

    info: CollectionInfo
    crawled: datetime | None = None
    next_crawl: datetime | None = None


class Documents(Protocol):
    """Own documents. All methods raise StorageError."""

    async def collections(self) -> Sequence[CollectionState]:
        """What is indexed, in the order of names."""

    async def documents(
        self, *, collection: str | None = None, limit: int = 100, token: str | None = None
    ) -> DocumentList:
        """Documents in the order of collections and URLs.

        `token` is the `next_token` of the list before. Raises InvalidRequest for another one.
        """

    async def document(self, url: str, *, collection: str | None = None) -> KeptPage:
        """The document with exactly this URL, of one collection or of any. Raises NotFound."""


class Pages(Protocol):
    """Pages of the web."""

    async def read(self, url: str, context: RequestContext) -> Document:
        """The page at an address that the caller gave; the document's URL is where it led.

        Raises NotConfigured where nothing may go out, and what reading raises: another
        HydrophoneError for an address that may not be asked, and for a page that cannot be read.
        """
