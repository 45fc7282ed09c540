"""Questions of one conversation: one after the other, from the first on."""

from __future__ import annotations

import asyncio

import pytest

from hydrophone.errors import NotFound
from hydrophone.perplexity.answering.sessions import WebSessions
from hydrophone.types import Event, Failed, Finished, Question, SessionOptions, Text, ask
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.perplexity.answering.asking import (
    CALLER,
    answerer_of,
    context_of,
    events_of,
    sessions_of,
)

ASK = "/rest/sse/perplexity_ask"
SLOW = Script(pieces=("One ",) * 5, gap_s=0.02)


def mine(text: str = "Which?") -> Question:
    return Question(
        ask(text).turns, "best", continuation_id="mine", session=SessionOptions(begins=True)
    )


def sources(service: WebService) -> list[str]:
    return [one.body["params"]["query_source"] for one in service.state.asked(ASK)]


async def at_once(sessions: WebSessions, service: WebService, *asked: Question) -> list[Event]:
    """The last event of each."""
    asking = (events_of(sessions, one, context_of(service)) for one in asked)
    return [events[-1] for events in await asyncio.gather(*asking)]


async def test_first_questions_at_once_are_one_conversation(service: WebService) -> None:
    service.state.scripts = [SLOW]
    async with sessions_of(service) as sessions:
        last = await at_once(sessions, service, *(mine(f"Q{n}") for n in range(4)))
        assert all(isinstance(one, Finished) for one in last)
        (kept,) = sessions.conversations(CALLER, context_of(service).credential)
    assert (kept.id, kept.messages) == ("mine", 8)
    assert sources(service) == ["home", "followup", "followup", "followup"]


async def test_a_first_question_that_fails_leaves_the_beginning_to_the_next(
    service: WebService,
) -> None:
    failure = Script(failure={"status": "failed", "error_code": "OTHER"})
    service.state.scripts = [failure, Script(), Script()]
    async with sessions_of(service) as sessions:
        last = await at_once(sessions, service, *(mine(f"Q{n}") for n in range(3)))
        assert sorted(type(one).__name__ for one in last) == ["Failed", "Finished", "Finished"]
        (kept,) = sessions.conversations(CALLER, context_of(service).credential)
    assert kept.messages == 4
    assert sources(service) == ["home", "home", "followup"]


async def test_a_first_question_that_fails_leaves_nothing(service: WebService) -> None:
    service.state.scripts = [Script(failure={"status": "failed", "error_code": "OTHER"})]
    async with sessions_of(service) as sessions:
        (last,) = await at_once(sessions, service, mine())
        assert isinstance(last, Failed)
        with pytest.raises(NotFound):
            sessions.forget("mine", CALLER, context_of(service).credential)


@pytest.mark.parametrize("known", [False, True], ids=["pending", "known"])
async def test_a_conversation_that_is_deleted_while_it_answers_stays_deleted(
    service: WebService, known: bool
) -> None:
    service.state.scripts = [SLOW]
    credential = context_of(service).credential
    async with sessions_of(service) as sessions:
        if known:
            await at_once(sessions, service, mine())
        async with answerer_of(sessions).answer(mine(), context_of(service)) as events:
            async for event in events:
                if isinstance(event, Text):
                    break
            assert len(sessions.conversations(CALLER, credential)) == known
            sessions.forget("mine", CALLER, credential)
            rest = [event async for event in events]
        assert isinstance(rest[-1], Finished)
        assert not sessions.conversations(CALLER, credential)
        assert sessions.figures().messages == 0
        await at_once(sessions, service, mine())
        (kept,) = sessions.conversations(CALLER, credential)
    assert kept.messages == 2
    assert sources(service)[-1] == "home"


async def test_a_thread_of_the_library_is_one_conversation_for_all_who_ask_at_once(
    service: WebService,
) -> None:
    async with sessions_of(service) as before:
        (done,) = await at_once(before, service, mine())
    assert isinstance(done, Finished)
    assert done.conversation is not None
    service.state.scripts = [SLOW]
    name = done.conversation.thread
    async with sessions_of(service) as sessions:
        again = Question(ask("Again?").turns, "best", continuation_id=name)
        last = await at_once(sessions, service, again, again)
        assert all(isinstance(one, Finished) for one in last)
        (kept,) = sessions.conversations(CALLER, context_of(service).credential)
    assert kept.messages == 4
