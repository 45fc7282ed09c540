"""How long an answer takes: the first source, the first text and the end, over Debian's manuals.

    python benchmarks/answer.py [--passages 100000] [--embedded 5000] [--questions 80]
                                [--keep FOLDER] [--quick] [--json]

The manuals come from Debian packages, see manuals.py. A few thousand passages are really embedded,
the vectors of the others are mixed from their neighbours', see mixed_vectors.py: the work of a
search is the real one, what it finds is not judged here. The questions are made of the manuals'
own sentences and are asked one after the other, warm: of a started server over HTTP (POST
/v1/events), first while it does nothing else and then while it embeds a folder that another
process has just added; and of the same parts in this process, beside rivals. CPU milliseconds are
of all threads of the measured process. What the engine adds around a language model is measured
with one that writes at a set pace (see paced.py): its own time is taken off.
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
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from asking import Heard, ask_all, draw
from hydrophone.app import Rooms, open_rooms
from hydrophone.app.models import engine_for
from hydrophone.app.server import collect_garbage_seldom
from hydrophone.engine.profile import Profile
from hydrophone.search.own import CANDIDATES
from hydrophone.settings import load_settings
from hydrophone.stream import text_of
from hydrophone.types import Filter, Question, RequestContext, SearchOptions, TextPart, Turn
from manuals import LATECOMER, MANUALS, add, documents, fetch, fill, passages_of
from mixed_vectors import build_graph, fill_vectors, pending_vectors, wait_until
from paced import PacedModel
from process import Running, Start
from rivals import ExactScan, Fts5, rerank_passages
from served import machine, serving

SEED = 5
WARM_UP = 10
LATE_COLLECTION = "latecomer"
# Between two questions, so that what is embedded in the background gets its turn.
PAUSE_S = 0.3
ALL_SENTENCES = 1_000_000
_VECTORS_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, in milliseconds; `rival` names the row that it is compared with."""

    name: str
    p50_ms: float
    p99_ms: float
    cpu_ms: float | None = None
    rival: str | None = None


def row(name: str, times_s: Sequence[float], cpu_s: float | None, rival: str | None = None) -> Row:
    """A row of measured times and the CPU time that they took together."""
    cuts = statistics.quantiles(times_s, n=100, method="inclusive")
    cpu_ms = None if cpu_s is None else cpu_s * 1000 / len(times_s)
    return Row(name, cuts[49] * 1000, cuts[98] * 1000, cpu_ms, rival)


@dataclass(frozen=True, slots=True)
class Corpus:
    """What is asked: the index's size and how its vectors came, and the questions."""

    passages: int
    embedded: int
    mixed: int
    questions: tuple[str, ...]


async def prepare(data_dir: Path, passages: int, really: int, questions: int) -> Corpus:
    """The index with all its vectors, made unless it is there."""
    data_dir.mkdir(parents=True, exist_ok=True)
    note = data_dir / "answer-benchmark.json"
    if note.exists():
        counts = json.loads(note.read_text("utf-8"))
        if counts["passages"] < passages:
            raise SystemExit(f"{data_dir} holds {counts['passages']:,} passages: name another")
    else:
        there = await fill(data_dir, MANUALS, passages)
        real, mixed = await fill_vectors(data_dir, really, SEED)
        await build_graph(data_dir)
        counts = {"passages": there, "embedded": real, "mixed": mixed}
        note.write_text(json.dumps(counts), "utf-8")
    await forget_latecomer(data_dir)
    texts = [[text for _, _, text in document.passages] for document in await documents(data_dir)]
    drawn = draw(texts, questions + WARM_UP, SEED)
    return Corpus(**counts, questions=tuple(drawn))


async def forget_latecomer(data_dir: Path) -> None:
    """Take out what an earlier run has left."""
    async with open_rooms(load_settings(data_dir=data_dir, web_search=False)) as rooms:
        await (await rooms.library()).delete(collection=LATE_COLLECTION)


async def timed(
    name: str,
    ask: Callable[[str], Awaitable[object]],
    questions: Sequence[str],
    rival: str | None = None,
) -> Row:
    """Ask them all, the first few unmeasured; of this process."""
    for question in questions[:WARM_UP]:
        await ask(question)
    times_s: list[float] = []
    cpu_s = time.process_time()
    for question in questions[WARM_UP:]:
        began_s = time.perf_counter()
        await ask(question)
        times_s.append(time.perf_counter() - began_s)
    return row(name, times_s, time.process_time() - cpu_s, rival)


