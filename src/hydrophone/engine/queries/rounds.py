"""What the next round of search looks for: a language model's proposals, or the rule's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.bridge import next_queries
from hydrophone.engine.queries.plan import Plan, Section
from hydrophone.engine.queries.split import distinct
from hydrophone.engine.research.facets import facets_of
from hydrophone.types import RequestContext, SearchResult

_SHOWN_RESULTS = 10
_SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to search for next and why; `sections` are those of a report's outline."""

    queries: tuple[str, ...]
    why: str = ""
    sections: tuple[Section, ...] = ()


class Proposals:
    """Proposes queries for one question. Without an `aside`, or when it fails, by rule."""

    def __init__(self, profile: Profile, aside: Aside | None, context: RequestContext) -> None:
        self._profile = profile
        self._aside = aside
        self._context = context

    async def first(self, plan: Plan) -> Plan:
        """The plan with the first round's queries; where the profile wants several, the model's
        beside the whole question."""
        if self._aside is None or self._profile.queries == 1 or not plan.queries:
            return plan
        lines = await self._aside.lines("queries", f"Question: {plan.question}", self._context)
        if not lines:
            return plan
        queries = distinct([plan.queries[0], *lines], self._profile.queries)
        return replace(plan, queries=queries)

    async def next(
        self, number: int, plan: Plan, results: Sequence[SearchResult], asked: Sequence[str]
    ) -> Proposal:
        """What round `number` (from 1, behind the first) looks for; no queries end the search."""
        if self._profile.kind == "report" and number == 1:
            return await self._outline(plan, results)
        if self._aside is not None:
            seen = "\n".join(asked)
            text = f"Question: {plan.question}\n\nSearched already:\n{seen}\n\n{_found(results)}"
            lines = await self._aside.lines("queries", text, self._context)
            fresh = distinct([*asked, *lines], len(asked) + self._profile.queries)[len(asked) :]
            if fresh:
                return Proposal(fresh, "What is still missing:")
        queries = next_queries(plan.question, results, asked, self._profile.queries)
        return Proposal(queries, "The pages found name these:")

    async def _outline(self, plan: Plan, results: Sequence[SearchResult]) -> Proposal:
        if self._aside is not None:
            text = f"Question: {plan.question}\n\n{_found(results)}"
            lines = await self._aside.lines("outline", text, self._context)
            sections = _sections(lines)[: self._profile.sections]
            if sections:
                queries = distinct([one.query for one in sections], len(sections))
                return Proposal(queries, "The sections of the report:", sections)
        facets = facets_of(plan.question, results, self._profile.sections)
        queries = distinct([facet.query for facet in facets], self._profile.sections)
        return Proposal(queries, "What the pages found are about:")


def _sections(lines: Sequence[str]) -> tuple[Section, ...]:
    found: dict[str, Section] = {}
    for line in lines:
        heading, bar, query = (part.strip(" #*") for part in line.partition("|"))
        if bar and heading and query:
            found.setdefault(heading.casefold(), Section(heading, query))
    return tuple(found.values())


def _found(results: Sequence[SearchResult]) -> str:
    lines = [
        f"- {_plain(result.title, 100)}: {_plain(result.snippet, _SHOWN_CHARS)}"
        for result in results[:_SHOWN_RESULTS]
    ]
    return "\n".join(["<found>", *lines, "</found>"])


def _plain(text: str, most: int) -> str:
    return " ".join(text.split()).replace("<", "(").replace(">", ")")[:most]
