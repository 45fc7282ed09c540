"""A token that the service renews is gone on with, and kept where the one before it was."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from hydrophone.app.session.keeping import OwnToken
from hydrophone.app.session.opening import LateSessions, own_session
from hydrophone.errors import NotConfigured
from hydrophone.perplexity.login.store import Place, TokenStore
from hydrophone.settings import Settings, load_settings
from hydrophone.types import Secret
from tests.app.sessions.asking import CHAT
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.keyrings import keyring_in_memory
from tests.running import Shell

OLD, NEW = Secret("header..initialisation.ciphertext.tag"), Secret("h..i.renewed.t")


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def settings(
    service: WebService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., Settings]:
    """The settings of a folder, whose `.env` is read as well."""
    for name in ("PERPLEXITY_SESSION_TOKEN", "HYDROPHONE_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    plain = {"data_dir": tmp_path / "data", "session_origin": service.origin}
    return lambda **more: load_settings(**{**plain, "session_requests_per_second": 0, **more})


async def counter() -> Any:
    raise AssertionError("nothing is counted here")


async def renewed(service: WebService, settings: Settings) -> str:
    """Ask with the own session, whose token is renewed by it; the token of its next client."""
    service.state.rotate_to, service.state.old_token_uses = NEW.reveal(), 0
    async with AsyncExitStack() as stack:
        sessions = LateSessions(settings, stack, own_session(settings), counter)
        async with sessions._client(OLD) as client:
            await client.profile()
            assert client.token == NEW
        async with sessions._client(OLD) as again:
            assert await again.profile() is not None
            token = again.token.reveal()
    await asyncio.get_running_loop().shutdown_default_executor()
    return token


async def test_a_token_of_a_file_is_replaced_there(
    service: WebService, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    store = TokenStore(tmp_path / "data")
    store.save(OLD, "file")
    assert await renewed(service, settings()) == NEW.reveal()
    assert store.load() == (NEW, "file")
    assert not (tmp_path / ".env").exists()


async def test_a_token_of_the_keyring_is_replaced_there(
    service: WebService,
    settings: Callable[..., Settings],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    keyring_in_memory(monkeypatch)
    store = TokenStore(tmp_path / "data")
    store.save(OLD, "keyring")
    await renewed(service, settings())
    assert store.load() == (NEW, "keyring")
    assert not (tmp_path / "data" / "session-token").exists()


async def test_a_token_of_the_env_file_is_replaced_in_its_line(
    service: WebService, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    path = tmp_path / ".env"
    path.write_text(f"A=1 # one\nPERPLEXITY_SESSION_TOKEN='{OLD.reveal()}'\nB=2\n")
    await renewed(service, settings())
    assert path.read_text() == f'A=1 # one\nPERPLEXITY_SESSION_TOKEN="{NEW.reveal()}"\nB=2\n'
    assert not (tmp_path / "data" / "session-token").exists()


async def test_a_token_of_the_environment_is_written_nowhere(
    service: WebService, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PERPLEXITY_SESSION_TOKEN=another..a.b.c\n")
    TokenStore(tmp_path / "data").save(Secret("a..third.b.c"), "file")
    await renewed(service, settings(session_token=OLD.reveal()))
    assert "another..a.b.c" in (tmp_path / ".env").read_text()
    assert TokenStore(tmp_path / "data").load() == (Secret("a..third.b.c"), "file")


async def test_whoever_does_not_want_it_keeps_the_old_one(
    service: WebService, settings: Callable[..., Settings], tmp_path: Path
) -> None:
    store = TokenStore(tmp_path / "data")
    store.save(OLD, "file")
    assert await renewed(service, settings(session_keep_renewed=False)) == NEW.reveal()
    assert store.load() == (OLD, "file")


async def test_a_token_that_somebody_else_has_kept_meanwhile_stays(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    own = OwnToken(OLD, store)
    store.save(Secret("signed..in.again.x"), "file")
    own.renew(NEW)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert store.load() == (Secret("signed..in.again.x"), "file")


async def test_of_many_tokens_the_last_one_is_kept(tmp_path: Path) -> None:
    store = TokenStore(tmp_path)
    store.save(OLD, "file")
    own = OwnToken(OLD, store)
    for number in range(30):
        own.renew(Secret(f"h..i.{number}.t"))
    await asyncio.get_running_loop().shutdown_default_executor()
    assert store.load() == (Secret("h..i.29.t"), "file")


async def test_a_disk_that_is_full_is_told_without_the_token(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(self: TokenStore, token: Secret, place: Place) -> str:
        raise NotConfigured("the token cannot be kept: no space left")

    store = TokenStore(tmp_path)
    store.save(OLD, "file")
    monkeypatch.setattr(TokenStore, "save", full)
    OwnToken(OLD, store).renew(NEW)
    await asyncio.get_running_loop().shutdown_default_executor()
    assert "no space left" in caplog.text
    assert NEW.reveal() not in caplog.text


async def test_a_server_keeps_its_own_token_and_no_callers(
    service: WebService, start: Starter, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    store = TokenStore(tmp_path / "data")
    store.save(Secret("not..the.callers.one"), "file")
    client = await start()
    service.state.rotate_to = NEW.reveal()
    body = {"model": "best", "messages": [{"role": "user", "content": "Which?"}]}
    bearer = {"Authorization": f"Bearer {OLD.reveal()}"}
    assert (await client.post(CHAT, json=body, headers=bearer)).status_code == 200
    assert service.state.rotate_to is None
    assert store.load() == (Secret("not..the.callers.one"), "file")


@pytest.mark.slow
def test_looking_whether_a_session_is_valid_keeps_its_renewed_token(tmp_path: Path) -> None:
    with service_in_a_thread() as service:
        service.state.rotate_to, service.state.old_token_uses = NEW.reveal(), 0
        shell = Shell(tmp_path, tmp_path / "data", {"HYDROPHONE_SESSION_ORIGIN": service.origin})
        TokenStore(tmp_path / "data").save(OLD, "file")
        for _ in range(2):
            assert shell.run("login", "--check").code == 0
    assert TokenStore(tmp_path / "data").load() == (NEW, "file")
