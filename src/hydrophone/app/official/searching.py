"""Searches that go to the official API, and those that stay."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hydrophone.errors import HydrophoneError, RequestError
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.types import Notice, RequestContext, SearchOptions


class OfficialSearchFirst:
    """Asks the official API, but for own collections, which only the house has.

    `falls_back`: where that fails, the house searches, and a Notice says so.
    """

    def __init__(self, official: Searcher, own: Searcher, *, falls_back: bool) -> None:
        self._official = official
        self._own = own
        self._falls_back = falls_back

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """See `Searcher`."""
        if options.filter.collections:
            return await self._own.search(queries, options, context)
        try:
            return await self._official.search(queries, options, context)
        except HydrophoneError as error:
            refused = isinstance(error, RequestError) and not error.retryable
            if refused or not self._falls_back:
                raise
            told = Notice("downgrade", f"This server searched by itself: {error.message}.")
        outcome = await self._own.search(queries, options, context)
        return replace(outcome, notices=(told, *outcome.notices))
