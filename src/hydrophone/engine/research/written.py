"""The report that a language model writes, section by section from the notes and sources of each.

A section begins only while the bounds of the request have room for it. When they end one, its whole
sentences stand; when they leave nothing to stand at all, the sources are quoted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hydrophone.engine.counting import count_tokens
from hydrophone.engine.limits.bounds import Bound, Bounds
from hydrophone.engine.profile import Profile
from hydrophone.engine.prompt import instructions
from hydrophone.engine.queries.outline import Section
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.research.facets import facets_of
from hydrophone.engine.research.page import ReportPage, section_id
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.engine.research.report import Report, begun
from hydrophone.engine.research.sections import fenced, fitting
from hydrophone.engine.write import ModelWriter
from hydrophone.engine.writing.release import Checking
from hydrophone.engine.writing.window import Window
from hydrophone.errors import Cancelled, DeadlineExceeded, HydrophoneError
from hydrophone.llm.base import ChatModel, ModelRequest, TokenCounter
from hydrophone.stream import Emit
from hydrophone.types import (
    FinishReason,
    Notice,
    Question,
    RequestContext,
    Source,
    TextPart,
    Turn,
)

# A section that could have fewer tokens than this is not begun.
_LEAST_TOKENS = 120
QUOTED_INSTEAD = "The language model wrote nothing in time: the report quotes its sources instead."


class ModelReport(ModelWriter):
    """Writes reports with a language model: a section at a time, each from the sources that fit
    it, and each an answer of its own to the check. `quoted` writes when the model does not."""

    def __init__(
        self,
        model: ChatModel,
        tokens: TokenCounter,
        *,
        deadline_s: float,
        checking: Checking | None = None,
        window: Window | None = None,
        quoted: QuotedReport | None = None,
    ) -> None:
        super().__init__(model, tokens, deadline_s=deadline_s, checking=checking, window=window)
        self._quoted = quoted

    async def write(
        self,
        question: Question,
        plan: Plan,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit text and citations; say why the report ended. Formats and the caller's functions ask
        for one reply, and get it. A section that the bounds of the request leave no room for is
        left out, with a Notice."""
        sections = plan.sections or _by_rule(plan, sources, profile)
        one_reply = question.output.format is not None or question.tools.functions
        if not sections or one_reply:
            return await super().write(question, plan, sources, profile, context, emit)
        report = begun(question, plan, sources, profile, context)
        page = ReportPage(emit, plan.written_text)
        reason = await self._write_sections(report, sections, page)
        for notice in report.bounds.notices():
            await emit(notice)
        if page.empty and self._quoted is not None:
            await emit(Notice("partial", QUOTED_INSTEAD))
            return await self._quoted.write(question, plan, sources, profile, context, emit)
        return reason

    async def _write_sections(
        self, report: Report, sections: Sequence[Section], page: ReportPage
    ) -> FinishReason:
        pace = _Pace(report.bounds)
        reason: FinishReason = "stop"
        for number, section in enumerate(sections, start=1):
            if section_id(number) in report.plan.written:
                continue
            left = await self._left(report.question, page)
            if left is not None and left <= 0:
                return "length"
            if not pace.allows_another():
                _leave_out(report.bounds, "time", sections[number - 1 :])
                return "length"
            asked = await self._asked(section, report, left)
            if asked.too_short:
                _leave_out(report.bounds, asked.bound, sections[number - 1 :])
                return "length"
            await page.begin(number, section.heading)
            reason = await self._write_section(asked, report, page)
            if reason != "stop":
                bound = asked.bound if report.bounds.has_time() else "time"
                _leave_out(report.bounds, bound, sections[number:])
                return reason
        return reason

    async def _left(self, question: Question, page: ReportPage) -> int | None:
        """How many tokens the caller still wants."""
        most = question.output.max_tokens
        return None if most is None else most - await count_tokens(self._tokens, page.text)

    async def _asked(self, section: Section, report: Report, left: int | None) -> _Asked:
        """What the model is asked for a section, with as many tokens for it as may be."""
        fit = await asyncio.to_thread(fitting, f"{section.heading} {section.query}", report.sources)
        fitted = await self._window.fit(
            _question_of(section, report.question, left),
            fit,
            report.profile.chat_model or "",
            report.profile.passage_tokens,
            datetime.fromtimestamp(report.context.clock(), UTC),
            ours=instructions("section"),
        )
        left, allowed = fitted.max_tokens, report.bounds.output_left(fitted.prompt_tokens)
        bounded = allowed is not None and (left is None or allowed < left)
        most = allowed if bounded else left
        request = self.request(report.question, fitted.turns, report.profile, most)
        ours = await count_tokens(self._tokens, instructions("section"))
        cited = max(0, await count_tokens(self._tokens, fitted.turns[0].text) - ours)
        bound = report.bounds.output_bound(fitted.prompt_tokens) if bounded else None
        return _Asked(request, cited, bound)

    async def _write_section(self, asked: _Asked, report: Report, page: ReportPage) -> FinishReason:
        """Have the section written. When the time ends it, or the model fails behind an earlier
        section, what stands is kept."""
        answer = self.answer(report.sources, report.question)
        had_text, cited, cut, halved = not page.empty, asked.cited_tokens, True, True
        try:
            async with asyncio.timeout(report.bounds.time_left_s()):
                await self.reply(
                    asked.request, answer, report.context, page, last=False, cited_tokens=cited
                )
            cut = answer.reason == "length"
            halved = cut and not asked.by_caller
        except (TimeoutError, DeadlineExceeded):
            report.bounds.meet("time", "the rest of a section")
        except Cancelled:
            raise
        except HydrophoneError as error:
            if not had_text:
                raise
            await page(Notice("partial", f"The report ends early: {error.message}"))
        await answer.finish(page, whole_only=halved)
        await page.end(cut=cut)
        return "length" if cut else answer.reason


