"""How fast and how large the embedded index is, with a million passages and with filters.

    python benchmarks/index.py --manuals FOLDER [--passages 1000000] [--questions 200]
                               [--keep FOLDER] [--rivals] [--json]

`--manuals` is an index of Debian's manuals as `benchmarks/answer.py --keep FOLDER` makes it. Its
documents come first; the others are mixed from their sentences, and the vectors from theirs, see
mixed_texts.py and mixed_vectors.py: a search does the work of a real one, what it finds is not
judged here. Each stage runs in a process of its own. The questions are made of the manuals' own
sentences, every fifth is three of them in one; they are embedded, and asked one after the other,
warm. A search is the whole of it: words and vectors at once, fusion, ranking, the pages' passages.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

from asking import draw
from hydrophone.app import open_rooms
from hydrophone.app.server import collect_garbage_seldom
from hydrophone.index.base import Index
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.llm.base import Embedder
from hydrophone.search.own import CANDIDATES, OwnIndexSearcher
from hydrophone.settings import load_settings
from hydrophone.types import Document, Filter, RequestContext, SearchOptions
from memory import anonymous_mb, watched
from mixed_texts import SHARES, filter_of, mixed_documents, read_real
from mixed_vectors import build_graph, mix_vectors
from rivals import ExactScan, Fts5, stream_passages
from served import machine

SEED = 7
WARM_UP = 20
BATCH_DOCUMENTS = 24
LONG_EVERY = 5
COMPARED = 100
Figures = dict[str, float]


async def add_documents(folder: Path, manuals: Path, passages: int) -> Figures:
    """Store documents until there are so many passages, and wait until words find them."""
    waiting: dict[str, list[Document]] = defaultdict(list)
    index = await EmbeddedIndex.open(folder)
    began_s = time.perf_counter()
    done = 0
    for collection, document in mixed_documents(await read_real(manuals), SEED):
        waiting[collection].append(document)
        if len(waiting[collection]) == BATCH_DOCUMENTS:
            results = await index.put(waiting.pop(collection), collection=collection)
            done += sum(result.passages for result in results)
            if done >= passages:
                break
    await index.settle()
    took_s = time.perf_counter() - began_s
    await index.close()
    return {"passages": done, "words_passages_a_second": done / took_s}


async def add_graph(folder: Path) -> Figures:
    """Build the graph over the vectors that are stored, until it is saved."""
    began_s, cpu_s = time.perf_counter(), time.process_time()
    await build_graph(folder)
    return {
        "graph_s": time.perf_counter() - began_s,
        "graph_cpu_s": time.process_time() - cpu_s,
    }


async def ask(folder: Path, questions: Sequence[str]) -> Figures:
    """Words, vectors and whole searches, without a filter and with filters of each share."""
    figures: Figures = {}
    async with open_rooms(load_settings(data_dir=folder), embed_threads=1) as rooms:
        collect_garbage_seldom()
        index, embedder = await rooms.index(), (await rooms.models()).embedder
        assert embedder is not None
        await index.vectors_settled()
        figures["memory_opened_mb"] = anonymous_mb()
        for share in SHARES:
            figures |= await ask_share(share, index, embedder, questions)
        figures["memory_serving_mb"] = anonymous_mb()
    return figures


async def ask_share(
    share: str, index: Index, embedder: Embedder, questions: Sequence[str]
) -> Figures:
    """The same questions by words, by vectors and by both; each with another filter."""
    searcher = OwnIndexSearcher(index, embedder)
    vectors = [await embedder.embed_query(question) for question in questions]

    async def words(n: int) -> None:
        await index.match_words(questions[n], CANDIDATES, filter_of(share, n))

    async def near(n: int) -> None:
        await index.match_vectors(vectors[n], CANDIDATES, filter_of(share, n + len(questions)))

    async def search(n: int) -> None:
        options = SearchOptions(filter=filter_of(share, n + 2 * len(questions)))
        await searcher.search([questions[n]], options, RequestContext())

    return (
        await timed(f"words {share}", words, len(questions))
        | await timed(f"vectors {share}", near, len(questions))
        | await timed(f"search {share}", search, len(questions))
    )


async def timed(name: str, work: Callable[[int], Awaitable[None]], count: int) -> Figures:
    """Milliseconds of each, the first few unmeasured; CPU of all threads."""
    for number in range(WARM_UP):
        await work(number)
    times_ms, cpu_s = [], time.process_time()
    for number in range(WARM_UP, count):
        began_s = time.perf_counter()
        await work(number)
        times_ms.append((time.perf_counter() - began_s) * 1_000)
    cpu_ms = (time.process_time() - cpu_s) * 1_000 / len(times_ms)
    return {**percentiles(name, times_ms), f"{name} cpu ms": cpu_ms}


def percentiles(name: str, times_ms: Sequence[float]) -> Figures:
    """The median and the 99th percentile."""
    cuts = statistics.quantiles(times_ms, n=100, method="inclusive")
    return {f"{name} p50 ms": cuts[49], f"{name} p99 ms": cuts[98]}


async def compare_exactly(folder: Path, questions: Sequence[str]) -> Figures:
    """How many of the ten nearest that a comparison of all vectors finds, the index finds too."""
    async with open_rooms(load_settings(data_dir=folder), embed_threads=1) as rooms:
        index, embedder = await rooms.index(), (await rooms.models()).embedder
        assert embedder is not None
        await index.vectors_settled()
        scan = await ExactScan.open(folder, embedder.model, embedder.dimensions)
        found = 0
        for question in questions[:COMPARED]:
            vector = await embedder.embed_query(question)
            least = scan.similarities(vector, 10)[-1] - 1e-4
            matches = await index.match_vectors(vector, CANDIDATES, Filter())
            found += sum(match.score >= least for match in matches[:10])
    return {"recall of the 10 nearest": found / (10 * COMPARED)}


async def ask_rivals(folder: Path, questions: Sequence[str]) -> Figures:
    """The same passages by SQLite's FTS5 and by comparing every vector."""
    async with open_rooms(load_settings(data_dir=folder)) as rooms:
        embedder = (await rooms.models()).embedder
        assert embedder is not None
        vectors = [await embedder.embed_query(question) for question in questions]
    scan = await ExactScan.open(folder, embedder.model, embedder.dimensions)
    fts5 = Fts5(folder / "rival-fts5.db", stream_passages(folder))

    async def words(n: int) -> None:
        fts5.find(questions[n], CANDIDATES)

    async def near(n: int) -> None:
        scan.find(vectors[n], CANDIDATES)

    figures = await timed("words by FTS5", words, len(questions))
    figures |= await timed("vectors compared one by one", near, len(questions))
    fts5.close()
    return figures


