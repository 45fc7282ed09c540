"""Measuring a set whose rankings are known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest

from hydrophone.errors import NotConfigured
from hydrophone.evaluation.folders import find_sets
from hydrophone.evaluation.indexing import Progress
from hydrophone.evaluation.report import as_object
from hydrophone.evaluation.reranking import DEPTH, RerankedSearcher
from hydrophone.evaluation.retrieval import SearchImpaired, evaluate, measure
from hydrophone.evaluation.vector_cache import CachedEmbedder
from hydrophone.llm.base import RerankerKind
from hydrophone.llm.overlap import WordOverlap
from hydrophone.ports import SearchOutcome
from hydrophone.types import Passage, RequestContext, SearchOptions, SearchResult
from tests.index.support import DIMENSIONS, Vector, hash_vector

(HARBOUR,) = find_sets(Path(__file__).parent / "data" / "harbour")
SET = HARBOUR.read("test")
URLS = {document.title: document.url for document in SET.documents}


def result(url: str, text: str = "text") -> SearchResult:
    return SearchResult(url, "title", text, passages=(Passage("1", text, "v", 0, len(text)),))


@dataclass
class KnownSearcher:
    """Finds for each question what it was told to."""

    found: Mapping[str, Sequence[str]]
    depths: list[int | None] = field(default_factory=list)

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.depths.append(options.max_results)
        return SearchOutcome(tuple(result(url) for url in self.found[queries[0]]))


def ignore(step: Progress) -> None:
    """Progress that nobody watches."""


async def test_a_perfect_ranking_is_1_everywhere() -> None:
    best = {q.text: sorted(q.relevant, key=lambda url: -q.relevant[url]) for q in SET.queries}
    found = await measure(SET, KnownSearcher(best), KnownSearcher(best), 10, ignore)
    assert (found.ndcg.mean, found.mrr.mean, found.recall.mean) == (1.0, 1.0, 1.0)
    assert (found.queries, found.documents, found.passages) == (4, 10, 10)


async def test_each_metric_comes_from_its_own_search() -> None:
    shallow = {query.text: [URLS["Winter"], *query.relevant] for query in SET.queries}
    deep: dict[str, list[str]] = {query.text: [] for query in SET.queries}
    asked, asked_deep = KnownSearcher(shallow), KnownSearcher(deep)
    found = await measure(SET, asked, asked_deep, 10, ignore)
    assert found.mrr.mean == 0.5
    assert found.recall.mean == 0
    assert set(asked.depths) == {10}
    assert asked_deep.depths == [100] * 4


async def test_a_set_is_indexed_and_asked_by_words() -> None:
    steps: list[Progress] = []
    found = await evaluate(SET, None, None, steps.append)
    # Three questions share words with their document; the fourth shares none with any.
    assert found.mrr.mean == pytest.approx(0.75)
    assert [s.done for s in steps if s.stage == "asking"] == [1, 2, 3, 4]
    assert {s.stage for s in steps} == {"adding", "asking"}
    assert 0 < found.latency.p50_ms <= found.latency.p99_ms


class QuestionsFail:
    """An embedder that can only make the vectors of passages."""

    model = "hash"
    dimensions = DIMENSIONS

    async def embed_query(self, text: str) -> Vector:
        raise NotConfigured("the model is gone")

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        return np.stack([hash_vector(text) for text in texts])


async def test_a_search_that_fell_back_on_words_is_not_measured_as_fusion(tmp_path: Path) -> None:
    embedder = CachedEmbedder(QuestionsFail(), tmp_path / "vectors.db")
    with pytest.raises(SearchImpaired, match="words alone"):
        await evaluate(SET, embedder, None, ignore)


class PassagesFail(QuestionsFail):
    """An embedder that can make no vector at all."""

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        raise NotConfigured("the model is gone")


async def test_an_embedder_that_fails_ends_the_measuring(tmp_path: Path) -> None:
    embedder = CachedEmbedder(PassagesFail(), tmp_path / "vectors.db")
    with pytest.raises(NotConfigured, match="the model is gone"):
        await evaluate(SET, embedder, None, ignore)


class LongestFirst:
    """A reranker that likes long texts."""

    model = "length"
    kind: RerankerKind = "overlap"

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        return [float(len(text)) for text in texts]


class Pages:
    """Finds pages whose texts get longer."""

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        return SearchOutcome(tuple(result(str(n), "x" * (n + 1)) for n in range(DEPTH + 2)))


async def test_the_first_pages_are_ordered_by_the_reranker_and_the_rest_is_left() -> None:
    searcher = RerankedSearcher(Pages(), LongestFirst())
    outcome = await searcher.search(["?"], SearchOptions(), RequestContext())
    urls = [int(found.url) for found in outcome.results]
    assert urls == [*range(DEPTH - 1, -1, -1), DEPTH, DEPTH + 1]


async def test_a_set_can_be_reranked() -> None:
    found = await evaluate(SET, None, WordOverlap(), ignore)
    assert found.mrr.mean == pytest.approx(0.75)


async def test_the_report_has_means_over_sets_and_each_set() -> None:
    good = {q.text: sorted(q.relevant, key=lambda url: -q.relevant[url]) for q in SET.queries}
    bad: dict[str, list[str]] = {q.text: [] for q in SET.queries}
    measured = [
        await measure(SET, KnownSearcher(known), KnownSearcher(known), 10, ignore)
        for known in (good, bad)
    ]
    report = as_object(measured, "fusion", "hash")
    assert (report["ndcg@10"], report["mrr@10"], report["recall@100"]) == (0.5, 0.5, 0.5)
    assert (report["method"], report["model"]) == ("fusion", "hash")
    sets = report["sets"]
    assert isinstance(sets, list)
    assert [one["ndcg@10_interval"] for one in sets if isinstance(one, dict)] == [[1, 1], [0, 0]]
