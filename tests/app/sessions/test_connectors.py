"""What an account has connected, as a source: whose it is, and who may search it."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.app.sessions.asking import ASK, CHAT, bearing, body_of
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.service import WebService

DRIVE = "google_drive"


async def asked(client: httpx.AsyncClient, focus: Any, **headers: str) -> httpx.Response:
    body = body_of(model="best", perplexity={"source_focus": focus})
    return await client.post(CHAT, json=body, headers=headers)


def sources(service: WebService) -> Any:
    return service.state.asked(ASK)[-1].body["params"]["sources"]


async def test_whoever_brings_a_session_may_search_what_it_has(
    client: httpx.AsyncClient, service: WebService
) -> None:
    for focus, expected in (
        (DRIVE, [DRIVE]),
        (["web", DRIVE], ["web", DRIVE]),
        ([DRIVE, "all", DRIVE], ["web", "scholar", "social", DRIVE]),
    ):
        answer = await asked(client, focus)
        assert answer.status_code == 200, answer.text
        assert sources(service) == expected


async def test_what_the_account_has_not_connected_is_400_and_its_own_are_named(
    client: httpx.AsyncClient, service: WebService
) -> None:
    answer = await asked(client, "one_drive")
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "perplexity.source_focus")
    assert DRIVE in error["message"]
    assert not service.state.asked(ASK)


async def test_the_service_is_asked_once_what_there_is(
    client: httpx.AsyncClient, service: WebService
) -> None:
    for _ in range(3):
        await asked(client, DRIVE)
    paths = [one.path for one in service.state.seen if "connectors" in one.path]
    paths += [one.path for one in service.state.seen if "rate-limit" in one.path]
    assert len(paths) == 1


async def test_holders_of_a_key_search_what_the_server_lends(
    start: Starter, service: WebService, token: str
) -> None:
    own = {"mode": "keys", "api_keys": ("a-key",), "session_token": token}
    closed, lending = await start(**own), await start(**own, session_connectors=(DRIVE,))
    answer = await asked(closed, DRIVE, **bearing("a-key"))
    assert answer.status_code == 403
    assert "HYDROPHONE_SESSION_CONNECTORS" in answer.json()["error"]["message"]
    assert not service.state.asked(ASK)
    assert (await asked(lending, DRIVE, **bearing("a-key"))).status_code == 200
    brought = {**bearing("a-key"), "X-Perplexity-Session-Token": token}
    assert (await asked(closed, DRIVE, **brought)).status_code == 200


async def test_on_this_machine_the_servers_own_are_there(start: Starter, token: str) -> None:
    assert (await asked(await start(session_token=token), DRIVE)).status_code == 200


@pytest.mark.parametrize("stream", [False, True])
async def test_the_engine_has_none(start: Starter, stream: bool) -> None:
    client = await start(mode="auto", offline=True)
    body = body_of(model="sonar", stream=stream, perplexity={"source_focus": ["web", DRIVE]})
    answer = await client.post(CHAT, json=body)
    error = answer.json()["error"]
    assert (answer.status_code, error["param"]) == (400, "perplexity.source_focus")
    assert DRIVE in error["message"]
