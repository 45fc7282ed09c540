"""What to rank by: ways to make one list of words and vectors, compared on the same candidates.

    python benchmarks/ranking.py --data FOLDER [--set NAME] [--split test] [--limit N]
                                 [--cross-encoder N] [--json]

FOLDER is what `hydrophone eval retrieval` takes. Every question is asked once of an index as the
server has it: the 60 best passages by words, the 60 nearest by vectors, and the similarity of those
that only the words found. Each way ranks these; a document counts by its best passage. Differences
are from the way that is served, paired by question, with 95 % bootstrap intervals. The
cross-encoder is given the first ten documents of N questions. Vectors are kept in the data folder.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import sys
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from hydrophone.app import open_rooms
from hydrophone.app.models import threads
from hydrophone.evaluation.datasets import DataSet, Split, limited
from hydrophone.evaluation.folders import find_sets
from hydrophone.evaluation.indexing import Progress, indexed
from hydrophone.evaluation.intervals import Estimate, estimate
from hydrophone.evaluation.metrics import ndcg
from hydrophone.evaluation.vector_cache import CachedEmbedder
from hydrophone.index.base import Index, IndexedPassage, Match
from hydrophone.index.chunking import embedding_text
from hydrophone.llm.base import Reranker
from hydrophone.search.fuse import WORDS_WEIGHT, fuse, ranked, scaled
from hydrophone.search.own import CANDIDATES
from hydrophone.settings import load_settings
from hydrophone.types import Filter
from served import machine

SERVED = f"standard scores, words {WORDS_WEIGHT}"
RECIPROCAL_K = 60
PAGES = 10
Scores = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Candidates:
    """What was found for one question; `known` adds the similarity of what only words found.

    `half` is what would be known with half of the vectors still to be made.
    """

    words: Scores
    vectors: Scores
    known: Scores
    half: Scores


def reciprocal_ranks(found: Candidates) -> Scores:
    """Reciprocal-rank fusion (Cormack, Clarke and Büttcher 2009) with k = 60."""
    scores: dict[str, float] = {}
    for one in (found.words, found.vectors):
        for rank, (key, _) in enumerate(ranked(one), start=1):
            scores[key] = scores.get(key, 0.0) + 1 / (RECIPROCAL_K + rank)
    return scores


def min_max(found: Candidates, weight: float) -> Scores:
    """Each list scaled to 0…1; what is missing from one has 0 there."""
    words, vectors = scaled(found.words), scaled(found.vectors)
    return {
        key: weight * words.get(key, 0.0) + (1 - weight) * vectors.get(key, 0.0)
        for key in {**words, **vectors}
    }


def fuse_farthest(words: Scores, vectors: Scores) -> Scores:
    """As served, but what has no similarity is taken to be as far away as the farthest."""
    return fuse(words, {**dict.fromkeys(words, min(vectors.values(), default=0.0)), **vectors})


WAYS: dict[str, Callable[[Candidates], Scores]] = {
    "words alone": lambda found: found.words,
    "vectors alone": lambda found: found.vectors,
    "reciprocal ranks": reciprocal_ranks,
    "min-max, words 0.3": lambda found: min_max(found, 0.3),
    "min-max, words 0.4": lambda found: min_max(found, 0.4),
    "min-max, words 0.5": lambda found: min_max(found, 0.5),
    "standard scores, words 0.2": lambda found: fuse(found.words, found.known, words_weight=0.2),
    SERVED: lambda found: fuse(found.words, found.known),
    "standard scores, words 0.4": lambda found: fuse(found.words, found.known, words_weight=0.4),
    f"{SERVED}, without the added similarities": lambda found: fuse_farthest(
        found.words, found.vectors
    ),
    f"{SERVED}, half of the vectors missing": lambda found: fuse(found.words, found.half),
    f"{SERVED}, half missing, as if far away": lambda found: fuse_farthest(found.words, found.half),
}


class Asking:
    """One set in its index, asked question by question."""

    def __init__(
        self, index: Index, embedder: CachedEmbedder, reranker: Reranker | None, reranked: int
    ) -> None:
        self._index = index
        self._embedder = embedder
        self._reranker = reranker
        self._reranked = reranked
        self._passages: dict[str, IndexedPassage] = {}

    async def ask(self, number: int, text: str) -> dict[str, Sequence[str]]:
        """For each way the URLs of its best documents."""
        vector = await self._embedder.embed_query(text)
        found = await self._find(text, vector)
        rankings = {way: self._pages(rank(found)) for way, rank in WAYS.items()}
        served = fuse(found.words, found.known)
        rankings[f"{SERVED}, best two passages added up"] = self._pages_by_two(served)
        feedback = await self._feedback(vector, served)
        rankings[f"{SERVED}, vector moved towards the best"] = self._pages(
            WAYS[SERVED](await self._find(text, feedback))
        )
        if self._reranker is not None and number < self._reranked:
            rankings[f"{SERVED}, cross-encoder"] = await self._rerank(text, served)
        return rankings

    async def _find(self, text: str, vector: np.ndarray) -> Candidates:
        words = await self._index.match_words(text, CANDIDATES, Filter())
        farther = await self._index.match_vectors(vector, 2 * CANDIDATES, Filter())
        near = farther[:CANDIDATES]
        others = {match.passage_id for match in words} - {match.passage_id for match in near}
        added = await self._index.score_vectors(vector, sorted(others))
        new = [m.passage_id for m in (*words, *farther) if m.passage_id not in self._passages]
        for passage in await self._index.load(new):
            self._passages[passage.passage.id] = passage
        made = [match for match in (*farther, *added) if _in_first_half(match.passage_id)]
        return Candidates(by_id(words), by_id(near), by_id([*near, *added]), by_id(made))

    def _pages(self, scores: Scores) -> list[str]:
        return list(dict.fromkeys(self._passages[key].url for key, _ in ranked(scores)))[:PAGES]

    def _pages_by_two(self, scores: Scores) -> list[str]:
        pages: dict[str, list[float]] = {}
        for key, score in ranked(scores):
            pages.setdefault(self._passages[key].url, []).append(score)
        return sorted(pages, key=lambda url: -sum(pages[url][:2]))[:PAGES]

    async def _feedback(self, vector: np.ndarray, scores: Scores) -> np.ndarray:
        """Rocchio's: the query's vector, moved by a fifth towards the mean of the best three."""
        best = [self._passages[key] for key, _ in ranked(scores)[:3]]
        texts = [embedding_text(p.title, p.passage.headings, p.passage.text) for p in best]
        moved = 0.8 * vector + 0.2 * (await self._embedder.embed_passages(texts)).mean(axis=0)
        return np.asarray(moved / np.linalg.norm(moved), np.float32)

    async def _rerank(self, text: str, scores: Scores) -> list[str]:
        assert self._reranker is not None
        best: dict[str, IndexedPassage] = {}
        for key, _ in ranked(scores):
            best.setdefault(self._passages[key].url, self._passages[key])
        first = list(best.values())[:PAGES]
        texts = [f"{passage.title}\n{passage.passage.text}" for passage in first]
        logits = await self._reranker.score(text, texts)
        return [first[n].url for n in sorted(range(len(first)), key=lambda n: -logits[n])]


def _in_first_half(passage_id: str) -> bool:
    return zlib.crc32(passage_id.encode()) % 2 == 0


def by_id(matches: Sequence[Match]) -> dict[str, float]:
    """Scores by passage id."""
    return {match.passage_id: match.score for match in matches}


async def compare(
    data: DataSet, embedder: CachedEmbedder, reranker: Reranker | None, reranked: int
) -> dict[str, dict[int, float]]:
    """nDCG@10 of each way, by the number of the question."""
    gains: dict[str, dict[int, float]] = {}
    async with indexed(data, embedder, tell) as index:
        asking = Asking(index, embedder, reranker, reranked)
        for number, query in enumerate(data.queries):
            for way, urls in (await asking.ask(number, query.text)).items():
                gains.setdefault(way, {})[number] = ndcg(urls, query.relevant, PAGES)
            tell(Progress(data.name, "asking", number + 1, len(data.queries)))
    return gains


def tell(step: Progress) -> None:
    """How far it is, on one line of the terminal."""
    if sys.stderr.isatty():
        end = "\n" if step.done == step.total else "\r"
        print(f"{step.name}: {step.stage} {step.done} of {step.total}", end=end, file=sys.stderr)


def table(gains: Mapping[str, Mapping[int, float]]) -> list[dict[str, object]]:
    """A row for each way: its mean, and its difference from the served one."""
    rows: list[dict[str, object]] = []
    for way, values in gains.items():
        mean = estimate(list(values.values()))
        row: dict[str, object] = {"way": way, "questions": len(values), "ndcg@10": shown(mean)}
        if way != SERVED:
            apart = [value - gains[SERVED][number] for number, value in values.items()]
            row["difference"] = shown(estimate(apart))
        rows.append(row)
    return rows


def shown(value: Estimate) -> list[float]:
    """Mean, low and high, rounded."""
    return [round(value.mean, 4), round(value.low, 4), round(value.high, 4)]


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--set", action="append", default=[])
    parser.add_argument("--split", choices=["train", "test", "all"])
    parser.add_argument("--limit", type=int)
    parser.add_argument("--cross-encoder", type=int, default=0, metavar="N")
    parser.add_argument("--json", action="store_true")
    asked = parser.parse_args()
    settings = load_settings()
    split: Split | None = asked.split
    report: dict[str, object] = {"machine": machine()}
    async with open_rooms(settings, embed_threads=threads(settings.model_threads)) as rooms:
        models = await rooms.models()
        assert models.embedder is not None, models.problem
        embedder = CachedEmbedder(models.embedder, settings.data_dir / "evaluation-vectors.db")
        for found in find_sets(asked.data, asked.set):
            data = limited(found.read(split), asked.limit)
            rows = table(await compare(data, embedder, models.cross_encoder, asked.cross_encoder))
            report[data.name] = {"split": data.split, "ways": rows}
            if not asked.json:
                show(data, rows)
    if asked.json:
        print(json.dumps(report, indent=2))


def show(data: DataSet, rows: Sequence[Mapping[str, object]]) -> None:
    """The rows as a table."""
    print(f"{data.name} ({data.split}, {len(data.queries)} questions)")
    for row in rows:
        mean, difference = row["ndcg@10"], row.get("difference")
        assert isinstance(mean, list)
        line = (
            f"  {row['way']:<62} {row['questions']:>5}  {mean[0]:.3f} ({mean[1]:.3f}–{mean[2]:.3f})"
        )
        if isinstance(difference, list):
            line += f"  {difference[0]:+.4f} ({difference[1]:+.4f} to {difference[2]:+.4f})"
        print(line)


if __name__ == "__main__":
    asyncio.run(main())
