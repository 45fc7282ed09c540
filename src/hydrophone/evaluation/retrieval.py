"""Asking a data set's questions of the real searcher, and measuring what it finds."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.errors import ServiceError
from hydrophone.evaluation.datasets import DataSet, Query
from hydrophone.evaluation.indexing import Progress, Tell, indexed
from hydrophone.evaluation.intervals import Estimate, estimate, percentile
from hydrophone.evaluation.metrics import ndcg, recall, reciprocal_rank
from hydrophone.evaluation.reranking import RerankedSearcher
from hydrophone.evaluation.vector_cache import CachedEmbedder
from hydrophone.llm.base import Reranker
from hydrophone.ports import Searcher
from hydrophone.types import RequestContext, SearchOptions

SHALLOW = 10
DEEP = 100


class SearchImpaired(ServiceError):
    """The searcher could not search as it was told to."""


@dataclass(frozen=True, slots=True)
class Latency:
    """How long one question took at the default depth, its embedding and loading included.

    `cpu_ms` is the mean CPU time of the whole process, which other programs do not lengthen much.
    """

    p50_ms: float
    p99_ms: float
    cpu_ms: float


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was measured on one set."""

    name: str
    split: str
    documents: int
    passages: int
    queries: int
    ndcg: Estimate
    mrr: Estimate
    recall: Estimate
    latency: Latency


async def evaluate(
    data: DataSet, embedder: CachedEmbedder | None, reranker: Reranker | None, tell: Tell
) -> Retrieval:
    """Index the set, ask its questions, and measure.

    Without an embedder by words alone; with a reranker the first ten pages are ordered by it.
    Raises StorageError and what the models raise.
    """
    from hydrophone.search.own import OwnIndexSearcher

    async with indexed(data, embedder, tell) as index:
        (collection,) = await index.collections()
        own = OwnIndexSearcher(index, embedder)
        searcher = own if reranker is None else RerankedSearcher(own, reranker)
        if embedder is not None:
            await _check_vectors(own, data.queries[0])
        return await measure(data, searcher, own, collection.passages, tell)


async def measure(
    data: DataSet, searcher: Searcher, deep: Searcher, passages: int, tell: Tell
) -> Retrieval:
    """Ask every question by itself, one after the other.

    nDCG@10, MRR@10 and the latency come from a search for 10 pages by `searcher`, as the product
    asks; Recall@100 from one for 100 pages by `deep`. Raises what they raise.
    """
    await _ask(searcher, data.queries[0], SHALLOW)  # what is loaded on first use is not measured
    gains, ranks, recalls, taken_s = [], [], [], []
    cpu_s = 0.0
    for number, query in enumerate(data.queries, start=1):
        started_s, cpu_before_s = time.perf_counter(), time.process_time()
        found = await _ask(searcher, query, SHALLOW)
        taken_s.append(time.perf_counter() - started_s)
        cpu_s += time.process_time() - cpu_before_s
        gains.append(ndcg(found, query.relevant, SHALLOW))
        ranks.append(reciprocal_rank(found, query.relevant, SHALLOW))
        recalls.append(recall(await _ask(deep, query, DEEP), query.relevant, DEEP))
        tell(Progress(data.name, "asking", number, len(data.queries)))
    return Retrieval(
        name=data.name,
        split=data.split,
        documents=len(data.documents),
        passages=passages,
        queries=len(data.queries),
        ndcg=estimate(gains),
        mrr=estimate(ranks),
        recall=estimate(recalls),
        latency=Latency(
            p50_ms=1000 * percentile(taken_s, 50),
            p99_ms=1000 * percentile(taken_s, 99),
            cpu_ms=1000 * cpu_s / len(taken_s),
        ),
    )


async def _check_vectors(searcher: Searcher, query: Query) -> None:
    """A searcher whose embedder fails goes on by words; that must not be measured as fusion."""
    outcome = await searcher.search([query.text], SearchOptions(), RequestContext(door="cli"))
    for notice in outcome.notices:
        raise SearchImpaired(f"{notice.message} See `hydrophone doctor`.")


async def _ask(searcher: Searcher, query: Query, depth: int) -> Sequence[str]:
    """The URLs of the pages that were found, best first."""
    options = SearchOptions(max_results=depth)
    outcome = await searcher.search([query.text], options, RequestContext(door="cli"))
    return [result.url for result in outcome.results]
