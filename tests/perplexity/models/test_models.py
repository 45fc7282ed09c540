"""Ids of all times find their model; the service's own list joins the bundled one for a day."""

from __future__ import annotations

import time
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from hydrophone.errors import InvalidModel
from hydrophone.perplexity import (
    MODELS,
    AsyncPerplexity,
    ClientConfig,
    ModelAccessError,
    Models,
)
from hydrophone.perplexity.models.discovery import ModelList
from hydrophone.perplexity.models.ids import resolve
from hydrophone.perplexity.session.web import WebSession
from hydrophone.types import Secret
from tests.emulators.perplexity_web.service import WebService

DAY_S = 24 * 3600
QUICK = ClientConfig(requests_per_second=0)
TOLD: dict[str, Any] = {
    "models": {
        "gpt54": {"label": "GPT-5.4", "provider": "OPENAI", "mode": "search"},
        "whale_1": {"label": "Whale 1", "description": "Sings.", "provider": "SEA"},
        "comet_x": {"label": "hidden"},
    },
    "config": [
        {"subscription_tier": "max", "reasoning_model": "whale_1", "text_only_model": False},
        {"subscription_tier": None, "non_reasoning_model": None},
    ],
}


@pytest.mark.parametrize(
    ("id", "identifier"),
    [
        ("best", "pplx_pro_upgraded"),
        ("perplexity/best", "pplx_pro_upgraded"),
        ("perplexity-auto", "pplx_pro_upgraded"),
        ("research", "pplx_alpha"),
        (Models.RESEARCH, "pplx_alpha"),
        (Models.GPT_52_THINKING, "gpt52_thinking"),
        (Models.GEMINI_3_FLASH_THINKING, "gemini30flash_high"),
        ("gpt-5.4", "gpt54"),
        ("openai/gpt-5.4-thinking", "gpt54_thinking"),
        ("claude-opus-4.6", "claude46opus"),
        ("grok47thinking", "grok47thinking"),
        ("custom:some_new:one", "some_new:one"),
    ],
)
def test_an_id_finds_its_model(id: str, identifier: str) -> None:
    assert resolve(id).identifier == identifier


@pytest.mark.parametrize("id", ["gpt-99", "", "custom:", "custom:a b", f"custom:{'x' * 129}"])
def test_other_ids_are_refused(id: str) -> None:
    with pytest.raises(InvalidModel):
        resolve(id)


def test_every_constant_names_a_model() -> None:
    names = [value for name, value in vars(Models).items() if name.isupper()]
    assert len(names) == 16
    assert all(name in MODELS for name in names)


async def test_the_services_own_list_joins_the_bundled_one(tmp_path: Path) -> None:
    async with WebService() as service:
        service.state.models = TOLD
        token, config = service.state.accounts[0].token, ClientConfig(requests_per_second=0)
        kept = tmp_path / "models.json"
        async with AsyncPerplexity(
            token, config, origin=service.origin, models_kept_in=kept
        ) as client:
            models = await client.models()
            await client.models()
        async with AsyncPerplexity(
            token, config, origin=service.origin, models_kept_in=kept
        ) as other:
            assert await other.models() == models
        assert len(service.state.asked("/rest/models/config")) == 1
    new = models["whale_1"]
    assert (new.name, new.subscription_tier, new.provider) == ("Whale 1", "max", "sea")
    assert set(models) - set(MODELS) == {"whale_1"}


class Clock:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


async def test_a_list_counts_for_a_day_and_what_failed_for_minutes(tmp_path: Path) -> None:
    async with WebService() as service:
        service.state.models, clock, kept = TOLD, Clock(), tmp_path / "models.json"
        asked = partial(service.state.asked, "/rest/models/config")
        web = WebSession(Secret(service.state.accounts[0].token), QUICK, origin=service.origin)
        listed = ModelList(web, kept_in=kept, clock=clock)
        service.state.refusals["/rest/models/config"] = [{"status": 404}]
        assert await listed.models() == await listed.models() == MODELS
        assert len(asked()) == 1
        clock.now += 400
        assert "whale_1" in await listed.models()
        assert len(asked()) == 2
        clock.now += DAY_S - 500
        assert "whale_1" in await listed.models()
        assert "whale_1" in await ModelList(web, kept_in=kept, clock=clock).models()
        assert len(asked()) == 2
        clock.now += 1_000
        service.state.refusals["/rest/models/config"] = [{"status": 404}]
        assert "whale_1" in await listed.models()
        assert len(asked()) == 3
        service.state.models = {}
        assert await listed.refresh() == MODELS
        await web.close()


async def test_the_services_own_word_about_a_subscription_counts_more() -> None:
    async with WebService() as service:
        row = {"subscription_tier": "pro", "non_reasoning_model": "claude46opus"}
        service.state.models = {"config": [row]}
        token = service.state.accounts[0].token
        async with AsyncPerplexity(token, QUICK, origin=service.origin) as client:
            for id in ("claude-opus-4.6", "claude46opus"):
                conversation = await client.create_conversation().ask("What?", model=id)
                assert conversation.answer == "Hello world."
            with pytest.raises(ModelAccessError):
                await client.create_conversation().ask("What?", model="claude-opus-5.5")
        assert len(service.state.asked("/rest/models/config")) == 1


@pytest.mark.parametrize(
    "told",
    [
        {"models": [1], "config": {"a": 1}},
        {"models": {"x": 7, "y": {"label": ["z"]}}, "config": [None, {"subscription_tier": 4}]},
        [],
        None,
    ],
)
async def test_a_list_in_another_form_does_no_harm(told: Any) -> None:
    async with WebService() as service:
        service.state.models = told
        token = service.state.accounts[0].token
        async with AsyncPerplexity(token, QUICK, origin=service.origin) as client:
            assert set(await client.models()) - {"y"} == set(MODELS)


async def test_without_the_service_the_bundled_list_is_there(tmp_path: Path) -> None:
    async with WebService() as service:
        service.state.refusals["/rest/models/config"] = [{"status": 404}]
        token, config = service.state.accounts[0].token, ClientConfig(requests_per_second=0)
        async with AsyncPerplexity(token, config, origin=service.origin) as client:
            assert dict(await client.models()) == dict(MODELS)
