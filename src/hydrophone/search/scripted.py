"""A provider that answers what it was told to, for tests and demonstrations."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import ProviderFailed
from hydrophone.types import SearchResult, SourceKind


class ScriptedProvider:
    """Gives `pages` in turn, by the page that is asked for; behind the last it is exhausted.

    An error among them is raised. `asked` are the queries, also those that were cancelled.
    """

    pushes: frozenset[Push] = frozenset()

    def __init__(
        self,
        name: str,
        *pages: Sequence[SearchResult] | ProviderAnswer | ProviderFailed,
        kinds: frozenset[SourceKind] = frozenset({"web"}),
        delay_s: float = 0.0,
    ) -> None:
        self.name = name
        self.kinds = kinds
        self.pages = list(pages)
        self.delay_s = delay_s
        self.asked: list[ProviderQuery] = []
        self.closed = False

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """The page that is asked for."""
        self.asked.append(query)
        await asyncio.sleep(self.delay_s)
        if query.page >= len(self.pages):
            return ProviderAnswer(exhausted=True)
        page = self.pages[query.page]
        if isinstance(page, ProviderFailed):
            raise page
        return page if isinstance(page, ProviderAnswer) else ProviderAnswer(tuple(page))

    async def close(self) -> None:
        """Nothing to let go of."""
        self.closed = True
