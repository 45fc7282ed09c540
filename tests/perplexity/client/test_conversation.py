"""A conversation with the emulated service, over real sockets and the real transport."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from hydrophone.errors import InvalidModel
from hydrophone.perplexity.client.perplexity import AsyncPerplexity
from hydrophone.perplexity.config import ClientConfig, ConversationConfig, Coordinates
from hydrophone.perplexity.errors import (
    AuthenticationError,
    BotWallError,
    FileAccessError,
    FileValidationError,
    HTTPError,
    ModelAccessError,
    PerplexityError,
    RateLimitError,
    ResearchClarifyingQuestionsError,
    ResponseParsingError,
    StreamingError,
)
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account, State
from tests.emulators.perplexity_web.streams import ROWS

ASK = "/rest/sse/perplexity_ask"
STOP = "/rest/sse/perplexity_terminate"
FAST = {"requests_per_second": 0, "retry_base_delay": 0.01, "idle_timeout": 2}


@asynccontextmanager
async def client_of(service: WebService, **config: Any) -> AsyncIterator[AsyncPerplexity]:
    token = service.state.accounts[0].token
    settings = ClientConfig(**{**FAST, **config})
    async with AsyncPerplexity(token, settings, origin=service.origin) as client:
        yield client


async def answered(service: WebService, *scripts: Script, **config: Any) -> tuple[str | None, Any]:
    service.state.scripts = list(scripts)
    async with client_of(service, **config) as client:
        conversation = client.create_conversation()
        await conversation.ask("What is it?")
        return conversation.answer, conversation


@pytest.mark.parametrize("shape", ["legacy", "schematized", "diffs"])
@pytest.mark.parametrize("carrier", ["markdown", "workflow"])
async def test_every_shape_is_an_answer(service: WebService, shape: Any, carrier: Any) -> None:
    script = Script(shape=shape, carrier=carrier, narration="I look.", split=7)
    answer, conversation = await answered(service, script)
    assert answer == "Hello world."
    assert conversation.title == "A greeting"
    assert [one.url for one in conversation.search_results] == [row["url"] for row in ROWS]
    assert not conversation.notices


async def test_the_stream_brings_deltas_that_join_to_the_answer(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("See [", "1] and `a[1]`", " [2]."), split=3)]
    async with client_of(service) as client:
        conversation = client.create_conversation(ConversationConfig(citation_mode="markdown"))
        steps = [step async for step in await conversation.ask("What?", stream=True)]
    whole = f"See [1]({ROWS[0]['url']}) and `a[1]` [2]({ROWS[1]['url']})."
    assert conversation.answer == whole
    assert "".join(step.delta for step in steps) == whole
    assert steps[-1].answer == whole
    assert steps[-1].search_results[0].title == "One"


async def test_a_text_that_was_numbered_anew_is_told_of(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("See [1] and [2]",), last="See [2] and [1].")]
    async with client_of(service) as client:
        conversation = client.create_conversation(ConversationConfig(citation_mode="default"))
        steps = [step async for step in await conversation.ask("What?", stream=True)]
    assert any(step.revised for step in steps)
    assert conversation.answer == "See [2] and [1]."


async def test_a_question_is_sent_as_the_service_wants_it(service: WebService) -> None:
    place = Coordinates(48.85, 2.35)
    config = ConversationConfig(
        model="gpt-5.4",
        source_focus=["social", "academic"],
        time_range="week",
        timezone="Europe/Paris",
        coordinates=place,
        save_to_library=True,
    )
    async with client_of(service) as client:
        conversation = client.create_conversation(config)
        await conversation.ask("One?")
        await conversation.ask("Two?", model="deep-research")
    first, second = (one.body["params"] for one in service.state.asked(ASK))
    assert first["model_preference"] == "gpt54"
    assert first["sources"] == ["social", "scholar"]
    assert first["search_recency_filter"] == "WEEK"
    assert first["client_coordinates"] == {"location_lat": 48.85, "location_lng": 2.35, "name": ""}
    assert first["is_incognito"] is False
    assert first["query_source"] == "home"
    assert second["query_source"] == "followup"
    assert second["last_backend_uuid"]
    assert second["read_write_token"].startswith("rw-")
    assert (second["mode"], second["model_preference"]) == ("research", "pplx_alpha")
    assert len(service.state.asked("/search/new")) == 1
    assert len(service.state.asked("/api/auth/session")) == 1


async def test_a_long_question_is_cut_for_the_warm_up_alone(service: WebService) -> None:
    async with client_of(service, max_init_query_length=3_000) as client:
        await client.create_conversation().ask("x" * 5_000)
    assert [len(one.query["q"]) for one in service.state.asked("/search/new")] == [3_000, 750]
    assert len(service.state.asked(ASK)[0].body["query_str"]) == 5_000


@pytest.mark.parametrize("where", ["step", "asset"])
async def test_the_report_of_research_is_in_the_answer(service: WebService, where: Any) -> None:
    script = Script(pieces=("A note.",), report="# All of it", report_in=where)
    answer, _ = await answered(service, script)
    assert answer == "A note.\n\n---\n\n# All of it"


async def test_a_report_in_a_file_is_fetched_for_research_alone(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("A note.",), report="# All of it", report_in="file")]
    async with client_of(service) as client:
        conversation = client.create_conversation()
        steps = [step async for step in await conversation.ask("1?", "deep-research", stream=True)]
        assert conversation.answer == "A note.\n\n---\n\n# All of it"
        assert "".join(step.delta for step in steps) == conversation.answer
        assert not any(step.revised for step in steps)
        (file,) = [one for one in service.state.seen if one.path.startswith("/files/")]
        assert not file.cookies
        await client.create_conversation().ask("2?")
    assert sum(one.path.startswith("/files/") for one in service.state.seen) == 1


async def test_best_leaves_the_choice_of_a_model_to_the_service(service: WebService) -> None:
    _, conversation = await answered(service, Script(display_model="claude55sonnet"))
    assert conversation.notices == ()


async def test_another_model_than_was_asked_for_is_told_of(service: WebService) -> None:
    _, conversation = await answered(service, Script(display_model="turbo"))
    (notice,) = conversation.notices
    assert notice.kind == "downgrade"
    assert "turbo" in notice.message


async def test_questions_asked_back_are_an_error_with_texts(service: WebService) -> None:
    script = Script(questions=[{"question_text": "Which year?"}, "Where?"], gap_s=0.01)
    with pytest.raises(ResearchClarifyingQuestionsError) as asked:
        await answered(service, script)
    assert asked.value.questions == ["Which year?", "Where?"]
    assert len(service.state.asked(STOP)) == 1  # research would go on and cost quota


async def test_questions_asked_back_may_be_waited_out(service: WebService) -> None:
    script = Script(questions=["Which year?"])
    answer, _ = await answered(service, script, research_interaction="auto")
    assert answer == "Hello world."
    assert len(service.state.asked(ASK)) == 1


async def test_research_that_ends_with_questions_is_told_to_go_on_once(service: WebService) -> None:
    asks = Script(questions=["Which year?"], ends_with_questions=True)
    answer, _ = await answered(service, asks, Script(), research_interaction="auto")
    assert answer == "Hello world."
    assert [one.body["params"]["query_source"] for one in service.state.asked(ASK)] == [
        "home",
        "followup",
    ]


async def test_a_lost_conversation_begins_anew(service: WebService) -> None:
    async with client_of(service) as client:
        conversation = client.create_conversation()
        await conversation.ask("One?")
        service.state.threads.clear()
        await conversation.ask("Two?")
    assert conversation.answer == "Hello world."
    sent = [one.body["params"]["query_source"] for one in service.state.asked(ASK)]
    assert sent == ["home", "followup", "home"]


async def test_a_stream_that_broke_off_is_gone_on_with(service: WebService) -> None:
    answer, _ = await answered(service, Script(pieces=tuple("abcdefgh"), cut_after=4))
    assert answer == "abcdefgh"
    assert len(service.state.asked(ASK)) == 1


async def test_what_is_gone_is_an_error_with_what_had_come(service: WebService) -> None:
    service.state.scripts = [Script(pieces=tuple("abcdefgh"), cut_after=4, gap_s=0.01)]
    async with client_of(service) as client:
        conversation = client.create_conversation()
        steps = await conversation.ask("What?", stream=True)
        with pytest.raises(StreamingError) as broken:
            _ = [service.state.threads.clear() async for _ in steps]
    assert "abc".startswith(broken.value.partial)
    assert broken.value.partial


async def test_a_stream_without_any_frame_is_an_error(service: WebService) -> None:
    with pytest.raises(StreamingError, match="without an answer"):
        await answered(service, Script(raw=b""))


async def test_silence_is_not_waited_out(service: WebService) -> None:
    script = Script(hang_after=2)
    service.state.scripts = [script]
    async with client_of(service, idle_timeout=0.2) as client:
        conversation = client.create_conversation()
        await conversation.ask("What?")  # a snapshot of the answer comes by the way of reconnecting
    assert conversation.answer == "Hello world."


async def test_leaving_a_stream_stops_the_service(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 500, gap_s=0.02)]
    async with client_of(service) as client:
        conversation = client.create_conversation()
        answering = aiter(await conversation.ask("What?", stream=True))
        first = await anext(answering)
        while not first.delta:
            first = await anext(answering)
        await answering.aclose()  # type: ignore[attr-defined]
        assert len(service.state.asked(STOP)) == 1
        service.state.scripts = [Script()]
        await conversation.ask("And now?")
    assert conversation.answer == "Hello world."


async def test_a_loop_that_is_left_stops_the_service(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 500, gap_s=0.02)]
    async with client_of(service) as client:
        conversation = client.create_conversation()
        async for step in await conversation.ask("What?", stream=True):
            if step.delta:
                break
        service.state.scripts = [Script()]
        await conversation.ask("And now?")  # which waits until the one before was stopped
        assert len(service.state.asked(STOP)) == 1
    assert conversation.answer == "Hello world."


async def test_a_cookie_may_be_given_in_pieces(service: WebService) -> None:
    name, token = "__Secure-next-auth.session-token", service.state.accounts[0].token
    cookies = f"pplx.visitor-id=1; {name}.1={token[7:]}; {name}.0={token[:7]}"
    async with AsyncPerplexity(cookies, ClientConfig(**FAST), origin=service.origin) as client:
        profile = await client.profile()
    assert profile is not None
    assert service.state.seen[0].cookies == {name: token}


async def test_a_browser_that_does_not_exist_is_told(service: WebService) -> None:
    async with client_of(service, impersonate="netscape4") as client:
        with pytest.raises(ValueError, match="no browser profile 'netscape4'"):
            await client.account_tier()
    assert not service.state.seen


@pytest.mark.parametrize(("wish", "raises"), [("manual", True), ("auto", False), (None, True)])
async def test_a_conversation_may_say_whether_research_asks_back(
    service: WebService, wish: Any, raises: bool
) -> None:
    service.state.scripts = [Script(questions=["Which year?"])]
    config = ConversationConfig(research_interaction=wish, custom_model_mode="research")
    async with client_of(service) as client:
        conversation = client.create_conversation(config)
        if raises:
            with pytest.raises(ResearchClarifyingQuestionsError):
                await conversation.ask("What?", "custom:new_one")
        else:
            await conversation.ask("What?", "custom:new_one")
    asked = service.state.asked(ASK)[0].body["params"]
    assert (asked["model_preference"], asked["mode"]) == ("new_one", "research")


async def test_a_cancelled_question_stops_the_service(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 500, gap_s=0.02)]
    async with client_of(service) as client:
        conversation = client.create_conversation()
        steps, seen = await conversation.ask("What?", stream=True), asyncio.Event()

        async def read() -> None:
            async for _ in steps:
                seen.set()

        asking = asyncio.create_task(read())
        await asyncio.wait_for(seen.wait(), 10)
        asking.cancel()
        with pytest.raises(asyncio.CancelledError):
            await asking
        assert len(service.state.asked(STOP)) == 1


async def test_three_streams_of_one_account_run_side_by_side(service: WebService) -> None:
    service.state.scripts = [Script(gap_s=0.1)]
    async with client_of(service) as client:
        conversations = [client.create_conversation() for _ in range(3)]
        await asyncio.gather(*(one.ask("What?") for one in conversations))
    streams = [event for event in service.state.events if event.startswith("stream")]
    assert [event.rpartition(" ")[2] for event in streams] == ["begins"] * 3 + ["ends"] * 3


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ({"status": 403}, AuthenticationError),
        ({"status": 401}, AuthenticationError),
        ({"wall": True}, BotWallError),
        ({"status": 422}, HTTPError),
        ({"status": 500}, HTTPError),
        ({"status": 200, "text": "<html>hi</html>", "content_type": "text/html"}, PerplexityError),
    ],
)
async def test_a_question_that_was_refused_is_not_sent_again(
    service: WebService, refusal: Any, error: type[Exception]
) -> None:
    service.state.refusals[ASK] = [refusal]
    with pytest.raises(error) as raised:
        await answered(service, Script())
    assert len(service.state.asked(ASK)) == 1
    if error is AuthenticationError:
        assert not isinstance(raised.value, BotWallError)


async def test_too_many_requests_are_waited_for_as_long_as_is_said(service: WebService) -> None:
    service.state.refusals[ASK] = [{"status": 429, "headers": {"Retry-After": "0"}}] * 2
    answer, _ = await answered(service, Script())
    assert answer == "Hello world."
    asked = service.state.asked(ASK)
    assert len(asked) == 3
    assert len({one.headers["User-Agent"] for one in asked}) > 1  # another browser each time


async def test_what_only_reads_is_asked_again_after_a_failure(service: WebService) -> None:
    service.state.refusals["/api/auth/session"] = [{"status": 502}, {"status": 503}]
    answer, _ = await answered(service, Script())
    assert answer == "Hello world."


async def test_a_used_up_quota_is_a_limit(service: WebService) -> None:
    failure = {"status": "failed", "error_code": "FREE_TIER_RATE_LIMITED"}
    with pytest.raises(RateLimitError):
        await answered(service, Script(failure=failure))


async def test_a_frame_that_is_no_json_is_an_error(service: WebService) -> None:
    with pytest.raises(ResponseParsingError):
        await answered(service, Script(raw=b"data: {nonsense\n\n"))


async def test_a_session_that_has_ended_is_told_before_asking(service: WebService) -> None:
    service.state.accounts[0].token = "another"
    async with AsyncPerplexity("a.b.c.d.e", ClientConfig(**FAST), origin=service.origin) as client:
        with pytest.raises(AuthenticationError, match="hydrophone login"):
            await client.create_conversation().ask("What?")
    assert not service.state.asked(ASK)


async def test_a_renewed_token_is_used_from_then_on_and_told(service: WebService) -> None:
    long = "n" * 5_000
    told: list[str] = []
    state = service.state
    old = state.accounts[0].token
    state.rotate_to = long
    config = ClientConfig(**FAST)
    async with AsyncPerplexity(
        old, config, origin=service.origin, on_token=lambda token: told.append(token.reveal())
    ) as client:
        conversation = client.create_conversation()
        await conversation.ask("One?")
        state.accounts = [one for one in state.accounts if one.token == long]
        await conversation.ask("Two?")
    assert told == [long]
    assert conversation.answer == "Hello world."


async def test_a_model_that_the_account_does_not_have_is_refused_here() -> None:
    state = State(accounts=[Account(tier="pro")])
    async with WebService(state) as service, client_of(service) as client:
        with pytest.raises(ModelAccessError) as refused:
            await client.create_conversation().ask("What?", model="claude-opus-4.6")
    assert (refused.value.required_tier, refused.value.account_tier) == ("max", "pro")
    assert not service.state.asked(ASK)


async def test_an_account_without_a_subscription_asks_what_it_may() -> None:
    state = State(accounts=[Account(tier="free")])
    async with WebService(state) as service, client_of(service) as client:
        conversation = client.create_conversation()
        await conversation.ask("What?")
        with pytest.raises(FileAccessError):
            await conversation.ask("What?", files=[b"x"])
    assert service.state.asked(ASK)[0].body["params"]["model_preference"] == "turbo"
    assert conversation.answer == "Hello world."


async def test_files_of_all_kinds_are_uploaded(service: WebService, tmp_path: Path) -> None:
    path = tmp_path / "whale.pdf"
    path.write_bytes(b"%PDF-1.4 whale")
    with path.open("rb") as stream:
        files = [path, str(path), b"bytes", (b"named", "a/b\\c.png"), (b"x", "y", "text/x"), stream]
        async with client_of(service) as client:
            await client.create_conversation().ask("What?", files=files)
    uploads = list(service.state.uploads.values())
    assert [(one.filename, one.content_type, one.data) for one in uploads] == [
        ("whale.pdf", "application/pdf", b"%PDF-1.4 whale"),
        ("file", "application/octet-stream", b"bytes"),
        ("c.png", "image/png", b"named"),
        ("y", "text/x", b"x"),
        ("whale.pdf", "application/pdf", b"%PDF-1.4 whale"),
    ]
    sent = service.state.asked(ASK)[0].body["params"]["attachments"]
    assert sent == [one.url for one in uploads]
    assert service.state.asked("/rest/sse/attachment_processing/subscribe")


@pytest.mark.parametrize("file", [b"", "no/such/file", ".", (b"", "x.txt")])
async def test_what_is_no_file_is_refused_before_anything_is_sent(
    service: WebService, file: Any
) -> None:
    async with client_of(service) as client:
        with pytest.raises(FileValidationError):
            await client.create_conversation().ask("What?", files=[file])
    assert not service.state.seen


async def test_unknown_models_and_empty_questions_are_refused(service: WebService) -> None:
    async with client_of(service) as client:
        with pytest.raises(InvalidModel, match="there are: best"):
            await client.create_conversation().ask("What?", model="gpt-99")
        with pytest.raises(ValueError, match="empty"):
            await client.create_conversation().ask("  ")
    assert [one.path for one in service.state.seen] == ["/rest/models/config"]


async def test_a_model_that_the_service_alone_lists_can_be_asked(service: WebService) -> None:
    service.state.models = {"models": {"whale_1": {"label": "Whale"}}}
    async with client_of(service) as client:
        await client.create_conversation().ask("What?", model="whale_1")
    assert service.state.asked(ASK)[0].body["params"]["model_preference"] == "whale_1"


@pytest.mark.parametrize("by", ["entry", "slug"])
async def test_a_conversation_is_gone_on_with_by_its_name(service: WebService, by: str) -> None:
    async with client_of(service) as client:
        first = client.create_conversation()
        await first.ask("One?")
        assert first.uuid is not None
        again = await client.resume(first.uuid if by == "entry" else "thread-1")
        await again.ask("Two?")
    params = service.state.asked(ASK)[1].body["params"]
    assert params["last_backend_uuid"] == first.uuid
    assert again.answer == "Hello world."


async def test_the_log_goes_to_its_file_and_holds_no_token(
    service: WebService, tmp_path: Path
) -> None:
    service.state.accounts[0].tier = "odd"
    log, root = tmp_path / "logs" / "p.log", list(logging.getLogger().handlers)
    config = {"logging_level": "debug", "log_file": log}
    answer, conversation = await answered(service, Script(), **config)
    assert answer == "Hello world."
    text = log.read_text("utf-8")
    assert "subscription is not known" in text
    assert service.state.accounts[0].token not in text + repr(conversation) + str(
        vars(conversation)
    )
    assert list(logging.getLogger().handlers) == root
