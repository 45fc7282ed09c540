"""The service's own list of models reaches who asks the server, when it is asked for anew."""

from __future__ import annotations

import httpx

from tests.app.sessions.asking import CHAT, body_of
from tests.emulators.perplexity_web.service import WebService

CONFIG = "/rest/models/config"
WHALE = {
    "models": {"whale_1": {"label": "Whale 1", "description": "Sings.", "provider": "SEA"}},
    "config": [{"subscription_tier": "pro", "reasoning_model": "whale_1"}],
}


async def ids_of(client: httpx.AsyncClient) -> list[str]:
    """The models that the server lists."""
    return [one["id"] for one in (await client.get("/v1/models")).json()["data"]]


async def test_a_refresh_brings_new_models_that_can_be_asked(
    client: httpx.AsyncClient, service: WebService
) -> None:
    before = await ids_of(client)
    assert "whale_1" not in before
    assert (await client.post(CHAT, json=body_of(model="whale_1"))).status_code == 400
    service.state.models = WHALE
    assert await ids_of(client) == before
    refreshed = (await client.post("/v1/models/refresh")).json()
    assert set(await ids_of(client)) - set(before) == {"whale_1"}
    answer = await client.post(CHAT, json=body_of(model="whale_1"))
    assert answer.status_code == 200, answer.text
    (asked,) = service.state.asked("/rest/sse/perplexity_ask")
    assert asked.body["params"]["model_preference"] == "whale_1"
    assert (await client.get("/stats")).json()["models"]["count"] == refreshed["count"]


async def test_a_refresh_that_fails_is_told_and_takes_nothing_away(
    client: httpx.AsyncClient, service: WebService
) -> None:
    service.state.models = WHALE
    await client.post("/v1/models/refresh")
    service.state.refusals[CONFIG] = [{"wall": True}]
    assert (await client.post("/v1/models/refresh")).status_code == 502
    assert "whale_1" in await ids_of(client)
