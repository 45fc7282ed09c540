"""How fast, how large and how exact the embedded index is, over passages that it makes itself.

    python benchmarks/index.py [--passages 100000] [--queries 300] [--json]

Words are drawn from a Zipf distribution; vectors are random unit vectors around 500 centres, so
recall is an upper bound for real ones. CPU seconds are of this process, all threads.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy as np

from hydrophone.index.base import Embedding, Match
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.types import Document, Filter
from manuals import documents, passages_of
from rivals import ExactScan, Fts5
from served import machine

DIMENSIONS = 384
PASSAGES_A_DOCUMENT = 10
WORDS_A_PASSAGE = 100
VOCABULARY = 50_000
Figures = dict[str, float | int | str]


class Corpus:
    """Documents of one heading a passage, and a vector for each text."""

    def __init__(self, passages: int) -> None:
        self.documents = passages // PASSAGES_A_DOCUMENT
        self._dice = np.random.default_rng(1)
        weights = 1 / np.arange(1, VOCABULARY + 1)
        self._cumulated = np.cumsum(weights / weights.sum())
        self._centres = self._dice.standard_normal((500, DIMENSIONS))

    def words(self, count: int) -> list[str]:
        ranks = np.searchsorted(self._cumulated, self._dice.random(count))
        return [f"w{rank}" for rank in ranks]

    def document(self, number: int) -> Document:
        size = WORDS_A_PASSAGE * PASSAGES_A_DOCUMENT * 3 // 2
        drawn = self.words(size)
        sentences = [" ".join(drawn[i : i + 15]).capitalize() + "." for i in range(0, size, 15)]
        url = f"https://host{number % 100}.example/{number}"
        return Document(url, f"Title {number}", " ".join(sentences), language="en")

    def vectors(self, count: int) -> np.ndarray:
        centres = self._centres[self._dice.integers(0, len(self._centres), count)]
        rows = centres + self._dice.standard_normal((count, DIMENSIONS))
        return (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)

    async def embed(self, texts: Sequence[str]) -> np.ndarray:
        return self.vectors(len(texts))


async def measure(passages: int, queries: int, folder: Path) -> Figures:
    corpus = Corpus(passages)
    index = await EmbeddedIndex.open(folder)
    figures = await add_words(index, corpus)
    figures |= await ask_words(index, corpus, queries)
    await index.close()
    model = Embedding("synthetic", DIMENSIONS, corpus.embed)
    index = await EmbeddedIndex.open(folder, embedding=model)
    figures |= await add_vectors(index)
    figures |= await ask_vectors(index, corpus, queries)
    await index.close()
    figures |= sizes(folder)
    figures |= await beside_rivals(figures, corpus, queries, folder)
    started = time.perf_counter()
    index = await EmbeddedIndex.open(folder, embedding=model)
    await index.match_words("w9 w99", 10, Filter())
    await index.match_vectors(corpus.vectors(1)[0], 10, Filter())
    figures["open_and_first_searches_s"] = time.perf_counter() - started
    await index.close()
    return figures


async def add_words(index: EmbeddedIndex, corpus: Corpus) -> Figures:
    batches = [
        [corpus.document(n) for n in range(start, min(start + 32, corpus.documents))]
        for start in range(0, corpus.documents, 32)
    ]
    started, cpu = time.perf_counter(), time.process_time()
    passages = 0
    for batch in batches:
        passages += sum(r.passages for r in await index.put(batch, collection="bench"))
    stored = time.perf_counter()
    await index.settle()
    ended = time.perf_counter()
    return {
        "passages": passages,
        "stored_passages_a_second": passages / (stored - started),
        "words_passages_a_second": passages / (ended - started),
        "words_passages_a_cpu_second": passages / (time.process_time() - cpu),
    }


async def ask_words(index: EmbeddedIndex, corpus: Corpus, queries: int) -> Figures:
    dice = random.Random(2)
    asked = [" ".join(corpus.words(dice.randint(2, 5))) for _ in range(queries)]
    narrow = Filter(domains_allow=("host7.example",))
    wide = Filter(domains_deny=("host7.example",))

    def words(filter: Filter) -> Callable[[int], Awaitable[list[Match]]]:
        return lambda n: index.match_words(asked[n], 20, filter)

    return (
        await timed(index, "words", words(Filter()), queries)
        | await timed(index, "words_narrow", words(narrow), queries)
        | await timed(index, "words_wide", words(wide), queries)
    )


async def add_vectors(index: EmbeddedIndex) -> Figures:
    pending = await index.vectors_pending()
    started, cpu = time.perf_counter(), time.process_time()
    await index.vectors_settled()
    return {
        "vectors_a_second": pending / (time.perf_counter() - started),
        "vectors_a_cpu_second": pending / (time.process_time() - cpu),
    }


async def ask_vectors(index: EmbeddedIndex, corpus: Corpus, queries: int) -> Figures:
    asked = corpus.vectors(queries)
    narrow = Filter(domains_allow=("host7.example",))
    wide = Filter(domains_deny=("host7.example",))

    def near(filter: Filter) -> Callable[[int], Awaitable[list[Match]]]:
        return lambda n: index.match_vectors(asked[n], 20, filter)

    figures = (
        await timed(index, "vectors", near(Filter()), queries)
        | await timed(index, "vectors_narrow", near(narrow), queries)
        | await timed(index, "vectors_wide", near(wide), queries)
    )
    return figures | {"recall@10": await recall(index, asked[:100])}


async def beside_rivals(figures: Figures, corpus: Corpus, queries: int, folder: Path) -> Figures:
    """Searches by SQLite's FTS5 and by comparing all vectors, in the same run, and the ratios."""
    dice = random.Random(2)
    asked = [" ".join(corpus.words(dice.randint(2, 5))) for _ in range(queries)]
    fts5 = Fts5(folder / "fts5.db", passages_of(await documents(folder)))
    scan = await ExactScan.open(folder, "synthetic", DIMENSIONS)
    vectors = corpus.vectors(queries)
    words_ms = _median_ms(lambda n: fts5.find(asked[n], 20), queries)
    scan_ms = _median_ms(lambda n: scan.find(vectors[n], 20), queries)
    fts5.close()
    return {
        "fts5_p50_ms": words_ms,
        "exact_scan_p50_ms": scan_ms,
        "ratio_words_fts5": float(figures["words_p50_ms"]) / words_ms,
        "ratio_vectors_exact_scan": float(figures["vectors_p50_ms"]) / scan_ms,
    }


