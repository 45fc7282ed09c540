"""The engine: understand → search → read → select and write → check, one stage after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from typing import Protocol

from hydrophone.engine.attachments import Attached, Attaching, joined
from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.extras.ignored import ignored
from hydrophone.engine.extras.related import from_model, from_sources
from hydrophone.engine.extras.restyle import restyled
from hydrophone.engine.extras.thoughts import Thoughts
from hydrophone.engine.gather import Gathered, Gathering, Materials
from hydrophone.engine.profile import Profile, deepened, sized, with_effort
from hydrophone.engine.queries.classify import needs_search
from hydrophone.engine.queries.plan import MAX_QUERY_CHARS, Plan, searches, understand
from hydrophone.engine.queries.rounds import Proposals
from hydrophone.engine.queries.split import is_compound
from hydrophone.errors import InvalidRequest
from hydrophone.llm.base import TokenCounter
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import Searcher
from hydrophone.search.pages import Pages
from hydrophone.stream import Emit, running
from hydrophone.types import (
    Event,
    Finished,
    FinishReason,
    Notice,
    Question,
    Related,
    RequestContext,
    Source,
    Sources,
    Step,
    Text,
)

READ_DEADLINE_S = 6.0
NO_CLASSIFIER = (
    "The search was made although the question needs none: only a language model can answer "
    "without sources, and none is configured."
)
SEVERAL_ROUNDS = (
    "The question asks or compares several things: it is searched for in several rounds."
)
ONE_ROUND = "The question asks one thing: one round of searching will do."


class Writer(Protocol):
    """Turns sources into the text of an answer."""

    async def write(
        self,
        question: Question,
        plan: Plan,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit text and citations, add to the meter, and say why the answer ended."""


@dataclass(frozen=True, slots=True)
class Task:
    """One question on its way: as it is answered, by which profile, and what of it is ignored."""

    question: Question
    profile: Profile
    context: RequestContext
    emit: Emit
    notices: tuple[Notice, ...] = ()


