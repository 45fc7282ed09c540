"""What is built when it is first asked: a server is up before its index is open."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from hydrophone.ports import Answerer, Searcher, SearchOutcome
from hydrophone.types import Event, Question, RequestContext, SearchOptions


class LateAnswerer:
    """Passes questions to the answerer that `build` gives; after a failure it is tried again."""

    def __init__(self, build: Callable[[], Awaitable[Answerer]]) -> None:
        self._build = build
        self._built: Answerer | None = None
        self._building = asyncio.Lock()

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Build when that has not been done, and pass the question on."""
        if self._built is None:
            return self._first(question, context)
        return self._built.answer(question, context)

    @asynccontextmanager
    async def _first(
        self, question: Question, context: RequestContext
    ) -> AsyncIterator[AsyncIterator[Event]]:
        async with self._building:
            if self._built is None:
                self._built = await self._build()
        async with self._built.answer(question, context) as events:
            yield events


class LateSearcher:
    """Passes searches to the searcher that `build` gives; after a failure it is tried again."""

    def __init__(self, build: Callable[[], Awaitable[Searcher]]) -> None:
        self._build = build
        self._built: Searcher | None = None
        self._building = asyncio.Lock()

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """Build when that has not been done, and pass the search on."""
        async with self._building:
            if self._built is None:
                self._built = await self._build()
        return await self._built.search(queries, options, context)
