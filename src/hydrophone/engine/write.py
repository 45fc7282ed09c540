"""The writer that asks a language model, with the sources numbered in its prompt."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime

from hydrophone.engine.attachments import picture_tokens
from hydrophone.engine.check import citations_of
from hydrophone.engine.counting import count_tokens
from hydrophone.engine.markers import MarkerFilter
from hydrophone.engine.profile import Profile
from hydrophone.engine.prompt import conversation, packed
from hydrophone.engine.queries.plan import Plan, searches
from hydrophone.errors import InternalError
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
    Citation,
    FinishReason,
    Question,
    RequestContext,
    Source,
    Text,
    Thinking,
    ToolCallDelta,
    Turn,
)


class ModelWriter:
    """Writes answers with a language model; citations are checked to exist."""

    def __init__(self, model: ChatModel, tokens: TokenCounter, *, deadline_s: float) -> None:
        self._model = model
        self._tokens = tokens
        self._deadline_s = deadline_s

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
        blocks: list[str] = []
        if sources:
            blocks = await asyncio.to_thread(packed, sources, self._tokens, profile.passage_tokens)
        now = datetime.fromtimestamp(context.clock(), UTC)
        turns = conversation(question, blocks, now)
        shown = sources[: len(blocks)]
        sourced = plan.attached or searches(question, profile)
        plain = question.output.format is not None or not sourced
        answer = WrittenAnswer(shown, plain=plain)
        request = self.request(question, turns, profile, question.output.max_tokens)
        await self.reply(request, answer, context, emit, last=True)
        return answer.reason

    async def reply(
        self,
        request: ModelRequest,
        answer: WrittenAnswer,
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
            await self._read(request, answer, context, emit)
            if last:
                await answer.finish(emit)
        finally:  # what was written has been spent, whoever broke off
            await self._count(answer, request.messages, context, cited_tokens)

    async def _read(
        self, request: ModelRequest, answer: WrittenAnswer, context: RequestContext, emit: Emit
    ) -> None:
        if context.whole:
            # One body costs both sides far less than a stream of its tokens.
            await answer.take(_as_delta(await self._model.complete(request)), emit)
            return
        async with self._model.stream(request) as deltas:
            async for delta in deltas:
                await answer.take(delta, emit)

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
        answer: WrittenAnswer,
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


class WrittenAnswer:
    """The answer while it is being written, in one reply of the model or several."""

    def __init__(self, sources: Sequence[Source], *, plain: bool) -> None:
        self._sources = sources
        self._filter = None if plain else MarkerFilter([source.n for source in sources])
        self._pieces: list[str] = []
        self._thoughts: list[str] = []
        self._latest_from = 0
        self.begun = False
        self.usage: ModelUsage | None = None
        self.reason: FinishReason = "stop"

    @property
    def text(self) -> str:
        """All that was written."""
        return "".join(self._pieces)

    @property
    def latest(self) -> str:
        """What the last reply wrote."""
        return "".join(self._pieces[self._latest_from :])

    @property
    def thoughts(self) -> str:
        """What the last reply thought."""
        return "".join(self._thoughts)

    def begin(self) -> None:
        """A reply begins."""
        self._latest_from, self._thoughts = len(self._pieces), []
        self.begun, self.usage = False, None

    async def take(self, delta: ModelDelta, emit: Emit) -> None:
        """Pass a piece of the reply on."""
        self.begun = True
        if delta.thinking:
            self._thoughts.append(delta.thinking)
            await emit(Thinking(delta.thinking))
        if delta.text:
            await self._say(self._filter.feed(delta.text) if self._filter else delta.text, emit)
        for call in delta.tool_calls:
            await emit(call)
        if delta.usage is not None:
            self.usage = delta.usage
        if delta.finish_reason is not None:
            self.reason = delta.finish_reason

    async def finish(self, emit: Emit) -> None:
        """Pass on what was held back, then the citations."""
        if self._filter is not None:
            await self._say(self._filter.close(), emit)
            for citation in await asyncio.to_thread(self._citations):
                await emit(citation)

    def _citations(self) -> list[Citation]:
        return list(citations_of(self.text, self._sources))

    async def _say(self, text: str, emit: Emit) -> None:
        if text:
            self._pieces.append(text)
            await emit(Text(text))


def _as_delta(reply: ModelReply) -> ModelDelta:
    calls = tuple(
        ToolCallDelta(index, call.id, call.name, call.arguments)
        for index, call in enumerate(reply.tool_calls)
    )
    return ModelDelta(reply.text, reply.thinking, calls, reply.finish_reason, reply.usage)
