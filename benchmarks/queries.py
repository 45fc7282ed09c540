"""What several searches bring: gold paragraphs among the sources of `sonar` and of `sonar-pro`.

    python benchmarks/queries.py --data FOLDER [--half choose] [--limit N] [--json]

FOLDER holds `hotpotqa.jsonl.gz` and `musique.jsonl.gz` (HotpotQA, Yang et al. 2018, CC BY-SA 4.0;
MuSiQue, Trivedi et al. 2022, CC BY 4.0): questions whose answer takes several paragraphs, each with
its gold paragraphs among others. All paragraphs of a set are indexed as the server does it, each as
a page, and every question is asked of the engine without a language model. Counted is the share of
a question's gold paragraphs among the sources that the answer could quote, and, for questions whose
answer is not yes or no, whether the quoted answer holds it. The rules were chosen on the half of
the questions named `choose`; `report` is the other. Differences are paired by question; intervals
are 95 % bootstrap intervals. Vectors are kept in the data folder.
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
from hydrophone.app.models import LocalModels
from hydrophone.catalog import ENGINE_MODELS
from hydrophone.engine.engine import Engine
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.rounds import Standing
from hydrophone.engine.queries.split import parts
from hydrophone.engine.quote import QuoteWriter
from hydrophone.engine.research.notes import RuleNotes
from hydrophone.evaluation.answers.matching import contains
from hydrophone.evaluation.datasets import DataSet, Query, address, half_of
from hydrophone.evaluation.indexing import Progress, indexed
from hydrophone.evaluation.intervals import Estimate, estimate
from hydrophone.evaluation.vector_cache import CachedEmbedder
from hydrophone.llm.base import Reranker
from hydrophone.search.own import OwnIndexSearcher
from hydrophone.settings import load_settings
from hydrophone.types import (
    Document,
    Failed,
    RequestContext,
    SearchResult,
    Sources,
    Text,
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
    "sonar-pro, six sentences": replace(PRO, sentences=6),
    "sonar-pro, pro search": replace(PRO, rounds=2),
    "sonar-pro, always two rounds": replace(PRO, rounds=2),
}
# The way that never takes a question for answered.
UNSURE = "sonar-pro, always two rounds"


class Unsure(RuleNotes):
    """Notes for which every question stays open."""

    async def standing(
        self, question: str, results: Sequence[SearchResult], profile: Profile
    ) -> Standing:
        """Every part is open."""
        known = await super().standing(question, results, profile)
        return replace(known, unanswered=tuple(parts(question)))


class Remembering:
    """A reranker that scores no pair twice: the ways differ in few of their sentences."""

    def __init__(self, reranker: Reranker) -> None:
        self.model, self.kind = reranker.model, reranker.kind
        self._reranker = reranker
        self._known: dict[tuple[str, str], float] = {}

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """The scores of the texts, in their order."""
        new = [text for text in dict.fromkeys(texts) if (query, text) not in self._known]
        if new:
            scores = await self._reranker.score(query, new)
            self._known.update(((query, text), s) for text, s in zip(new, scores, strict=True))
        return [self._known[query, text] for text in texts]


@dataclass(frozen=True, slots=True)
class Found:
    """A way's share of gold paragraphs, and how far it is from `sonar`'s."""

    way: str
    recall: Estimate
    all_found: Estimate
    gain: Estimate
    held: Estimate
    held_gain: Estimate
    queries: float


@dataclass(frozen=True, slots=True)
class Answered:
    """What became of one question: its gold share, how often it was searched for, and whether the
    text holds the answer, None for yes and no."""

    share: float
    queries: int
    held: bool | None


def paragraphs(row: Mapping[str, Any]) -> list[tuple[str, str, bool]]:
    """(title, text, gold) of each paragraph of a row of either set."""
    if "supporting" in row:
        gold = {title for title, _ in row["supporting"]}
        return [
            (p["title"], "".join(p["sentences"]), p["title"] in gold) for p in row["paragraphs"]
        ]
    return [(p["title"], p["text"], bool(p["supporting"])) for p in row["paragraphs"]]


def read(folder: Path, name: str) -> tuple[DataSet, Mapping[str, tuple[str, ...]]]:
    """A set with its paragraphs as documents, each once, and the answers by question id."""
    with gzip.open(folder / f"{name}.jsonl.gz", "rt", encoding="utf-8") as lines:
        rows = [json.loads(line) for line in lines]
    urls: dict[tuple[str, str], str] = {}
    documents: list[Document] = []
    queries: list[Query] = []
    answers: dict[str, tuple[str, ...]] = {}
    for row in rows:
        relevant: dict[str, int] = {}
        for title, text, gold in paragraphs(row):
            if (title, text) not in urls:
                urls[title, text] = address(name, len(documents))
                documents.append(Document(urls[title, text], title, text))
            if gold:
                relevant[urls[title, text]] = 1
        key = row.get("_id") or row["question"]
        queries.append(Query(key, row["question"], relevant))
        answers[key] = (row["answer"], *row.get("aliases", ()))
    return DataSet(name, "all", documents, queries), answers


async def answered(engine: Engine, query: Query, answers: Sequence[str]) -> Answered:
    """Ask the engine one question."""
    context = RequestContext(door="cli")
    urls: set[str] = set()
    text = ""
    async with engine.answer(ask(query.text), context) as events:
        async for event in events:
            if isinstance(event, Sources):
                urls |= {source.result.url for source in event.items}
            elif isinstance(event, Text):
                text += event.delta
            elif isinstance(event, Failed):
                raise SystemExit(event.message)
    polar = answers[0].casefold() in ("yes", "no")
    return Answered(
        len(urls & set(query.relevant)) / len(query.relevant),
        context.meter.usage.search_queries,
        None if polar else contains(text, answers),
    )


async def measure(
    data: DataSet,
    answers: Mapping[str, Sequence[str]],
    models: LocalModels,
    embedder: CachedEmbedder,
    queries: Sequence[Query],
) -> list[Found]:
    """Every way on the same questions."""
    asked: dict[str, list[Answered]] = {}
    async with indexed(data, embedder, tell) as index:
        searcher = OwnIndexSearcher(index, embedder)
        reranker = Remembering(models.reranker)
        writer = QuoteWriter(reranker, models.tokens)
        for way, profile in WAYS.items():
            notes = (Unsure if way == UNSURE else RuleNotes)(reranker)
            engine = Engine(searcher, writer, profile, deadline_s=60, notes=notes)
            asked[way] = [await answered(engine, one, answers[one.id]) for one in queries]
    return [found_by(way, of_way, asked["sonar"]) for way, of_way in asked.items()]


def found_by(way: str, of_way: Sequence[Answered], of_sonar: Sequence[Answered]) -> Found:
    """The averages of a way, and its differences from `sonar`."""
    pairs = list(zip(of_way, of_sonar, strict=True))
    return Found(
        way,
        estimate([one.share for one in of_way]),
        estimate([float(one.share == 1) for one in of_way]),
        estimate([one.share - other.share for one, other in pairs]),
        estimate([float(one.held) for one in of_way if one.held is not None]),
        estimate(
            [float(one.held) - float(other.held) for one, other in pairs if one.held is not None]  # type: ignore[arg-type]
        ),
        sum(one.queries for one in of_way) / len(of_way),
    )


def tell(progress: Progress) -> None:
    """On one line of a terminal."""
    if sys.stderr.isatty():
        line = f"{progress.name}: {progress.stage} {progress.done} of {progress.total}"
        print(f"\r{line:<78}", end="", file=sys.stderr, flush=True)


def shown(name: str, half: str, queries: int, found: Sequence[Found]) -> str:
    """A table of one set."""
    lines = [f"{name}, half `{half}`, {queries} questions"]
    lines.append(
        f"{'':38}{'gold found':>21}{'all of it':>11}{'over sonar':>23}{'answer quoted':>22}"
        f"{'over sonar':>23}{'queries':>9}"
    )
    lines += [
        f"{one.way:<38}{_shown(one.recall)}{one.all_found.mean:9.3f}  {_shown(one.gain, '+')}"
        f"{_shown(one.held)}  {_shown(one.held_gain, '+')}{one.queries:7.1f}"
        for one in found
    ]
    return "\n".join(lines)


def _shown(one: Estimate, sign: str = "") -> str:
    width = 9 if sign else 7
    return f"{one.mean:{sign}{width}.3f} ({one.low:{sign}.3f}–{one.high:{sign}.3f})"


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
            data, answers = read(folder, name)
            queries = [one for one in data.queries if half_of(one.id) == HALVES[half]][:limit]
            results[name] = len(queries), await measure(data, answers, models, embedder, queries)
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
            name: {
                one.way: {
                    "recall": one.recall.mean,
                    "answers": one.held.mean,
                    "queries": one.queries,
                }
                for one in found
            }
            for name, (_, found) in results.items()
        }
        print(json.dumps(body))
        return
    print(machine())
    for name, (count, found) in results.items():
        print(shown(name, options.half, count, found))


if __name__ == "__main__":
    main()
