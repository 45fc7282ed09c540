"""The report without a language model: under each heading of the sources, sentences of theirs.

The headings are words of the sources, the sentences are quoted whole, and nothing else is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from hydrophone.engine.attachments import opening
from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import Choice, choose
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.hops import with_second_step
from hydrophone.engine.limits.bounds import Bounds, bounds_of
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.queries.split import parts
from hydrophone.engine.quote import QuotedPage, QuoteWriter, quote_choice, tell_language
from hydrophone.engine.research.facets import Facet, facets_of
from hydrophone.engine.research.page import section_id
from hydrophone.engine.research.sections import fitting
from hydrophone.llm.markers import set_apart
from hydrophone.stream import Emit
from hydrophone.types import (
    Citation,
    Event,
    FinishReason,
    Question,
    RequestContext,
    Source,
    Span,
    Step,
    StepResult,
)

# What a report has for its own text when its tokens are bounded, and the least that it is given.
_TEXT_TOKENS = 400
_LEAST_TOKENS = 60


@dataclass(frozen=True, slots=True)
class _Work:
    """One report on its way."""

    question: Question
    plan: Plan
    sources: Sequence[Source]
    profile: Profile
    context: RequestContext
    bounds: Bounds


class QuotedReport(QuoteWriter):
    """Writes reports of quoted sentences: first what answers the question, then by heading."""

    async def write(
        self,
        question: Question,
        plan: Plan,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit text and citations; say why the report ended. What the bounds of the request do not
        allow is left out, with a Notice. By a pattern one text is wanted, not a report."""
        if question.output.format is not None:
            return await self._write_by_pattern(question, plan, sources, profile, context, emit)
        bounds = bounds_of(question, profile, context, plan.write_by)
        work = _Work(question, plan, sources, profile, context, bounds)
        if not plan.written:
            work = replace(work, sources=await self._counted(work))
        reason = await self._write(work, emit)
        for notice in bounds.notices():
            await emit(notice)
        return reason

    async def _write(self, work: _Work, emit: Emit) -> FinishReason:
        page = QuotedPage(
            self._tokens,
            replace(work.question.output, max_tokens=await self._most_tokens(work)),
            work.context,
            shifted(emit, len(work.plan.written_text)),
        )
        lead = await self._lead(work)
        if section_id(1) not in work.plan.written:
            await emit(Step(section_id(1), "write", thought="Writing what answers first."))
            await self._tell_language(lead, work, emit)
            await quote_choice(lead, work.sources, page, emit, asked=work.plan.question)
            await emit(StepResult(section_id(1)))
        said = {_words(sentence) for sentence in lead.sentences}
        results = [source.result for source in work.sources]
        facets = facets_of(work.plan.question, results, work.profile.sections)
        for number, facet in enumerate(facets, start=2):
            if page.full:
                break
            if not work.bounds.has_time():
                work.bounds.meet("time", f"the section “{facet.heading}”")
                continue
            found = await self._section(facet, work)
            fresh = [one for one in found if _words(one) not in said]
            said |= {_words(one) for one in fresh}
            if fresh and section_id(number) not in work.plan.written:
                await _quote_section(section_id(number), facet.heading, fresh, page, emit)
        return page.reason

    async def _lead(self, work: _Work) -> Choice:
        """What answers the question; where it asks several things, also what answers each."""
        if work.plan.whole:
            return opening(work.sources, work.profile)
        asked = parts(work.plan.question)
        if len(asked) > 1:
            each = [
                await self._sentences_for(part, fitting(part, work.sources), work) for part in asked
            ]
            sure = [choice for choice in each if choice.confident]
            if sure:
                quoted = {_words(one): one for choice in sure for one in choice.sentences}
                best = max(choice.confidence for choice in sure)
                return Choice(tuple(quoted.values()), best, confident=True)
        plan, sources = work.plan, work.sources
        choice = await self._sentences_for(plan.question, sources, work, loose=plan.loose)
        if work.profile.rounds < 2:
            return choice
        return await with_second_step(
            plan.question, choice, sources, work.profile, self._reranker, self._thresholds
        )

    async def _sentences_for(
        self, asked: str, sources: Sequence[Source], work: _Work, *, loose: bool = False
    ) -> Choice:
        return await choose(
            asked, sources, work.profile, self._reranker, self._thresholds, loose=loose
        )

    async def _section(self, facet: Facet, work: _Work) -> Sequence[Sentence]:
        """The best sentences under a heading; none when they are far from the question."""
        own = fitting(facet.query, list(_under(facet, work.sources)))
        choice = await self._sentences_for(facet.query, own, work)
        least = self._thresholds.answer - self._thresholds.margin
        return choice.sentences if choice.confidence >= least else ()

    async def _tell_language(self, choice: Choice, work: _Work, emit: Emit) -> None:
        wanted = work.question.output.language
        if wanted is not None:
            await tell_language(wanted, [source.n for source in work.sources], work.sources, emit)

    async def _counted(self, work: _Work) -> Sequence[Source]:
        """The sources whose texts the bounds allow to be read, and at least the first; the tokens
        of what is asked and read are counted."""
        meter = work.context.meter
        asked = "\n".join(turn.text for turn in work.question.turns)
        meter.add(prompt_tokens=await count_tokens(self._tokens, asked))
        for number, source in enumerate(work.sources):
            text = "\n".join(passage.text for passage in source.result.passages)
            count = await count_tokens(self._tokens, text)
            left = work.bounds.output_left(count)
            if number and left is not None and left < _TEXT_TOKENS:
                unread = len(work.sources) - number
                what = "1 source" if unread == 1 else f"{unread} sources"
                work.bounds.meet(work.bounds.output_bound(count), f"the text of {what}")
                return work.sources[:number]
            meter.add(citation_tokens=count)
        return work.sources

    async def _most_tokens(self, work: _Work) -> int | None:
        """How many tokens the text may have, and what is behind the text so far."""
        limits = []
        if work.question.output.max_tokens is not None:
            written = await count_tokens(self._tokens, work.plan.written_text)
            limits.append(work.question.output.max_tokens - written)
        left = work.bounds.output_left(0)
        if left is not None:
            limits.append(max(_LEAST_TOKENS, left))
        return min(limits) if limits else None


def shifted(emit: Emit, chars: int) -> Emit:
    """`emit` for a text that stands behind so many characters of the whole one."""

    async def moved(event: Event) -> None:
        span = event.answer_span if isinstance(event, Citation) else None
        if isinstance(event, Citation) and span is not None and chars:
            event = replace(event, answer_span=Span(span.start + chars, span.end + chars))
        await emit(event)

    return moved


async def _quote_section(
    step: str, heading: str, sentences: Sequence[Sentence], page: QuotedPage, emit: Emit
) -> None:
    """The heading goes before the first sentence, so that it never stands alone."""
    await emit(Step(step, "write", thought=f"Writing the section “{heading}”."))
    lead: str | None = f"\n\n## {set_apart(heading)}\n\n"
    for sentence in sentences:
        if not page.full:
            await page.quote(sentence, lead)
            lead = None
    await emit(StepResult(step))


def _under(facet: Facet, sources: Sequence[Source]) -> Iterator[Source]:
    """The sources with only the passages that stand under the facet's heading."""
    for source in sources:
        passages = [p for p in source.result.passages if p.id in facet.passages]
        if passages:
            yield replace(source, result=replace(source.result, passages=tuple(passages)))


def _words(sentence: Sentence) -> str:
    return " ".join(sentence.text.split()).casefold()
