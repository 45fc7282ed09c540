"""All rooms of one process, and what the doors are given of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from hydrophone.app.doors.batching import LateBatches, LateFiles
from hydrophone.app.doors.documents import GivenPages, OwnDocuments
from hydrophone.app.late import LateJobs, LateKeptPages, LateSearcher
from hydrophone.app.official.opening import with_official_search
from hydrophone.app.rooms.answering import Answering
from hydrophone.app.search import SearchStats
from hydrophone.app.session.opening import paces_all
from hydrophone.attention import AttendedSearcher
from hydrophone.ports import Accounts, House, Searcher
from hydrophone.settings import Settings


@asynccontextmanager
async def open_rooms(
    settings: Settings, *, embed_threads: int = 0, record: Path | None = None
) -> AsyncIterator[Rooms]:
    """The rooms; leaving closes all that were built, the last one first.

    With `embed_threads` this process makes the vectors that are missing: for those that stay.
    `record` is the file, or the folder, that recordings of the engine's answers are written to.
    """
    async with AsyncExitStack() as stack:
        yield Rooms(settings, stack, embed_threads=embed_threads, record=record)


class Rooms(Answering):
    """All rooms of one process. Each getter builds its room once."""

    async def search_service(self) -> Searcher:
        """Search with long snippets, behind the gate that keeps the ledger."""
        from hydrophone.accounts.search_gate import SearchGate
        from hydrophone.catalog import SEARCH

        catalog = await self.catalog()
        own = LateSearcher(self._snippet_searcher)
        searcher = with_official_search(self.settings, await self.official_api(), own)
        attended: Searcher = AttendedSearcher(searcher, self._attention)
        if (pace := self.pace()) is not None and paces_all(self.settings):
            from hydrophone.accounts.limits.pace import PacedSearcher

            attended = PacedSearcher(attended, pace)
        return SearchGate(attended, await self.ledger(), price=catalog.priced(SEARCH).price)

    async def _snippet_searcher(self) -> Searcher:
        from hydrophone.search.snippets.searcher import SnippetSearcher

        await self._docs_added()
        searcher, models = await self.parts()
        return SnippetSearcher(
            searcher,
            models.tokens,
            text_of=(await self.index()).text,
            pages=await self.pages(),
            read_deadline_s=self.settings.read_deadline_s,
            deadline_s=self.settings.deadline_s,
        )

    async def house(self, *, accounts: Accounts | None = None) -> House:
        """What the doors are given; `accounts` for a process that asks nobody for a key."""
        if self.session_only:
            return House(
                answerer=await self.answerer(),
                accounts=accounts or await self.gatekeeper(),
                models=await self.catalog(),
                sessions=self.sessions(),
            )
        return House(
            answerer=await self.answerer(),
            accounts=accounts or await self.gatekeeper(),
            models=await self.catalog(),
            searcher=await self.search_service(),
            stats=SearchStats(self.providers),
            kept_pages=LateKeptPages(self.shelf),
            jobs=LateJobs(self._desk),
            files=LateFiles(self._files),
            batches=LateBatches(self._batch_desk),
            embeddings=await self.embeddings(),
            tokens=await self.tokens(),
            documents=OwnDocuments(self._opened_index),
            pages=GivenPages(
                self.pages, await self.ledger(), deadline_s=self.settings.read_deadline_s
            ),
            sessions=self.sessions(),
        )
