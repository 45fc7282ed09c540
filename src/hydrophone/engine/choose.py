"""Choose: which sentences answer, and whether any of them does.

The cross-encoder scores the promising sentences against the question, and the place of the first
source where most of its words stand together. The confidence in an answer is the mean of the best
sentence's score and the place's, plus a weight times the share of the question's words that the
best sentence's page covers: a good sentence from a page that does not know the question's other
words is about something else, and an answer that needs several sentences is in none of them alone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydrophone.engine.candidates import Sentence, most_promising, sentences_of
from hydrophone.engine.hostile.commands import is_command
from hydrophone.engine.profile import Profile
from hydrophone.llm.base import Reranker, RerankerKind
from hydrophone.llm.overlap import ANSWER_THRESHOLD, coverage
from hydrophone.types import Source

NEAREST = 2
PLACE_CHARS = 700


@dataclass(frozen=True, slots=True)
class Thresholds:
    """How a reranker's scores are read.

    A confidence below `answer` is no answer; `coverage` is the weight of the page's coverage in it,
    `place` the share (0 to 1) of the place's score beside the best sentence's. What is asked in a
    conversation and is no direct question gets `loose` more: such turns are scored lower, whatever
    the sources hold. Sentences more than `margin` behind the best are not quoted beside it.
    """

    answer: float
    coverage: float
    margin: float
    place: float = 0.0
    loose: float = 0.0


# Chosen by benchmarks/quotes.py --calibrate and benchmarks/mtrag.py --calibrate; docs/quality.md
# has the method and the figures.
THRESHOLDS: Mapping[RerankerKind, Thresholds] = {
    "cross-encoder": Thresholds(answer=3.17, coverage=5.0, margin=6.0, place=0.5, loose=4.4),
    "overlap": Thresholds(answer=ANSWER_THRESHOLD, coverage=0.0, margin=0.3),
}


@dataclass(frozen=True, slots=True)
class Choice:
    """The chosen sentences in reading order, and `ranked` best first. Not `confident`: they only
    come nearest."""

    sentences: tuple[Sentence, ...]
    confidence: float
    confident: bool
    ranked: tuple[Sentence, ...] = ()


async def choose(
    query: str,
    sources: Sequence[Source],
    profile: Profile,
    reranker: Reranker,
    thresholds: Thresholds,
    *,
    loose: bool = False,
) -> Choice:
    """The sentences to quote: up to `profile.sentences` of an answer, or the two nearest. `loose`:
    it is asked in a conversation, and is no direct question."""
    candidates = await asyncio.to_thread(_candidates, query, sources, profile.pairs)
    if not candidates:
        return Choice((), float("-inf"), confident=False)
    scores, place = await _scored(query, candidates, sources, reranker, thresholds)
    chosen = best(candidates, scores, thresholds.margin, profile.sentences)
    sentence, score = chosen[0]
    mean = (1 - thresholds.place) * score + thresholds.place * place
    covered = await asyncio.to_thread(_covered, query, sentence, sources)
    sure = mean + thresholds.coverage * covered + (thresholds.loose if loose else 0.0)
    confident = sure >= thresholds.answer
    quoted = chosen if confident else chosen[:NEAREST]
    ranked = tuple(sentence for sentence, _ in quoted)
    return Choice(in_reading_order(quoted), sure, confident, ranked)


def _candidates(query: str, sources: Sequence[Source], most: int) -> list[Sentence]:
    statements = [one for one in sentences_of(sources) if not _echoes(one.text, query)]
    if not is_command(query):
        statements = [one for one in statements if not is_command(one.text)]
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


async def _scored(
    query: str,
    candidates: Sequence[Sentence],
    sources: Sequence[Source],
    reranker: Reranker,
    thresholds: Thresholds,
) -> tuple[Sequence[float], float]:
    """The scores of the sentences, and of the place; 0 for it where it does not count."""
    texts = [sentence.text for sentence in candidates]
    if not thresholds.place:
        return await reranker.score(query, texts), 0.0
    # The longest text goes first, so that the others are read beside it.
    place, *scores = await reranker.score(query, [_place(candidates, sources[0]), *texts])
    return scores, place


def _place(candidates: Sequence[Sentence], first: Source) -> str:
    """The source's most promising sentence with what stands around it, or its beginning."""
    here = next((one for one in candidates if one.n == first.n), None)
    if here is None:
        return "\n".join(passage.text for passage in first.result.passages)[:PLACE_CHARS]
    start, end = here.start - here.passage.start, here.end - here.passage.start
    beside = max(0, PLACE_CHARS - (end - start)) // 2
    return here.passage.text[max(0, start - beside) : end + beside]


def _covered(query: str, sentence: Sentence, sources: Sequence[Source]) -> float:
    """The share (0 to 1) of the query's weighted words that the sentence's page holds."""
    pages = [
        "\n".join([source.result.title, *(passage.text for passage in source.result.passages)])
        for source in sources
    ]
    numbers = [source.n for source in sources]
    return coverage(query, pages)[numbers.index(sentence.n)]


def _echoes(sentence: str, query: str) -> bool:
    """Whether the sentence only holds the question itself, as an example of a command does."""
    asked = query.casefold().rstrip("?？. ")
    return len(asked.split()) > 2 and asked in sentence.casefold()
