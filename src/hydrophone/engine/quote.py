"""The writer that needs no language model: whole sentences of the sources, each with its `[n]`.

The cross-encoder scores the promising sentences against the question; the best one to four are
quoted. When none reaches the threshold the answer is that the sources do not say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydrophone.engine.candidates import Sentence, most_promising, sentences_of
from hydrophone.engine.profile import Profile
from hydrophone.llm.base import Reranker, RerankerKind, TokenCounter
from hydrophone.llm.overlap import coverage
from hydrophone.stream import Emit
from hydrophone.types import (
    Citation,
    FinishReason,
    Notice,
    Question,
    RequestContext,
    Source,
    SourceSpan,
    Span,
    Text,
)

NOT_IN_SOURCES = "The sources that were found do not answer this question."
NO_SOURCES = "Nothing was found that could answer this question."


@dataclass(frozen=True, slots=True)
class Thresholds:
    """When a reranker's score counts as an answer.

    The confidence is the best sentence's score plus `coverage` times the share of the question's
    words that its page's passages hold; below `answer` the writer abstains. Sentences more than
    `margin` behind the best are not quoted beside it.
    """

    answer: float
    coverage: float
    margin: float


# Measured by benchmarks/quotes.py; docs/quality.md has the figures and the method.
THRESHOLDS: Mapping[RerankerKind, Thresholds] = {
    "cross-encoder": Thresholds(answer=8.0, coverage=8.0, margin=6.0),
    "overlap": Thresholds(answer=1.2, coverage=1.0, margin=0.3),
}


class QuoteWriter:
    """Writes answers of quoted sentences."""

    def __init__(
        self, reranker: Reranker, tokens: TokenCounter, thresholds: Thresholds | None = None
    ) -> None:
        self._reranker = reranker
        self._tokens = tokens
        self._thresholds = thresholds or THRESHOLDS[reranker.kind]

    async def write(
        self,
        question: Question,
        query: str,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit text and citations; say why the answer ended."""
        prompt = self._tokens.count("\n".join(turn.text for turn in question.turns))
        context.meter.add(prompt_tokens=prompt)
        chosen = await self._choose(query, sources, profile)
        if not chosen:
            await self._abstain(sources, context, emit)
            return "stop"
        return await self._quote(chosen, question.output.max_tokens, context, emit)

    async def _choose(
        self, query: str, sources: Sequence[Source], profile: Profile
    ) -> list[Sentence]:
        """The sentences to quote, in reading order; none when none answers."""
        statements = [one for one in sentences_of(sources) if not _echoes(one.text, query)]
        candidates = most_promising(query, statements, profile.pairs)
        if not candidates:
            return []
        scores = await self._reranker.score(query, [sentence.text for sentence in candidates])
        chosen = best(candidates, scores, self._thresholds.margin, profile.sentences)
        sentence, score = chosen[0]
        if confidence(query, sentence, score, sources, self._thresholds) < self._thresholds.answer:
            return []
        return in_reading_order(chosen)

    async def _abstain(
        self, sources: Sequence[Source], context: RequestContext, emit: Emit
    ) -> None:
        text = NOT_IN_SOURCES if sources else NO_SOURCES
        await emit(Notice("not_in_sources", text))
        context.meter.add(completion_tokens=self._tokens.count(text))
        await emit(Text(text))

    async def _quote(
        self,
        chosen: Sequence[Sentence],
        max_tokens: int | None,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        written = 0
        for index, sentence in enumerate(chosen):
            quoted = " ".join(sentence.text.split())
            delta = f"{' ' if index else ''}{quoted} [{sentence.n}]"
            tokens = self._tokens.count(delta)
            if (
                max_tokens is not None
                and context.meter.usage.completion_tokens + tokens > max_tokens
            ):
                return "length"
            context.meter.add(completion_tokens=tokens)
            await emit(Text(delta))
            start = written + (1 if index else 0)
            await emit(_citation(sentence, Span(start, start + len(quoted))))
            written += len(delta)
        return "stop"


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


def confidence(
    query: str,
    sentence: Sentence,
    score: float,
    sources: Sequence[Source],
    thresholds: Thresholds,
) -> float:
    """How sure it is that the sentence answers; see Thresholds. A good sentence from a page that
    does not know the question's other words is about something else."""
    pages = [
        "\n".join([source.result.title, *(passage.text for passage in source.result.passages)])
        for source in sources
    ]
    numbers = [source.n for source in sources]
    covered = coverage(query, pages)[numbers.index(sentence.n)]
    return score + thresholds.coverage * covered


def in_reading_order(scored: Sequence[tuple[Sentence, float]]) -> list[Sentence]:
    """The source of the best sentence first; within a source as the document reads."""
    first: dict[int, int] = {}
    for position, (sentence, _) in enumerate(scored):
        first.setdefault(sentence.n, position)
    return sorted((sentence for sentence, _ in scored), key=lambda one: (first[one.n], one.start))


def _echoes(sentence: str, query: str) -> bool:
    """Whether the sentence only holds the question itself, as an example of a command does."""
    asked = query.casefold().rstrip("?？. ")
    return len(asked.split()) > 2 and asked in sentence.casefold()


def _citation(sentence: Sentence, answer_span: Span) -> Citation:
    return Citation(
        n=sentence.n,
        passage=sentence.passage.id,
        answer_span=answer_span,
        source_span=SourceSpan(sentence.passage.version, sentence.start, sentence.end),
        quote=sentence.text,
        verdict="exact",
    )
