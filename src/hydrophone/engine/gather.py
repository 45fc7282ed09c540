"""Search and read: from a plan to the results whose passages the writer may quote."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hydrophone.engine.plan import Plan
from hydrophone.engine.profile import Profile
from hydrophone.engine.read import Reading, allowed, read, to_read, with_excerpt
from hydrophone.ports import Searcher
from hydrophone.search.pages import Pages
from hydrophone.stream import Emit
from hydrophone.types import (
    Media,
    Notice,
    Question,
    RequestContext,
    SearchResult,
    Step,
    StepResult,
)

NOTHING_FOUND = "Nothing was found: the language model answers without sources."
NOT_READ = (
    "The page that the question names was not read: HYDROPHONE_OFFLINE is set, or hydrophone[web] "
    "is not installed."
)


@dataclass(frozen=True, slots=True)
class Materials:
    """Where results come from. Without `pages` nothing is read; reading ends at the deadline."""

    searcher: Searcher
    pages: Pages | None
    read_deadline_s: float


class Gathering:
    """Gathers the results for one question, and tells of each step."""

    def __init__(
        self,
        materials: Materials,
        profile: Profile,
        question: Question,
        context: RequestContext,
        emit: Emit,
    ) -> None:
        self._materials = materials
        self._profile = profile
        self._question = question
        self._context = context
        self._emit = emit
        self._steps = 0

    async def results(self, plan: Plan) -> Sequence[SearchResult]:
        """The results in the order of their numbers, pages that the question names first.

        When these are all that is wanted and none can be read, the question is searched for.
        """
        results = await self._read(plan, await self._search(plan.queries))
        if not results and plan.urls and not plan.queries:
            again = replace(plan, queries=(plan.text,), urls=())
            results = await self._read(again, await self._search(again.queries))
        if not results and (plan.queries or plan.urls) and self._profile.chat_model is not None:
            await self._emit(Notice("not_in_sources", NOTHING_FOUND))
        return results[: self._wanted]

    @property
    def _wanted(self) -> int:
        return self._question.search.max_results or self._profile.results

    async def _search(self, queries: Sequence[str]) -> Sequence[SearchResult]:
        if not queries:
            return ()
        step = self._next_step("search")
        await self._emit(Step(step, "web_search", queries=tuple(queries)))
        self._context.meter.add(search_queries=len(queries))
        extras = self._question.extras
        options = replace(
            self._question.search,
            max_results=self._wanted,
            images=extras.images,
            videos=extras.videos,
        )
        outcome = await self._materials.searcher.search(queries, options, self._context)
        await self._tell(outcome.notices)
        kept = outcome.results[: self._wanted]
        await self._emit(StepResult(step, hits=kept))
        if outcome.images or outcome.videos:
            await self._emit(Media(outcome.images, outcome.videos))
        return kept

    async def _read(self, plan: Plan, found: Sequence[SearchResult]) -> Sequence[SearchResult]:
        """The results with passages of their pages, those that the question names before them."""
        pages, filter = self._materials.pages, self._question.search.filter
        if pages is None:
            await self._tell([Notice("partial", NOT_READ)] if plan.urls else [])
            return [with_excerpt(result) for result in found]
        now = datetime.fromtimestamp(self._context.clock(), UTC)
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
        )
        self._context.meter.add(pages_read=len(outcome.pages))
        await self._tell(outcome.notices)
        await self._emit(StepResult(step, pages=outcome.pages))
        return outcome.results

    def _most_read(self, named: Sequence[str]) -> int:
        budget = self._question.budgets.pages
        return self._profile.pages if budget is None else max(0, budget - len(named))

    def _next_step(self, name: str) -> str:
        self._steps += 1
        return f"{name}-{self._steps}"

    async def _tell(self, notices: Sequence[Notice]) -> None:
        for notice in notices:
            await self._emit(notice)
