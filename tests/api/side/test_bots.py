"""The two lists of addresses, which anyone may read."""

from __future__ import annotations

from datetime import datetime

import pytest

from hydrophone.api.side.bots import BOT_PATHS
from tests.api.serving import KEY, doors

_NETWORKS = ("203.0.113.0/24", "198.51.100.7/32", "2001:db8::/48")


@pytest.mark.parametrize("path", BOT_PATHS)
async def test_networks_are_published_without_a_key(path: str) -> None:
    async with doors(keys=[KEY], egress_networks=_NETWORKS) as served, served.client() as client:
        client.headers.pop("Authorization", None)
        response = await client.get(path)
    body = response.json()
    assert response.status_code == 200
    assert body["prefixes"] == [
        {"ipv4Prefix": "203.0.113.0/24"},
        {"ipv4Prefix": "198.51.100.7/32"},
        {"ipv6Prefix": "2001:db8::/48"},
    ]
    assert datetime.fromisoformat(body["creationTime"]).year >= 2024
    assert response.headers["cache-control"] == "public, max-age=3600"


async def test_no_networks_are_an_empty_list() -> None:
    async with doors() as served, served.client() as client:
        assert (await client.get("/hydrophonebot.json")).json()["prefixes"] == []
