"""The engine: understand → search → read → select and write → check, one stage after another."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Protocol

from hydrophone.engine.attachments import Attached, Attaching, joined
from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.extras.ignored import ignored
from hydrophone.engine.extras.related import from_model, from_sources
from hydrophone.engine.extras.restyle import restyled
from hydrophone.engine.extras.thoughts import Thoughts
from hydrophone.engine.gather import Gathered, Gathering, Materials
from hydrophone.engine.honesty.account import Account
from hydrophone.engine.limits.bounds import Bounds, bounds_of, tighter
from hydrophone.engine.limits.timely import TimelySearcher
from hydrophone.engine.profile import Profile, deepened, resumes, searches, sized, with_effort
from hydrophone.engine.queries.classify import needs_search
from hydrophone.engine.queries.plan import MAX_QUERY_CHARS, Plan, understand
from hydrophone.engine.queries.rewrite import Rewriting
from hydrophone.engine.queries.rounds import Proposals, Standing
from hydrophone.engine.queries.split import is_compound
from hydrophone.engine.quote import NOT_IN_SOURCES
from hydrophone.engine.research.inquiry import Inquiry, Tools
from hydrophone.engine.research.notes import RuleNotes
from hydrophone.engine.research.so_far import NOTHING, SoFar, behind, told_in
from hydrophone.errors import InvalidRequest
from hydrophone.llm.base import TokenCounter
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import Searcher
from hydrophone.search.pages import Pages
from hydrophone.stream import Emit, running
from hydrophone.types import (
    Budgets,
    Event,
    Finished,
    FinishReason,
    Notice,
    Question,
    Related,
    RequestContext,
    SearchResult,
    Source,
    Sources,
    Step,
    Text,
)

READ_DEADLINE_S = 6.0
# What a report keeps of its time to be brought to an end, in seconds and at most as a share.
CLOSING_S, CLOSING_SHARE = 3.0, 0.1
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
    """One question on its way: as it is answered, by which profile, what of it is ignored, and what
    an earlier run has told."""

    question: Question
    profile: Profile
    context: RequestContext
    emit: Emit
    notices: tuple[Notice, ...] = ()
    so_far: SoFar = NOTHING


class Engine:
    """Answers from what the searcher finds, by quoting it or with a language model.

    `pages` reads pages of the web, all that one question needs within `read_deadline_s`; without
    it nothing is read. `aside` asks the language model small things beside the answer; without it
    they are done by rule. `tokens` counts what is told as thoughts. `attaching` reads files and
    pictures that come with a question. `notes` judges by rule what the sources answer. `budgets`
    are limits of every report beside those of its question; the smaller ones hold. With `parity`
    answers have only the formats that Perplexity's service supports.
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
        notes: RuleNotes | None = None,
        budgets: Budgets | None = None,
        parity: bool = False,
    ) -> None:
        self._writer = writer
        self._profile = profile
        self._deadline_s = deadline_s
        self._notices = tuple(notices)
        self._materials = Materials(TimelySearcher(searcher), pages, read_deadline_s)
        self._aside = aside
        self._tokens = tokens or WordCounter()
        self._attaching = attaching or Attaching(None, sees=False)
        self._notes = notes or RuleNotes(WordOverlap())
        self._budgets = budgets
        self._parity = parity

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Answerer`."""
        return self.resume(question, context, ())

    def resumes(self, question: Question) -> bool:
        """Whether this question's answer can be gone on with."""
        return resumes(self._profile, question)

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Resumable`. A report whose sources were not complete is begun anew."""
        limit_s = min(self._deadline_s, question.budgets.deadline_s or self._deadline_s)

        told = told_in(so_far) if so_far else NOTHING

        async def work(emit: Emit) -> None:
            shown = restyled(behind(emit, told), question, told.sources or (), told.text)
            task = self._task(question, context, shown)
            await self._answer(replace(task, so_far=told) if so_far else task, limit_s)

        return running(work, context, deadline_s=limit_s, so_far=so_far)

    async def _answer(self, task: Task, limit_s: float) -> None:
        question, profile, context, emit = task.question, task.profile, task.context, task.emit
        if question.output.format is not None:
            await self._check_format(question)
        self._refuse_what_cannot_be_done(question)
        plan = understand(question, profile, reads=self._materials.pages is not None)
        if profile.kind == "report":
            plan = _as_report(plan, task.so_far, limit_s)
        elif plan.queries or plan.urls or question.has_media:
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
        gathered, sources = await self._sources(task, plan, attached.results, limit_s)
        aside = self._aside if question.extras.related else None
        if aside is not None:
            reason = await self._write_with_related(task, gathered, sources, aside)
        else:
            reason = await self._write(task, gathered.plan, sources)
        await emit(Finished(reason, context.meter.usage))

    async def _sources(
        self, task: Task, plan: Plan, attached: Sequence[SearchResult], limit_s: float
    ) -> tuple[Gathered, Sequence[Source]]:
        """The sources that the answer rests on, told of as complete; those of an earlier run stay
        what they were."""
        so_far = task.so_far
        if so_far.sources is not None:
            return Gathered((), replace(plan, sections=so_far.sections)), so_far.sources
        gathered = Gathered((), plan)
        if plan.queries or plan.urls:
            gathered = await self._gather(task, plan, attached, limit_s)
        results = joined(attached, gathered.results)
        sources = [Source(n, result) for n, result in enumerate(results, start=1)]
        if task.question.extras.related and self._aside is None:
            await self._raise_related(task, gathered, sources)
        await task.emit(Sources(tuple(sources), complete=True))
        return gathered, sources

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
        if self._budgets is not None and profile.kind == "report":
            question = replace(question, budgets=tighter(question.budgets, self._budgets))
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

    async def _gather(
        self, task: Task, plan: Plan, attached: Sequence[SearchResult], limit_s: float
    ) -> Gathered:
        write_by = plan.write_by or asyncio.get_running_loop().time() + limit_s
        bounds = bounds_of(task.question, task.profile, task.context, write_by)
        gathering = self._gathering(task, bounds)
        if task.profile.kind == "report":
            tools = Tools(self._notes, self._aside, self._tokens)
            inquiry = Inquiry(gathering, task.profile, tools, bounds, task.context)
            return await inquiry.find_out(plan, attached, task.question.search.max_results)
        proposals = Proposals(task.profile, self._aside, task.context)
        if self._aside is None or not plan.leans or not plan.queries or task.profile.queries > 1:
            return await gathering.gather(await proposals.first(plan), proposals)
        async with Rewriting(self._aside, task.question.turns, task.context) as rewriting:
            gathering = self._gathering(task, bounds, rewriting)
            gathered = await gathering.gather(plan, proposals)
            return replace(gathered, plan=await rewriting.meant(gathered.plan))

    def _gathering(
        self, task: Task, bounds: Bounds, rewriting: Rewriting | None = None
    ) -> Gathering:
        async def judge(question: str, results: Sequence[SearchResult]) -> Standing:
            return await self._notes.standing(question, results, task.profile)

        return Gathering(
            self._materials,
            task.profile,
            task.question,
            task.context,
            task.emit,
            self._thoughts(task),
            bounds,
            judge=judge,
            rewriting=rewriting,
            steps=len(task.so_far.steps),
        )

    def _thoughts(self, task: Task) -> Thoughts:
        return Thoughts(self._tokens, task.context, task.emit, aloud=task.profile.thinks)

    async def _write(self, task: Task, plan: Plan, sources: Sequence[Source]) -> FinishReason:
        question, profile, context = task.question, task.profile, task.context
        if not sources:
            return await self._writer.write(question, plan, sources, profile, context, task.emit)
        account = Account(plan.question, sources, task.emit)
        reason = await self._writer.write(question, plan, sources, profile, context, account.hear)
        judged = profile.chat_model is not None and profile.kind == "answer" and not plan.attached
        if judged and account.doubtful:
            await self._tell_doubt(task, plan, sources, account, reason)
        for notice in account.notices(datetime.fromtimestamp(context.clock(), UTC)):
            await task.emit(notice)
        return reason

    async def _tell_doubt(
        self,
        task: Task,
        plan: Plan,
        sources: Sequence[Source],
        account: Account,
        reason: FinishReason,
    ) -> None:
        """Where neither a citation supports the answer nor the sources seem to hold one, the answer
        says so."""
        choice = await self._notes.choice(plan.question, sources, task.profile, loose=plan.loose)
        task.context.meter.confidence = choice.confidence
        if choice.confident:
            return
        await task.emit(Notice("not_in_sources", NOT_IN_SOURCES))
        is_text = task.question.output.format is None and reason == "stop"
        if is_text and account.states_facts():
            await task.emit(Text(f"\n\n{NOT_IN_SOURCES}"))

    async def _raise_related(
        self, task: Task, gathered: Gathered, sources: Sequence[Source]
    ) -> None:
        """Questions that the sources themselves raise. They come before the sources are complete,
        as some clients read them on the first chunk alone."""
        if related := from_sources(gathered.plan.question, sources, gathered.suggestions):
            await task.emit(Related(related))

    async def _write_with_related(
        self, task: Task, gathered: Gathered, sources: Sequence[Source], aside: Aside
    ) -> FinishReason:
        """The answer, then questions that the language model thinks of."""
        said: list[str] = []

        async def listening(event: Event) -> None:
            if isinstance(event, Text):
                said.append(event.delta)
            await task.emit(event)

        plan = gathered.plan
        reason = await self._write(replace(task, emit=listening), plan, sources)
        if said and reason in ("stop", "length"):
            asked = await from_model(aside, plan.question, "".join(said), task.context)
            if asked := asked or from_sources(plan.question, sources, gathered.suggestions):
                await task.emit(Related(asked))
        return reason

    async def _check_format(self, question: Question) -> None:
        from hydrophone.engine.structured.refusals import check_format

        has_model = self._profile.chat_model is not None
        await asyncio.to_thread(check_format, question, has_model=has_model, parity=self._parity)

    def _refuse_what_cannot_be_done(self, question: Question) -> None:
        if self._profile.chat_model is not None:
            return
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


def _as_report(plan: Plan, so_far: SoFar, limit_s: float) -> Plan:
    """The plan of a report, which must stand a little before the time is over."""
    closing_s = min(CLOSING_S, CLOSING_SHARE * limit_s)
    write_by = asyncio.get_running_loop().time() + limit_s - closing_s
    return replace(plan, write_by=write_by, written=so_far.written, written_text=so_far.text)


def _goes_deep(question: Question) -> bool:
    """Whether a search that is not only fast goes in several rounds."""
    search, text = question.search, question.last_user_text[:MAX_QUERY_CHARS]
    return search.depth == "pro" or is_compound(text)
