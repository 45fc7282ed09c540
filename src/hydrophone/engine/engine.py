"""The engine: understand → search → select and write → check, one stage after another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import replace
from typing import Protocol

from hydrophone.engine.plan import Plan, understand
from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidRequest
from hydrophone.ports import Searcher
from hydrophone.stream import Emit, running
from hydrophone.types import (
    Event,
    Finished,
    FinishReason,
    Notice,
    Question,
    RequestContext,
    SearchOptions,
    Source,
    Sources,
    Step,
    StepResult,
)

NOTHING_FOUND = "Nothing was found: the language model answers without sources."


class Writer(Protocol):
    """Turns sources into the text of an answer."""

    async def write(
        self,
        question: Question,
        query: str,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit text and citations, add to the meter, and say why the answer ended."""


class Engine:
    """Answers from what the searcher finds, by quoting it or with a language model."""

    def __init__(
        self,
        searcher: Searcher,
        writer: Writer,
        profile: Profile,
        *,
        deadline_s: float,
        notices: Sequence[Notice] = (),
    ) -> None:
        self._searcher = searcher
        self._writer = writer
        self._profile = profile
        self._deadline_s = deadline_s
        self._notices = tuple(notices)

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Answerer`."""

        async def work(emit: Emit) -> None:
            self._refuse_what_cannot_be_done(question)
            plan = understand(question, self._profile)
            for notice in self._notices:
                await emit(notice)
            sources = await self._search(plan, question.search, context, emit)
            await emit(Sources(sources, complete=True))
            reason = await self._writer.write(
                question, plan.question, sources, self._profile, context, emit
            )
            await emit(Finished(reason, context.meter.usage))

        limit_s = min(self._deadline_s, question.budgets.deadline_s or self._deadline_s)
        return running(work, context, deadline_s=limit_s)

    def _refuse_what_cannot_be_done(self, question: Question) -> None:
        if self._profile.chat_model is not None:
            return
        if question.output.format is not None:
            raise InvalidRequest(
                "response_format needs a language model, and none is configured: set "
                "HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL, or leave response_format out",
                param="response_format",
            )
        if question.tools.functions and question.tools.choice not in ("auto", "none"):
            raise InvalidRequest(
                "tools need a language model, and none is configured: set HYDROPHONE_MODEL_URL "
                "and HYDROPHONE_MODEL, or leave tool_choice out",
                param="tool_choice",
            )
        if question.search.enabled is False:
            raise InvalidRequest(
                "without a search only a language model can answer, and none is configured: set "
                "HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL, or leave disable_search out",
                param="disable_search",
            )

    async def _search(
        self, plan: Plan, options: SearchOptions, context: RequestContext, emit: Emit
    ) -> tuple[Source, ...]:
        if not plan.queries:
            return ()
        await emit(Step("search-1", "web_search", queries=plan.queries))
        context.meter.add(search_queries=len(plan.queries))
        wanted = options.max_results or self._profile.results
        outcome = await self._searcher.search(
            plan.queries, replace(options, max_results=wanted), context
        )
        for notice in outcome.notices:
            await emit(notice)
        kept = outcome.results[:wanted]
        if not kept and self._profile.chat_model is not None:
            await emit(Notice("not_in_sources", NOTHING_FOUND))
        await emit(StepResult("search-1", hits=kept))
        return tuple(Source(n, result) for n, result in enumerate(kept, start=1))
