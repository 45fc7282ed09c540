"""Keeps what answers cite, by watching the answers go by, and finds it again."""

from __future__ import annotations

import asyncio
import logging
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from hydrophone.errors import InternalError, NotFound, StorageError
from hydrophone.ports import Answerer, KeptPage, Resumable
from hydrophone.types import (
    Citation,
    Clock,
    Event,
    Principal,
    Question,
    RequestContext,
    Revision,
    SearchResult,
    Source,
    Sources,
    StepResult,
)

if TYPE_CHECKING:
    from hydrophone.index.base import Index
    from hydrophone.search.pages import Pages, ReadPage
    from hydrophone.storage.kept.keeper import PageKeeper

_VERSION = re.compile(r"[0-9a-f]{64}", re.ASCII)
_log = logging.getLogger(__name__)


class Shelf:
    """The ground port `KeptPages`: pages of the web in `state.db`, own documents in the index.

    With `keep_days` 0 nothing is kept because it was cited; own documents are found as long as the
    index has their versions.
    """

    def __init__(
        self,
        keeper: PageKeeper,
        index: Callable[[], Awaitable[Index]],
        *,
        keep_days: float,
        clock: Clock = time.time,
    ) -> None:
        self._keeper = keeper
        self._index = index
        self._keep_days = keep_days
        self._clock = clock
        self._noting: set[asyncio.Task[None]] = set()

    @property
    def keeps(self) -> bool:
        """Whether anything is kept because it was cited."""
        return self._keep_days > 0

    def start(self) -> None:
        """Delete what is too old, now and every hour."""
        self._keeper.start()

    async def page(self, version: str, principal: Principal) -> KeptPage:
        """See `KeptPages`. Own documents are for all who may search them."""
        found = None
        if _VERSION.fullmatch(version):
            found = await self._keeper.page(version, principal)
            if found is None and principal.kind != "session":
                found = await (await self._index()).page(version)
        if found is None:
            raise NotFound(
                "this version of a page is not kept: it was not cited to you, or too long ago, or "
                "its document was deleted, or it was attached to a question"
            )
        return found

    def keep(
        self, version: str, result: SearchResult, read: Sequence[ReadPage], principal: Principal
    ) -> None:
        """Keep a cited page of the web; `read` are pages of its address, one of them perhaps it."""
        from hydrophone.storage.kept.keeper import Handed
        from hydrophone.storage.kept.pages import CitedPage

        now_ms = round(self._clock() * 1000)
        read_at_ms = [round(page.read_at.timestamp() * 1000) for page in read]
        excerpts = [one.text for one in result.passages if one.version == version and not one.start]
        page = CitedPage(
            version=version,
            principal=principal,
            url=result.url,
            title=result.title,
            read_at_ms=max(read_at_ms, default=now_ms),
            cited_at_ms=now_ms,
        )
        self._keeper.keep(Handed(page, [*(one.document.text for one in read), *excerpts]))

    def keep_own(self, versions: Iterable[str]) -> None:
        """Keep cited versions of own documents, when their documents change."""
        task = asyncio.create_task(self._note_own(sorted(versions)))
        self._noting.add(task)
        task.add_done_callback(self._noting.discard)

    async def written(self) -> None:
        """Return when all that was to be kept is on disk, or could not be written."""
        await self._keeper.written()
        if self._noting:
            await asyncio.wait(set(self._noting))

    async def close(self) -> None:
        """Write what waits, and end."""
        await self.written()
        await self._keeper.close()

    async def _note_own(self, versions: Sequence[str]) -> None:
        until = datetime.fromtimestamp(self._clock(), UTC) + timedelta(days=self._keep_days)
        try:
            await (await self._index()).keep_versions(versions, until)
        except StorageError as error:
            _log.warning("cited versions of own documents could not be noted: %s", error)


class CitingAnswerer:
    """An engine whose cited pages are kept. Costs nothing where nothing is searched for."""

    def __init__(self, engine: Answerer, pages: Pages | None, shelf: Shelf) -> None:
        self._engine = engine
        self._pages = pages
        self._shelf = shelf

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Pass the question on, and keep what the answer cites."""
        opened = self._engine.answer(question, context)
        if question.search.enabled is False:
            return opened
        return _watched(opened, self._watch(question, context))

    def resumes(self, question: Question) -> bool:
        """Whether this question's answer can be gone on with."""
        return isinstance(self._engine, Resumable) and self._engine.resumes(question)

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Have the answer gone on with, and keep what it cites."""
        if not isinstance(self._engine, Resumable):
            raise InternalError("an answer is to be gone on with that cannot be")
        watch = self._watch(question, context)
        watch.learn_again(so_far)
        return _watched(self._engine.resume(question, context, so_far), watch)

    def _watch(self, question: Question, context: RequestContext) -> _Watch:
        return _Watch(self._shelf, self._pages, context.principal, early=self.resumes(question))


@asynccontextmanager
async def _watched(
    opened: AbstractAsyncContextManager[AsyncIterator[Event]], watch: _Watch
) -> AsyncIterator[AsyncIterator[Event]]:
    try:
        async with opened as events:
            yield watch.passing(events)
    finally:
        watch.finish()


class _Watch:
    """What one answer cites.

    `early`: the pages are kept before the sources go out, cited or not. An answer that goes on
    after a crash cites them then, when their texts are no longer at hand.
    """

    def __init__(
        self, shelf: Shelf, pages: Pages | None, principal: Principal, *, early: bool
    ) -> None:
        self._shelf = shelf
        self._pages = pages
        self._principal = principal
        self._early = early
        self._read: dict[str, list[ReadPage]] = {}
        self._sources: dict[int, tuple[SearchResult, list[ReadPage]]] = {}
        self._kept: set[str] = set()
        self._own: set[str] = set()

    async def passing(self, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
        """The events as they come."""
        async for event in events:
            if isinstance(event, Citation):
                self._cite(event)
            elif isinstance(event, StepResult):
                self._hold(event.pages)
            elif isinstance(event, Sources):
                self._learn(event.items)
                if self._early and event.items:
                    await self._shelf.written()
            elif isinstance(event, Revision):
                for citation in event.citations:
                    self._cite(citation)
            yield event

    def learn_again(self, so_far: Sequence[Event]) -> None:
        """Sources of an earlier attempt, which has kept what there was to keep."""
        for event in so_far:
            if isinstance(event, Sources):
                self._sources |= {source.n: (source.result, []) for source in event.items}

    def finish(self) -> None:
        """The answer has ended."""
        if self._own:
            self._shelf.keep_own(self._own)

    def _hold(self, urls: Sequence[str]) -> None:
        """Hold pages that were just read: what remembers them may forget them before the end."""
        if self._pages is not None:
            self._read |= {url: read for url in urls if (read := self._pages.lately(url))}

    def _learn(self, sources: Sequence[Source]) -> None:
        self._hold([one.result.url for one in sources if one.result.url not in self._read])
        for source in sources:
            result = source.result
            self._sources[source.n] = result, self._read.get(result.url, [])
            if self._early:
                for version in {passage.version for passage in result.passages}:
                    self._keep(source.n, version)

    def _cite(self, citation: Citation) -> None:
        self._keep(citation.n, citation.source_span.version)

    def _keep(self, n: int, version: str) -> None:
        if version in self._kept or n not in self._sources:
            return
        self._kept.add(version)
        result, read = self._sources[n]
        if result.kind == "own":
            self._own.add(version)
        elif result.kind != "attachment":  # these are private
            self._shelf.keep(version, result, read, self._principal)
