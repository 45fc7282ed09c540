"""Searching our own index: words and vectors at once, fused, grouped by page."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hydrophone.errors import Cancelled, HydrophoneError, InvalidRequest, RequestError
from hydrophone.index.base import Index, IndexedPassage, Match, Vector
from hydrophone.llm.base import Embedder
from hydrophone.llm.overlap import coverage
from hydrophone.ports import SearchOutcome
from hydrophone.search.fuse import best_of, fuse, ranked
from hydrophone.search.rank import Ranked, rank
from hydrophone.types import (
    Filter,
    Image,
    Notice,
    Passage,
    RequestContext,
    SearchOptions,
    SearchResult,
)

CANDIDATES = 60
# So many candidates are wanted for each page, as several may be of the same.
PASSAGES_FOR_A_PAGE = 2
LOADED_AT_ONCE = 24
DEFAULT_RESULTS = 10
PASSAGES_A_PAGE = 3
SNIPPET_CHARS = 320
MOST_IMAGES = 20
MOST_LINK_TEXTS = 10
_NO_EMBEDDER = Notice("no_embedder", "Searched by words alone: the embedding model is missing.")
_EMBEDDER_FAILED = Notice(
    "no_embedder", "Searched by words alone: the embedding model failed at the question."
)
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Fit:
    """How well passages fit one query, by id, from 0 to 1; `notice` if something was missing."""

    scores: Mapping[str, float]
    notice: Notice | None = None


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
        wanted = options.max_results or DEFAULT_RESULTS
        depth = max(CANDIDATES, PASSAGES_FOR_A_PAGE * wanted)
        fits = await asyncio.gather(*(self._fit(query, depth, where) for query in asked))
        fused = ranked(best_of(fit.scores for fit in fits))
        now = datetime.fromtimestamp(context.clock(), UTC)
        passages = await self._load(fused[:depth], wanted, now)
        notices = dict.fromkeys(fit.notice for fit in fits if fit.notice is not None)
        results = by_page(passages, wanted, options.passages or PASSAGES_A_PAGE)
        images = await self._images(results, asked) if options.images else ()
        found = SearchOutcome(results, tuple(notices), images)
        if options.videos:
            passages_of = [result.passages[0].id for result in results]
            found = replace(found, videos=tuple(await self._index.videos(passages_of)))
        if options.related:
            found = replace(found, suggestions=await self._link_texts(results, asked))
        return found

    async def _link_texts(
        self, results: Sequence[SearchResult], queries: Sequence[str]
    ) -> tuple[str, ...]:
        """What the links of the pages that were found say; first what fits best."""
        texts = await self._index.link_texts([result.passages[0].id for result in results])
        return tuple(texts[n] for n in _by_fit(texts, queries)[:MOST_LINK_TEXTS])

    async def _images(
        self, results: Sequence[SearchResult], queries: Sequence[str]
    ) -> tuple[Image, ...]:
        """Pictures of the pages that were found; first those whose descriptions fit best."""
        images = await self._index.images([result.passages[0].id for result in results])
        order = _by_fit([image.title for image in images], queries)
        return tuple(images[n] for n in order[:MOST_IMAGES])

    async def _load(
        self, fused: Sequence[tuple[str, float]], pages: int, now: datetime
    ) -> list[Ranked]:
        """The passages ranked, until they are of enough pages: loading is what costs."""
        loaded: list[IndexedPassage] = []
        ranked: list[Ranked] = []
        fits = dict(fused)
        keys = list(fits)
        for start in range(0, len(keys), LOADED_AT_ONCE):
            loaded += await self._index.load(keys[start : start + LOADED_AT_ONCE])
            last = start + LOADED_AT_ONCE >= len(keys)
            if last or len({passage.url for passage in loaded}) >= pages:
                ranked = rank(loaded, fits, now)
                if len({one.indexed.url for one in ranked}) >= pages:
                    break
        return ranked

    async def _fit(self, query: str, depth: int, where: Filter) -> _Fit:
        finding = self._index.match_words(query, depth, where)
        if self._embedder is None:
            return _Fit(fuse(_by_id(await finding), {}), _NO_EMBEDDER)
        words, vector = await asyncio.gather(finding, _embed(self._embedder, query))
        by_words = _by_id(words)
        if vector is None:
            return _Fit(fuse(by_words, {}), _EMBEDDER_FAILED)
        near, known = await asyncio.gather(
            self._index.match_vectors(vector, depth, where),
            self._index.score_vectors(vector, list(by_words)),
        )
        return _Fit(fuse(by_words, _by_id(near) | _by_id(known)))


async def _embed(embedder: Embedder, query: str) -> Vector | None:
    """The query's vector; None when it cannot be embedded."""
    try:
        return await embedder.embed_query(query)
    except (Cancelled, RequestError):
        raise
    except Exception as error:
        known = isinstance(error, HydrophoneError)
        _log.warning(
            "A question could not be embedded: %r", error, exc_info=None if known else error
        )
        return None


def _by_fit(texts: Sequence[str], queries: Sequence[str]) -> list[int]:
    """The positions of the texts, first of what covers most of one of the queries."""
    by_query = [coverage(query, texts) for query in queries]
    return sorted(range(len(texts)), key=lambda n: -max(shares[n] for shares in by_query))


def _by_id(matches: Sequence[Match]) -> dict[str, float]:
    return {match.passage_id: match.score for match in matches}


def by_page(
    ranked: Sequence[Ranked], most: int, a_page: int = PASSAGES_A_PAGE
) -> tuple[SearchResult, ...]:
    """One result for each URL, in the order of its best passage; its best passages under it.

    What is `ranked` comes best first.
    """
    pages: dict[str, list[Ranked]] = {}
    for one in ranked:
        page = pages.setdefault(one.indexed.url, [])
        if len(page) < a_page:
            page.append(one)
    return tuple(_result(page) for page in list(pages.values())[:most])


def _result(page: Sequence[Ranked]) -> SearchResult:
    passages = tuple(_scored(one) for one in page)
    first = page[0].indexed
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


def _scored(one: Ranked) -> Passage:
    return replace(one.indexed.passage, score=round(one.score, 6))


def snippet(text: str) -> str:
    """The beginning of a passage on one line, cut at a word."""
    line = " ".join(text.split())
    if len(line) <= SNIPPET_CHARS:
        return line
    return line[:SNIPPET_CHARS].rsplit(" ", 1)[0] + " …"
