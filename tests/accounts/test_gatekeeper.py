"""Who is let in, mode by mode."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from hydrophone.accounts.gatekeeper import Gatekeeper
from hydrophone.accounts.keys import KeyStore
from hydrophone.accounts.modes import Mode
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.errors import AuthenticationError, NotConfigured
from hydrophone.ports import Accounts, Credentials
from hydrophone.storage.state import State, open_state
from hydrophone.types import LOCAL, Secret

TOKEN = "eyJhbGciOiJkaXIifQ..aXY.Y2lwaGVy.dGFn"
NOBODY = Credentials(bearer=None)
MALFORMED = Credentials(bearer=None, malformed=True)


def bearing(value: str | Secret) -> Credentials:
    return Credentials(bearer=Secret(value) if isinstance(value, str) else value)


@pytest.fixture
def keys(state: State) -> KeyStore:
    return KeyStore(state)


@pytest.fixture
async def elsewhere(state: State) -> AsyncIterator[KeyStore]:
    other = await open_state(state.path)
    yield KeyStore(other)
    await other.close()


def gatekeeper(mode: Mode, keys: KeyStore, *static: str) -> Gatekeeper:
    return Gatekeeper(mode, keys, StaticKeys([Secret(value) for value in static]))


def test_it_is_the_port_that_the_doors_know(keys: KeyStore) -> None:
    accounts: Accounts = gatekeeper("open", keys)
    assert accounts.open


@pytest.mark.parametrize("credentials", [NOBODY, MALFORMED, bearing("anything"), bearing(TOKEN)])
async def test_an_open_server_lets_this_machine_in(
    keys: KeyStore, credentials: Credentials
) -> None:
    assert await gatekeeper("open", keys).identify(credentials) == LOCAL


async def test_a_key_closes_an_open_server_at_once(keys: KeyStore) -> None:
    door = gatekeeper("open", keys)
    assert await door.identify(NOBODY) == LOCAL
    new = await keys.create("laptop")
    assert not door.open
    with pytest.raises(AuthenticationError):
        await door.identify(NOBODY)
    assert (await door.identify(bearing(new.key))).id == new.info.id


async def test_a_key_made_by_another_process_closes_an_open_server(
    state: State, elsewhere: KeyStore
) -> None:
    now_s = 0.0
    door = gatekeeper("open", KeyStore(state, monotonic=lambda: now_s))
    assert await door.identify(NOBODY) == LOCAL
    new = await elsewhere.create("laptop")
    now_s += 1.0
    with pytest.raises(AuthenticationError):
        await door.identify(NOBODY)
    assert door.mode == "keys"
    assert (await door.identify(bearing(new.key))).id == new.info.id


async def test_revoking_the_last_key_closes_and_does_not_open(keys: KeyStore) -> None:
    door = gatekeeper("open", keys)
    new = await keys.create("laptop")
    assert (await door.identify(bearing(new.key))).name == "laptop"
    await keys.revoke(new.info.id)
    for credentials in (NOBODY, MALFORMED, bearing(new.key)):
        with pytest.raises(NotConfigured, match="keys create") as caught:
            await door.identify(credentials)
        assert (caught.value.status, caught.value.code) == (503, "service_unavailable")
    assert not door.open


async def test_a_key_made_elsewhere_ends_the_503(keys: KeyStore, elsewhere: KeyStore) -> None:
    door = gatekeeper("keys", keys)
    with pytest.raises(NotConfigured):
        await door.identify(bearing("x"))
    new = await elsewhere.create("laptop")
    assert (await door.identify(bearing(new.key))).id == new.info.id
    with pytest.raises(AuthenticationError):
        await door.identify(NOBODY)


@pytest.mark.parametrize(
    "credentials", [NOBODY, MALFORMED, bearing(""), bearing("wrong"), bearing(TOKEN)]
)
async def test_missing_malformed_and_wrong_keys_get_401(
    keys: KeyStore, credentials: Credentials
) -> None:
    await keys.create("laptop")
    for door in (gatekeeper("keys", keys), gatekeeper("keys", keys, "static")):
        with pytest.raises(AuthenticationError) as caught:
            await door.identify(credentials)
        assert (caught.value.status, caught.value.code) == (401, "invalid_api_key")


async def test_keys_of_the_setting_and_made_ones_work_side_by_side(keys: KeyStore) -> None:
    new = await keys.create("laptop")
    door = gatekeeper("keys", keys, "static one", "static two")
    names = [
        (await door.identify(bearing(value))).name
        for value in (new.key, "static one", "static two")
    ]
    assert names == ["laptop", "API_KEYS", "API_KEYS"]


async def test_a_key_of_the_setting_closes_an_open_server(keys: KeyStore) -> None:
    door = gatekeeper("open", keys, "static")
    assert not door.open
    with pytest.raises(AuthenticationError):
        await door.identify(NOBODY)


async def test_session_mode_lets_in_whoever_brings_a_token(keys: KeyStore) -> None:
    door = gatekeeper("session", keys)
    principal = await door.identify(bearing(TOKEN))
    assert principal.kind == "session"
    assert TOKEN not in repr(principal)
    assert await door.identify(bearing(TOKEN)) == principal
    assert await door.identify(bearing(TOKEN + "x")) != principal


async def test_session_mode_takes_nothing_else(keys: KeyStore) -> None:
    new = await keys.create("laptop")
    door = gatekeeper("session", keys, "static")
    for credentials in (NOBODY, MALFORMED, bearing("a.b.c"), bearing(new.key), bearing("static")):
        with pytest.raises(AuthenticationError, match="session token"):
            await door.identify(credentials)
    assert not door.open


async def test_a_session_of_the_servers_own_is_lent_to_keys_of_the_setting(keys: KeyStore) -> None:
    static = StaticKeys([Secret("static")])
    door = Gatekeeper("session", keys, static, lends=True, lends_to_all=True)
    assert (await door.identify(bearing("static"))).kind == "key"
    assert (await door.identify(bearing(TOKEN))).kind == "session"
    assert not door.open
    for credentials in (NOBODY, MALFORMED, bearing("another")):
        with pytest.raises(AuthenticationError):
            await door.identify(credentials)


async def test_without_keys_it_is_lent_to_this_machine(keys: KeyStore) -> None:
    door = Gatekeeper("session", keys, StaticKeys(), lends=True, lends_to_all=True)
    assert door.open
    assert await door.identify(NOBODY) == LOCAL
    assert await door.identify(bearing("anything")) == LOCAL
    assert (await door.identify(bearing(TOKEN))).kind == "session"
    elsewhere = Gatekeeper("session", keys, StaticKeys(), lends=True)
    assert not elsewhere.open
    with pytest.raises(AuthenticationError):
        await elsewhere.identify(NOBODY)


async def test_a_callers_session_has_a_header_of_its_own(keys: KeyStore) -> None:
    new = await keys.create("laptop")
    credentials = Credentials.of_header(f"Bearer {new.key.reveal()}", TOKEN)
    principal = await gatekeeper("keys", keys).identify(credentials)
    assert credentials.session_of(principal) == Secret(TOKEN)
    assert bearing(TOKEN).session_of(principal) is None
    assert bearing(TOKEN).session_of(LOCAL) == Secret(TOKEN)
    assert bearing("any text").session_of(LOCAL) is None
