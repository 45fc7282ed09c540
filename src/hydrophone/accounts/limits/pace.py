"""How many questions a caller may ask in a minute."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager

from hydrophone.errors import RateLimited
from hydrophone.ports import Answerer, Searcher, SearchOutcome
from hydrophone.stream import Emit, running
from hydrophone.types import Event, Question, RequestContext, SearchOptions

_MINUTE_S = 60.0
_MOST_CALLERS = 10_000


class TooManyQuestions(RateLimited):
    """The caller has asked too often."""


class Pace:
    """Lets each caller ask `per_minute` times a minute: at once as often, then as time passes.

    A token bucket for each caller; `clock` gives seconds of waiting.
    """

    def __init__(self, per_minute: int, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._per_minute = per_minute
        self._clock = clock
        self._left: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def take(self, caller: str) -> None:
        """Count a question. Raises TooManyQuestions, with the seconds until the next may come."""
        now, rate = self._clock(), self._per_minute / _MINUTE_S
        left, at = self._left.pop(caller, (float(self._per_minute), now))
        left = min(self._per_minute, left + (now - at) * rate)
        may = left >= 1
        self._left[caller] = (left - 1 if may else left, now)
        if len(self._left) > _MOST_CALLERS:
            self._left.popitem(last=False)
        if not may:
            raise TooManyQuestions(
                f"this server answers {self._per_minute} questions a minute of each caller "
                "(REQUESTS_PER_MINUTE)",
                retry_after_s=(1 - left) / rate,
            )


class PacedAnswerer:
    """An answerer that refuses who asks too often. `counts` says of which questions."""

    def __init__(
        self,
        answerer: Answerer,
        pace: Pace,
        counts: Callable[[Question, RequestContext], bool],
    ) -> None:
        self._answerer = answerer
        self._pace = pace
        self._counts = counts

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Count the question and pass it on."""
        if not self._counts(question, context):
            return self._answerer.answer(question, context)
        try:
            self._pace.take(context.principal.id)
        except TooManyQuestions as refusal:
            refused = refusal

            async def refuse(emit: Emit) -> None:
                raise refused

            return running(refuse, context)
        return self._answerer.answer(question, context)


class PacedSearcher:
    """A searcher that refuses who asks too often."""

    def __init__(self, searcher: Searcher, pace: Pace) -> None:
        self._searcher = searcher
        self._pace = pace

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """Count the search and pass it on. Raises TooManyQuestions."""
        self._pace.take(context.principal.id)
        return await self._searcher.search(queries, options, context)
