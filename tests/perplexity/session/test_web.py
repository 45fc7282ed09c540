"""Requests of one account, over real sockets: paced, tried again, and told apart when they fail."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, asynccontextmanager
from email.utils import formatdate
from time import time
from typing import Any

import pytest
from aiohttp import web

from hydrophone.perplexity import AsyncPerplexity, ClientConfig
from hydrophone.perplexity.errors import (
    AuthenticationError,
    BotWallError,
    ConnectionFailed,
    HTTPError,
    PerplexityError,
    StreamingError,
)
from hydrophone.perplexity.session.limiter import RateLimiter
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WALL, WebService

ASK = "/rest/sse/perplexity_ask"
STOP = "/rest/sse/perplexity_terminate"
SESSION = "/api/auth/session"
FAST: dict[str, Any] = {"requests_per_second": 0, "retry_base_delay": 0.01, "idle_timeout": 2}


def client_of(service: WebService, **config: Any) -> AsyncPerplexity:
    token = service.state.accounts[0].token
    return AsyncPerplexity(token, ClientConfig(**{**FAST, **config}), origin=service.origin)


@asynccontextmanager
async def odd_service(
    does: Callable[[web.Request], Awaitable[web.StreamResponse]], *, path: str = ASK
) -> AsyncIterator[tuple[str, list[str]]]:
    """A service that does at a path what none should; its origin, and the paths asked for."""
    paths: list[str] = []

    async def answer(request: web.Request) -> web.StreamResponse:
        paths.append(request.path)
        if request.path == path:
            await request.read()
            return await does(request)
        return web.json_response({"user": {"id": "1", "subscription_tier": "pro"}})

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}", paths
    finally:
        await runner.cleanup()


async def test_a_question_whose_connection_dies_is_not_sent_twice() -> None:
    async def drop(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    config = ClientConfig(**FAST)
    async with (
        odd_service(drop) as (origin, paths),
        AsyncPerplexity("a.b.c.d.e", config, origin=origin) as client,
    ):
        with pytest.raises(ConnectionFailed):
            await client.create_conversation().ask("What?")
    assert paths.count(ASK) == 1


async def test_cookies_of_the_page_before_come_along_with_the_question(
    service: WebService,
) -> None:
    page = {"status": 200, "text": "<html></html>", "content_type": "text/html"}
    bound = {"Set-Cookie": "__cf_bm=a-browser; Path=/; HttpOnly"}
    service.state.refusals["/search/new"] = [{**page, "headers": bound}]
    async with client_of(service) as client:
        conversation = client.create_conversation()
        await conversation.ask("One?")
        await conversation.ask("Two?")
    for one in service.state.asked(ASK):
        assert one.cookies["__cf_bm"] == "a-browser"
        assert len(one.cookies) == 2


async def test_what_only_reads_is_asked_again_when_its_connection_dies() -> None:
    deaths = 2

    async def answer(request: web.Request) -> web.StreamResponse:
        nonlocal deaths
        deaths -= 1
        if deaths >= 0:
            assert request.transport is not None
            request.transport.abort()
        return web.json_response({"remaining_pro": 7})

    async with (
        odd_service(answer, path="/rest/rate-limit/all") as (origin, paths),
        AsyncPerplexity("a.b.c.d.e", ClientConfig(**FAST), origin=origin) as client,
    ):
        assert (await client.quota()).remaining == {"pro": 7}
    assert len(paths) == 3


@pytest.mark.parametrize(
    ("config", "told"),
    [
        ({"connect_timeout": 0.3, "idle_timeout": 0.1}, "not begun to answer for 0.4 seconds"),
        ({"timeout": 0.4}, "not answered in time"),
    ],
)
async def test_an_answer_that_does_not_begin_is_not_waited_for(
    config: dict[str, float], told: str
) -> None:
    async def hang(_: web.Request) -> web.StreamResponse:
        await asyncio.sleep(3_600)
        return web.Response()

    async with odd_service(hang) as (origin, paths):
        settings = ClientConfig(**{**FAST, **config})
        async with AsyncPerplexity("a.b.c.d.e", settings, origin=origin) as client:
            with pytest.raises(StreamingError, match=told):
                await client.create_conversation().ask("What?")
    assert paths.count(ASK) == 1


async def test_the_whole_of_an_answer_has_its_time(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 2_000, gap_s=0.02)]
    async with client_of(service, timeout=0.6) as client:
        conversation = client.create_conversation()
        with pytest.raises(StreamingError, match="in time") as late:
            await conversation.ask("What?")
    assert late.value.partial.startswith("word")
    assert len(service.state.asked(STOP)) == 1


async def test_a_service_that_is_not_there_is_told() -> None:
    async with WebService() as service:
        origin = service.origin
    config = ClientConfig(**FAST, max_retries=1)
    async with AsyncPerplexity("a.b.c.d.e", config, origin=origin) as client:
        with pytest.raises(ConnectionFailed, match="connect"):
            await client.create_conversation().ask("What?")


async def test_streams_hold_up_no_other_question(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 5, gap_s=0.08)]
    async with client_of(service, requests_per_second=100) as client:
        conversations = [client.create_conversation() for _ in range(3)]
        await asyncio.gather(*(one.ask("What?") for one in conversations))
    streams = [event for event in service.state.events if event.startswith("stream")]
    assert [event.rpartition(" ")[2] for event in streams] == ["begins"] * 3 + ["ends"] * 3


async def test_each_request_waits_for_its_slot_also_when_it_is_tried_again(
    service: WebService, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent_before: list[int] = []

    async def wait(_: RateLimiter) -> None:
        sent_before.append(len(service.state.seen))

    monkeypatch.setattr(RateLimiter, "wait", wait)
    service.state.refusals[SESSION] = [{"status": 502}]
    async with client_of(service) as client:
        await client.create_conversation().ask("What?")
    assert sent_before == [0, 1, 2, 3]
    assert len(service.state.seen) == 4


async def test_stopping_does_not_wait_for_its_turn(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 500, gap_s=0.02)]
    async with client_of(service) as client:
        steps = aiter(await client.create_conversation().ask("What?", stream=True))
        async with aclosing(steps):
            await anext(steps)
            limiter = client._web._limiter
            limiter._next = limiter._clock() + 3_600  # the account has much to ask
    assert len(service.state.asked(STOP)) == 1


WALLED = {"status": 503, "text": WALL, "content_type": "text/html"}
BLOCKED = "<html><p>www.perplexity.ai used Cloudflare to restrict access</p></html>"


@pytest.mark.parametrize(
    ("refusal", "error"),
    [
        ({"wall": True}, BotWallError),
        (WALLED, BotWallError),
        ({**WALLED, "status": 200}, BotWallError),
        ({**WALLED, "status": 403, "text": BLOCKED}, BotWallError),
        ({"status": 429, "headers": {"cf-mitigated": "challenge"}}, BotWallError),
        ({"status": 403, "text": ""}, AuthenticationError),
        ({"status": 401, "text": '{"detail": "just a moment"}'}, AuthenticationError),
        ({**WALLED, "status": 403, "text": "<html>Forbidden</html>"}, AuthenticationError),
        ({"status": 500, "text": "<html>Oops</html>", "content_type": "text/html"}, HTTPError),
    ],
)
async def test_a_wall_against_robots_is_told_from_an_ended_session(
    service: WebService, refusal: dict[str, Any], error: type[HTTPError]
) -> None:
    service.state.refusals[SESSION] = [refusal]
    async with client_of(service, max_retries=0) as client:
        with pytest.raises(error) as told:
            await client.account_tier()
    assert type(told.value) is error
    assert told.value.status_code == refusal.get("status", 403)
    assert ("hydrophone login" in str(told.value)) is (error is AuthenticationError)


async def test_an_expired_session_is_told_without_any_error_status(service: WebService) -> None:
    service.state.refusals[SESSION] = [{"status": 200, "text": "{}"}]
    async with client_of(service) as client:
        with pytest.raises(AuthenticationError, match="hydrophone login"):
            await client.account_tier()


async def test_a_date_in_retry_after_is_waited_for(service: WebService) -> None:
    past, far = formatdate(time() - 60, usegmt=True), formatdate(time() + 9_000, usegmt=True)
    refusals = service.state.refusals
    refusals[ASK] = [{"status": 429, "headers": {"Retry-After": past}}]
    async with client_of(service, retry_base_delay=3_600) as client:
        conversation = client.create_conversation()
        await asyncio.wait_for(conversation.ask("One?"), 10)
        refusals[ASK] = [{"status": 429, "headers": {"Retry-After": far}}]
        with pytest.raises(HTTPError) as told:
            await conversation.ask("Two?")
    assert told.value.retry_after_s == pytest.approx(9_000, abs=30)
    assert len(service.state.asked(ASK)) == 3


async def test_each_retry_goes_out_as_another_browser(service: WebService) -> None:
    service.state.refusals[SESSION] = [{"status": 502}] * 3
    async with client_of(service) as client:
        await client.account_tier()
    agents = [one.headers["User-Agent"] for one in service.state.asked(SESSION)]
    assert len(set(agents)) == 4
    async with client_of(service, rotate_fingerprint=False) as client:
        service.state.refusals[SESSION] = [{"status": 502}] * 3
        await client.account_tier()
    agents = [one.headers["User-Agent"] for one in service.state.asked(SESSION)[4:]]
    assert len(set(agents)) == 1


async def test_the_sessions_cookie_goes_to_the_service_alone(service: WebService) -> None:
    async with client_of(service) as client:
        for path in ("//other.example/x", "https://other.example/x", "other"):
            with pytest.raises(ValueError, match="no path of the service"):
                await client._web.get(path)
    assert not service.state.seen


async def test_a_token_renewed_in_a_stream_is_taken_too(service: WebService) -> None:
    told: list[str] = []
    token = service.state.accounts[0].token
    async with AsyncPerplexity(
        token,
        ClientConfig(**FAST),
        origin=service.origin,
        on_token=lambda one: told.append(one.reveal()),
    ) as client:
        cookie = "__Secure-next-auth.session-token=f.g.h.i.j; Path=/; Secure; HttpOnly"
        refusal = {"status": 429, "headers": {"Set-Cookie": cookie, "Retry-After": "0"}}
        service.state.refusals[ASK] = [refusal]
        with pytest.raises(AuthenticationError):  # this service does not know its new token
            await client.create_conversation().ask("What?")
        assert client.token.reveal() == "f.g.h.i.j"
    assert told == ["f.g.h.i.j"]


async def test_a_token_that_cannot_be_kept_spoils_no_answer(
    service: WebService, caplog: pytest.LogCaptureFixture
) -> None:
    def full(_: object) -> None:
        raise OSError("no space left")

    service.state.rotate_to = "f.g.h.i.j"
    token = service.state.accounts[0].token
    async with AsyncPerplexity(
        token, ClientConfig(**FAST), origin=service.origin, on_token=full
    ) as client:
        conversation = await client.create_conversation().ask("What?")
    assert conversation.answer == "Hello world."
    assert "no space left" in caplog.text
    assert "f.g.h.i.j" not in caplog.text


async def test_the_log_tells_requests_and_retries_but_no_question(
    service: WebService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, logger="hydrophone.perplexity")
    service.state.refusals[SESSION] = [{"status": 502}]
    async with client_of(service) as client:
        await client.create_conversation().ask("Is the secret whale well?")
    assert f"GET {SESSION}: 502" in caplog.text
    assert "attempt 1 failed, again in" in caplog.text
    assert f"POST {ASK}: 200" in caplog.text
    assert "whale" not in caplog.text


async def test_all_errors_of_the_way_are_those_of_the_library(service: WebService) -> None:
    service.state.refusals[SESSION] = [{"status": 418, "text": "x" * 900}]
    async with client_of(service) as client:
        with pytest.raises(PerplexityError) as told:
            await client.account_tier()
    assert isinstance(told.value, HTTPError)
    assert told.value.response_body is not None
    assert len(told.value.response_body) <= 500
