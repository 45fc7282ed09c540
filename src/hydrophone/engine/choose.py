"""Choose: which sentences answer, and whether any of them does.

The cross-encoder scores the promising sentences against the question. The confidence in an answer
is the best score plus a weight times the share of the question's words that the best sentence's
page covers: a good sentence from a page that does not know the question's other words is about
something else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydrophone.engine.candidates import Sentence, most_promising, sentences_of
from hydrophone.engine.profile import Profile
from hydrophone.llm.base import Reranker, RerankerKind
from hydrophone.llm.overlap import ANSWER_THRESHOLD, coverage
from hydrophone.types import Source

NEAREST = 2


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How a reranker's scores are read.

    A confidence below `answer` is no answer; `coverage` is the weight of the page's coverage in it.
    Sentences more than `margin` behind the best are not quoted beside it.
    """

    answer: float
    coverage: float
    margin: float


# Chosen by benchmarks/quotes.py --calibrate; docs/quality.md has the method and the figures.
THRESHOLDS: Mapping[RerankerKind, Thresholds] = {
    "cross-encoder": Thresholds(answer=5.44, coverage=10.0, margin=6.0),
    "overlap": Thresholds(answer=ANSWER_THRESHOLD, coverage=0.0, margin=0.3),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen sentences in reading order. Not `confident`: they only come nearest."""

    sentences: tuple[Sentence, ...]
    confidence: float
    confident: bool


async def choose(
    query: str,
    sources: Sequence[Source],
    profile: Profile,
    reranker: Reranker,
    thresholds: Thresholds,
) -> Choice:
    """The sentences to quote: up to `profile.sentences` of an answer, or the two nearest."""
    candidates = await asyncio.to_thread(_candidates, query, sources, profile.pairs)
    if not candidates:
        return Choice((), float("-inf"), confident=False)
    scores = await reranker.score(query, [sentence.text for sentence in candidates])
    chosen = best(candidates, scores, thresholds.margin, profile.sentences)
    sure = await asyncio.to_thread(_confidence, query, *chosen[0], sources, thresholds)
    confident = sure >= thresholds.answer
    quoted = chosen if confident else chosen[:NEAREST]
    return Choice(in_reading_order(quoted), sure, confident)


def _candidates(query: str, sources: Sequence[Source], most: int) -> list[Sentence]:
    statements = [one for one in sentences_of(sources) if not _echoes(one.text, query)]
    return most_promising(query, statements, most)


def best(
    candidates: Sequence[Sentence], scores: Sequence[float], margin: float, most: int
) -> list[tuple[Sentence, float]]:
    """The `most` best-scored sentences that are within the margin of the best, each text once."""
    order = sorted(range(len(candidates)), key=lambda index: (-scores[index], index))
    floor = scores[order[0]] - margin
    chosen: list[tuple[Sentence, float]] = []
    said: set[str] = set()
    for index in order:
        words = " ".join(candidates[index].text.split()).casefold()
        if scores[index] < floor or len(chosen) == most:
            break
        if words not in said:
            said.add(words)
            chosen.append((candidates[index], scores[index]))
    return chosen


def in_reading_order(scored: Sequence[tuple[Sentence, float]]) -> tuple[Sentence, ...]:
    """The source of the best sentence first; within a source as the document reads."""
    first: dict[int, int] = {}
    for position, (sentence, _) in enumerate(scored):
        first.setdefault(sentence.n, position)
    return tuple(
        sorted((sentence for sentence, _ in scored), key=lambda one: (first[one.n], one.start))
    )


def _confidence(
    query: str, sentence: Sentence, score: float, sources: Sequence[Source], thresholds: Thresholds
) -> float:
    pages = [
        "\n".join([source.result.title, *(passage.text for passage in source.result.passages)])
        for source in sources
    ]
    numbers = [source.n for source in sources]
    covered = coverage(query, pages)[numbers.index(sentence.n)]
    return score + thresholds.coverage * covered


def _echoes(sentence: str, query: str) -> bool:
    """Whether the sentence only holds the question itself, as an example of a command does."""
    asked = query.casefold().rstrip("?？. ")
    return len(asked.split()) > 2 and asked in sentence.casefold()
