"""The inquiry behind a report: plan, search at once, read, note, find gaps, and search again.

The first round searches for the question and for its parts. A part whose notes do not answer it is
a gap, and further rounds search for gaps only. Without a language model the parts are those of the
question's own words, and the headings that the pages found are divided by.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.gather import ROUNDS_SHARE, SEARCH_SHARE, Gathered, Gathering
from hydrophone.engine.limits.bounds import Bounds
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.outline import Section
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.queries.rounds import by_gaps
from hydrophone.engine.queries.split import distinct, parts
from hydrophone.engine.research.facets import facets_of
from hydrophone.engine.research.notes import ModelNotes, Notes, RuleNotes
from hydrophone.engine.research.numbered import Numbered
from hydrophone.engine.research.sections import Topic, fenced, new_topics, sections_of
from hydrophone.engine.research.so_far import OUTLINE
from hydrophone.errors import Cancelled, HydrophoneError
from hydrophone.llm.base import TokenCounter
from hydrophone.types import RequestContext, SearchResult

# Notes and the outline may take until this share of the time, the tokens and the cost has gone.
NOTES_SHARE = 0.6
# A limited number of results leaves one in so many for further rounds.
_KEPT_BACK = 4
_ASIDE_TOKENS = 800
_SHOWN_LINES = 5


@dataclass(frozen=True, slots=True)
class Tools:
    """What an inquiry works with. Without an `aside` everything is done by rule."""

    notes: RuleNotes
    aside: Aside | None
    tokens: TokenCounter


class Inquiry:
    """Finds out about one question within its bounds, and tells of each step."""

    def __init__(
        self,
        gathering: Gathering,
        profile: Profile,
        tools: Tools,
        bounds: Bounds,
        context: RequestContext,
    ) -> None:
        self._gathering = gathering
        self._profile = profile
        self._tools = tools
        self._bounds = bounds
        self._context = context
        self._notes: ModelNotes | RuleNotes = tools.notes
        if tools.aside is not None:
            self._notes = ModelNotes(
                tools.aside, tools.tokens, tools.notes, bounds, context, NOTES_SHARE
            )

    async def find_out(
        self, plan: Plan, attached: Sequence[SearchResult], most: int | None
    ) -> Gathered:
        """The results in the order of their numbers, what is attached first, at most `most` found;
        and the plan with its sections where a language model will write them."""
        topics = await self._topics(plan)
        results = await self._gathering.first_round(self._with_queries(plan, topics))
        if most is not None:
            results = results[: most - most // _KEPT_BACK]
        found = Numbered([*attached, *results], None if most is None else most + len(attached))
        notes = await self._take(topics, found, last=self._profile.rounds < 2)
        if len(found):
            notes = await self._fill_gaps(plan, notes, found)
        sections = await self._outline(plan, notes) if self._tools.aside is not None else ()
        await self._gathering.close(plan, found.results)
        plan = replace(plan, sections=sections)
        return Gathered(found.results, plan, self._gathering.suggestions)

    async def _topics(self, plan: Plan) -> list[Topic]:
        """The parts of the question: the language model's, or those that its words make."""
        if not plan.queries:
            return [Topic(plan.question, plan.question)]
        lines: Sequence[str] = ()
        if self._tools.aside is not None and self._affords_aside():
            asked = f"Question: {plan.question}"
            lines = await self._tools.aside.lines("plan", asked, self._context)
        asked_parts = distinct(lines or parts(plan.question), self._profile.sections)
        if len(asked_parts) > 1 or lines:
            thought = "The question is looked into by its parts:" + _listed(asked_parts)
            await self._gathering.think("plan", thought, asked_parts)
        return [Topic(one, one) for one in asked_parts]

    def _with_queries(self, plan: Plan, topics: Sequence[Topic]) -> Plan:
        """The question, then its parts, then what else its words name."""
        if not plan.queries:
            return plan
        wanted = [plan.queries[0], *(topic.query for topic in topics), *plan.queries[1:]]
        most = max(self._profile.queries, 1 + len(topics))
        return replace(plan, queries=distinct(wanted, most))

    async def _fill_gaps(self, plan: Plan, notes: list[Notes], found: Numbered) -> list[Notes]:
        """The notes with those of further rounds, as long as there are gaps."""
        for number in range(1, self._profile.rounds):
            gaps = [one for one in notes if not one.enough]
            known = [one.topic for one in notes]
            raised = self._raised(plan, found, known) if number == 1 else []
            if not gaps and not raised:
                break
            queries = self._queries(gaps, raised, found)
            if not queries or not self._goes_on(queries):
                break
            open_ones = [one.topic for one in gaps] + raised
            named = [topic.heading for topic in open_ones]
            thought = "These parts are open, and are searched for again:" + _listed(named)
            await self._gathering.think("gap", thought)
            if not await self._round(replace(plan, queries=queries, urls=()), found):
                break
            last = number == self._profile.rounds - 1
            taken = {one.topic: one for one in await self._take(open_ones, found, last=last)}
            notes = [taken.get(one.topic, one) for one in notes]
            notes += [taken[topic] for topic in raised]
        return notes

    def _raised(self, plan: Plan, found: Numbered, known: Sequence[Topic]) -> list[Topic]:
        """What the pages found are about; a language model has planned the parts itself."""
        if self._tools.aside is not None:
            return []
        facets = facets_of(plan.question, found.results, self._profile.sections)
        topics = [Topic(facet.heading, facet.query) for facet in facets]
        return new_topics(known, topics, len(known) + self._profile.sections)

    def _queries(
        self, gaps: Sequence[Notes], raised: Sequence[Topic], found: Numbered
    ) -> tuple[str, ...]:
        """What was raised as it is, then for the gaps what their notes miss, or by rule."""
        asked = self._gathering.asked
        wanted = [topic.query for topic in raised]
        wanted += [query for one in gaps for query in one.missing]
        rest = [one.topic.query for one in gaps if not one.missing]
        wanted += by_gaps(rest, found.results, asked, self._profile.queries)
        most = max(self._profile.queries, len(raised))
        return distinct([*asked, *wanted], len(asked) + most)[len(asked) :]

    def _goes_on(self, queries: Sequence[str]) -> bool:
        """Whether the bounds allow one more round."""
        if not self._bounds.has_time(ROUNDS_SHARE):
            self._bounds.meet("time", "a further round of searches")
            return False
        if self._bounds.searches_left(SEARCH_SHARE) == 0:
            self._bounds.leave_out(queries, SEARCH_SHARE)
            return False
        left = self._bounds.output_left(0, ROUNDS_SHARE)
        if left is not None and left <= 0:
            self._bounds.meet(self._bounds.output_bound(0), "a further round of searches")
            return False
        return True

    async def _round(self, plan: Plan, found: Numbered) -> bool:
        """Whether one more round has brought anything; when it fails, what stands will do."""
        try:
            results = await self._gathering.round(plan, "What is still open:")
        except Cancelled:
            raise
        except HydrophoneError as error:
            await self._gathering.tell_partial(f"A round of searches failed: {error.message}")
            return False
        before = found.results
        found.add(results)
        return found.results != before

    async def _take(self, topics: Sequence[Topic], found: Numbered, *, last: bool) -> list[Notes]:
        """The notes on all topics, taken at once. Those by rule only find gaps, so behind the last
        round there is nothing to be gained by them."""
        sources = found.sources
        if not sources or (last and self._tools.aside is None):
            return [Notes(topic) for topic in topics]
        try:
            async with asyncio.TaskGroup() as group:
                calls = [
                    group.create_task(self._notes.take(topic, sources, self._profile))
                    for topic in topics
                ]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        notes = [call.result() for call in calls]
        for one in notes:
            await self._tell(one)
        return notes

    async def _tell(self, notes: Notes) -> None:
        named = f"“{notes.topic.heading}”"
        if notes.lines:
            thought = f"Noted on {named}:" + _listed(notes.lines)
        else:
            thought = f"Nothing sure was found on {named}."
        await self._gathering.think("note", thought, notes.lines)

    async def _outline(self, plan: Plan, notes: Sequence[Notes]) -> tuple[Section, ...]:
        """The sections that the language model makes of the notes, or else one for each topic."""
        lines = [line for one in notes for line in one.lines]
        outline: Sequence[str] = ()
        if lines and self._tools.aside is not None and self._affords_aside():
            text = f"Question: {plan.question}\n\n{fenced(lines)}"
            outline = await self._tools.aside.lines("outline", text, self._context)
        by_topic = [f"{one.topic.heading} | {one.topic.query}" for one in notes if one.lines]
        most = self._profile.sections
        sections = sections_of(outline, lines, most) or sections_of(by_topic, lines, most)
        if sections:
            thought = "The sections of the report:" + _listed([one.heading for one in sections])
            lines = [line for one in sections for line in one.lines]
            await self._gathering.think(OUTLINE, thought, lines)
        return sections

    def _affords_aside(self) -> bool:
        left = self._bounds.output_left(_ASIDE_TOKENS, NOTES_SHARE)
        return self._bounds.has_time(NOTES_SHARE) and (left is None or left > _ASIDE_TOKENS)


def _listed(lines: Sequence[str]) -> str:
    shown = "".join(f"\n- {line}" for line in lines[:_SHOWN_LINES])
    return shown + ("\n- …" if len(lines) > _SHOWN_LINES else "")