async def measure_search(rooms: Rooms, data_dir: Path, questions: Sequence[str]) -> list[Row]:
    """The search and its parts, and what could stand in their place."""
    searcher, index = await rooms.searcher(), await rooms.index()
    embedder = (await rooms.models()).embedder
    assert embedder is not None
    vectors = {question: await embedder.embed_query(question) for question in questions}
    scan = await ExactScan.open(data_dir, embedder.model, embedder.dimensions)
    words = Fts5(data_dir / "rival-fts5.db", passages_of(await documents(data_dir)))

    async def search(question: str) -> None:
        await searcher.search([question], SearchOptions(), RequestContext())

    async def by_fts5(question: str) -> None:
        words.find(question, CANDIDATES)

    async def by_scan(question: str) -> None:
        scan.find(vectors[question], CANDIDATES)

    async def by_words(question: str) -> None:
        await index.match_words(question, CANDIDATES, Filter())

    async def by_vectors(question: str) -> None:
        await index.match_vectors(vectors[question], CANDIDATES, Filter())

    fts5, exact = "words by SQLite FTS5", "vectors compared one by one"
    rows = [
        await timed("search", search, questions),
        await timed("  the question embedded", embedder.embed_query, questions),
        await timed("  words", by_words, questions, fts5),
        await timed("  vectors", by_vectors, questions, exact),
        await timed(fts5, by_fts5, questions),
        await timed(exact, by_scan, questions),
    ]
    words.close()
    return rows


async def measure_writing(rooms: Rooms, questions: Sequence[str]) -> list[Row]:
    """The whole answer, and the same with more work for the cross-encoder."""
    searcher, models = await rooms.searcher(), await rooms.models()
    every, whole = "answer, every sentence scored", "answer, whole passages scored"

    def answering(profile: Profile) -> Callable[[str], Awaitable[str]]:
        engine = engine_for(profile, rooms.settings, searcher, models, None, None)

        async def answer(question: str) -> str:
            asked = Question((Turn("user", (TextPart(question),)),), "default")
            async with engine.answer(asked, RequestContext()) as events:
                return await text_of(events)

        return answer

    async def by_passages(question: str) -> None:
        options = SearchOptions(max_results=Profile().results)
        found = await searcher.search([question], options, RequestContext())
        await rerank_passages(models.reranker, question, found.results)

    return [
        await timed("answer", answering(Profile()), questions, every),
        await timed(every, answering(Profile(pairs=ALL_SENTENCES)), questions),
        await timed(whole, by_passages, questions),
    ]


async def measure_written(rooms: Rooms, questions: Sequence[str]) -> list[Row]:
    """What the engine adds around a language model, its answer streamed and checked: in all, until
    it is asked, and after its last word."""
    searcher, models = await rooms.searcher(), await rooms.models()
    model, profile = PacedModel(), Profile(chat_model="paced")
    engine = engine_for(profile, rooms.settings, searcher, models, model, None)
    added, before, behind = [], [], []
    for question in questions:
        asked = Question((Turn("user", (TextPart(question),)),), "default")
        began_s = time.perf_counter()
        async with engine.answer(asked, RequestContext()) as events:
            await text_of(events)
        ended_s = time.perf_counter()
        before.append(model.asked_at - began_s)
        behind.append(ended_s - model.ended_at)
        added.append(ended_s - began_s - model.own_s)
    return [
        row("around a model, in all", added[WARM_UP:], None),
        row("  until it is asked", before[WARM_UP:], None),
        row("  after its last word", behind[WARM_UP:], None),
    ]


def heard_rows(phase: str, heard: Sequence[Heard], cpu_s: float | None) -> list[Row]:
    """A row for each part of the answer."""
    return [
        row(f"{phase}: first source", [one.sources_s for one in heard], None),
        row(f"{phase}: first text", [one.text_s for one in heard], None),
        row(f"{phase}: end", [one.end_s for one in heard], cpu_s),
    ]


