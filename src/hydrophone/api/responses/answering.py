"""An answer that is given at once, and kept before its end goes out."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import TypeAlias

from hydrophone.errors import Cancelled, HydrophoneError
from hydrophone.ports import Answerer
from hydrophone.stream import failure, outlast
from hydrophone.types import Event, Failed, Finished, Question, RequestContext

Keep: TypeAlias = Callable[[Sequence[Event]], Awaitable[None]]
_log = logging.getLogger(__name__)


@asynccontextmanager
async def answering(
    answerer: Answerer, question: Question, context: RequestContext, keep: Keep
) -> AsyncIterator[AsyncIterator[Event]]:
    """Have the question answered; `keep` gets all events before the last one is passed on.

    Of an answer that is left before its end it gets what came until then, and an end that says so;
    of one that was refused, nothing. What cannot be kept is told to the log alone: the answer is
    worth more than its keeping.
    """
    answer = _Answer(context, keep)
    try:
        async with answerer.answer(question, context) as events:
            yield answer.passing(events)
    finally:
        await answer.leave()


class _Answer:
    def __init__(self, context: RequestContext, keep: Keep) -> None:
        self._context = context
        self._keep = keep
        self._events: list[Event] = []
        self._settled = False

    async def passing(self, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
        async for event in events:
            if isinstance(event, Finished | Failed):
                await self._settle(event)
            else:
                self._events.append(event)
            yield event

    async def leave(self) -> None:
        if not self._settled:
            left = failure(Cancelled("the caller went away"), self._context)
            await self._settle(left)

    async def _settle(self, last: Finished | Failed) -> None:
        if self._settled:
            return
        self._settled = True
        if not self._events and isinstance(last, Failed):
            return
        # Who leaves in this moment must not leave it open whether the answer is kept.
        await outlast(keeping := asyncio.create_task(self._kept([*self._events, last])))
        keeping.result()

    async def _kept(self, events: Sequence[Event]) -> None:
        try:
            await self._keep(events)
        except HydrophoneError as error:
            _log.error("response %s is not kept: %s", self._context.request_id, error)