class Engine:
    """Answers from what the searcher finds, by quoting it or with a language model.

    `pages` reads pages of the web, all that one question needs within `read_deadline_s`; without
    it nothing is read. `aside` asks the language model small things beside the answer; without it
    they are done by rule. `tokens` counts what is told as thoughts. `attaching` reads files and
    pictures that come with a question.
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
        aside: Aside | None = None,
        tokens: TokenCounter | None = None,
        attaching: Attaching | None = None,
    ) -> None:
        self._writer = writer
        self._profile = profile
        self._deadline_s = deadline_s
        self._notices = tuple(notices)
        self._materials = Materials(searcher, pages, read_deadline_s)
        self._aside = aside
        self._tokens = tokens or WordCounter()
        self._attaching = attaching or Attaching(None, sees=False)

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Answerer`."""

        limit_s = min(self._deadline_s, question.budgets.deadline_s or self._deadline_s)

        async def work(emit: Emit) -> None:
            await self._answer(self._task(question, context, restyled(emit, question)), limit_s)

        return running(work, context, deadline_s=limit_s)

    async def _answer(self, task: Task, limit_s: float) -> None:
        question, profile, context, emit = task.question, task.profile, task.context, task.emit
        self._refuse_what_cannot_be_done(question)
        plan = understand(question, profile, reads=self._materials.pages is not None)
        if profile.kind == "report":
            plan = replace(plan, write_by=asyncio.get_running_loop().time() + limit_s)
        for notice in (*self._notices, *task.notices):
            await emit(notice)
        if question.search.depth == "auto":
            chosen = SEVERAL_ROUNDS if context.meter.pro_search else ONE_ROUND
            await emit(Step("choose", "understand", thought=chosen))
        attached = Attached(question, plan)
        if question.has_media:
            attached = await self._attaching.attach(question, plan, profile, context, emit)
            plan, task = attached.plan, replace(task, question=attached.question)
            await self._thoughts(task).attached(attached.results)
        gathered = Gathered((), plan)
        if plan.queries or plan.urls:
            gathered = await self._gather(task, plan, limit_s)
        results = joined(attached.results, gathered.results)
        sources = [Source(n, result) for n, result in enumerate(results, start=1)]
        aside = self._aside if question.extras.related else None
        if question.extras.related and aside is None:
            await self._raise_related(task, gathered.plan, sources)
        await emit(Sources(tuple(sources), complete=True))
        if aside is not None:
            reason = await self._write_with_related(task, gathered.plan, sources, aside)
        else:
            reason = await self._write(task, gathered.plan, sources)
        await emit(Finished(reason, context.meter.usage))

    def _task(self, question: Question, context: RequestContext, emit: Emit) -> Task:
        """The question with the profile for its options; a plain question costs nothing here."""
        profile, search, output = self._profile, question.search, question.output
        notices: list[Notice] = []
        if search.classify and search.enabled is not False and not profile.searchless:
            question, told = self._classified(question)
            notices += told
        if search.context_size != "low":
            profile = sized(profile, search.context_size)
        if search.depth != "fast" and searches(question, profile) and _goes_deep(question):
            profile = deepened(profile)
            context.meter.pro_search = True
        profile = with_effort(profile, question.extras.reasoning_effort)
        most = profile.max_output_tokens
        if most is not None and (output.max_tokens or 0) > most:
            question = replace(question, output=replace(output, max_tokens=most))
        without_effect = ignored(question, profile)
        if without_effect is not None:
            notices.append(without_effect)
        return Task(question, profile, context, emit, tuple(notices))

    def _classified(self, question: Question) -> tuple[Question, list[Notice]]:
        """The question, without a search when it needs none and a language model can answer it."""
        if needs_search(question.last_user_text):
            return question, []
        if self._profile.chat_model is None and not question.has_media:
            return question, [Notice("ignored_option", NO_CLASSIFIER)]
        return replace(question, search=replace(question.search, enabled=False)), []

    async def _gather(self, task: Task, plan: Plan, limit_s: float) -> Gathered:
        thoughts = self._thoughts(task)
        gathering = Gathering(
            self._materials,
            task.profile,
            task.question,
            task.context,
            task.emit,
            thoughts,
            limit_s,
        )
        proposals = Proposals(task.profile, self._aside, task.context)
        return await gathering.gather(await proposals.first(plan), proposals)

    def _thoughts(self, task: Task) -> Thoughts:
        return Thoughts(self._tokens, task.context, task.emit, aloud=task.profile.thinks)

    async def _write(self, task: Task, plan: Plan, sources: Sequence[Source]) -> FinishReason:
        return await self._writer.write(
            task.question, plan, sources, task.profile, task.context, task.emit
        )

    async def _raise_related(self, task: Task, plan: Plan, sources: Sequence[Source]) -> None:
        """Questions that the sources themselves raise. They come before the sources are complete,
        as some clients read them on the first chunk alone."""
        if related := from_sources(plan.question, sources):
            await task.emit(Related(related))

    async def _write_with_related(
        self, task: Task, plan: Plan, sources: Sequence[Source], aside: Aside
    ) -> FinishReason:
        """The answer, then questions that the language model thinks of."""
        said: list[str] = []

        async def listening(event: Event) -> None:
            if isinstance(event, Text):
                said.append(event.delta)
            await task.emit(event)

        reason = await self._write(replace(task, emit=listening), plan, sources)
        if said and reason in ("stop", "length"):
            asked = await from_model(aside, plan.question, "".join(said), task.context)
            if asked := asked or from_sources(plan.question, sources):
                await task.emit(Related(asked))
        return reason

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
        if self._profile.searchless:
            raise InvalidRequest(
                "this model never searches, so only a language model can answer for it, and none "
                "is configured: set HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL, or ask 'sonar'",
                param="model",
            )
        if question.search.enabled is False and not question.has_media:
            raise InvalidRequest(
                "without a search only a language model can answer, and none is configured: set "
                "HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL, or leave disable_search (or the "
                "search_focus 'writing') out",
                param="disable_search",
            )


def _goes_deep(question: Question) -> bool:
    """Whether a search that is not only fast goes in several rounds."""
    search, text = question.search, question.last_user_text[:MAX_QUERY_CHARS]
    return search.depth == "pro" or is_compound(text)