@dataclass(frozen=True, slots=True)
class _Asked:
    """The request for a section, how many tokens of it are sources, and the bound that its length
    is limited by."""

    request: ModelRequest
    cited_tokens: int
    bound: Bound | None

    @property
    def by_caller(self) -> bool:
        """Whether the caller limits the length, who gets all the tokens that he wants."""
        return self.bound is None and self.request.max_tokens is not None

    @property
    def too_short(self) -> bool:
        """Whether the bound leaves too little for a section."""
        return self.bound is not None and (self.request.max_tokens or 0) < _LEAST_TOKENS


class _Pace:
    """Whether the time does for a further section: as long as the longest one took."""

    def __init__(self, bounds: Bounds) -> None:
        self._bounds = bounds
        self._begun = self._now()
        self._longest_s = 0.0
        self._sections = 0

    def allows_another(self) -> bool:
        """Called before each section; the first is always tried."""
        now = self._now()
        if self._sections:
            self._longest_s = max(self._longest_s, now - self._begun)
        self._begun = now
        self._sections += 1
        left_s = self._bounds.time_left_s()
        return left_s is None or self._sections == 1 or self._longest_s < left_s

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _question_of(section: Section, question: Question, left: int | None) -> Question:
    """The question with the task to write a section, of as many tokens as are left, behind it."""
    task = f"Write the section “{section.heading}” now."
    if section.notes:
        task = f"{fenced(section.notes)}\n\n{task}"
    turns = (*question.turns, Turn("user", (TextPart(task),)))
    return replace(question, turns=turns, output=replace(question.output, max_tokens=left))


def _leave_out(bounds: Bounds, bound: Bound | None, sections: Sequence[Section]) -> None:
    if bound is not None:
        for section in sections:
            bounds.meet(bound, f"the section “{section.heading}”")


def _by_rule(plan: Plan, sources: Sequence[Source], profile: Profile) -> tuple[Section, ...]:
    results = [source.result for source in sources]
    facets = facets_of(plan.question, results, profile.sections)
    return tuple(Section(facet.heading, facet.query) for facet in facets)
