"""How tests ask an answerer of web sessions, and what they read of its events."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from hydrophone.perplexity.answering.answerer import SessionAnswerer
from hydrophone.perplexity.answering.kept import KeptConversations
from hydrophone.perplexity.answering.pool import ClientPool
from hydrophone.perplexity.answering.sessions import WebSessions
from hydrophone.perplexity.client.perplexity import AsyncPerplexity
from hydrophone.perplexity.config import ClientConfig
from hydrophone.types import (
    Event,
    Principal,
    Question,
    RequestContext,
    Revision,
    Secret,
    Text,
    ask,
)
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService

CALLER = Principal("session", "session-1")
FAST = ClientConfig(requests_per_second=0, max_retries=0, idle_timeout=2)


@asynccontextmanager
async def sessions_of(service: WebService, own: str | None = None) -> AsyncIterator[WebSessions]:
    pool = ClientPool(lambda t: AsyncPerplexity(t.reveal(), FAST, origin=service.origin))
    yield WebSessions(pool, KeptConversations(), own=Secret(own) if own else None)
    await pool.close()


def answerer_of(sessions: WebSessions) -> SessionAnswerer:
    async def count(text: str) -> int:
        return len(text.split())

    return SessionAnswerer(sessions, name_of=str, count=count, deadline_s=20)


def context_of(service: WebService, token: str | None = None) -> RequestContext:
    credential = Secret(token or service.state.accounts[0].token)
    return RequestContext(principal=CALLER, credential=credential)


async def events_of(
    sessions: WebSessions, question: Question, context: RequestContext
) -> list[Event]:
    async with answerer_of(sessions).answer(question, context) as events:
        return [event async for event in events]


async def answered(
    service: WebService, script: Script, question: Question | None = None
) -> list[Event]:
    service.state.scripts = [script]
    async with sessions_of(service) as sessions:
        question = question or ask("Which?", model="best")
        return await events_of(sessions, question, context_of(service))


def text_of(events: list[Event]) -> str:
    text = ""
    for event in events:
        if isinstance(event, Text):
            text += event.delta
        elif isinstance(event, Revision):
            text = event.text
    return text
