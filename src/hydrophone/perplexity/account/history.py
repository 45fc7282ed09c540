"""Conversations that the account has kept: listed, read, renamed, given out, deleted."""

from __future__ import annotations

import base64
import binascii
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import quote

from hydrophone.perplexity.account.downloads import downloads_in
from hydrophone.perplexity.asking import VERSION
from hydrophone.perplexity.errors import HTTPError, PerplexityError, ResponseParsingError
from hydrophone.perplexity.session.web import WebSession
from hydrophone.perplexity.wire.decoder import Decoder
from hydrophone.perplexity.wire.results import SearchResultItem
from hydrophone.perplexity.wire.thread import Thread, said

ExportFormat = Literal["pdf", "md", "docx"]
_QUERY = {"version": VERSION, "source": "default"}
_LIST = "/rest/thread/list_ask_threads"
_DELETE = "/rest/thread/delete_thread_by_entry_uuid"
_TITLE = "/rest/thread/set_thread_title"
_ACCESS = "/rest/thread/update_thread_access"
_EXPORT = "/rest/entry/export"
_PRIVATE, _PUBLIC = 1, 2
_PAGE = 50
_ENTRIES = 100
_GONE = 404


class ThreadNotFound(PerplexityError):
    """The account has no such conversation."""


@dataclass(frozen=True, slots=True)
class ThreadSummary:
    """A conversation in a list. `last_asked` is as the service writes it: ISO 8601 in UTC."""

    slug: str
    uuid: str
    title: str
    query: str
    preview: str
    model: str | None
    mode: str | None
    last_asked: str | None


@dataclass(frozen=True, slots=True)
class ThreadEntry:
    """A question of a conversation, and its answer with its markers."""

    uuid: str
    query: str
    answer: str
    model: str | None
    search_results: tuple[SearchResultItem, ...] = ()
    related: tuple[str, ...] = ()
    downloads: tuple[str, ...] = field(default=(), repr=False)


@dataclass(frozen=True, slots=True)
class KeptThread:
    """A conversation as it was kept, the oldest question first."""

    slug: str
    title: str
    entries: tuple[ThreadEntry, ...]
    thread: Thread = field(repr=False)


@dataclass(frozen=True, slots=True)
class Export:
    """A file that the service made of an answer."""

    name: str
    data: bytes = field(repr=False)


