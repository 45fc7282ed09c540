"""Conversations: whether follow-ups find their pages, and whether silence comes where it should.

    python benchmarks/mtrag.py --data FOLDER               the figures of docs/quality.md
    python benchmarks/mtrag.py --data FOLDER --calibrate   what a turn's looseness is worth

FOLDER holds `mtrag_un_half.jsonl.gz` (IBM's mt-rag-benchmark, Apache-2.0): 260 conversations whose
last question is answerable, partly answerable, unanswerable or underspecified, with the passages
that answer it. All passages of the file are one index, searched as the server does. Each last
question is understood with its history, searched for, and its confidence read as the writer of
quotes reads it. What looseness is worth is always chosen on other conversations than those that are
reported: five folds, ten times over.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import math
import random
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from hydrophone.app import open_rooms
from hydrophone.engine.choose import THRESHOLDS, choose
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.follow_up import Asked, understood
from hydrophone.evaluation.intervals import Estimate, estimate
from hydrophone.llm.base import Reranker
from hydrophone.ports import Searcher
from hydrophone.settings import load_settings
from hydrophone.types import (
    RequestContext,
    SearchOptions,
    SearchResult,
    Source,
    TextPart,
    Turn,
)
from served import Served, machine

FILE = "mtrag_un_half.jsonl.gz"
CLASSES = ("answerable", "partial", "unanswerable", "underspecified")
FIRST = 5
FOLDS, TIMES = 5, 10
WRONG_SILENCE_WANTED = 0.17
ROC = (0.05, 0.10, 0.15, 0.17, 0.20, 0.25, 0.30)


@dataclass(frozen=True, slots=True)
class Task:
    """A conversation that ends with a question; the URLs of the passages that answer it."""

    turns: tuple[Turn, ...]
    kind: str
    gold: frozenset[str]
    target: str

    @property
    def last(self) -> str:
        return self.turns[-1].text.strip()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a task: recall and nDCG by way of asking, and how sure the answer is.

    `surely` is the confidence without what looseness adds. `cites_gold`: a quoted sentence is of a
    passage that answers.
    """

    task: Task
    asked: Asked
    recall: Mapping[str, float]
    ndcg: Mapping[str, float]
    surely: float
    cites_gold: bool


def url_of(passage: str) -> str:
    """A URL that is no beginning of another passage's."""
    return f"eval://{passage}/"


def read(file: Path) -> tuple[list[dict[str, str]], list[Task]]:
    """All passages as JSON lines for `hydrophone add`, and the tasks."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    contexts = {c["document_id"]: c["text"] for row in rows for c in row["contexts"] or ()}
    passages = [{"url": url_of(key), "title": "", "text": text} for key, text in contexts.items()]
    return passages, [task_of(row) for row in rows]


def task_of(row: dict[str, Any]) -> Task:
    """The conversation of one line of the file."""
    return Task(
        turns=tuple(
            Turn("user" if said["speaker"] == "user" else "assistant", (TextPart(said["text"]),))
            for said in row["input"]
        ),
        kind=row["answerability"][0].lower(),
        gold=frozenset(url_of(c["document_id"]) for c in row["contexts"] or ()),
        target=row["targets"][0]["text"],
    )


def ways(task: Task, asked: Asked) -> dict[str, str]:
    """The last turn by itself, with the whole question before it, as the engine asks, and as one
    would ask who knows the answer: a bound that no rewriting reaches."""
    said = [turn.text.strip() for turn in task.turns if turn.role == "user"]
    return {
        "the last turn": task.last,
        "… behind the question before it": " ".join(said[-2:]),
        "as the engine asks": asked.query,
        "with the reference answer": f"{task.last} {task.target}",
    }


def ndcg(urls: Sequence[str], gold: frozenset[str]) -> float:
    """Of the first pages, each gold one worth the same."""
    gain = sum(1 / math.log2(n + 2) for n, url in enumerate(urls) if url in gold)
    return gain / sum(1 / math.log2(n + 2) for n in range(min(len(urls), len(gold))))


async def found(searcher: Searcher, query: str) -> tuple[SearchResult, ...]:
    """As the engine searches."""
    profile = Profile()
    options = SearchOptions(max_results=profile.results, passages=profile.passages)
    return (await searcher.search([query[:2_000]], options, RequestContext())).results


async def outcome(task: Task, searcher: Searcher, reranker: Reranker) -> Outcome:
    """Ask one task all ways; quote for the engine's."""
    asked, recalls, ndcgs = understood(task.turns), {}, {}
    results: Sequence[SearchResult] = ()
    for way, query in ways(task, asked).items():
        hits = await found(searcher, query)
        urls = [hit.url for hit in hits[:FIRST]]
        if task.gold:
            recalls[way] = len(task.gold.intersection(urls)) / len(task.gold)
            ndcgs[way] = ndcg(urls, task.gold)
        results = hits if way == "as the engine asks" else results
    sources = [Source(n, one) for n, one in enumerate(results, start=1)]
    choice = await choose(
        asked.question, sources, Profile(), reranker, THRESHOLDS[reranker.kind], loose=False
    )
    cited = {sources[sentence.n - 1].result.url for sentence in choice.sentences}
    return Outcome(task, asked, recalls, ndcgs, choice.confidence, bool(cited & task.gold))


def silent(outcomes: Iterable[Outcome], answer: float, loose: float) -> list[bool]:
    """Whether each is met with silence, at these thresholds."""
    return [one.surely + loose * one.asked.loose < answer for one in outcomes]


