"""Lets background work stand back while somebody waits for an answer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hydrophone.ports import Answerer
from hydrophone.types import Event, Question, RequestContext


class Attention:
    """Counts the answers that are being worked on; `idle` returns when there is none."""

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

    @asynccontextmanager
    async def answer(
        self, question: Question, context: RequestContext
    ) -> AsyncIterator[AsyncIterator[Event]]:
        """Pass the question on."""
        self._attention.begin()
        try:
            async with self._answerer.answer(question, context) as events:
                yield events
        finally:
            self._attention.end()
