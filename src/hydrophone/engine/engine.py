"""The engine: understand → search → read → select and write → check, one stage after another."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from hydrophone.engine.gather import Gathering, Materials
from hydrophone.engine.plan import understand
from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidRequest
from hydrophone.ports import Searcher
from hydrophone.search.pages import Pages
from hydrophone.stream import Emit, running
from hydrophone.types import (
    Event,
    Finished,
    FinishReason,
    Notice,
    Question,
    RequestContext,
    SearchResult,
    Source,
    Sources,
)

READ_DEADLINE_S = 6.0


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
    """Answers from what the searcher finds, by quoting it or with a language model.

    `pages` reads pages of the web, all that one question needs within `read_deadline_s`; without
    it nothing is read.
    """

    def __init__(
        self,
        searcher: Searcher,
        writer: Writer,
        profile: Profile,
        *,
        deadline_s: float,
        notices: Sequence[Notice] = (),
        pages: Pages | None = None,
        read_deadline_s: float = READ_DEADLINE_S,
    ) -> None:
        self._writer = writer
        self._profile = profile
        self._deadline_s = deadline_s
        self._notices = tuple(notices)
        self._materials = Materials(searcher, pages, read_deadline_s)

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Answerer`."""

        async def work(emit: Emit) -> None:
            self._refuse_what_cannot_be_done(question)
            plan = understand(question, self._profile, reads=self._materials.pages is not None)
            for notice in self._notices:
                await emit(notice)
            results: Sequence[SearchResult] = ()
            if plan.queries or plan.urls:
                gathering = Gathering(self._materials, self._profile, question, context, emit)
                results = await gathering.results(plan)
            sources = [Source(n, result) for n, result in enumerate(results, start=1)]
            await emit(Sources(tuple(sources), complete=True))
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
