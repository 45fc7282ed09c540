"""The web session as an answerer: a question goes out to the caller's account, or the server's."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AbstractAsyncContextManager, aclosing
from typing import TypeAlias

from hydrophone.perplexity.answering.connecting import check_connectors
from hydrophone.perplexity.answering.kept import Kept
from hydrophone.perplexity.answering.options import config_of, without_effect
from hydrophone.perplexity.answering.prompt import Prompt, prompt_of
from hydrophone.perplexity.answering.sessions import InUse, WebSessions
from hydrophone.perplexity.answering.telling import Telling
from hydrophone.perplexity.client.conversation import AsyncConversation
from hydrophone.perplexity.client.response import Response
from hydrophone.perplexity.config import ConversationConfig
from hydrophone.perplexity.wire.thread import Thread
from hydrophone.stream import Emit, running
from hydrophone.types import (
    CitationStyle,
    Conversation,
    Event,
    Finished,
    Notice,
    Question,
    Related,
    RequestContext,
)

CountTokens: TypeAlias = Callable[[str], Awaitable[int]]
ModelNamed: TypeAlias = Callable[[str], str]


class SessionAnswerer:
    """Puts each question to a web session, as a new conversation or behind a kept one.

    `name_of` gives the service's id of a model that a question names; `count` counts the tokens of
    what was asked and answered, as the service does not tell. `asks_back`: questions that research
    asks back end the answer, unless the question says otherwise. `citation_style` is that of
    questions that leave it open, `lent` what others may search of the server's own account.
    """

    def __init__(
        self,
        sessions: WebSessions,
        *,
        name_of: ModelNamed,
        count: CountTokens,
        deadline_s: float,
        asks_back: bool = False,
        citation_style: CitationStyle = "default",
        lent: Collection[str] = (),
    ) -> None:
        self._sessions = sessions
        self._name_of = name_of
        self._count = count
        self._deadline_s = deadline_s
        self._asks_back = asks_back
        self._citation_style = citation_style
        self._lent = lent

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Answerer`."""
        limit_s = min(self._deadline_s, question.budgets.deadline_s or self._deadline_s)

        async def work(emit: Emit) -> None:
            async with self._sessions.of(context) as used:
                if wanted := question.session.connectors:
                    await check_connectors(wanted, context.principal, used, lent=self._lent)
                kept = self._kept(question, context, used)
                if kept is None:
                    kept = await self._found(question, context, used)
                async with self._sessions.kept.turn(kept):
                    await self._ask(question, context, used, kept, emit)

        return running(work, context, deadline_s=limit_s)

    def _kept(self, question: Question, context: RequestContext, used: InUse) -> Kept | None:
        """The conversation that the question goes on with or begins; None for one that is not
        kept here."""
        kept, name = self._sessions.kept, question.continuation_id
        owner, account = context.principal.id, used.leased.account
        if name is None:
            return kept.begin(context.request_id, owner, account, question.model)
        found = kept.find(name, owner, account)
        if found is None and question.session.begins:
            return kept.begin(name, owner, account, question.model)
        return found

    async def _found(self, question: Question, context: RequestContext, used: InUse) -> Kept:
        """A conversation that the account has in its library."""
        assert question.continuation_id is not None
        name, kept = question.continuation_id, self._sessions.kept
        thread = await used.leased.client.thread_of(name)
        owner, account = context.principal.id, used.leased.account
        # Another question may have begun with it while the service was asked.
        for one in (name, thread.backend_uuid, thread.slug):
            found = kept.find(one, owner, account) if one is not None else None
            if found is not None:
                return found
        return kept.begin(name, owner, account, question.model, thread)

    async def _ask(
        self,
        question: Question,
        context: RequestContext,
        used: InUse,
        kept: Kept,
        emit: Emit,
    ) -> None:
        prompt = await _prompt(question, follows=kept.thread.backend_uuid is not None)
        for notice in (*without_effect(question), *_only_told_of(prompt)):
            await emit(notice)
        config = config_of(question, citation_style=self._citation_style)
        conversation = self._conversation(question, used, kept.thread, config)
        context.meter.add(model_calls=1, prompt_tokens=await self._count(prompt.text))
        telling = Telling(config.citation_mode, context.meter)
        await conversation.ask(
            prompt.text, model=self._name_of(question.model), files=prompt.files, stream=True
        )
        last: Response | None = None
        async with aclosing(aiter(conversation)) as steps:
            async for last in steps:
                for event in telling.take(last):
                    await emit(event)
        assert last is not None
        for event in telling.end(last):
            await emit(event)
        if conversation.related:
            await emit(Related(tuple(conversation.related)))
        context.meter.add(completion_tokens=await self._count(telling.text))
        self._sessions.kept.use(kept, conversation.thread, question.model)
        shown = Conversation(kept.id, conversation.uuid, conversation.title)
        await emit(Finished("stop", context.meter.usage, conversation=shown))

    def _conversation(
        self, question: Question, used: InUse, thread: Thread, config: ConversationConfig
    ) -> AsyncConversation:
        asks_back = question.session.asks_back
        return used.leased.client.going_on(
            thread,
            config,
            asks_back=self._asks_back if asks_back is None else asks_back,
            custom_model_mode=question.session.custom_mode,
        )


async def _prompt(question: Question, *, follows: bool) -> Prompt:
    if question.has_media:
        return await asyncio.to_thread(prompt_of, question, follows=follows)
    return prompt_of(question, follows=follows)


def _only_told_of(prompt: Prompt) -> list[Notice]:
    if not prompt.addresses:
        return []
    listed = ", ".join(prompt.addresses)
    message = f"Perplexity was told these addresses, and not sent what is there: {listed}"
    return [Notice("partial", message)]
