"""The writer that asks a language model, with the sources numbered in its prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Protocol

from hydrophone.engine.attachments import picture_tokens
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.hostile.addresses import Allowed
from hydrophone.engine.hostile.calls import CallPass
from hydrophone.engine.limits.bounds import Bounds, bounds_of
from hydrophone.engine.profile import Profile, searches
from hydrophone.engine.prompt import conversation, instructions
from hydrophone.engine.queries.plan import Plan
from hydrophone.engine.structured.writing import write_formatted
from hydrophone.engine.writing.answer import WrittenAnswer
from hydrophone.engine.writing.release import Checking
from hydrophone.engine.writing.window import Fitted, Window
from hydrophone.errors import DeadlineExceeded, HydrophoneError, InternalError, InvalidRequest
from hydrophone.llm.base import (
    ChatModel,
    ModelDelta,
    ModelReply,
    ModelRequest,
    ModelUsage,
    TokenCounter,
)
from hydrophone.stream import Emit
from hydrophone.types import (
    FinishReason,
    Notice,
    Question,
    RequestContext,
    Source,
    ToolCallDelta,
    Turn,
)

OUT_OF_TIME = "The time for the answer ran out while it was being written: it is cut off."
# What an answer keeps of its time to be brought to an end, in seconds and at most as a share.
CLOSING_S, CLOSING_SHARE = 1.0, 0.1


class Reply(Protocol):
    """What a reply of the model is read into."""

    begun: bool
    usage: ModelUsage | None

    @property
    def latest(self) -> str:
        """What the model wrote in its last reply."""

    @property
    def thoughts(self) -> str:
        """What the last reply thought."""

    def begin(self) -> None:
        """A reply begins."""

    async def take(self, delta: ModelDelta, emit: Emit) -> None:
        """Take a piece of the reply."""


class ModelWriter:
    """Writes answers with a language model.

    `checking` compares what it writes with its sources; without it citations are only shown to
    exist. `window` keeps prompts within what the model can read.
    """

    def __init__(
        self,
        model: ChatModel,
        tokens: TokenCounter,
        *,
        deadline_s: float,
        checking: Checking | None = None,
        window: Window | None = None,
    ) -> None:
        self._model = model
        self._tokens = tokens
        self._deadline_s = deadline_s
        self._checking = checking
        self._window = window or Window(tokens)

    async def write(
        self,
        question: Question,
        plan: Plan,
        sources: Sequence[Source],
        profile: Profile,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """Emit thoughts, text, tool calls and citations; say why the answer ended."""
        now = datetime.fromtimestamp(context.clock(), UTC)
        if plan.attached or searches(question, profile):
            return await self._write_from(sources, question, plan, profile, now, context, emit)
        turns = conversation(question, [], now)
        request = self.request(question, turns, profile, question.output.max_tokens)
        bare = WrittenAnswer((), plain=True)
        if question.output.format is not None:
            return await write_formatted(self, request, bare, context, emit)
        await self.reply(request, bare, context, emit, last=True)
        return bare.reason

    async def _write_from(
        self,
        sources: Sequence[Source],
        question: Question,
        plan: Plan,
        profile: Profile,
        now: datetime,
        context: RequestContext,
        emit: Emit,
    ) -> FinishReason:
        """The answer from what was searched for, which may have found nothing."""
        bounds = bounds_of(question, profile, context, plan.write_by)
        fitted = await self.fitted(question, sources, profile, now)
        most = self._allowed(fitted, bounds)
        request = self.request(question, fitted.turns, profile, most)
        answer = self.answer(fitted.shown, question)
        if question.output.format is not None:
            return await write_formatted(self, request, answer, context, emit)
        await self._read_in_time(request, answer, bounds, context, emit)
        if answer.reason == "length" and most != fitted.max_tokens:
            bounds.meet(bounds.output_bound(fitted.prompt_tokens), "the rest of the answer")
        for notice in bounds.notices():
            await emit(notice)
        return answer.reason

    async def _read_in_time(
        self,
        request: ModelRequest,
        answer: WrittenAnswer,
        bounds: Bounds,
        context: RequestContext,
        emit: Emit,
    ) -> None:
        """Read the reply and finish the answer; what was written before the time ran out, or the
        model failed, goes out all the same."""
        try:
            async with asyncio.timeout(_reading_s(bounds)):
                await self.reply(request, answer, context, emit, last=False)
        except (TimeoutError, DeadlineExceeded):
            await self._cut_off(answer, emit)
        except HydrophoneError:
            answer.break_off()
            await answer.finish(emit)
            raise
        await answer.finish(emit)

    def answer(self, sources: Sequence[Source], question: Question) -> WrittenAnswer:
        """An answer to be written from these sources, checked as the writer's answers are."""
        output = question.output
        return WrittenAnswer(
            sources,
            plain=output.format is not None,
            checking=self._checking if sources else None,
            stop=output.stop,
            allowed=Allowed(question, sources) if sources else None,
            calls=CallPass(question.tools) if sources else None,
        )

    async def fitted(
        self, question: Question, sources: Sequence[Source], profile: Profile, now: datetime
    ) -> Fitted:
        """The prompt that fits into the model's window. Raises InvalidRequest when none does."""
        tokens = profile.passage_tokens
        ours = instructions("structured") if question.output.format is not None else None
        model = profile.chat_model or ""
        return await self._window.fit(question, sources, model, tokens, now, ours=ours)

    def _allowed(self, fitted: Fitted, bounds: Bounds) -> int | None:
        """How many tokens the reply may have, by the caller and by what may still be spent."""
        left = bounds.output_left(fitted.prompt_tokens)
        if left is not None and left <= 0:
            raise InvalidRequest(
                f"the prompt alone would go beyond the {bounds.output_bound(fitted.prompt_tokens)} "
                "that the request allows: allow more, or ask for a smaller search context",
                code="budget_exceeded",
            )
        known = [most for most in (left, fitted.max_tokens) if most is not None]
        return min(known, default=None)

    async def _cut_off(self, answer: WrittenAnswer, emit: Emit) -> None:
        """The model has not finished in time: what it wrote stands."""
        if not answer.said:
            raise DeadlineExceeded("the language model wrote nothing in the time for the answer")
        answer.break_off()
        await emit(Notice("late_stage", OUT_OF_TIME))

    async def reply(
        self,
        request: ModelRequest,
        answer: Reply,
        context: RequestContext,
        emit: Emit,
        *,
        last: bool,
        cited_tokens: int = 0,
    ) -> None:
        """Have the model go on with the request's messages, into the answer; with its `last` reply
        the answer is finished. `cited_tokens` of the prompt are counted as citation tokens."""
        context.meter.add(model_calls=1)
        answer.begin()
        try:
            if isinstance(answer, WrittenAnswer) and answer.checked:
                reading = partial(self._read, request, answer, context, emit)
                await answer.during(reading, emit)
            else:
                await self._read(request, answer, context, emit)
            if last and isinstance(answer, WrittenAnswer):
                await answer.finish(emit)
        finally:  # what was written has been spent, whoever broke off
            await self._count(answer, request.messages, context, cited_tokens)

    async def _read(
        self, request: ModelRequest, answer: Reply, context: RequestContext, emit: Emit
    ) -> None:
        if context.whole:
            # One body costs both sides far less than a stream of its tokens.
            await answer.take(_as_delta(await self._model.complete(request)), emit)
            return
        stopping = answer if isinstance(answer, WrittenAnswer) and answer.stops else None
        async with self._model.stream(request) as deltas:
            async for delta in deltas:
                await answer.take(delta, emit)
                if stopping is not None and stopping.stopped:
                    break

    def request(
        self, question: Question, turns: Sequence[Turn], profile: Profile, max_tokens: int | None
    ) -> ModelRequest:
        """What the model is asked: these turns, under the question's options. A report's effort
        is spent on searching."""
        if profile.chat_model is None:
            raise InternalError("the model writer was given a profile without a model")
        effort = None if profile.kind == "report" else question.extras.reasoning_effort
        return ModelRequest(
            model=profile.chat_model,
            messages=tuple(turns),
            tools=question.tools,
            sampling=question.output.sampling,
            max_tokens=max_tokens,
            stop=question.output.stop,
            response_format=question.output.format,
            reasoning_effort=effort,
            deadline_s=question.budgets.deadline_s or self._deadline_s,
        )

    async def _count(
        self,
        answer: Reply,
        turns: Sequence[Turn],
        context: RequestContext,
        cited_tokens: int,
    ) -> None:
        """The endpoint's own counts; where it gives none, WordPiece counts of what was sent."""
        if not answer.begun:
            return
        usage = answer.usage
        if usage is None:
            prompt = await count_tokens(self._tokens, "\n".join(turn.text for turn in turns))
            thought = await count_tokens(self._tokens, answer.thoughts)
            usage = ModelUsage(
                prompt_tokens=prompt + picture_tokens(turns),
                completion_tokens=thought + await count_tokens(self._tokens, answer.latest),
                reasoning_tokens=thought,
            )
        cited = min(cited_tokens, usage.prompt_tokens)
        context.meter.add(
            prompt_tokens=usage.prompt_tokens - cited,
            citation_tokens=cited,
            completion_tokens=usage.completion_tokens,
            reasoning_tokens=usage.reasoning_tokens,
        )


def _reading_s(bounds: Bounds) -> float | None:
    """How long the model may write; what then is left of the time is for the end of the answer."""
    left_s = bounds.time_left_s()
    return None if left_s is None else left_s - min(CLOSING_S, CLOSING_SHARE * left_s)


def _as_delta(reply: ModelReply) -> ModelDelta:
    calls = tuple(
        ToolCallDelta(index, call.id, call.name, call.arguments)
        for index, call in enumerate(reply.tool_calls)
    )
    return ModelDelta(reply.text, reply.thinking, calls, reply.finish_reason, reply.usage)
