"""Pages that questions need, read now and kept for a while in memory. Nothing goes to disk here."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Protocol

from hydrophone.errors import DocumentError, HydrophoneError
from hydrophone.search.watch.flights import Flights
from hydrophone.search.watch.recent import Recent
from hydrophone.types import Document

LIFETIME_S = 900.0
MOST_CHARS = 16_000_000


class PageSource(Protocol):
    """Reads a page from the web. The room `fetch` has the real one."""

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        """The page as a document. `typed`: the user gave the address. Raises HydrophoneError."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """A page as it was read, and when."""

    document: Document
    read_at: datetime


class Pages:
    """Reads pages at once, each within a deadline, and remembers what it read.

    A page that was typed is kept apart from one that was found: other rules hold for it.
    """

    def __init__(
        self,
        source: PageSource,
        *,
        lifetime_s: float = LIFETIME_S,
        most_chars: int = MOST_CHARS,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source = source
        self._flights: Flights[tuple[str, bool], Document] = Flights()
        self._recent: Recent[tuple[str, bool], ReadPage] = Recent(
            lifetime_s=lifetime_s,
            most=most_chars,
            size=lambda page: len(page.document.text),
            clock=clock,
        )

    async def read(self, url: str, *, typed: bool = False) -> Document:
        """The page; from memory when it was read lately. Raises what reading raises."""
        kept = self._recent.get((url, typed))
        if kept is not None:
            return kept.document
        return await self._flights.join((url, typed), lambda: self._read(url, typed))

    async def read_all(
        self, urls: Sequence[str], *, typed: bool = False, deadline_s: float
    ) -> list[Document | HydrophoneError]:
        """All pages at once; for one that cannot be read within `deadline_s`, the reason."""
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(self._try(url, typed, deadline_s)) for url in urls]
        return [task.result() for task in tasks]

    def lately(self, url: str) -> list[ReadPage]:
        """What was read under this address, as far as it is remembered; nothing is read now."""
        found = [self._recent.get((url, typed)) for typed in (False, True)]
        return [page for page in found if page is not None]

    async def _try(self, url: str, typed: bool, deadline_s: float) -> Document | HydrophoneError:
        try:
            async with asyncio.timeout(deadline_s):
                return await self.read(url, typed=typed)
        except TimeoutError:
            return DocumentError(f"{url} was not read within {deadline_s:g} s")
        except HydrophoneError as error:
            return error

    async def _read(self, url: str, typed: bool) -> Document:
        document = await self._source.read_url(url, typed=typed)
        self._recent.put((url, typed), ReadPage(document, datetime.now(UTC)))
        return document
