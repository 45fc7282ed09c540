"""A web session as an answerer: events out of what the emulated service says."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.errors import AuthenticationError
from hydrophone.perplexity.answering.kept import KeptConversations
from hydrophone.perplexity.answering.pool import ClientPool
from hydrophone.perplexity.answering.sessions import WebSessions
from hydrophone.perplexity.client.perplexity import AsyncPerplexity
from hydrophone.types import (
    Failed,
    Filter,
    Finished,
    MediaPart,
    Notice,
    OutputOptions,
    Principal,
    Question,
    Related,
    RequestContext,
    SearchOptions,
    Secret,
    SessionOptions,
    Sources,
    Text,
    TextPart,
    Turn,
    ask,
)
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.streams import ROWS
from tests.perplexity.answering.asking import (
    CALLER,
    FAST,
    answered,
    answerer_of,
    context_of,
    events_of,
    sessions_of,
    text_of,
)

ASK = "/rest/sse/perplexity_ask"


def asked(service: WebService) -> list[Any]:
    return [one.body for one in service.state.seen if one.path == ASK]


async def test_an_answer_has_sources_before_its_text_and_usage_after_it(
    service: WebService,
) -> None:
    events = await answered(service, Script(related=("What else?",)))
    assert text_of(events) == "Hello world [1]."
    kinds = [type(event) for event in events]
    assert kinds.index(Sources) < kinds.index(Text)
    found = [one for event in events if isinstance(event, Sources) for one in event.items]
    assert [(one.n, one.result.url) for one in found] == [
        (n, row["url"]) for n, row in enumerate(ROWS, 1)
    ]
    assert Related(("What else?",)) in events
    last = events[-1]
    assert isinstance(last, Finished)
    assert (last.usage.prompt_tokens, last.usage.completion_tokens) == (1, 3)
    assert last.conversation is not None
    assert last.conversation.title == "A greeting"


async def test_sources_keep_their_numbers_when_the_last_word_orders_them_anew(
    service: WebService,
) -> None:
    turned = tuple(reversed(ROWS))
    early = [{"intended_usage": "web_results", "web_result_block": {"web_results": list(ROWS)}}]
    script = Script(
        pieces=("One [1], ", "two [2], `[1]`."),
        last="One [2], two [1], `[1]`.",
        rows=turned,
        extra=({"blocks": early},),
    )
    events = await answered(service, script)
    assert text_of(events) == "One [1], two [2], `[1]`."


async def test_earlier_turns_stand_before_the_question_in_their_order(service: WebService) -> None:
    turns = (
        Turn("system", (TextPart("First."),)),
        Turn("user", (TextPart("Hello"),)),
        Turn("assistant", ()),
        Turn("system", (TextPart("Second."),)),
        Turn("assistant", (TextPart("Hi"),)),
        Turn("user", (TextPart("And?"),)),
    )
    await answered(service, Script(), Question(turns, "best"))
    (body,) = asked(service)
    assert body["query_str"] == "[System]: First.\n\n[System]: Second.\n\nHello\n\nHi\n\nAnd?"


async def test_options_reach_the_service(service: WebService) -> None:
    search = SearchOptions(kinds=("academic", "sec"), filter=Filter(recency="week"))
    output = OutputOptions(citation_style="clean", locale="de-DE", timezone="Europe/Berlin")
    question = Question(
        ask("Which?").turns, "deep-research", search=search, output=output, keep=True
    )
    events = await answered(service, Script(), question)
    assert text_of(events) == "Hello world."
    params = asked(service)[0]["params"]
    assert params["sources"] == ["scholar", "edgar"]
    assert params["search_recency_filter"] == "WEEK"
    assert (params["language"], params["timezone"]) == ("de-DE", "Europe/Berlin")
    assert (params["mode"], params["is_incognito"]) == ("research", False)


async def test_what_the_service_cannot_do_is_said(service: WebService) -> None:
    search = SearchOptions(filter=Filter(domains_allow=("example.org",)))
    script = Script(display_model="turbo")
    events = await answered(service, script, Question(ask("?").turns, "best", search=search))
    kinds = [event.kind for event in events if isinstance(event, Notice)]
    assert kinds == ["ignored_option", "downgrade"]


async def test_files_are_uploaded_under_names_that_say_what_they_are(service: WebService) -> None:
    pdf = MediaPart("file", "application/pdf", data=b"%PDF-1.7 text")
    question = Question((Turn("user", (TextPart("Read"), pdf)),), "best")
    await answered(service, Script(), question)
    (upload,) = service.state.uploads.values()
    assert upload.data == b"%PDF-1.7 text"
    assert upload.filename == "file-1.pdf"
    assert asked(service)[0]["params"]["attachments"]


async def test_a_conversation_goes_on_with_the_last_message_alone(service: WebService) -> None:
    service.state.scripts = [Script(), Script(pieces=("Again",)), Script(pieces=("Thrice",))]
    async with sessions_of(service) as sessions:
        context = context_of(service)
        first = await events_of(sessions, ask("One?", model="best"), context)
        assert isinstance(first[-1], Finished)
        known = first[-1].conversation
        assert known is not None
        turns = (*ask("One?").turns, Turn("assistant", (TextPart("…"),)), *ask("Two?").turns)
        for name in (known.id, known.thread):
            question = Question(turns, "best", continuation_id=name)
            events = await events_of(sessions, question, context_of(service))
            assert isinstance(events[-1], Finished)
        (kept,) = sessions.conversations(CALLER, context.credential)
        assert (kept.id, kept.messages) == (known.id, 6)
        assert not sessions.conversations(Principal("session", "another"), context.credential)
    assert [body["query_str"] for body in asked(service)] == ["One?", "Two?", "Two?"]
    assert [one["params"]["query_source"] for one in asked(service)][1:] == ["followup"] * 2


async def test_a_conversation_begins_under_the_callers_id_and_no_other_is_made_up(
    service: WebService,
) -> None:
    async with sessions_of(service) as sessions:
        mine = Question(
            ask("?").turns, "best", continuation_id="mine", session=SessionOptions(begins=True)
        )
        context = context_of(service)
        await events_of(sessions, mine, context)
        shown = sessions.conversations(CALLER, context.credential)
        assert [one.id for one in shown] == ["mine"]
        other = Question(ask("?").turns, "best", continuation_id="gone")
        (failed,) = await events_of(sessions, other, context_of(service))
    assert isinstance(failed, Failed)
    assert failed.status == 404


@pytest.mark.parametrize(
    ("script", "status"),
    [
        (Script(failure={"status": "failed", "error_code": "FREE_TIER_RATE_LIMITED"}), 429),
        (Script(failure={"status": "failed", "error_code": "OTHER"}), 502),
        (Script(terminal=False, raw=b""), 502),
    ],
)
async def test_failures_have_their_status(service: WebService, script: Script, status: int) -> None:
    last = (await answered(service, script))[-1]
    assert isinstance(last, Failed)
    assert last.status == status


async def test_a_model_beyond_the_subscription_is_forbidden(service: WebService) -> None:
    last = (await answered(service, Script(), ask("?", model="claude-opus-5.5")))[-1]
    assert isinstance(last, Failed)
    assert last.status == 403
    assert "'max'" in last.message
    assert "'pro'" in last.message


async def test_the_end_of_the_callers_session_is_401_and_of_our_own_503(
    service: WebService,
) -> None:
    async with sessions_of(service, own="wrong") as sessions:
        for context, status in (
            (RequestContext(principal=CALLER), 503),
            (context_of(service, "as-wrong"), 401),
        ):
            (last,) = await events_of(sessions, ask("?", model="best"), context)
            assert isinstance(last, Failed)
            assert last.status == status
            assert "wrong" not in last.message


async def test_whoever_leaves_has_the_service_stop(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("One ",) * 50, gap_s=0.05)]
    async with sessions_of(service) as sessions:
        answerer = answerer_of(sessions)
        async with answerer.answer(ask("?", model="best"), context_of(service)) as events:
            async for event in events:
                if isinstance(event, Text):
                    break
        assert sessions.figures().conversations == 0
    assert "POST /rest/sse/perplexity_terminate" in service.state.events


async def test_a_servers_own_session_can_be_the_only_one_for_this_machine(
    service: WebService,
) -> None:
    pool = ClientPool(lambda t: AsyncPerplexity(t.reveal(), FAST, origin=service.origin))
    own = Secret(service.state.accounts[0].token)
    sessions = WebSessions(pool, KeptConversations(), own=own, passthrough=False)
    context = RequestContext(credential=Secret("another..to.k.en"))
    assert isinstance((await events_of(sessions, ask("?", model="best"), context))[-1], Finished)
    await pool.close()


async def test_models_are_those_of_the_bundled_table_until_the_service_tells(
    service: WebService,
) -> None:
    service.state.models = {"models": {"new_one": {"label": "New", "mode": "search"}}}
    async with sessions_of(service, own=service.state.accounts[0].token) as sessions:
        assert sessions.figures().refreshed_at is None
        before = len(sessions.known)
        assert await sessions.refresh_models(None) == before + 1
        assert "new_one" in sessions.known
        assert sessions.figures().refreshed_at
    async with sessions_of(service) as without:
        assert await without.refresh_models(None, at_once=False) == before
        with pytest.raises(AuthenticationError):
            await without.refresh_models(None)


async def test_a_model_that_nobody_has_is_the_callers_error(service: WebService) -> None:
    events = await answered(service, Script(), ask("Which?", model="gpt-99"))
    failed = events[-1]
    assert isinstance(failed, Failed)
    assert (failed.code, failed.status) == ("invalid_model", 400)
    assert not asked(service)
