"""The report without a language model: under each heading of the sources, sentences of theirs.

The headings are words of the sources, the sentences are quoted whole, and nothing else is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hydrophone.engine.attachments import opening
from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import THRESHOLDS, Thresholds, choose
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.markers import set_apart
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.quote import QuotedPage, quote_choice, tell_language
from hydrophone.engine.research.facets import Facet, facets_of
from hydrophone.llm.base import Reranker, TokenCounter
from hydrophone.stream import Emit
from hydrophone.types import FinishReason, Question, RequestContext, Source


class QuotedReport:
    """Writes reports of quoted sentences: first what answers the question, then by heading."""

    def __init__(
        self, reranker: Reranker, tokens: TokenCounter, thresholds: Thresholds | None = None
    ) -> None:
        self._reranker = reranker
        self._tokens = tokens
        self._thresholds = thresholds or THRESHOLDS[reranker.kind]

    async def write(
        self,
        question: Question,
        plan: Plan,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit text and citations; say why the report ended."""
        await self._count(question, sources, context)
        page = QuotedPage(self._tokens, question.output, context, emit)
        if plan.whole:
            choice = opening(sources, profile)
        else:
            choice = await choose(plan.question, sources, profile, self._reranker, self._thresholds)
        if question.output.language is not None:
            numbers = [source.n for source in sources]
            await tell_language(question.output.language, numbers, sources, emit)
        await quote_choice(choice, sources, page, emit)
        said = {_words(sentence) for sentence in choice.sentences}
        results = [source.result for source in sources]
        for facet in facets_of(plan.question, results, profile.sections):
            if page.full:
                break
            sentences = await self._section(facet, sources, profile)
            fresh = [one for one in sentences if _words(one) not in said]
            said |= {_words(one) for one in fresh}
            for lead, sentence in _led(facet.heading, fresh):
                if not page.full:
                    await page.quote(sentence, lead)
        return page.reason

    async def _section(
        self, facet: Facet, sources: Sequence[Source], profile: Profile
    ) -> Sequence[Sentence]:
        """The best sentences under a heading; none when they are far from the question."""
        own = list(_under(facet, sources))
        choice = await choose(facet.query, own, profile, self._reranker, self._thresholds)
        least = self._thresholds.answer - self._thresholds.margin
        return choice.sentences if choice.confidence >= least else ()

    async def _count(
        self, question: Question, sources: Sequence[Source], context: RequestContext
    ) -> None:
        asked = "\n".join(turn.text for turn in question.turns)
        texts = "\n".join(p.text for source in sources for p in source.result.passages)
        context.meter.add(
            prompt_tokens=await count_tokens(self._tokens, asked),
            citation_tokens=await count_tokens(self._tokens, texts),
        )


def _under(facet: Facet, sources: Sequence[Source]) -> Iterator[Source]:
    """The sources with only the passages that stand under the facet's heading."""
    for source in sources:
        passages = [p for p in source.result.passages if p.id in facet.passages]
        if passages:
            yield replace(source, result=replace(source.result, passages=tuple(passages)))


def _led(heading: str, sentences: Sequence[Sentence]) -> Iterator[tuple[str | None, Sentence]]:
    """The heading goes before the first sentence, so that it never stands alone."""
    for position, sentence in enumerate(sentences):
        yield None if position else f"\n\n## {set_apart(heading)}\n\n", sentence


def _words(sentence: Sentence) -> str:
    return " ".join(sentence.text.split()).casefold()
