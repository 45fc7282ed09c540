"""Signing in at the emulated service: by code, by link, with a second factor; never elsewhere."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hydrophone.perplexity.errors import BotWallError, HTTPError, RateLimitError
from hydrophone.perplexity.login.flow import Login, LoginError, SecondFactorNeeded, WrongCode
from tests.emulators.perplexity_web.service import WebService

EMAIL = "someone@example.org"


@pytest.fixture
async def login(service: WebService) -> AsyncIterator[Login]:
    async with Login(origin=service.origin) as one:
        yield one


@pytest.mark.parametrize("by", ["code", "link"])
async def test_the_mail_signs_in(service: WebService, login: Login, by: str) -> None:
    await login.send_mail(f" {EMAIL} ")
    token = await login.finish(f" {service.state.outbox[-1][by]}\n")
    assert token.reveal() == service.state.accounts[0].token


async def test_digits_may_be_typed_in_groups(service: WebService, login: Login) -> None:
    await login.send_mail(EMAIL)
    code = service.state.outbox[-1]["code"]
    assert await login.finish(f"{code[:3]} {code[3:]}")


@pytest.mark.parametrize("typed", ["000000", "12345", "hello", ""])
async def test_a_wrong_code_can_be_typed_again(
    service: WebService, login: Login, typed: str
) -> None:
    await login.send_mail(EMAIL)
    service.state.outbox[-1]["code"] = "123456"
    with pytest.raises(WrongCode):
        await login.finish(typed)
    assert await login.finish("123456")


async def test_a_link_that_was_used_is_refused(service: WebService, login: Login) -> None:
    await login.send_mail(EMAIL)
    link = service.state.outbox[-1]["link"]
    await login.finish(link)
    with pytest.raises(WrongCode):
        await login.finish(link)


@pytest.mark.parametrize(
    "link",
    [
        "https://evil.example/api/auth/callback/email?token=1",
        "https://www.perplexity.ai.evil.example/x",
        "http://127.0.0.1:1/x",
        "https://user@127.0.0.1/x",
    ],
)
async def test_a_link_to_another_server_is_not_followed(
    service: WebService, login: Login, link: str
) -> None:
    await login.send_mail(EMAIL)
    before = len(service.state.seen)
    with pytest.raises(LoginError, match="not followed"):
        await login.finish(link)
    assert len(service.state.seen) == before


@pytest.mark.parametrize(
    "path", ["/api/auth/totp/challenge-verify", "/api/auth/totp-challenge/verify"]
)
async def test_a_second_factor_is_asked_for(service: WebService, login: Login, path: str) -> None:
    service.state.accounts[0].totp = "654321"
    service.state.totp_path = path
    await login.send_mail(EMAIL)
    with pytest.raises(SecondFactorNeeded):
        await login.finish(service.state.outbox[-1]["code"])
    with pytest.raises(WrongCode, match="second factor"):
        await login.second_factor("111111")
    token = await login.second_factor("654 321")
    assert token.reveal() == service.state.accounts[0].token


async def test_a_bot_wall_is_told_as_such(service: WebService, login: Login) -> None:
    service.state.refusals["/api/auth/csrf"] = [{"wall": True}]
    with pytest.raises(BotWallError):
        await login.send_mail(EMAIL)


@pytest.mark.parametrize("email", ["", "someone", "@", "a b@c.d"])
async def test_what_is_no_address_is_refused(login: Login, email: str) -> None:
    with pytest.raises(ValueError, match="no mail address"):
        await login.send_mail(email)


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitError), (503, HTTPError)])
async def test_a_busy_service_does_not_call_the_code_wrong(
    service: WebService, login: Login, status: int, kind: type[HTTPError]
) -> None:
    await login.send_mail(EMAIL)
    refusal = {"status": status, "headers": {"Retry-After": "7"}}
    service.state.refusals["/api/auth/otp-redirect-link"] = [refusal]
    code = service.state.outbox[-1]["code"]
    with pytest.raises(kind) as caught:
        await login.finish(code)
    assert (caught.value.status_code, caught.value.retry_after_s) == (status, 7)
    assert await login.finish(code)


@pytest.mark.parametrize(("status", "kind"), [(429, RateLimitError), (503, HTTPError)])
async def test_a_busy_service_does_not_call_the_second_factor_wrong(
    service: WebService, login: Login, status: int, kind: type[HTTPError]
) -> None:
    service.state.accounts[0].totp = "654321"
    await login.send_mail(EMAIL)
    with pytest.raises(SecondFactorNeeded):
        await login.finish(service.state.outbox[-1]["code"])
    service.state.refusals[service.state.totp_path] = [{"status": status}]
    with pytest.raises(kind):
        await login.second_factor("654321")
    assert await login.second_factor("654321")


async def test_a_garbled_link_can_be_pasted_again(service: WebService, login: Login) -> None:
    await login.send_mail(EMAIL)
    with pytest.raises(WrongCode, match="whole link"):
        await login.finish("https://[foo")
    assert await login.finish(service.state.outbox[-1]["link"])
