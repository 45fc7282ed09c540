"""What several searches bring: gold paragraphs among the sources of `sonar` and of `sonar-pro`.

    python benchmarks/queries.py --data FOLDER [--half choose] [--limit N] [--json]

FOLDER holds `hotpotqa.jsonl.gz` and `musique.jsonl.gz` (HotpotQA, Yang et al. 2018, CC BY-SA 4.0;
MuSiQue, Trivedi et al. 2022, CC BY 4.0): questions whose answer takes several paragraphs, each with
its gold paragraphs among others. All paragraphs of a set are indexed as the server does it, each as
a page, and every question is asked of the engine without a language model. Counted is the share of
a question's gold paragraphs among the sources that the answer could quote. The rules were chosen on
the half of the questions named `choose`; `report` is the other. Differences are paired by question;
intervals are 95 % bootstrap intervals. Vectors are kept in the data folder.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from hydrophone.app import open_rooms
from hydrophone.catalog import ENGINE_MODELS
from hydrophone.engine.engine import Engine
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.evaluation.datasets import DataSet, Query, address, half_of
from hydrophone.evaluation.indexing import Progress, indexed
from hydrophone.evaluation.intervals import Estimate, estimate
from hydrophone.evaluation.vector_cache import CachedEmbedder
from hydrophone.search.own import OwnIndexSearcher
from hydrophone.settings import load_settings
from hydrophone.stream import Emit
from hydrophone.types import (
    Document,
    Failed,
    FinishReason,
    Question,
    RequestContext,
    Source,
    Sources,
    ask,
)
from served import machine

SETS = ("hotpotqa", "musique")
HALVES = {"choose": "train", "report": "test"}
SONAR, PRO = ENGINE_MODELS["sonar"].profile, ENGINE_MODELS["sonar-pro"].profile
WAYS: Mapping[str, Profile] = {
    "sonar": SONAR,
    "sonar, searching as sonar-pro": replace(SONAR, queries=PRO.queries, leads=PRO.leads),
    "sonar-pro, with one query": replace(PRO, queries=1, leads=0),
    "sonar-pro": PRO,
    "sonar-pro, two rounds (pro search)": replace(PRO, rounds=2),
}


class Silent:
    """A writer that writes nothing: only the sources count."""

    async def write(
        self,
        question: Question,
        plan: Plan,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Say nothing."""
        return "stop"


@dataclass(frozen=True, slots=True)
class Found:
    """A way's share of gold paragraphs, and how far it is from `sonar`'s."""

    way: str
    recall: Estimate
    all_found: Estimate
    gain: Estimate
    queries: float


def paragraphs(row: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """(title, text, gold) of each paragraph of a row of either set."""
    if "supporting" in row:
        gold = {title for title, _ in row["supporting"]}
        return [
            (p["title"], "".join(p["sentences"]), p["title"] in gold) for p in row["paragraphs"]
        ]
    return [(p["title"], p["text"], bool(p["supporting"])) for p in row["paragraphs"]]


def read(folder: Path, name: str) -> DataSet:
    """A set with its paragraphs as documents, each once."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    urls: dict[tuple[str, str], str] = {}
    documents: list[Document] = []
    queries: list[Query] = []
    for row in rows:
        relevant: dict[str, int] = {}
        for title, text, gold in paragraphs(row):
            if (title, text) not in urls:
                urls[title, text] = address(name, len(documents))
                documents.append(Document(urls[title, text], title, text))
            if gold:
                relevant[urls[title, text]] = 1
        queries.append(Query(row.get("_id") or row["question"], row["question"], relevant))
    return DataSet(name, "all", documents, queries)


async def sources_of(engine: Engine, question: str) -> tuple[set[str], int]:
    """The URLs of the sources, and how many queries were searched for."""
    context = RequestContext(door="cli")
    urls: set[str] = set()
    async with engine.answer(ask(question), context) as events:
        async for event in events:
            if isinstance(event, Sources):
                urls |= {source.result.url for source in event.items}
            elif isinstance(event, Failed):
                raise SystemExit(event.message)
    return urls, context.meter.usage.search_queries


async def measure(data: DataSet, embedder: CachedEmbedder, queries: Sequence[Query]) -> list[Found]:
    """Every way on the same questions."""
    shares: dict[str, list[float]] = {}
    searched: dict[str, int] = {}
    async with indexed(data, embedder, tell) as index:
        searcher = OwnIndexSearcher(index, embedder)
        for way, profile in WAYS.items():
            engine = Engine(searcher, Silent(), profile, deadline_s=60)
            shares[way], searched[way] = [], 0
            for query in queries:
                urls, count = await sources_of(engine, query.text)
                shares[way].append(len(urls & set(query.relevant)) / len(query.relevant))
                searched[way] += count
    return [
        Found(
            way,
            estimate(of_way),
            estimate([float(share == 1) for share in of_way]),
            estimate([a - b for a, b in zip(of_way, shares["sonar"], strict=True)]),
            searched[way] / len(queries),
        )
        for way, of_way in shares.items()
    ]


def tell(progress: Progress) -> None:
    """On one line of a terminal."""
    if sys.stderr.isatty():
        line = f"{progress.name}: {progress.stage} {progress.done} of {progress.total}"
        print(f"\r{line:<78}", end="", file=sys.stderr, flush=True)


def shown(name: str, half: str, queries: int, found: Sequence[Found]) -> str:
    """A table of one set."""
    lines = [f"{name}, half `{half}`, {queries} questions"]
    lines.append(f"{'':38}{'gold found':>21}{'all of it':>11}{'over sonar':>23}{'queries':>9}")
    for one in found:
        recall, gain = one.recall, one.gain
        lines.append(
            f"{one.way:<38}{recall.mean:7.3f} ({recall.low:.3f}–{recall.high:.3f})"
            f"{one.all_found.mean:9.3f}  {gain.mean:+9.3f} ({gain.low:+.3f}–{gain.high:+.3f})"
            f"{one.queries:7.1f}"
        )
    return "\n".join(lines)


async def run(folder: Path, half: str, limit: int | None) -> dict[str, tuple[int, list[Found]]]:
    """Both sets."""
    results: dict[str, tuple[int, list[Found]]] = {}
    settings = load_settings()
    async with open_rooms(settings) as rooms:
        models = await rooms.models()
        if models.embedder is None:
            raise SystemExit(models.problem)
        embedder = CachedEmbedder(models.embedder, settings.data_dir / "eval-vectors.db")
        for name in SETS:
            data = read(folder, name)
            queries = [one for one in data.queries if half_of(one.id) == HALVES[half]][:limit]
            results[name] = len(queries), await measure(data, embedder, queries)
    return results


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    half: Sequence[Literal["choose", "report"]] = ("report", "choose")
    parser.add_argument("--half", choices=half, default="report")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    results = asyncio.run(run(options.data, options.half, options.limit))
    if options.json:
        body = {
            name: {one.way: {"recall": one.recall.mean, "queries": one.queries} for one in found}
            for name, (_, found) in results.items()
        }
        print(json.dumps(body))
        return
    print(machine())
    for name, (count, found) in results.items():
        print(shown(name, options.half, count, found))


if __name__ == "__main__":
    main()
