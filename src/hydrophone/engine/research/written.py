"""The report that a language model writes, section by section from the sources of each."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from hydrophone.engine.counting import count_tokens
from hydrophone.engine.profile import Profile
from hydrophone.engine.prompt import conversation, instructions, packed
from hydrophone.engine.queries.plan import Plan, Section
from hydrophone.engine.research.facets import facets_of
from hydrophone.engine.write import ModelWriter, WrittenAnswer
from hydrophone.llm.base import ModelDelta
from hydrophone.llm.overlap import coverage
from hydrophone.stream import Emit
from hydrophone.types import (
    Event,
    FinishReason,
    Notice,
    Question,
    RequestContext,
    Source,
    TextPart,
    Thinking,
    Turn,
)


class ModelReport(ModelWriter):
    """Writes reports with a language model: a section at a time, each from the sources that fit
    it; citations are checked to exist."""

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
        for one reply, and get it. When the time would not do for a further section, it is left
        out, with a Notice."""
        emit = _without_thoughts(emit)
        sections = plan.sections or _by_rule(plan, sources, profile)
        one_reply = question.output.format is not None or question.tools.functions
        if not sections or one_reply:
            return await super().write(question, plan, sources, profile, context, emit)
        answer = WrittenAnswer(sources, plain=False)
        pace = _Pace(plan.write_by)
        for position, section in enumerate(sections):
            left = await self._left(question, answer)
            if left is not None and left <= 0:
                answer.reason = "length"
                break
            if not pace.allows_another():
                answer.reason = "length"
                await emit(_left_out(sections[position:]))
                break
            blocks = await self._blocks(section, sources, profile)
            cited = await count_tokens(self._tokens, "\n".join(blocks))
            turns = self._turns(section, question, blocks, context)
            before = "\n\n" if answer.text else ""
            await answer.take(ModelDelta(text=f"{before}## {section.heading}\n\n"), emit)
            request = self.request(question, turns, profile, left)
            await self.reply(request, answer, context, emit, last=False, cited_tokens=cited)
        await answer.finish(emit)
        return answer.reason

    async def _left(self, question: Question, answer: WrittenAnswer) -> int | None:
        most = question.output.max_tokens
        return None if most is None else most - await count_tokens(self._tokens, answer.text)

    async def _blocks(
        self, section: Section, sources: Sequence[Source], profile: Profile
    ) -> list[str]:
        fitting = await asyncio.to_thread(_fitting, section, sources)
        return await asyncio.to_thread(packed, fitting, self._tokens, profile.passage_tokens)

    def _turns(
        self, section: Section, question: Question, blocks: list[str], context: RequestContext
    ) -> Sequence[Turn]:
        now = datetime.fromtimestamp(context.clock(), UTC)
        turns = conversation(question, blocks, now, ours=instructions("section"))
        return [*turns, Turn("user", (TextPart(f"Write the section “{section.heading}” now."),))]


class _Pace:
    """Whether the time does for a further section: as long as the longest one took."""

    def __init__(self, write_by: float | None) -> None:
        self._write_by = write_by
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
        if self._write_by is None or self._sections == 1:
            return True
        return now + self._longest_s < self._write_by

    def _now(self) -> float:
        return asyncio.get_running_loop().time()


def _left_out(sections: Sequence[Section]) -> Notice:
    named = ", ".join(section.heading for section in sections)
    return Notice("partial", f"The time for the request did not do for these sections: {named}.")


def _without_thoughts(emit: Emit) -> Emit:
    """`emit` for a model that shows no thoughts; they are counted all the same."""

    async def quiet(event: Event) -> None:
        if not isinstance(event, Thinking):
            await emit(event)

    return quiet


def _by_rule(plan: Plan, sources: Sequence[Source], profile: Profile) -> tuple[Section, ...]:
    results = [source.result for source in sources]
    facets = facets_of(plan.question, results, profile.sections)
    return tuple(Section(facet.heading, facet.query) for facet in facets)


def _fitting(section: Section, sources: Sequence[Source]) -> list[Source]:
    """The sources, those first whose texts cover most of the section's words."""
    texts = [
        "\n".join([source.result.title, *(p.text for p in source.result.passages)])
        for source in sources
    ]
    covered = coverage(f"{section.heading} {section.query}", texts)
    order = sorted(range(len(sources)), key=lambda index: (-covered[index], index))
    return [sources[index] for index in order]
