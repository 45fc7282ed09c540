"""What the conversation brings to a search: gold passages found for follow-up questions.

    python benchmarks/follow_ups.py --data FOLDER

FOLDER holds `mtrag_un_half.jsonl.gz` (IBM's mt-rag-benchmark, Apache-2.0): conversations, and for
the last question of each the passages that answer it. All passages are one index, searched by words
alone for 8 pages: once for the last question as it stands, and once as the engine understands it,
with the earlier question that it leans on. The rule was written without this data; one mistake
(every "why" was taken to lean) was mended after a look at a ninth of the questions.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from hydrophone.engine.queries.follow_up import in_context
from hydrophone.evaluation.intervals import estimate
from hydrophone.index.memory import MemoryIndex
from hydrophone.search.own import OwnIndexSearcher
from hydrophone.types import Document, RequestContext, SearchOptions, TextPart, Turn

FILE = "mtrag_un_half.jsonl.gz"
PAGES = 8


@dataclass(frozen=True, slots=True)
class Task:
    """A conversation that ends with a question; the URLs of the passages that answer it."""

    turns: Sequence[Turn]
    gold: frozenset[str]


def url_of(passage: str) -> str:
    """A URL that is no beginning of another passage's."""
    return f"eval://{passage}/"


def read(file: Path) -> tuple[list[Document], list[Task]]:
    """All passages, and the tasks that have some and more than one question."""
    with gzip.open(file, "rt", encoding="utf-8") as lines:
        rows: list[dict[str, Any]] = [json.loads(line) for line in lines]
    contexts = {c["document_id"]: c["text"] for row in rows for c in row["contexts"] or ()}
    documents = [Document(url_of(passage), "", text) for passage, text in contexts.items()]
    tasks = []
    for row in rows:
        said = [turn["text"] for turn in row["input"] if turn["speaker"] == "user"]
        gold = frozenset(url_of(c["document_id"]) for c in row["contexts"] or ())
        if gold and len(said) > 1:
            tasks.append(Task([Turn("user", (TextPart(text),)) for text in said], gold))
    return documents, tasks


async def recall(searcher: OwnIndexSearcher, query: str, gold: frozenset[str]) -> float:
    """The share of the gold passages among the first pages."""
    options = SearchOptions(max_results=PAGES)
    outcome = await searcher.search([query], options, RequestContext(door="cli"))
    return len({result.url for result in outcome.results} & gold) / len(gold)


async def run(folder: Path) -> None:
    """Ask all tasks both ways and print the recall."""
    documents, tasks = read(folder / FILE)
    index = MemoryIndex()
    await index.put(documents, collection="passages")
    searcher = OwnIndexSearcher(index, None)
    as_asked, in_full, joined = [], [], 0
    for task in tasks:
        last, meant = task.turns[-1].text.strip(), in_context(task.turns)
        as_asked.append(await recall(searcher, last, task.gold))
        in_full.append(await recall(searcher, meant, task.gold))
        joined += last != meant
    gain = estimate([b - a for a, b in zip(as_asked, in_full, strict=True)])
    print(
        f"{len(tasks)} questions, {joined} of them joined; recall at {PAGES} "
        f"{estimate(as_asked).mean:.3f} as asked, {estimate(in_full).mean:.3f} in context, "
        f"{gain.mean:+.3f} ({gain.low:+.3f} to {gain.high:+.3f})"
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    asyncio.run(run(parser.parse_args().data))


if __name__ == "__main__":
    main()
