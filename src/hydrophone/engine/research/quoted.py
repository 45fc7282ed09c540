"""The report without a language model: under each heading of the sources, sentences of theirs.

The headings are words of the sources, the sentences are quoted whole, and nothing else is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from hydrophone.engine.attachments import opening
from hydrophone.engine.candidates import Sentence
from hydrophone.engine.choose import Choice, choose
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.hops import with_second_step
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.queries.split import parts
from hydrophone.engine.quote import QuotedPage, QuoteWriter, quote_choice, tell_language
from hydrophone.engine.research.facets import Facet, facets_of
from hydrophone.engine.research.page import section_id
from hydrophone.engine.research.report import Report, begun
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
            return await super().write(question, plan, sources, profile, context, emit)
        report = begun(question, plan, sources, profile, context)
        if not plan.written:
            report = replace(report, sources=await self._counted(report))
        reason = await self._write(report, emit)
        for notice in report.bounds.notices():
            await emit(notice)
        return reason

    async def _write(self, report: Report, emit: Emit) -> FinishReason:
        page = QuotedPage(
            self._tokens,
            replace(report.question.output, max_tokens=await self._most_tokens(report)),
            report.context,
            shifted(emit, len(report.plan.written_text)),
        )
        lead = await self._lead(report)
        if section_id(1) not in report.plan.written:
            await emit(Step(section_id(1), "write", thought="Writing what answers first."))
            await self._tell_language(lead, report, emit)
            await quote_choice(lead, report.sources, page, emit, asked=report.plan.question)
            await emit(StepResult(section_id(1)))
        said = {_words(sentence) for sentence in lead.sentences}
        results = [source.result for source in report.sources]
        facets = facets_of(report.plan.question, results, report.profile.sections)
        for number, facet in enumerate(facets, start=2):
            if page.full:
                break
            if not report.bounds.has_time():
                report.bounds.meet("time", f"the section “{facet.heading}”")
                continue
            found = await self._section(facet, report)
            fresh = [one for one in found if _words(one) not in said]
            said |= {_words(one) for one in fresh}
            if fresh and section_id(number) not in report.plan.written:
                await _quote_section(section_id(number), facet.heading, fresh, page, emit)
        return page.reason

    async def _lead(self, report: Report) -> Choice:
        """What answers the question; where it asks several things, also what answers each."""
        if report.plan.whole:
            return opening(report.sources, report.profile)
        asked = parts(report.plan.question)
        if len(asked) > 1:
            each = [
                await self._sentences_for(part, fitting(part, report.sources), report)
                for part in asked
            ]
            sure = [choice for choice in each if choice.confident]
            if sure:
                quoted = {_words(one): one for choice in sure for one in choice.sentences}
                best = max(choice.confidence for choice in sure)
                return Choice(tuple(quoted.values()), best, confident=True)
        plan, sources = report.plan, report.sources
        choice = await self._sentences_for(plan.question, sources, report, loose=plan.loose)
        if report.profile.rounds < 2:
            return choice
        return await with_second_step(
            plan.question, choice, sources, report.profile, self._reranker, self._thresholds
        )

    async def _sentences_for(
        self, asked: str, sources: Sequence[Source], report: Report, *, loose: bool = False
    ) -> Choice:
        return await choose(
            asked, sources, report.profile, self._reranker, self._thresholds, loose=loose
        )

    async def _section(self, facet: Facet, report: Report) -> Sequence[Sentence]:
        """The best sentences under a heading; none when they are far from the question."""
        own = fitting(facet.query, list(_under(facet, report.sources)))
        choice = await self._sentences_for(facet.query, own, report)
        least = self._thresholds.answer - self._thresholds.margin
        return choice.sentences if choice.confidence >= least else ()

    async def _tell_language(self, choice: Choice, report: Report, emit: Emit) -> None:
        wanted = report.question.output.language
        if wanted is not None:
            await tell_language(
                wanted, [source.n for source in report.sources], report.sources, emit
            )

    async def _counted(self, report: Report) -> Sequence[Source]:
        """The sources whose texts the bounds allow to be read, and at least the first; the tokens
        of what is asked and read are counted."""
        meter = report.context.meter
        asked = "\n".join(turn.text for turn in report.question.turns)
        meter.add(prompt_tokens=await count_tokens(self._tokens, asked))
        for number, source in enumerate(report.sources):
            text = "\n".join(passage.text for passage in source.result.passages)
            count = await count_tokens(self._tokens, text)
            left = report.bounds.output_left(count)
            if number and left is not None and left < _TEXT_TOKENS:
                unread = len(report.sources) - number
                what = "1 source" if unread == 1 else f"{unread} sources"
                report.bounds.meet(report.bounds.output_bound(count), f"the text of {what}")
                return report.sources[:number]
            meter.add(citation_tokens=count)
        return report.sources

    async def _most_tokens(self, report: Report) -> int | None:
        """How many tokens the text may have, and what is behind the text so far."""
        limits = []
        if report.question.output.max_tokens is not None:
            written = await count_tokens(self._tokens, report.plan.written_text)
            limits.append(report.question.output.max_tokens - written)
        left = report.bounds.output_left(0)
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
