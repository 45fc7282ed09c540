"""Lets background work stand back while somebody waits for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from types import TracebackType

from hydrophone.ports import Answerer, Searcher, SearchOutcome
from hydrophone.types import Event, Question, RequestContext, SearchOptions


class Attention:
    """Counts what is being worked on for somebody; `idle` returns when there is nothing."""

    def __init__(self) -> None:
        self._waiting = 0
        self._idle = asyncio.Event()
        self._idle.set()

    def begin(self) -> None:
        """Somebody waits from now on."""
        self._waiting += 1
        self._idle.clear()

    def end(self) -> None:
        """One less waits."""
        self._waiting -= 1
        if self._waiting == 0:
            self._idle.set()

    async def idle(self) -> None:
        """Return when nobody waits."""
        await self._idle.wait()


class AttendedAnswerer:
    """An answerer whose work counts as somebody waiting."""

    def __init__(self, answerer: Answerer, attention: Attention) -> None:
        self._answerer = answerer
        self._attention = attention

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Pass the question on."""
        return _Attended(self._attention, self._answerer.answer(question, context))


class AttendedSearcher:
    """A searcher whose work counts as somebody waiting."""

    def __init__(self, searcher: Searcher, attention: Attention) -> None:
        self._searcher = searcher
        self._attention = attention

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """Pass the search on."""
        self._attention.begin()
        try:
            return await self._searcher.search(queries, options, context)
        finally:
            self._attention.end()


class _Attended(AbstractAsyncContextManager[AsyncIterator[Event]]):
    """The context of an answer, counted while somebody is in it."""

    __slots__ = ("_attention", "_work")

    def __init__(
        self, attention: Attention, work: AbstractAsyncContextManager[AsyncIterator[Event]]
    ) -> None:
        self._attention = attention
        self._work = work

    async def __aenter__(self) -> AsyncIterator[Event]:
        self._attention.begin()
        try:
            return await self._work.__aenter__()
        except BaseException:
            self._attention.end()
            raise

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        try:
            return await self._work.__aexit__(kind, error, trace)
        finally:
            self._attention.end()