def fitting(outcomes: Sequence[Outcome], answer: float, wanted: float) -> float:
    """What looseness has to add for the wanted share of the answerable to be met with silence."""
    answerable = [one for one in outcomes if one.task.kind == "answerable"]
    direct = sum(silent((one for one in answerable if not one.asked.loose), answer, 0.0))
    loose = sorted(one.surely for one in answerable if one.asked.loose)
    place = max(0, min(len(loose) - 1, round(wanted * len(answerable)) - direct))
    return answer - loose[place]


def crossed(outcomes: Sequence[Outcome], answer: float, wanted: float) -> list[float]:
    """For each outcome, how often it was met with silence when the others chose."""
    count = [0] * len(outcomes)
    for time in range(TIMES):
        order = list(range(len(outcomes)))
        random.Random(time).shuffle(order)
        for fold in range(FOLDS):
            held_out = order[fold::FOLDS]
            others = [outcomes[n] for n in sorted(set(order) - set(held_out))]
            loose = fitting(others, answer, wanted)
            for n, quiet in zip(
                held_out, silent([outcomes[n] for n in held_out], answer, loose), strict=True
            ):
                count[n] += quiet
    return [n / TIMES for n in count]


def shares(outcomes: Sequence[Outcome], quiet: Sequence[float]) -> dict[str, Estimate]:
    """The share of silence by class, with intervals over conversations."""
    return {
        kind: estimate([q for one, q in zip(outcomes, quiet, strict=True) if one.task.kind == kind])
        for kind in CLASSES
    }


def retrieval(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """Recall and nDCG of the follow-ups by way of asking, and the gain over the last turn."""
    follow_ups = [
        one
        for one in outcomes
        if one.recall and len(one.task.turns) > 1 and one.task.kind in ("answerable", "partial")
    ]
    figures: dict[str, Any] = {"follow-ups": len(follow_ups)}
    plain = "the last turn"
    for way in follow_ups[0].recall:
        figures[way] = {
            "recall": estimate([one.recall[way] for one in follow_ups]),
            "ndcg": estimate([one.ndcg[way] for one in follow_ups]),
            "recall gained": estimate([one.recall[way] - one.recall[plain] for one in follow_ups]),
            "ndcg gained": estimate([one.ndcg[way] - one.ndcg[plain] for one in follow_ups]),
        }
    figures["quotes a passage that answers"] = estimate([one.cites_gold for one in follow_ups])
    return figures


async def index(data_dir: Path, passages: Sequence[dict[str, str]]) -> None:
    """Add the passages as JSON lines, by the command that users have."""
    data_dir.mkdir(parents=True, exist_ok=True)
    lines = data_dir / "passages.jsonl"
    lines.write_text("\n".join(json.dumps(passage) for passage in passages), "utf-8")
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hydrophone", "add", str(lines), "--collection", "mtrag"),
        env=Served.environment(data_dir),
    )
    if await process.wait() != 0:
        raise RuntimeError("adding the passages failed")


async def run(folder: Path, data_dir: Path) -> tuple[list[Outcome], str]:
    """All outcomes, and the kind of the reranker."""
    passages, tasks = read(folder / FILE)
    await index(data_dir, passages)
    async with open_rooms(load_settings(data_dir=data_dir, web_search=False)) as rooms:
        searcher, reranker = await rooms.searcher(), (await rooms.models()).reranker
        return [await outcome(task, searcher, reranker) for task in tasks], reranker.kind


def abstention(outcomes: Sequence[Outcome], kind: str) -> dict[str, Any]:
    """Silence by class: at what ships, by cross-validation, and along the curve."""
    limits = THRESHOLDS[kind]  # type: ignore[index]
    return {
        "as it ships": shares(outcomes, silent(outcomes, limits.answer, limits.loose)),
        "cross-validated": shares(outcomes, crossed(outcomes, limits.answer, WRONG_SILENCE_WANTED)),
        "curve": [shares(outcomes, crossed(outcomes, limits.answer, wanted)) for wanted in ROC],
    }


def show_silence(name: str, by_class: Mapping[str, Estimate]) -> None:
    """One line for a way of choosing."""
    parts = (f"{kind} {_shown(one, percent=True)}" for kind, one in by_class.items())
    print(f"{name:18} {'  '.join(parts)}")


def show(found: Mapping[str, Any], quiet: Mapping[str, Any]) -> None:
    """The tables."""
    print(machine())
    print(f"{found['follow-ups']} follow-ups; recall and nDCG of the first {FIRST} pages")
    for way, figures in found.items():
        if isinstance(figures, dict):
            print(f"{way:34}", "  ".join(f"{k} {_shown(v)}" for k, v in figures.items()))
    print("quotes a passage that answers    ", _shown(found["quotes a passage that answers"]))
    print("silent")
    show_silence("as it ships", quiet["as it ships"])
    show_silence("cross-validated", quiet["cross-validated"])
    for wanted, by_class in zip(ROC, quiet["curve"], strict=True):
        show_silence(f"  aimed at {wanted:.0%}", by_class)


def _shown(one: Estimate, *, percent: bool = False) -> str:
    form = "{:.1%}" if percent else "{:.3f}"
    low, high = form.format(one.low), form.format(one.high)
    return f"{form.format(one.mean)} ({low} to {high})"


def main() -> None:
    """Measure, or say what looseness is worth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--calibrate", action="store_true")
    parser.add_argument("--keep", type=Path, help="Keep the index here.")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        outcomes, kind = asyncio.run(run(options.data, options.keep or Path(scratch)))
    if options.calibrate:
        limits = THRESHOLDS[kind]  # type: ignore[index]
        loose = fitting(outcomes, limits.answer, WRONG_SILENCE_WANTED)
        print(replace(limits, loose=round(loose, 2)))
        return
    show(retrieval(outcomes), abstention(outcomes, kind))


if __name__ == "__main__":
    main()