async def measure_served(
    data_dir: Path, questions: Sequence[str]
) -> tuple[list[Row], dict[str, float]]:
    """Over HTTP: the server at rest, then while it embeds a folder."""
    folder = await fetch(LATECOMER)
    asked = questions[WARM_UP:]
    async with serving(data_dir, {"HYDROPHONE_OFFLINE": "1"}) as served:
        process = Running(served.pid, served.url, Start(0, 0, 0))
        async with asyncio.timeout(_VECTORS_S):
            # At the first start it embeds its own documentation.
            await wait_until(lambda: embedded(data_dir))
        await ask_all(served.url, questions[:WARM_UP], pause_s=0)
        cpu_s = process.cpu_s()
        heard = await ask_all(served.url, asked, pause_s=PAUSE_S)
        rows = heard_rows("HTTP", heard, process.cpu_s() - cpu_s)
        await add(data_dir, folder, LATE_COLLECTION)
        lacking = await pending_vectors(data_dir)
        busy = await ask_all(served.url, asked, pause_s=PAUSE_S)
        left = await pending_vectors(data_dir)
        rows += heard_rows("HTTP while embedding", busy, None)
    return rows, {
        "answered": sum(one.answered for one in heard) / len(heard),
        "embedded_meanwhile": lacking - left,
        "left_to_embed": left,
    }


async def embedded(data_dir: Path) -> bool:
    """Whether every passage has a vector."""
    return await pending_vectors(data_dir) == 0


async def measure(data_dir: Path, corpus: Corpus) -> tuple[list[Row], dict[str, float]]:
    """All rows, and a few counts."""
    settings = load_settings(data_dir=data_dir, web_search=False)
    async with open_rooms(settings) as rooms:
        await rooms.preload()
        collect_garbage_seldom()
        rows = await measure_search(rooms, data_dir, corpus.questions)
        rows += await measure_writing(rooms, corpus.questions)
        rows += await measure_written(rooms, corpus.questions)
    served, counts = await measure_served(data_dir, corpus.questions)
    return rows + served, counts


def show(corpus: Corpus, rows: Sequence[Row], counts: dict[str, float], *, as_json: bool) -> None:
    """A table, or JSON."""
    p50_ms = {one.name: one.p50_ms for one in rows}
    ratios = {one.name: p50_ms[one.name] / p50_ms[one.rival] for one in rows if one.rival}
    load = os.getloadavg()[0]
    if as_json:
        sizes = {k: v for k, v in asdict(corpus).items() if k != "questions"}
        figures = [asdict(one) | {"ratio": ratios.get(one.name)} for one in rows]
        head = {
            "machine": machine(),
            "load_1min": load,
            "questions": len(corpus.questions) - WARM_UP,
        }
        print(json.dumps(head | sizes | counts | {"rows": figures}))
        return
    print(f"{machine()}; load {load:.1f} at the end")
    print(
        f"{corpus.passages:,} passages: {corpus.embedded:,} vectors really embedded, "
        f"{corpus.mixed:,} mixed from neighbours with noise"
    )
    print(
        f"{len(corpus.questions) - WARM_UP} questions, {counts['answered']:.0%} answered; "
        f"{counts['embedded_meanwhile']:,} passages embedded while asking"
    )
    print(f"{'':34}{'p50 ms':>9}{'p99 ms':>9}{'CPU ms':>9}  compared")
    for one in rows:
        cpu = "" if one.cpu_ms is None else f"{one.cpu_ms:.1f}"
        compared = f"{ratios[one.name]:.2f} of {one.rival}" if one.rival else ""
        print(f"{one.name:34}{one.p50_ms:9.1f}{one.p99_ms:9.1f}{cpu:>9}  {compared}")


async def main() -> None:
    """Prepare, measure, show."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--embedded", type=int, default=5_000)
    parser.add_argument("--questions", type=int, default=80)
    parser.add_argument("--keep", type=Path, help="Keep the index here; use it when it is there.")
    parser.add_argument("--quick", action="store_true", help="5,000 passages and 20 questions.")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    if options.quick:
        options.passages, options.embedded, options.questions = 5_000, 250, 20
    with tempfile.TemporaryDirectory() as scratch:
        data_dir = (options.keep or Path(scratch)).absolute()
        try:
            corpus = await prepare(data_dir, options.passages, options.embedded, options.questions)
            rows, counts = await measure(data_dir, corpus)
        except RuntimeError as error:
            sys.exit(f"answer.py: {error}")
    show(corpus, rows, counts, as_json=options.json)


if __name__ == "__main__":
    asyncio.run(main())
