"""Searching our own index: words and vectors at once, fused, grouped by page."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace

from hydrophone.errors import InvalidRequest
from hydrophone.index.base import Index, IndexedPassage, Match
from hydrophone.llm.base import Embedder
from hydrophone.ports import SearchOutcome
from hydrophone.search.fuse import best_of, fuse, ranked
from hydrophone.types import (
    Filter,
    Notice,
    Passage,
    RequestContext,
    SearchOptions,
    SearchResult,
)

CANDIDATES = 60
LOADED_AT_ONCE = 24
DEFAULT_RESULTS = 10
PASSAGES_A_PAGE = 3
SNIPPET_CHARS = 320


class OwnIndexSearcher:
    """The ground port `Searcher` over an `Index`; without an embedder by words alone."""

    def __init__(self, index: Index, embedder: Embedder | None) -> None:
        self._index = index
        self._embedder = embedder

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """All queries at once. Raises InvalidRequest when none of them says anything."""
        asked = [query.strip() for query in queries if query.strip()]
        if not asked:
            raise InvalidRequest("the query is empty: write what to search for", param="query")
        where = options.filter
        scores = await asyncio.gather(*(self._scores(query, where) for query in asked))
        fused = ranked(best_of(scores))
        wanted = options.max_results or DEFAULT_RESULTS
        passages = await self._load([key for key, _ in fused[:CANDIDATES]], wanted)
        return SearchOutcome(by_page(passages, dict(fused), wanted), self._notices())

    async def _load(self, keys: Sequence[str], pages: int) -> list[IndexedPassage]:
        """The passages in their order, until they are of enough pages: loading is what costs."""
        loaded: list[IndexedPassage] = []
        for start in range(0, len(keys), LOADED_AT_ONCE):
            loaded += await self._index.load(keys[start : start + LOADED_AT_ONCE])
            if len({passage.url for passage in loaded}) >= pages:
                break
        return loaded

    async def _scores(self, query: str, where: Filter) -> Mapping[str, float]:
        words, vectors = await asyncio.gather(
            self._index.match_words(query, CANDIDATES, where), self._vector_matches(query, where)
        )
        return fuse(_by_id(words), _by_id(vectors))

    async def _vector_matches(self, query: str, where: Filter) -> Sequence[Match]:
        if self._embedder is None:
            return ()
        vector = await self._embedder.embed_query(query)
        return await self._index.match_vectors(vector, CANDIDATES, where)

    def _notices(self) -> tuple[Notice, ...]:
        if self._embedder is not None:
            return ()
        return (Notice("no_embedder", "Searched by words alone: the embedding model is missing."),)


def _by_id(matches: Sequence[Match]) -> dict[str, float]:
    return {match.passage_id: match.score for match in matches}


def by_page(
    passages: Sequence[IndexedPassage], scores: Mapping[str, float], most: int
) -> tuple[SearchResult, ...]:
    """One result for each URL, in the order of its best passage; its best passages under it.

    `passages` come best first.
    """
    pages: dict[str, list[IndexedPassage]] = {}
    for indexed in passages:
        page = pages.setdefault(indexed.url, [])
        if len(page) < PASSAGES_A_PAGE:
            page.append(indexed)
    return tuple(_result(page, scores) for page in list(pages.values())[:most])


def _result(page: Sequence[IndexedPassage], scores: Mapping[str, float]) -> SearchResult:
    passages = tuple(_scored(indexed.passage, scores) for indexed in page)
    first = page[0]
    return SearchResult(
        url=first.url,
        title=first.title,
        snippet=snippet(passages[0].text),
        kind="own",
        collection=first.collection,
        published=first.published,
        modified=first.modified,
        language=first.language,
        score=passages[0].score,
        passages=passages,
    )


def _scored(passage: Passage, scores: Mapping[str, float]) -> Passage:
    return replace(passage, score=round(scores[passage.id], 6))


def snippet(text: str) -> str:
    """The beginning of a passage on one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= SNIPPET_CHARS:
        return line
    return line[:SNIPPET_CHARS].rsplit(" ", 1)[0] + " …"
