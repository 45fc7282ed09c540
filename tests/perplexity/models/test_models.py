"""Ids of all times find their model; the service's own list joins the bundled one for a day."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hydrophone.errors import InvalidModel
from hydrophone.perplexity import MODELS, AsyncPerplexity, ClientConfig, Models
from hydrophone.perplexity.models.table import resolve
from tests.emulators.perplexity_web.service import WebService

DAY_S = 24 * 3600
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


async def test_without_the_service_the_bundled_list_is_there(tmp_path: Path) -> None:
    async with WebService() as service:
        service.state.refusals["/rest/models/config"] = [{"status": 404}]
        token, config = service.state.accounts[0].token, ClientConfig(requests_per_second=0)
        async with AsyncPerplexity(token, config, origin=service.origin) as client:
            assert dict(await client.models()) == dict(MODELS)
