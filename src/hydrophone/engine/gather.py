"""Search and read: from a plan to the results whose passages the writer may quote."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import islice

from hydrophone.engine.extras.pictures import media
from hydrophone.engine.extras.thoughts import Thoughts
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.bridge import next_queries
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.queries.rounds import Proposals
from hydrophone.engine.read import Reading, allowed, read, to_read
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.search.merge import same_page_key
from hydrophone.search.pages import Pages
from hydrophone.search.reading import with_excerpt
from hydrophone.stream import Emit
from hydrophone.types import (
    Image,
    Notice,
    Question,
    RequestContext,
    SearchResult,
    Step,
    StepResult,
    Video,
)

NOTHING_FOUND = "Nothing was found: the language model answers without sources."
NOT_READ = (
    "The page that the question names was not read: HYDROPHONE_OFFLINE is set, or hydrophone[web] "
    "is not installed."
)
# Later rounds begin only before this share of the time has gone: the answer has to be written.
ROUNDS_SHARE = 0.5
# Of the places for results, the parts for what further queries find, and for a further round.
LEADS_SHARE = 4
LATER_SHARE = 8
LEADS = "The question again, with how the best pages begin:"


@dataclass(frozen=True, slots=True)
class Materials:
    """Where results come from. Without `pages` nothing is read; reading ends at the deadline."""

    searcher: Searcher
    pages: Pages | None
    read_deadline_s: float


@dataclass(frozen=True, slots=True)
class Gathered:
    """The results in the order of their numbers, and the plan as it became on the way."""

    results: Sequence[SearchResult]
    plan: Plan


class Gathering:
    """Gathers the results for one question, and tells of each step.

    Rounds after the first begin within half of `limit_s`, the time that the whole answer has.
    """

    def __init__(
        self,
        materials: Materials,
        profile: Profile,
        question: Question,
        context: RequestContext,
        emit: Emit,
        thoughts: Thoughts,
        limit_s: float,
    ) -> None:
        self._materials = materials
        self._profile = profile
        self._question = question
        self._context = context
        self._emit = emit
        self._thoughts = thoughts
        self._last_round_at = asyncio.get_running_loop().time() + ROUNDS_SHARE * limit_s
        self._steps = 0
        self._asked: list[str] = []
        self._pages_read = 0
        self._images: list[Image] = []
        self._videos: list[Video] = []

    async def gather(self, plan: Plan, proposals: Proposals) -> Gathered:
        """The results in the order of their numbers, pages that the question names first.

        When these are all that is wanted and none can be read, the question is searched for.
        """
        results = (await self._round(plan, ""))[: self._wanted]
        if not results and plan.urls and not plan.queries:
            again = replace(plan, queries=(plan.text,), urls=())
            results = (await self._round(again, ""))[: self._wanted]
        if results and self._profile.rounds > 1:
            results, plan = await self._deepen(results, plan, proposals)
        empty = not results and not plan.attached and bool(plan.queries or plan.urls)
        if empty and self._profile.chat_model is not None:
            await self._emit(Notice("not_in_sources", NOTHING_FOUND))
        await self._show_media()
        return Gathered(results, plan)

    async def _deepen(
        self, results: Sequence[SearchResult], plan: Plan, proposals: Proposals
    ) -> tuple[Sequence[SearchResult], Plan]:
        """What further rounds add; where the caller sets no number, in places of their own."""
        lists = [results]
        for number in range(1, self._profile.rounds):
            if asyncio.get_running_loop().time() > self._last_round_at:
                break
            known = [result for one in lists for result in one]
            proposal = await proposals.next(number, plan, known, self._asked)
            plan = replace(plan, sections=proposal.sections or plan.sections)
            if not proposal.queries:
                break
            plan_of_round = replace(plan, queries=proposal.queries, urls=())
            lists.append(await self._round(plan_of_round, proposal.why))
        most = self._question.search.max_results
        share = (most or self._wanted) // LATER_SHARE
        added = share * (len(lists) - 1)
        return shared_out(lists, most or self._wanted + added, added), plan

    @property
    def _wanted(self) -> int:
        return self._question.search.max_results or self._profile.results

    async def _round(self, plan: Plan, why: str) -> Sequence[SearchResult]:
        found = await self._search(self._affordable(plan.queries), why)
        if found and self._profile.leads:
            leads = next_queries(plan.question, found, self._asked, self._profile.leads)
            more = await self._search(self._affordable(leads), LEADS)
            found = shared_out([found, more], self._wanted, self._wanted // LEADS_SHARE)
        return await self._read(plan, found)

    def _affordable(self, queries: Sequence[str]) -> Sequence[str]:
        budget = self._question.budgets.searches
        return queries if budget is None else queries[: max(0, budget - len(self._asked))]

    async def _search(self, queries: Sequence[str], why: str) -> Sequence[SearchResult]:
        """What the queries found, the first one's results first."""
        if not queries:
            return ()
        step = self._next_step("search")
        await self._emit(Step(step, "web_search", thought=why, queries=tuple(queries)))
        await self._thoughts.searching(queries, why)
        self._context.meter.add(search_queries=len(queries))
        self._asked += queries
        outcomes = await self._outcomes(queries)
        for notice in dict.fromkeys(notice for one in outcomes for notice in one.notices):
            await self._emit(notice)
        kept = outcomes[0].results[: self._wanted]
        if len(outcomes) > 1:
            lists = [one.results for one in outcomes]
            kept = tuple(shared_out(lists, self._wanted, self._wanted // LEADS_SHARE))
        await self._emit(StepResult(step, hits=kept))
        await self._thoughts.found(kept)
        for outcome in outcomes:
            self._images += outcome.images
            self._videos += outcome.videos
        return kept

    async def _outcomes(self, queries: Sequence[str]) -> Sequence[SearchOutcome]:
        """All queries at once, each by itself: fused, a part pushes out what the whole found."""
        extras = self._question.extras
        options = replace(
            self._question.search,
            max_results=self._wanted,
            images=extras.images,
            videos=extras.videos,
            passages=self._profile.passages,
        )
        search = self._materials.searcher.search
        if len(queries) == 1:
            return [await search(queries, options, self._context)]
        try:
            async with asyncio.TaskGroup() as group:
                calls = [
                    group.create_task(search([query], options, self._context)) for query in queries
                ]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [call.result() for call in calls]

    async def _show_media(self) -> None:
        if not (self._images or self._videos):
            return
        shown = media(self._question, self._images, self._videos, self._now)
        if shown is not None:
            await self._emit(shown)

    @property
    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._context.clock(), UTC)

    async def _read(self, plan: Plan, found: Sequence[SearchResult]) -> Sequence[SearchResult]:
        """The results with passages of their pages, those that the question names before them."""
        pages, filter = self._materials.pages, self._question.search.filter
        if pages is None:
            await self._tell([Notice("partial", NOT_READ)] if plan.urls else [])
            return [with_excerpt(result) for result in found]
        now = self._now
        named, refused = allowed(plan.urls, filter, now)
        await self._tell(refused)
        reading = to_read(named, found, self._most_read(named))
        if not reading.urls:
            return [with_excerpt(result) for result in found]
        return await self._read_now(reading, plan.question, found, pages, now)

    async def _read_now(
        self,
        reading: Reading,
        query: str,
        found: Sequence[SearchResult],
        pages: Pages,
        now: datetime,
    ) -> Sequence[SearchResult]:
        step = self._next_step("read")
        await self._emit(Step(step, "fetch_url", urls=reading.urls))
        outcome = await read(
            reading,
            found,
            query,
            pages,
            filter=self._question.search.filter,
            now=now,
            deadline_s=self._materials.read_deadline_s,
            a_page=self._profile.passages,
        )
        self._context.meter.add(pages_read=len(outcome.pages))
        self._pages_read += len(reading.urls)
        await self._tell(outcome.notices)
        await self._emit(StepResult(step, pages=outcome.pages))
        await self._thoughts.read(len(outcome.pages), len(reading.urls))
        return outcome.results

    def _most_read(self, named: Sequence[str]) -> int:
        budget = self._question.budgets.pages
        if budget is None:
            return self._profile.pages
        return max(0, budget - len(named) - self._pages_read)

    def _next_step(self, name: str) -> str:
        self._steps += 1
        return f"{name}-{self._steps}"

    async def _tell(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            await self._emit(notice)


def shared_out(
    lists: Sequence[Sequence[SearchResult]], wanted: int, for_others: int
) -> list[SearchResult]:
    """One list of `wanted` results of several lists, each page once: the others take turns for
    `for_others` places behind the first. Places that nobody else fills are the first one's again.
    """
    first = list(islice(_fresh(lists[0], set()), wanted))
    kept = first[: wanted - for_others] if len(lists) > 1 else first
    seen = {same_page_key(result.url) for result in kept}
    turns = [_fresh(results, seen) for results in lists[1:]]
    while turns and len(kept) < wanted:
        turns = [turn for turn in turns if _take(turn, kept, wanted)]
    rest = _fresh(first, seen)
    return [*kept, *islice(rest, wanted - len(kept))]


def _take(turn: Iterator[SearchResult], kept: list[SearchResult], wanted: int) -> bool:
    """Whether the turn had one more page, or the places are full."""
    if len(kept) == wanted:
        return True
    result = next(turn, None)
    if result is not None:
        kept.append(result)
    return result is not None


def _fresh(results: Sequence[SearchResult], seen: set[str]) -> Iterator[SearchResult]:
    for result in results:
        key = same_page_key(result.url)
        if key not in seen:
            seen.add(key)
            yield result
