"""What vectors find: chunks with and without their document in view, formats and dimensions.

    python benchmarks/embeddings.py [--data FOLDER] [--source NAME] [--limit N] [--json]

FOLDER holds `passages.jsonl.gz` and `questions.jsonl.gz` of SQuAD, by default the sample in
tests/quality/squad. Each passage is a document, each sentence a chunk; of all chunks those come
first whose vectors are nearest to the question's, and right are the sentences of the gold passage
that hold the answer. Whole passages are found alike, alone and as chunks of their articles. What is
shown is the mean reciprocal rank among the first ten (MRR@10) and the share of questions with a
right one among them, with 95 % bootstrap intervals over the questions, and the difference to the
row above all, paired. `pronouns`: only questions whose sentence begins with a word such as "it".
`--source` takes only passages of this source, where passages have one.
"""

from __future__ import annotations

import argparse
import asyncio
import gzip
import json
import re
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.api.embeddings.encodings import encode
from hydrophone.evaluation.intervals import Estimate, estimate
from hydrophone.index.sentences import split_sentences
from hydrophone.llm.embedding.documents import DocumentEmbedder
from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.ports import EmbeddingOrder
from hydrophone.types import RequestContext
from served import machine

Vectors = NDArray[np.float32]
SAMPLE = Path(__file__).resolve().parent.parent / "tests/quality/squad"
TOP = 10
AT_ONCE = 64
LEANS = re.compile(r"(It|He|She|They|This|These|Those|Its|His|Her|Their|There|However|Such)\b")


@dataclass(frozen=True)
class Row:
    """One way to make vectors, measured."""

    task: str
    way: str
    questions: int
    mrr: Estimate
    recall: Estimate
    against_first: Estimate | None


@dataclass(frozen=True)
class Task:
    """Chunks of documents, and for each question the numbers of those that are right."""

    name: str
    documents: Sequence[Sequence[str]]
    questions: Sequence[str]
    right: Sequence[Sequence[int]]

    @property
    def chunks(self) -> list[str]:
        """All chunks, document by document."""
        return [chunk for document in self.documents for chunk in document]


