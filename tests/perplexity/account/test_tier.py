"""The subscription is asked for now and then, and refuses only what it is known not to have."""

from __future__ import annotations

import logging
from types import SimpleNamespace
from typing import Any

import pytest

from hydrophone.perplexity import (
    AsyncPerplexity,
    AuthenticationError,
    FileAccessError,
    ModelAccessError,
)
from hydrophone.perplexity.account import tier
from tests.emulators.perplexity_web.service import WebService

SESSION = "/api/auth/session"


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"subscription_tier": "max"}, "max"),
        ({"subscription_tier": "none", "payment_tier": "MAX"}, "max"),
        ({"subscription_tier": "Pro"}, "pro"),
        ({"subscription_tier": "education_pro"}, "pro"),
        ({"subscription_status": "trialing", "payment_tier": "monthly"}, "pro"),
        ({"subscription_status": "active", "payment_tier": "free_promo"}, "free"),
        ({"subscription_tier": "free"}, "free"),
        ({"subscription_status": "none"}, "free"),
        ({"subscription_source": "none"}, "free"),
        ({"subscription_status": "active"}, "unknown"),
        ({}, "unknown"),
    ],
)
def test_a_subscription_is_what_the_account_says(told: dict[str, Any], wanted: str) -> None:
    assert tier.tier_of(told) == wanted


async def test_it_is_asked_for_once_in_minutes(
    client: AsyncPerplexity, service: WebService, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [1_000.0]
    monkeypatch.setattr(tier, "time", SimpleNamespace(monotonic=lambda: now[0]))
    account = client._account
    assert [await account.tier() for _ in range(3)] == ["pro"] * 3
    service.state.accounts[0].tier = "max"
    now[0] += 200
    assert await account.tier() == "pro"
    now[0] += 200
    assert await account.tier() == "max"
    assert len(service.state.asked(SESSION)) == 2


async def test_an_unknown_subscription_is_let_through_with_a_warning(
    client: AsyncPerplexity, service: WebService, caplog: pytest.LogCaptureFixture
) -> None:
    service.state.accounts[0].tier = "odd"
    with caplog.at_level(logging.WARNING):
        conversation = client.create_conversation()
        await conversation.ask("What?", model="claude-opus-5.5", files=[(b"x", "a.txt")])
    assert conversation.answer == "Hello world."
    assert "not known" in caplog.text
    assert [notice.kind for notice in conversation.notices] == ["unknown_subscription"]
    assert service.state.asked("/rest/user/settings")


async def test_what_a_subscription_lacks_is_told_with_both(
    client: AsyncPerplexity, service: WebService
) -> None:
    service.state.accounts[0].tier = "free"
    conversation = client.create_conversation()
    with pytest.raises(ModelAccessError, match=r"'pro'; this account has 'free'") as one:
        await conversation.ask("What?", model="gpt-5.4")
    refused = one.value
    assert (refused.model_id, refused.required_tier, refused.account_tier) == (
        "gpt-5.4",
        "pro",
        "free",
    )
    with pytest.raises(FileAccessError, match="'free'"):
        await conversation.ask("What?", files=[(b"x", "a.txt")])
    assert not service.state.asked("/rest/sse/perplexity_ask")


async def test_a_session_that_has_ended_is_told_before_anything_is_asked(
    client: AsyncPerplexity, service: WebService
) -> None:
    service.state.accounts.clear()
    with pytest.raises(AuthenticationError, match="hydrophone login"):
        await client.create_conversation().ask("What?")
    assert [one.path for one in service.state.seen] == [SESSION]