def long_questions(drawn: Sequence[str], count: int) -> list[str]:
    """`count` questions of `drawn`, every fifth three in one."""
    left = iter(drawn)
    return [
        " ".join(next(left) for _ in range(3 if number % LONG_EVERY == 0 else 1))
        for number in range(count)
    ]


async def draw_questions(manuals: Path, count: int) -> list[str]:
    """Made of the manuals' sentences; the first few are for warming up."""
    texts = [
        [one.document.text[span.start : span.end] for span in one.sentences]
        for one in await read_real(manuals)
    ]
    total = count + WARM_UP
    return long_questions(draw(texts, total + 2 * (total // LONG_EVERY + 1), SEED), total)


async def run_stage(stage: str, folder: Path, manuals: Path, passages: int) -> Figures:
    """What one process does; its peak of anonymous memory comes with it."""
    with watched() as peak:
        if stage == "documents":
            figures = await add_documents(folder, manuals, passages)
        elif stage == "vectors":
            figures = {"vectors": await mix_vectors(folder, manuals, SEED)}
        elif stage == "graph":
            figures = await add_graph(folder)
        else:
            questions = json.loads((folder / "questions.json").read_text("utf-8"))
            work = {"ask": ask, "recall": compare_exactly, "rivals": ask_rivals}[stage]
            figures = await work(folder, questions)
    return figures | {f"memory_peak_{stage}_mb": peak.anonymous_mb}


async def measure(options: argparse.Namespace, folder: Path) -> Figures:
    """All stages, those that are done already from the note in the folder."""
    note = folder / "index-benchmark.json"
    built: Figures = json.loads(note.read_text("utf-8")) if note.exists() else {}
    if not built:
        questions = await draw_questions(options.manuals, options.questions)
        (folder / "questions.json").write_text(json.dumps(questions), "utf-8")
        for stage in ("documents", "vectors", "graph"):
            built |= await in_process(stage, options, folder)
        note.write_text(json.dumps(built), "utf-8")
    figures = built | sizes(folder) | await in_process("ask", options, folder)
    figures |= await in_process("recall", options, folder)
    if options.rivals:
        figures |= await in_process("rivals", options, folder)
    return figures


async def in_process(stage: str, options: argparse.Namespace, folder: Path) -> Figures:
    """Run a stage in a process of its own."""
    print(f"{stage} …", file=sys.stderr, flush=True)
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, __file__, "--stage", stage, "--manuals", str(options.manuals)),
        *("--keep", str(folder), "--passages", str(options.passages)),
        stdout=asyncio.subprocess.PIPE,
    )
    out, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"index.py: the stage {stage} failed")
    figures: Figures = json.loads(out)
    return figures


def sizes(folder: Path) -> Figures:
    """What lies on disk."""

    def size_mb(pattern: str) -> float:
        return sum(file.stat().st_size for file in folder.glob(pattern)) / 1e6

    return {
        "index_db_mb": size_mb("index.db*"),
        "words_mb": size_mb("words-*/*"),
        "graph_mb": size_mb("vectors-*"),
    }


def show(figures: Figures) -> None:
    """One figure a line."""
    for name, value in figures.items():
        print(f"{name:40}{value:>14,.0f}" if value >= 1_000 else f"{name:40}{value:>14.3g}")


def main() -> None:
    """Read the command line; build, ask, show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--manuals", type=Path, required=True)
    parser.add_argument("--passages", type=int, default=1_000_000)
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--keep", type=Path, help="Keep the index here; use it when it is there.")
    parser.add_argument("--rivals", action="store_true", help="Also FTS5 and an exact scan.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--stage", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.stage:
        stage = run_stage(options.stage, options.keep, options.manuals, options.passages)
        print(json.dumps(asyncio.run(stage)))
        return
    with tempfile.TemporaryDirectory(prefix="index-bench-") as scratch:
        folder = (options.keep or Path(scratch)).absolute()
        folder.mkdir(parents=True, exist_ok=True)
        figures = asyncio.run(measure(options, folder))
    if options.json:
        print(json.dumps({"machine": machine(), "load_1min": os.getloadavg()[0]} | figures))
        return
    print(f"{machine()}; load {os.getloadavg()[0]:.1f} at the end")
    show(figures)


if __name__ == "__main__":
    main()
