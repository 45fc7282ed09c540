"""A searcher whose first pages a cross-encoder orders anew. It is measured, not served."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hydrophone.llm.base import Reranker
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.types import RequestContext, SearchOptions, SearchResult

DEPTH = 10


class RerankedSearcher:
    """Orders the first ten pages of another searcher by their best passages' scores."""

    def __init__(self, searcher: Searcher, reranker: Reranker) -> None:
        self._searcher = searcher
        self._reranker = reranker

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """See Searcher. The first query is the one that texts are scored against."""
        outcome = await self._searcher.search(queries, options, context)
        first, rest = outcome.results[:DEPTH], outcome.results[DEPTH:]
        scores = await self._reranker.score(queries[0], [_text(result) for result in first])
        order = sorted(range(len(first)), key=lambda n: (-scores[n], n))
        return replace(outcome, results=(*(first[n] for n in order), *rest))


def _text(result: SearchResult) -> str:
    return f"{result.title}\n{result.passages[0].text}"
