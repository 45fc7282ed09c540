"""Keys that callers make and revoke over the wire, with the real keys behind it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from hydrophone.accounts.gatekeeper import Gatekeeper
from hydrophone.accounts.keys import KeyStore
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.accounts.tokens import TokenDesk
from hydrophone.api.application import build_application
from hydrophone.scripted import ScriptedAnswerer
from hydrophone.storage.state import open_state
from hydrophone.types import Secret
from tests.api.serving import BODY_LIMIT_BYTES, SCRIPT, doors, house_of, serving

STATIC = "key-of-the-setting"


@dataclass
class House:
    """A server with keys: one that was made, and one of the setting."""

    client: httpx.AsyncClient
    keys: KeyStore
    key: str

    async def post(self, path: str, body: Any = None, *, key: str | None = None) -> httpx.Response:
        headers = {"Authorization": f"Bearer {key or self.key}"}
        return await self.client.post(path, json=body, headers=headers)

    async def opens(self, key: str) -> bool:
        headers = {"Authorization": f"Bearer {key}"}
        return (await self.client.get("/v1/models", headers=headers)).status_code == 200


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    state = await open_state(tmp_path / "state.db")
    keys, static = KeyStore(state), StaticKeys([Secret(STATIC)])
    key = (await keys.create("first")).key.reveal()
    scripted = house_of(ScriptedAnswerer(SCRIPT))
    application = build_application(
        replace(
            scripted, accounts=Gatekeeper("keys", keys, static), tokens=TokenDesk(keys, static)
        ),
        max_body_bytes=BODY_LIMIT_BYTES,
        default_model="default",
        cors_origins=(),
    )
    async with (
        serving(application) as url,
        httpx.AsyncClient(base_url=url, verify=False) as client,
    ):
        yield House(client, keys, key)
    await state.close()


@pytest.mark.parametrize("path", ["/generate_auth_token", "/v1/generate_auth_token"])
async def test_a_key_makes_a_key_that_opens(house: House, path: str) -> None:
    answer = await house.post(path, {"token_name": "laptop"})
    body = answer.json()
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert set(body) == {"auth_token", "created_at_epoch_seconds", "token_name"}
    assert body["token_name"] == "laptop"
    assert await house.opens(body["auth_token"])
    made = (await house.keys.list())[-1]
    assert made.name == "laptop"
    assert int(made.created_at.timestamp()) == body["created_at_epoch_seconds"]


@pytest.mark.parametrize("content", [b"", b"{}", b'{"token_name": null}'])
async def test_the_name_may_be_left_out_and_so_may_the_body(house: House, content: bytes) -> None:
    headers = {"Authorization": f"Bearer {STATIC}"}
    answer = await house.client.post("/generate_auth_token", content=content, headers=headers)
    assert (answer.status_code, answer.json()["token_name"]) == (200, None)
    assert await house.opens(answer.json()["auth_token"])


async def test_a_revoked_key_opens_nothing_and_can_be_revoked_again(house: House) -> None:
    made = (await house.post("/generate_auth_token")).json()["auth_token"]
    for _ in range(2):
        answer = await house.post("/revoke_auth_token", {"auth_token": made})
        assert (answer.status_code, answer.json()) == (200, {})
    assert not await house.opens(made)
    assert await house.opens(house.key)


async def test_who_changes_keys_revokes_the_one_that_was_used(house: House) -> None:
    new = (await house.post("/v1/generate_auth_token")).json()["auth_token"]
    answer = await house.post("/v1/revoke_auth_token", {"auth_token": house.key})
    assert answer.status_code == 200
    assert await house.opens(new)
    assert not await house.opens(house.key)


REFUSED: Sequence[tuple[str, Any, int, str | None]] = (
    ("/generate_auth_token", {"token_name": ""}, 400, "token_name"),
    ("/generate_auth_token", {"token_name": "a\nb"}, 400, "token_name"),
    ("/generate_auth_token", {"token_name": "x" * 101}, 400, "token_name"),
    ("/generate_auth_token", {"token_name": 1}, 422, "token_name"),
    ("/generate_auth_token", [], 400, None),
    ("/revoke_auth_token", {}, 422, "auth_token"),
    ("/revoke_auth_token", {"auth_token": "hp-" + "0" * 51}, 400, "auth_token"),
    ("/revoke_auth_token", {"auth_token": ""}, 400, "auth_token"),
    ("/revoke_auth_token", {"auth_token": STATIC}, 400, "auth_token"),
)


async def test_what_cannot_be_done_is_named(house: House) -> None:
    for path, body, status, param in REFUSED:
        answer = await house.post(path, body)
        error = answer.json()["error"]
        told = (answer.status_code, error["code"], error.get("param"))
        assert told == (status, status, param), (path, body)
    assert len(await house.keys.list()) == 1


async def test_a_key_of_the_setting_is_told_where_it_stands(house: House) -> None:
    answer = await house.post("/revoke_auth_token", {"auth_token": STATIC})
    assert "API_KEYS" in answer.json()["error"]["message"]
    assert await house.opens(STATIC)


async def test_strangers_neither_make_nor_revoke_keys(house: House) -> None:
    for path, body in (("/generate_auth_token", {}), ("/revoke_auth_token", {"auth_token": "x"})):
        assert (await house.post(path, body, key="wrong")).status_code == 401
        assert (await house.client.post(path, json=body)).status_code == 401
    assert len(await house.keys.list()) == 1


async def test_no_key_is_logged(house: House, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        made = (await house.post("/generate_auth_token")).json()["auth_token"]
        await house.post("/revoke_auth_token", {"auth_token": made})
        await house.post("/revoke_auth_token", {"auth_token": made[:-1] + "x"})
    assert "was made" in caplog.text
    assert "was revoked" in caplog.text
    assert made[3:] not in caplog.text
    assert house.key not in caplog.text


async def test_an_open_server_makes_no_key_that_would_lock_others_out(tmp_path: Path) -> None:
    state = await open_state(tmp_path / "state.db")
    keys = KeyStore(state)
    async with doors(tokens=TokenDesk(keys, StaticKeys())) as served, served.client() as client:
        for path, body in (("generate", {}), ("revoke", {"auth_token": "x"})):
            answer = await client.post(f"/{path}_auth_token", json=body)
            assert answer.status_code == 403
            assert "hydrophone keys create" in answer.json()["error"]["message"]
    assert await keys.list() == ()
    await state.close()


async def test_a_house_without_keys_says_so() -> None:
    async with doors() as served, served.client() as client:
        assert (await client.post("/generate_auth_token")).status_code == 503