class History:
    """The conversations of an account. What is not there, or another account's, is ThreadNotFound;
    all else that goes wrong is PerplexityError."""

    def __init__(self, web: WebSession) -> None:
        self._web = web

    async def threads(
        self, *, search: str = "", space_uuid: str | None = None, most: int | None = None
    ) -> AsyncIterator[ThreadSummary]:
        """The conversations, the newest first, a page at a time; at most so many of them."""
        offset = 0
        while most is None or offset < most:
            limit = _PAGE if most is None else min(_PAGE, most - offset)
            body: dict[str, Any] = {
                "limit": limit,
                "offset": offset,
                "ascending": False,
                "search_term": search,
            }
            if space_uuid is not None:
                body["collection_uuid"] = space_uuid
            rows = _rows(await self._web.call("POST", _LIST, query=_QUERY, body=body))
            for row in rows:
                yield _summary(row)
            offset += len(rows)
            if not rows or not rows[-1].get("has_next_page", len(rows) == limit):
                return

    async def read(self, key: str) -> KeptThread:
        """The conversation with this slug, or whose entry has this id, all of it."""
        rows: list[dict[str, Any]] = []
        thread = Thread()
        cursor: str | None = None
        while True:
            page = await self._page(key, cursor)
            new = [row for row in page.get("entries") or () if isinstance(row, dict)]
            for row in new:
                thread.take(row)
            rows += new
            cursor = said(page, "next_cursor")
            if not page.get("has_next_page") or cursor is None:
                break
        if not rows:
            raise ThreadNotFound(f"the account has no conversation {key!r}")
        title = thread.title or said(rows[0], "query_str") or ""
        return KeptThread(thread.slug or key, title, tuple(map(_entry, rows)), thread)

    async def rename(self, key: str, title: str) -> None:
        """Give a conversation another title."""
        if not title.strip():
            raise ValueError("the title is empty")
        await self._change(key, "POST", _TITLE, title=title)

    async def share(self, key: str, *, public: bool) -> None:
        """Let whoever has its address read a conversation, or nobody any more."""
        await self._change(key, "POST", _ACCESS, updated_access=_PUBLIC if public else _PRIVATE)

    async def delete(self, key: str) -> None:
        """Delete a conversation for good."""
        await self._change(key, "DELETE", _DELETE)

    async def export(self, key: str, kind: ExportFormat = "md") -> Export:
        """The last answer of a conversation as a file that the service makes."""
        kept = await self.read(key)
        body = {"entry_uuid": kept.thread.backend_uuid, "format": kind}
        told = await self._web.call("POST", _EXPORT, query=_QUERY, body=body)
        content = said(told, "file_content_64") if isinstance(told, dict) else None
        if content is None:
            raise ResponseParsingError("the service made no file of the answer")
        try:
            data = base64.b64decode(content, validate=True)
        except binascii.Error as error:
            raise ResponseParsingError(f"the service's file is broken: {error}") from None
        return Export(said(told, "filename") or f"answer.{kind}", data)

    async def _page(self, key: str, cursor: str | None) -> Mapping[str, Any]:
        query = {**_QUERY, "limit": str(_ENTRIES), "from_first": "true"}
        if cursor is not None:
            query["cursor"] = cursor
        try:
            page = await self._web.get(f"/rest/thread/{quote(key, safe='')}", query)
        except HTTPError as error:
            if error.status_code == _GONE:
                raise ThreadNotFound(f"the account has no conversation {key!r}") from error
            raise
        if not isinstance(page, dict):
            raise ResponseParsingError("a conversation came in an unknown form")
        return page

    async def _change(self, key: str, method: str, path: str, **values: Any) -> None:
        """Change a conversation, with the token that lets its owner do so."""
        thread = (await self.read(key)).thread
        body = {
            "entry_uuid": thread.backend_uuid,
            "context_uuid": thread.context_uuid,
            "read_write_token": thread.read_write_token,
            **values,
        }
        await self._web.call(method, path, query=_QUERY, body=body)


def _rows(told: Any) -> list[Mapping[str, Any]]:
    """The rows of a list, which the service has given in three forms."""
    if isinstance(told, dict):
        told = told.get("threads") or told.get("data") or []
    if not isinstance(told, list):
        raise ResponseParsingError("the list of conversations came in an unknown form")
    return [row for row in told if isinstance(row, dict)]


def _summary(row: Mapping[str, Any]) -> ThreadSummary:
    uuid = said(row, "uuid") or said(row, "backend_uuid") or ""
    return ThreadSummary(
        slug=said(row, "slug") or uuid,
        uuid=uuid,
        title=said(row, "title") or "",
        query=said(row, "query_str") or "",
        preview=said(row, "answer_preview") or "",
        model=said(row, "display_model"),
        mode=said(row, "mode"),
        last_asked=said(row, "last_query_datetime"),
    )


def _entry(row: Mapping[str, Any]) -> ThreadEntry:
    """An entry, whose answer stands in it as in the last frame of a stream."""
    decoder = Decoder()
    frame = {**row, "final_sse_message": True, "status": "COMPLETED", "error_code": None}
    decoder.take(frame)
    related = row.get("related_queries")
    listed = [one for one in related if isinstance(one, str)] if isinstance(related, list) else []
    return ThreadEntry(
        uuid=said(row, "backend_uuid") or "",
        query=said(row, "query_str") or "",
        answer=decoder.text or said(row, "answer") or "",
        model=said(row, "display_model"),
        search_results=decoder.results,
        related=tuple(listed) or decoder.related,
        downloads=tuple(downloads_in(row)),
    )
