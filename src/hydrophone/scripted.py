"""An answerer that plays a script: for tests, demonstrations and benchmarks.

It needs no index and no model, so whatever is measured or proven with it is about the waist and
the doors. A script is a sequence of events, pauses in seconds, and exceptions to raise.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import TypeAlias

from hydrophone.stream import Emit, running
from hydrophone.types import (
    Event,
    Finished,
    Question,
    RequestContext,
    Sources,
    Text,
    Usage,
)

ScriptItem: TypeAlias = Event | float | Exception


class ScriptedAnswerer:
    """Answers every question with the same script.

    Records what it was asked in `questions`, and in `stopped` how often it was cancelled before
    its end.
    """

    def __init__(self, script: Sequence[ScriptItem], *, deadline_s: float | None = None) -> None:
        self._script = tuple(script)
        self._deadline_s = deadline_s
        self.questions: list[Question] = []
        self.stopped = 0

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Play the script. `Finished` with zero usage gets what the meter has counted."""
        self.questions.append(question)

        async def work(emit: Emit) -> None:
            try:
                for item in self._script:
                    await self._play(item, emit, context)
            except asyncio.CancelledError:
                self.stopped += 1
                raise

        return running(work, context, deadline_s=self._deadline_s)

    async def _play(self, item: ScriptItem, emit: Emit, context: RequestContext) -> None:
        if isinstance(item, Exception):
            raise item
        if isinstance(item, int | float):
            await asyncio.sleep(item)
        elif isinstance(item, Finished) and item.usage == Usage():
            await emit(replace(item, usage=context.meter.usage))
        else:
            await emit(item)


def instant(text: str) -> ScriptedAnswerer:
    """Answers at once with `text` and no sources."""
    return ScriptedAnswerer([Sources(complete=True), Text(text), Finished("stop", Usage())])