def lines(path: Path) -> list[dict[str, Any]]:
    """The objects of a packed JSON-lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as found:
        return [json.loads(line) for line in found]


def sentences(text: str) -> list[str]:
    """The sentences of a passage."""
    found = (text[span.start : span.end].strip() for span in split_sentences(text))
    return [sentence for sentence in found if sentence]


def sentence_task(
    passages: Sequence[Mapping[str, Any]], questions: Sequence[Mapping[str, Any]]
) -> Task:
    """Sentences, to be found by questions that they answer."""
    documents = [sentences(one["text"]) for one in passages]
    begins = np.cumsum([0, *map(len, documents)])
    place = {one["_id"]: number for number, one in enumerate(passages)}
    asked, right = [], []
    for question in questions:
        number = place[question["passage_id"]]
        holding = [
            int(begins[number]) + n
            for n, sentence in enumerate(documents[number])
            if any(answer in sentence for answer in question["answers"])
        ]
        if holding:
            asked.append(question["question"])
            right.append(holding)
    return Task("sentences of passages", documents, asked, right)


def passage_task(
    passages: Sequence[Mapping[str, Any]], questions: Sequence[Mapping[str, Any]]
) -> Task:
    """Passages, each a chunk of the article that has its title; without one it stands alone."""
    articles: dict[str, list[Mapping[str, Any]]] = {}
    for one in passages:
        articles.setdefault(one.get("title") or one["_id"], []).append(one)
    ordered = [one for article in articles.values() for one in article]
    place = {one["_id"]: number for number, one in enumerate(ordered)}
    return Task(
        "passages of articles",
        [[one["text"] for one in article] for article in articles.values()],
        [one["question"] for one in questions],
        [[place[one["passage_id"]]] for one in questions],
    )


async def embedded(maker: DocumentEmbedder, documents: Sequence[Sequence[str]]) -> Vectors:
    """The vectors of all chunks."""
    found: list[Vectors] = []
    for start in range(0, len(documents), AT_ONCE):
        some = tuple(tuple(one) for one in documents[start : start + AT_ONCE])
        found += (await maker.embed(EmbeddingOrder("any", some), RequestContext())).vectors
    return np.concatenate(found)


def ranks(questions: Vectors, chunks: Vectors, right: Sequence[Sequence[int]]) -> list[int]:
    """The rank of the best right chunk for each question, from 1."""
    scores = questions @ chunks.T
    return [
        int(1 + min((scores[n] > scores[n, chunk]).sum() for chunk in one))
        for n, one in enumerate(right)
    ]


def reciprocal(found: Sequence[int]) -> list[float]:
    """The measure of each question."""
    return [1 / rank if rank <= TOP else 0.0 for rank in found]


def unit(vectors: Vectors) -> Vectors:
    """Vectors of length 1."""
    return np.asarray(vectors / np.linalg.norm(vectors, axis=1, keepdims=True), np.float32)


def as_int8(vectors: Vectors) -> Vectors:
    """As who decodes `base64_int8` has them."""
    import base64

    raw = [base64.b64decode(str(encode(one, "base64_int8"))) for one in vectors]
    return unit(np.array([np.frombuffer(one, np.int8) for one in raw], np.float32))


def as_bits(vectors: Vectors) -> Vectors:
    """As who compares `base64_binary` by Hamming distance has them."""
    return unit(np.where(vectors >= 0, 1, -1).astype(np.float32))


def first(vectors: Vectors, dimensions: int) -> Vectors:
    """With fewer dimensions."""
    return unit(vectors[:, :dimensions])


def rows_of(
    task: str, found: Mapping[str, Sequence[int]], chosen: Sequence[int] | None = None
) -> list[Row]:
    """A row for each way; `chosen` are the questions that count."""
    made: list[Row] = []
    base: list[float] | None = None
    for way, all_ranks in found.items():
        some = list(all_ranks) if chosen is None else [all_ranks[n] for n in chosen]
        scores = reciprocal(some)
        against = None
        if base is None:
            base = scores
        else:
            against = estimate([a - b for a, b in zip(scores, base, strict=True)])
        hits = estimate([float(rank <= TOP) for rank in some])
        made.append(Row(task, way, len(some), estimate(scores), hits, against))
    return made


async def measure(maker: DocumentEmbedder, task: Task) -> list[Row]:
    """All ways for one task."""
    questions = await embedded(maker, [[one] for one in task.questions])
    alone = await embedded(maker, [[chunk] for chunk in task.chunks])
    together = await embedded(maker, task.documents)
    ways = {
        "alone": (questions, alone),
        "with the document": (questions, together),
        "alone, base64_int8": (as_int8(questions), as_int8(alone)),
        "alone, base64_binary": (as_bits(questions), as_bits(alone)),
        "alone, 256 dimensions": (first(questions, 256), first(alone, 256)),
        "alone, 128 dimensions": (first(questions, 128), first(alone, 128)),
    }
    found = {way: ranks(*pair, task.right) for way, pair in ways.items()}
    chunks = task.chunks
    leaning = [n for n, one in enumerate(task.right) if any(LEANS.match(chunks[c]) for c in one)]
    made = rows_of(task.name, found)
    if leaning:
        few = {way: found[way] for way in ("alone", "with the document")}
        made += rows_of(f"{task.name}, pronouns", few, leaning)
    return made


async def speed(maker: DocumentEmbedder, passages: Sequence[Mapping[str, Any]]) -> float:
    """Tokens a second of passages."""
    documents = tuple((one["text"],) for one in passages[:AT_ONCE])
    begun = time.perf_counter()
    made = await maker.embed(EmbeddingOrder("any", documents), RequestContext())
    return made.tokens / (time.perf_counter() - begun)


async def run(arguments: argparse.Namespace) -> dict[str, Any]:
    """Everything that is shown."""
    passages = lines(arguments.data / "passages.jsonl.gz")
    if arguments.source:
        passages = [one for one in passages if one.get("source") == arguments.source]
    passages = passages[: arguments.limit]
    there = {one["_id"] for one in passages}
    questions = [
        one for one in lines(arguments.data / "questions.jsonl.gz") if one["passage_id"] in there
    ]
    maker = DocumentEmbedder(find_model_files(BGE_SMALL_EN), threads=arguments.threads)
    try:
        rows = [
            row
            for task in (sentence_task(passages, questions), passage_task(passages, questions))
            for row in await measure(maker, task)
        ]
        tokens_s = await speed(maker, passages)
    finally:
        await maker.close()
    return {
        "model": maker.model,
        "passages": len(passages),
        "tokens_a_second": round(tokens_s),
        "threads": arguments.threads,
        "rows": [asdict(row) for row in rows],
        "machine": machine(),
    }


def shown(measured: Mapping[str, float]) -> str:
    """An estimate with its interval."""
    return f"{measured['mean']:.3f} ({measured['low']:.3f} to {measured['high']:.3f})"


def main() -> int:
    """Measure and show."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, default=SAMPLE)
    parser.add_argument("--source")
    parser.add_argument("--limit", type=int)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    found = asyncio.run(run(arguments))
    if arguments.json:
        print(json.dumps(found, indent=1))
        return 0
    speed_text = f"{found['tokens_a_second']} tokens a second on {found['threads']} threads"
    print(f"{found['model']}: {speed_text}")
    for row in found["rows"]:
        against = row["against_first"]
        print(
            f"{row['task']:36} {row['way']:24} n={row['questions']:<5} MRR@10 {shown(row['mrr'])}"
            f"  top 10 {row['recall']['mean']:.3f}"
            + (f"  difference {shown(against)}" if against else "")
        )
    return 0


if __name__ == "__main__":
    sys.exit(main())
