"""Search and read: from a plan to the results whose passages the writer may quote."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import TypeAlias

from hydrophone.engine.extras.pictures import media
from hydrophone.engine.extras.thoughts import Thoughts
from hydrophone.engine.limits.bounds import Bounds
from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.bridge import next_queries
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.queries.rewrite import Rewriting
from hydrophone.engine.queries.rounds import Proposals, Standing
from hydrophone.engine.queries.shares import shared_out
from hydrophone.engine.read import Reading, allowed, read, to_read
from hydrophone.errors import DeadlineExceeded
from hydrophone.ports import Searcher, SearchOutcome
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

# How far these results answer a question.
Judge: TypeAlias = Callable[[str, Sequence[SearchResult]], Awaitable[Standing]]

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
# Searches and readings may take until this share of the time has gone.
SEARCH_SHARE = 0.7
AS_MEANT = "The question as it is meant:"
LEADS = "The question again, with how the best pages begin:"


@dataclass(frozen=True, slots=True)
class Materials:
    """Where results come from. Without `pages` nothing is read; reading ends at the deadline."""

    searcher: Searcher
    pages: Pages | None
    read_deadline_s: float


@dataclass(frozen=True, slots=True)
class Gathered:
    """The results in the order of their numbers, the plan as it became on the way, and what the
    searches suggest to go on with."""

    results: Sequence[SearchResult]
    plan: Plan
    suggestions: Sequence[str] = ()


class Gathering:
    """Gathers the results for one question within its bounds, and tells of each step.

    Rounds after the first begin within half of the time; where the `judge` sees nothing open, a
    single one for what the best sentences lead to. Follow-ups are searched for as `rewriting` puts
    them, too; steps go on from `steps`.
    """

    def __init__(
        self,
        materials: Materials,
        profile: Profile,
        question: Question,
        context: RequestContext,
        emit: Emit,
        thoughts: Thoughts,
        bounds: Bounds,
        *,
        judge: Judge | None = None,
        rewriting: Rewriting | None = None,
        steps: int = 0,
    ) -> None:
        self._materials = materials
        self._profile = profile
        self._question = question
        self._context = context
        self._emit = emit
        self._thoughts = thoughts
        self._bounds = bounds
        self._judge = judge
        self._rewriting = rewriting
        self._steps = steps
        self._asked: list[str] = []
        self._tried: set[str] = set()
        self._images: list[Image] = []
        self._videos: list[Video] = []
        self._suggestions: list[str] = []

    async def gather(self, plan: Plan, proposals: Proposals) -> Gathered:
        """The results in the order of their numbers, pages that the question names first.

        When these are all that is wanted and none can be read, the question is searched for.
        """
        results = await self.first_round(plan)
        if results and self._profile.rounds > 1:
            results = await self._deepen(results, plan, proposals)
        await self.close(plan, results)
        return Gathered(results, plan, self._suggestions)

    @property
    def suggestions(self) -> Sequence[str]:
        """What the searches so far suggest to go on with."""
        return self._suggestions

    @property
    def asked(self) -> Sequence[str]:
        """What was searched for so far."""
        return self._asked

    async def tell_partial(self, message: str) -> None:
        """What is missing, and why."""
        await self._tell([Notice("partial", message)])

    async def first_round(self, plan: Plan) -> Sequence[SearchResult]:
        """What the plan's pages and queries bring; when it has but pages and none can be read, the
        question is searched for."""
        results = (await self.round(plan, ""))[: self._wanted]
        if not results and plan.urls and not plan.queries:
            again = replace(plan, queries=(plan.text,), urls=())
            results = (await self.round(again, ""))[: self._wanted]
        return results

    async def close(self, plan: Plan, results: Sequence[SearchResult]) -> None:
        """Tell of what was left out and what is missing, and show the pictures."""
        await self._tell(list(self._bounds.notices()))
        empty = not results and not plan.attached and bool(plan.queries or plan.urls)
        if empty and self._profile.chat_model is not None:
            await self._emit(Notice("not_in_sources", NOTHING_FOUND))
        await self._show_media()

    async def think(self, name: str, thought: str, notes: Sequence[str] = ()) -> None:
        """Tell of a step that was thought, and what notes it left."""
        step = self._next_step(name)
        await self._emit(Step(step, "think", thought=thought))
        await self._emit(StepResult(step, notes=tuple(notes)))
        await self._thoughts.told(thought)

    async def _deepen(
        self, results: Sequence[SearchResult], plan: Plan, proposals: Proposals
    ) -> Sequence[SearchResult]:
        """What further rounds add; where the caller sets no number, in places of their own."""
        lists = [results]
        for _ in range(1, self._profile.rounds):
            if not self._bounds.has_time(ROUNDS_SHARE):
                self._bounds.meet("time", "a further round of searches")
                break
            known = [result for one in lists for result in one]
            standing = Standing((plan.question,))
            if self._judge is not None:
                standing = await self._judge(plan.question, known)
            proposal = await proposals.next(plan, standing, known, self._asked)
            if not proposal.queries:
                break
            plan_of_round = replace(plan, queries=proposal.queries, urls=())
            is_open = bool(standing.unanswered)
            lists.append(await self.round(plan_of_round, proposal.why, leads=is_open))
            if not is_open:
                break
        most = self._question.search.max_results
        share = (most or self._wanted) // LATER_SHARE
        added = share * (len(lists) - 1)
        return shared_out(lists, most or self._wanted + added, added)

    @property
    def _wanted(self) -> int:
        return self._question.search.max_results or self._profile.results

    async def round(self, plan: Plan, why: str, *, leads: bool = True) -> Sequence[SearchResult]:
        """Search for the plan's queries at once and, with `leads`, for what they lead to; read the
        pages."""
        found = await self._search(self._affordable(plan.queries), why)
        plan, found = await self._as_meant(plan, found)
        if found and leads and self._profile.leads:
            begun = next_queries(plan.question, found, self._asked, self._profile.leads)
            more = await self._search(self._affordable(begun), LEADS)
            found = shared_out([found, more], self._wanted, self._wanted // LEADS_SHARE)
        return await self._read(plan, found)

    async def _as_meant(
        self, plan: Plan, found: Sequence[SearchResult]
    ) -> tuple[Plan, Sequence[SearchResult]]:
        """What a follow-up finds as the language model understands it, first."""
        meant = await self._rewriting.question() if self._rewriting else ""
        if not meant or meant in self._asked:
            return plan, found
        more = await self._search(self._affordable((meant,)), AS_MEANT)
        both = shared_out([more, found], self._wanted, self._wanted // LEADS_SHARE)
        return replace(plan, question=meant), both if more else found

    def _affordable(self, queries: Sequence[str]) -> Sequence[str]:
        left = self._bounds.searches_left(SEARCH_SHARE)
        if left is None or len(queries) <= left:
            return queries
        self._bounds.leave_out(queries[left:], SEARCH_SHARE)
        return queries[:left]

    async def _search(self, queries: Sequence[str], why: str) -> Sequence[SearchResult]:
        """What the queries found, the first one's results first."""
        if not queries:
            return ()
        step = self._next_step("search")
        await self._emit(Step(step, "web_search", thought=why, queries=tuple(queries)))
        await self._thoughts.searching(queries, why)
        self._context.meter.add(search_queries=len(queries))
        self._asked += queries
        if self._rewriting is not None:
            self._rewriting.begin()
        outcomes = await self._outcomes(queries)
        await self._tell(dict.fromkeys(notice for one in outcomes for notice in one.notices))
        kept = outcomes[0].results[: self._wanted]
        if len(outcomes) > 1:
            lists = [one.results for one in outcomes]
            kept = tuple(shared_out(lists, self._wanted, self._wanted // LEADS_SHARE))
        await self._emit(StepResult(step, hits=kept))
        await self._thoughts.found(kept)
        for outcome in outcomes:
            self._images += outcome.images
            self._videos += outcome.videos
            self._suggestions += outcome.suggestions
        return kept

    async def _outcomes(self, queries: Sequence[str]) -> Sequence[SearchOutcome]:
        """All queries at once, each by itself: fused, a part pushes out what the whole found. Those
        that take too long are left out. Raises DeadlineExceeded when all do."""
        extras = self._question.extras
        options = replace(
            self._question.search,
            max_results=self._wanted,
            images=extras.images,
            related=extras.related,
            videos=extras.videos,
            passages=self._profile.passages,
        )
        search = self._materials.searcher.search
        calls = [asyncio.create_task(search((query,), options, self._context)) for query in queries]
        left_s = self._bounds.time_left_s(SEARCH_SHARE)
        try:
            await asyncio.wait(calls, timeout=left_s, return_when=asyncio.FIRST_EXCEPTION)
        finally:
            ended = [call for call in calls if call.done()]
            late = [query for call, query in zip(calls, queries, strict=True) if not call.done()]
            for call in calls:
                call.cancel()
            await asyncio.gather(*calls, return_exceptions=True)
        outcomes = [call.result() for call in ended]
        if not outcomes:
            raise DeadlineExceeded("no search ended within the time for this request")
        if late:
            await self._emit(
                Notice("late_stage", f"Searches left out as too slow: {_listed(late)}.")
            )
        return outcomes

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
        reading = self._what_to_read(named, found)
        if not reading.urls:
            return [with_excerpt(result) for result in found]
        return await self._read_now(reading, plan.question, found, pages, now)

    def _what_to_read(self, named: Sequence[str], found: Sequence[SearchResult]) -> Reading:
        """The pages that no round has tried before, as many as are allowed."""
        new = [result for result in found if result.url not in self._tried]
        most, budget = self._profile.pages, self._question.budgets.pages
        wanted = to_read(named, new, most)
        if budget is None:
            return wanted
        left = max(0, budget - len(self._tried))
        kept = Reading(wanted.named[:left], wanted.found[: max(0, left - len(wanted.named))])
        if kept != wanted:
            count = len(wanted.urls) - len(kept.urls)
            self._bounds.meet("pages", "1 page" if count == 1 else f"{count} pages")
        return kept

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
            deadline_s=self._reading_s,
            a_page=self._profile.passages,
        )
        self._context.meter.add(pages_read=len(outcome.pages))
        self._tried.update(reading.urls)
        await self._tell(outcome.notices)
        await self._emit(StepResult(step, pages=outcome.pages))
        await self._thoughts.read(len(outcome.pages), len(reading.urls))
        if self._question.extras.images:
            self._images += outcome.images
        if self._question.extras.videos:
            self._videos += outcome.videos
        self._suggestions += outcome.link_texts
        return outcome.results

    @property
    def _reading_s(self) -> float:
        """How long one reading may take: its own deadline, or what is left of the share."""
        left_s, own_s = self._bounds.time_left_s(SEARCH_SHARE), self._materials.read_deadline_s
        return own_s if left_s is None else max(0.0, min(own_s, left_s))

    def _next_step(self, name: str) -> str:
        self._steps += 1
        return f"{name}-{self._steps}"

    async def _tell(self, notices: Iterable[Notice]) -> None:
        for notice in notices:
            await self._emit(notice)


def _listed(queries: Sequence[str]) -> str:
    return "; ".join(f"“{query}”" for query in queries)