def _median_ms(find: Callable[[int], object], queries: int) -> float:
    times_ms = []
    for number in range(queries):
        started = time.perf_counter()
        find(number)
        times_ms.append((time.perf_counter() - started) * 1_000)
    return statistics.median(times_ms)


async def recall(index: EmbeddedIndex, asked: np.ndarray) -> float:
    """Against the scan of every vector, which a filter for each host amounts to."""
    hits = 0
    hosts = [Filter(domains_allow=(f"host{n}.example",)) for n in range(100)]
    for vector in asked[:20]:
        exact: list[Match] = []
        for host in hosts:
            exact += await index.match_vectors(vector, 10, host)
        exact = sorted(exact, key=lambda m: (-m.score, int(m.passage_id)))[:10]
        found = await index.match_vectors(vector, 10, Filter())
        hits += len({m.passage_id for m in exact} & {m.passage_id for m in found})
    return hits / (10 * min(20, len(asked)))


async def timed(
    index: EmbeddedIndex, name: str, ask: Callable[[int], Awaitable[list[Match]]], queries: int
) -> Figures:
    """Milliseconds of a search and the loading of its passages, one at a time."""
    await index.load([m.passage_id for m in await ask(0)])
    times_ms, cpu = [], time.process_time()
    for number in range(queries):
        started = time.perf_counter()
        await index.load([m.passage_id for m in await ask(number)])
        times_ms.append((time.perf_counter() - started) * 1_000)
    cuts = statistics.quantiles(times_ms, n=100)
    return {
        f"{name}_p50_ms": cuts[49],
        f"{name}_p99_ms": cuts[98],
        f"{name}_cpu_ms": (time.process_time() - cpu) * 1_000 / queries,
    }


def sizes(folder: Path) -> Figures:
    def size_mb(pattern: str) -> float:
        return sum(f.stat().st_size for f in folder.glob(pattern) if f.is_file()) / 1e6

    return {
        "index_db_mb": size_mb("index.db*"),
        "words_mb": size_mb("words-*/*"),
        "snapshot_mb": size_mb("vectors-*"),
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--queries", type=int, default=300)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="index-bench-"))
    try:
        figures = asyncio.run(measure(options.passages, options.queries, folder))
    finally:
        shutil.rmtree(folder)
    figures["machine"] = machine()
    if options.json:
        json.dump(figures, sys.stdout)
        return
    for name, value in figures.items():
        print(f"{name:32}{value:>14.2f}" if isinstance(value, float) else f"{name:32}{value:>14}")


if __name__ == "__main__":
    main()
