"""GET /stats: how the search providers do, for those who may ask."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import httpx

from hydrophone.api.application import build_application
from hydrophone.ports import ProviderState
from hydrophone.scripted import ScriptedAnswerer
from tests.api.serving import KEY, doors, house_of, serving

RESTING = ProviderState(
    "ddgs",
    ("web",),
    "resting",
    resting_s=12.5,
    calls=7,
    failures=2,
    from_cache=3,
    p50_ms=321.0,
    last_error="ddgs: it cannot be reached",
)


class Figures:
    """These states."""

    async def providers(self) -> Sequence[ProviderState]:
        return [RESTING, ProviderState("searxng", ("academic", "web"), "untried")]


async def test_the_providers_are_told_as_they_are() -> None:
    house = replace(house_of(ScriptedAnswerer(())), stats=Figures())
    application = build_application(
        house, max_body_bytes=1000, default_model="default", cors_origins=()
    )
    async with serving(application) as url, httpx.AsyncClient(verify=False) as client:
        body = (await client.get(f"{url}/stats")).json()
    first, second = body["search_providers"]
    assert first == {
        "name": "ddgs",
        "kinds": ["web"],
        "state": "resting",
        "resting_s": 12.5,
        "calls": 7,
        "failures": 2,
        "from_cache": 3,
        "p50_ms": 321.0,
        "last_error": "ddgs: it cannot be reached",
    }
    assert (second["state"], second["p50_ms"], second["last_error"]) == ("untried", None, "")


async def test_a_house_without_figures_has_none() -> None:
    async with doors() as running, running.client() as client:
        body = (await client.get("/stats")).json()
    assert body.pop("uptime") >= 0
    assert body == {"requests": 1, "search_providers": []}


async def test_the_figures_need_a_key_where_all_else_does() -> None:
    async with doors(keys=[KEY]) as running, running.client() as client:
        assert (await client.get("/stats")).status_code == 401
        bearer = {"Authorization": f"Bearer {KEY}"}
        assert (await client.get("/stats", headers=bearer)).status_code == 200
