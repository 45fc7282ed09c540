"""Keeps what answers cite, beside the answering: a task writes what it was handed, some at a time.

What waits to be written can be looked up already. Only pages of the web come here; attachments are
their callers' own and are kept nowhere.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeAlias

from hydrophone.errors import StorageError
from hydrophone.ports import KeptPage
from hydrophone.storage.kept.pages import (
    CitedPage,
    list_known,
    load_page,
    purge_pages,
    put_page,
    put_texts,
)
from hydrophone.storage.state import State
from hydrophone.types import Clock, Principal

PURGE_S = 3600.0
BATCH = 16
TRIES = 3
PAUSE_S = 1.0
# What waits to be written holds page texts in memory; more is not kept, and the log says so.
MOST_WAITING = 1_000
# Written within the last hour, a citation needs no writing again.
LATELY_MS = 3_600_000
MOST_LATELY = 20_000
_DAY_MS = 24 * 3600 * 1000
_LEVEL = 6
_log = logging.getLogger(__name__)

Key: TypeAlias = tuple[str, str, str]  # a version, and a principal's kind and id


@dataclass(frozen=True, slots=True)
class Handed:
    """A page to keep: its text is the one of `texts` that has the version's hash."""

    page: CitedPage
    texts: Sequence[str]


class PageKeeper:
    """Keeps pages for `keep_days` after they were last cited. For one event loop."""

    def __init__(self, state: State, *, keep_days: float, clock: Clock = time.time) -> None:
        self._state = state
        self._keep_days = keep_days
        self._clock = clock
        self._waiting: dict[Key, Handed] = {}
        self._lately: dict[Key, int] = {}
        self._writing: asyncio.Task[None] | None = None
        self._purging: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Delete what is too old, now and every hour."""
        self._purging = asyncio.create_task(self._purge_from_time_to_time())

    def keep(self, handed: Handed) -> None:
        """Take a page over; it is written soon."""
        page = handed.page
        key = _key(page.version, page.principal)
        if self._lately.get(key, 0) > page.cited_at_ms - LATELY_MS:
            return
        if len(self._waiting) >= MOST_WAITING:
            _log.warning("cited pages come faster than they can be written; one is not kept")
            return
        self._waiting[key] = handed
        if self._writing is None or self._writing.done():
            self._writing = asyncio.create_task(self._write_all())

    async def written(self) -> None:
        """Return when all that was taken over is written, or could not be."""
        if self._writing is not None:
            await asyncio.wait({self._writing})

    async def page(self, version: str, principal: Principal) -> KeptPage | None:
        """The page that was cited to this caller; None when it is not kept. Raises StorageError."""
        handed = self._waiting.get(_key(version, principal))
        if handed is not None:
            text = await asyncio.to_thread(_text_of, handed)
            return None if text is None else _shown(handed.page, text)
        async with self._state.reading() as connection:
            found = await load_page(connection, version, principal)
        if found is None:
            return None
        page, packed = found
        return _shown(page, (await asyncio.to_thread(zlib.decompress, packed)).decode())

    async def close(self) -> None:
        """Write what waits, and end."""
        if self._purging is not None:
            self._purging.cancel()
            await asyncio.gather(self._purging, return_exceptions=True)
        await self.written()

    async def _write_all(self) -> None:
        failures = 0
        while self._waiting:
            batch = dict(list(self._waiting.items())[:BATCH])
            try:
                await self._write(batch)
                failures = 0
            except Exception as error:
                failures += 1
                if failures < TRIES:
                    await asyncio.sleep(PAUSE_S)
                    continue
                _log.error("%d cited pages could not be kept: %s", len(batch), error)
            for key, handed in batch.items():
                if self._waiting[key] is handed:
                    del self._waiting[key]

    async def _write(self, batch: Mapping[Key, Handed]) -> None:
        async with self._state.reading() as connection:
            known = await list_known(connection, {key[0] for key in batch})
        new = [handed for handed in batch.values() if handed.page.version not in known]
        packed = await asyncio.to_thread(_pack, new)
        async with self._state.writing() as connection:
            # Looked at again: what was known may have been purged meanwhile.
            await put_texts(connection, packed)
            stored = await list_known(connection, {key[0] for key in batch})
            for handed in batch.values():
                if handed.page.version in stored:
                    await put_page(connection, handed.page)
        self._note_written(batch, stored)

    def _note_written(self, batch: Mapping[Key, Handed], stored: set[str]) -> None:
        if len(self._lately) > MOST_LATELY:
            self._lately.clear()
        for key, handed in batch.items():
            if key[0] in stored:
                self._lately[key] = handed.page.cited_at_ms
            else:
                _log.warning("a cited page could not be kept: its text is not at hand")

    async def _purge_from_time_to_time(self) -> None:
        while True:
            try:
                await self._purge()
            except StorageError as error:
                _log.warning("old pages could not be deleted: %s", error)
            await asyncio.sleep(PURGE_S)

    async def _purge(self) -> None:
        before_ms = round(self._clock() * 1000 - self._keep_days * _DAY_MS)
        async with self._state.writing() as connection:
            await purge_pages(connection, before_ms)


def _key(version: str, principal: Principal) -> Key:
    return version, principal.kind, principal.id


def _pack(handed: Sequence[Handed]) -> dict[str, bytes]:
    """The packed texts by version, but for those that are not at hand."""
    packed: dict[str, bytes] = {}
    for one in handed:
        text = _text_of(one)
        if text is not None:
            packed[one.page.version] = zlib.compress(text.encode("utf-8"), _LEVEL)
    return packed


def _text_of(handed: Handed) -> str | None:
    """The text whose hash is the version."""
    for text in handed.texts:
        body = text.encode("utf-8", "replace")
        if hashlib.sha256(body).hexdigest() == handed.page.version:
            return body.decode()
    return None


def _shown(page: CitedPage, text: str) -> KeptPage:
    read_at = datetime.fromtimestamp(page.read_at_ms / 1000, UTC)
    return KeptPage(page.version, page.url, page.title, text, read_at)
