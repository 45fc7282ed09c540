"""What the next round of search looks for: a language model's proposals, or the rule's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.hostile.fence import one_line
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.bridge import next_queries
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.queries.split import distinct
from hydrophone.types import RequestContext, SearchResult

LED_TO = "The question again, with the sentence that answers it best:"
_SHOWN_RESULTS = 10
_SHOWN_CHARS = 300


@dataclass(frozen=True, slots=True)
class Proposal:
    """What to search for next, and why."""

    queries: tuple[str, ...]
    why: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How far results answer a question: its parts that nothing answers for sure, and queries of
    each part together with the sentence that comes nearest to answering it."""

    unanswered: tuple[str, ...]
    leads: tuple[str, ...] = ()


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
        self,
        plan: Plan,
        standing: Standing,
        results: Sequence[SearchResult],
        asked: Sequence[str],
    ) -> Proposal:
        """What a further round looks for: what is not answered yet, or, where all is, what the best
        sentences lead to; no queries end the search."""
        gaps = standing.unanswered
        if not gaps:
            return Proposal(_fresh(standing.leads, asked, self._profile.queries), LED_TO)
        if self._aside is not None:
            text = "\n\n".join(
                [
                    f"Question: {plan.question}",
                    "Not answered yet:\n" + "\n".join(gaps),
                    "Searched already:\n" + "\n".join(asked),
                    _found(results),
                ]
            )
            lines = await self._aside.lines("queries", text, self._context)
            if fresh := _fresh(lines, asked, self._profile.queries):
                return Proposal(fresh, "What is still missing:")
        beginnings = by_gaps(gaps, results, asked, self._profile.queries)
        queries = _fresh([*standing.leads, *beginnings], asked, self._profile.queries)
        return Proposal(queries, "Not answered yet, with what comes nearest:")


def by_gaps(
    gaps: Sequence[str], results: Sequence[SearchResult], asked: Sequence[str], most: int
) -> tuple[str, ...]:
    """Up to `most` queries for what is not answered yet, by rule: the gaps take turns."""
    each = [next_queries(gap, results, asked, most) for gap in gaps]
    turns = [
        query for turn in range(most) for queries in each for query in queries[turn : turn + 1]
    ]
    return _fresh(turns, asked, most)


def _fresh(queries: Sequence[str], asked: Sequence[str], most: int) -> tuple[str, ...]:
    return distinct([*asked, *queries], len(asked) + most)[len(asked) :]


def _found(results: Sequence[SearchResult]) -> str:
    lines = [
        f"- {_plain(result.title, 100)}: {_plain(result.snippet, _SHOWN_CHARS)}"
        for result in results[:_SHOWN_RESULTS]
    ]
    return "\n".join(["<found>", *lines, "</found>"])


def _plain(text: str, most: int) -> str:
    return one_line(text)[:most]
