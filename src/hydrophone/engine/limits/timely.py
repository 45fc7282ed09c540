"""Stages that have their time: what is late is left out of the answer, and named."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.types import Notice, RequestContext, SearchOptions

# Providers have a few seconds each; this is for all of them with the own index.
SEARCH_DEADLINE_S = 20.0
RANK_DEADLINE_S = 15.0
SEARCH_LATE = "A search took longer than {s:g} s: what it would have found is left out."
RANK_LATE = "Scoring the sentences took too long: they were chosen by their words."


class TimelySearcher:
    """A Searcher that is given so many seconds for each search."""

    def __init__(self, searcher: Searcher, deadline_s: float = SEARCH_DEADLINE_S) -> None:
        self._searcher = searcher
        self._deadline_s = deadline_s

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """The ground port `Searcher`; a late search finds nothing, and says so."""
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._searcher.search(queries, options, context)
        except TimeoutError:
            late = Notice("late_stage", SEARCH_LATE.format(s=self._deadline_s))
            return SearchOutcome((), (late,))
