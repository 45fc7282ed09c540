"""Progress notifications: what an answer is being worked on with, while it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeAlias

from hydrophone.types import Event, Revision, Sources, Step, Text

# Clients that let a notification extend their patience are silent for 30 s at least.
BEAT_S = 10.0
EVERY_CHARS = 1_000
_SHOWN_CHARS = 200
# Progress so far, a total that is never known, and words.
Report: TypeAlias = Callable[[float, float | None, str | None], Awaitable[None]]


class Progress:
    """Tells of each step, of the text as it grows, and in between that work goes on."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self._told = 0
        self._words = "working"
        self._sources = 0
        self._chars = 0

    async def take(self, event: Event) -> None:
        """Tell of the event if it is worth it."""
        if isinstance(event, Step):
            await self.tell(_step_words(event))
        elif isinstance(event, Sources):
            self._sources += len(event.items)
            if event.items:
                await self.tell(f"{self._sources} source{'' if self._sources == 1 else 's'} so far")
        elif isinstance(event, Text | Revision):
            await self._grow(event)

    async def tell(self, words: str) -> None:
        """Tell of something new."""
        self._words = words
        await self._send(words)

    @asynccontextmanager
    async def beating(self) -> AsyncIterator[None]:
        """Until this is left, every silence is ended after some seconds."""

        async def beat() -> None:
            while True:
                told = self._told
                await asyncio.sleep(BEAT_S)
                if told == self._told:
                    await self._send(f"still {self._words}")

        beats = asyncio.create_task(beat())
        try:
            yield
        finally:
            beats.cancel()
            await asyncio.gather(beats, return_exceptions=True)

    async def _grow(self, event: Text | Revision) -> None:
        before = self._chars
        chars = len(event.text) if isinstance(event, Revision) else before + len(event.delta)
        self._chars = chars
        if before == 0 or chars // EVERY_CHARS > before // EVERY_CHARS:
            await self.tell(f"writing, {chars:,} characters so far")

    async def _send(self, words: str) -> None:
        self._told += 1
        await self._report(float(self._told), None, words)


def _step_words(step: Step) -> str:
    if step.kind == "web_search":
        words = f"searching for {' | '.join(step.queries)}" if step.queries else "searching"
    elif step.kind == "fetch_url":
        words = f"reading {' '.join(step.urls)}" if step.urls else "reading pages"
    elif step.kind == "write":
        words = step.thought or "writing"
    else:
        words = step.thought or "thinking"
    return words if len(words) <= _SHOWN_CHARS else words[: _SHOWN_CHARS - 1] + "…"
