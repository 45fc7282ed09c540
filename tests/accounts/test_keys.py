"""Keys: how they look, how they are kept, who is let in, and what other processes change."""

from __future__ import annotations

import asyncio
import hashlib
import math
import os
import re
import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime

import pytest

from hydrophone.accounts import keys as keys_module
from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.keys import FRESH_S, KeyStore
from hydrophone.accounts.ledger import LedgerRow
from hydrophone.errors import AuthenticationError, InvalidRequest, NotFound, StorageError
from hydrophone.storage.state import State, open_state
from hydrophone.types import Principal, Secret

NOW = 1_795_305_600.0


class Watch:
    """A clock that moves when it is told to."""

    def __init__(self) -> None:
        self.now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def keys(state: State, watch: Watch) -> KeyStore:
    return KeyStore(state, clock=lambda: NOW, monotonic=watch)


@pytest.fixture
async def elsewhere(state: State) -> AsyncIterator[KeyStore]:
    """The keys as another process has them: connections and memory of its own."""
    other = await open_state(state.path)
    yield KeyStore(other)
    await other.close()


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Grows by one for each look into the database."""
    made: list[str] = []
    read = KeyStore._read

    async def counting(self: KeyStore) -> None:
        made.append("read")
        await read(self)

    monkeypatch.setattr(KeyStore, "_read", counting)
    return made


async def test_a_key_has_its_form_and_enough_randomness(keys: KeyStore) -> None:
    made = [(await keys.create("k")).key.reveal() for _ in range(20)]
    assert all(re.fullmatch("hp-[0-9A-Za-z]{51}", key) for key in made)
    assert len({key[:11] for key in made}) == len({key[11:] for key in made}) == 20
    assert 43 * math.log2(62) >= 256


async def test_the_key_itself_is_kept_nowhere(keys: KeyStore, state: State) -> None:
    new = await keys.create("laptop")
    key = new.key.reveal()
    assert key not in repr(new)
    with closing(sqlite3.connect(state.path)) as plain:
        dump = "\n".join(plain.iterdump())
    assert key not in dump
    assert key[11:-4] not in dump
    assert hashlib.sha256(key.encode()).hexdigest() in dump


async def test_a_valid_key_says_who_asks(keys: KeyStore) -> None:
    new = await keys.create("  laptop ")
    assert await keys.verify(new.key) == Principal("key", new.info.id, "laptop")


@pytest.mark.parametrize(
    "spoil",
    [
        lambda key: key[:-1] + ("a" if key[-1] != "a" else "b"),
        lambda key: key + "a",
        lambda key: key[:-1],
        lambda key: key.swapcase(),
        lambda key: key + "\n",
        lambda key: key.removeprefix("hp-"),
        lambda key: "hp-" + "0" * 51,
        lambda key: "hp-" + "é" * 51,
        lambda key: "",
    ],
)
async def test_a_wrong_key_is_refused_and_not_repeated(keys: KeyStore, spoil: object) -> None:
    new = await keys.create("laptop")
    wrong = spoil(new.key.reveal())  # type: ignore[operator]
    with pytest.raises(AuthenticationError) as caught:
        await keys.verify(Secret(wrong))
    assert caught.value.status == 401
    assert not wrong or wrong not in caught.value.message


async def test_keys_are_compared_in_constant_time(
    keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    new = await keys.create("laptop")
    monkeypatch.setattr(keys_module.hmac, "compare_digest", lambda one, other: False)
    with pytest.raises(AuthenticationError):
        await keys.verify(new.key)


@pytest.mark.parametrize("name", ["", "   ", "a" * 101, "two\nlines", "\x1b[31mred"])
async def test_a_name_that_cannot_be_shown_is_refused(keys: KeyStore, name: str) -> None:
    with pytest.raises(InvalidRequest, match="printable"):
        await keys.create(name)


async def test_the_list_shows_each_key_and_its_last_use(keys: KeyStore, state: State) -> None:
    used, unused = await keys.create("used"), await keys.create("unused")
    principal = await keys.verify(used.key)
    ledger = DurableLedger(state)
    for n, started_at_ms in enumerate((5000, 9000, 7000)):
        await ledger.record(
            LedgerRow(f"{n}", principal, "chat", "sonar", started_at_ms, 9999, "done")
        )
    await ledger.close()
    by_name = {info.name: info for info in await keys.list()}
    assert by_name["used"].last_used_at == datetime(1970, 1, 1, 0, 0, 9, tzinfo=UTC)
    assert by_name["unused"] == unused.info
    assert by_name["used"].created_at == datetime.fromtimestamp(NOW, UTC)
    key = used.key.reveal()
    assert by_name["used"].shown == f"{key[:11]}…{key[-4:]}"


@pytest.mark.parametrize("name_it", ["id", "prefix", "with hp-"])
async def test_a_revoked_key_is_refused_at_once(keys: KeyStore, name_it: str) -> None:
    new, other = await keys.create("laptop"), await keys.create("phone")
    await keys.verify(new.key)
    named = {"id": new.info.id, "prefix": new.info.prefix, "with hp-": f"hp-{new.info.prefix}"}
    revoked = await keys.revoke(named[name_it])
    assert revoked.revoked_at == datetime.fromtimestamp(NOW, UTC)
    with pytest.raises(AuthenticationError, match="revoked"):
        await keys.verify(new.key)
    assert (await keys.verify(other.key)).name == "phone"


async def test_revoking_again_keeps_the_first_moment(state: State) -> None:
    moments = iter([1.0, 2.0, 3.0])
    keys = KeyStore(state, clock=lambda: next(moments))
    new = await keys.create("laptop")
    first = await keys.revoke(new.info.id)
    assert await keys.revoke(new.info.id) == first


@pytest.mark.parametrize("name", ["", "nothing", "hp-", "%"])
async def test_revoking_what_is_not_there_is_not_found(keys: KeyStore, name: str) -> None:
    await keys.create("laptop")
    with pytest.raises(NotFound, match="keys list"):
        await keys.revoke(name)
    assert keys.has_keys


async def test_has_keys_counts_only_those_that_still_open(keys: KeyStore) -> None:
    assert not keys.has_keys
    new = await keys.create("laptop")
    assert keys.has_keys
    await keys.revoke(new.info.id)
    assert not keys.has_keys


async def test_a_key_made_elsewhere_works_at_once(keys: KeyStore, elsewhere: KeyStore) -> None:
    await keys.refresh()
    new = await elsewhere.create("made by the command line")
    # The watch stands still: what was read is as fresh as can be, and does not know the key.
    assert (await keys.verify(new.key)).id == new.info.id


async def test_a_key_revoked_elsewhere_is_refused_after_a_second(
    keys: KeyStore, elsewhere: KeyStore, watch: Watch
) -> None:
    new = await keys.create("laptop")
    await keys.verify(new.key)
    await elsewhere.revoke(new.info.id)
    watch.now_s += FRESH_S
    with pytest.raises(AuthenticationError, match="revoked"):
        await keys.verify(new.key)


async def test_known_keys_cost_one_look_a_second(
    keys: KeyStore, watch: Watch, reads: list[str]
) -> None:
    new = await keys.create("laptop")
    watch.now_s += 10
    reads.clear()
    for _ in range(100):
        await keys.verify(new.key)
        watch.now_s += FRESH_S / 50
    assert len(reads) in (2, 3)


async def test_unknown_keys_at_once_share_their_look(keys: KeyStore, reads: list[str]) -> None:
    watch = iter(range(1000))
    keys._monotonic = lambda: float(next(watch))
    unknown = [Secret("hp-" + f"{n:051d}") for n in range(50)]
    results = await asyncio.gather(*map(keys.verify, unknown), return_exceptions=True)
    assert all(isinstance(result, AuthenticationError) for result in results)
    assert len(reads) < 10


async def test_a_taken_prefix_is_drawn_again(
    keys: KeyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    drawn = iter(["a" * 51, "a" * 8 + "b" * 43, "c" * 51])
    monkeypatch.setattr(keys_module, "_random", lambda _length: next(drawn))
    first, second = await keys.create("one"), await keys.create("two")
    assert (first.info.prefix, second.info.prefix) == ("a" * 8, "c" * 8)
    assert (await keys.verify(first.key)).name == "one"


async def test_keys_that_cannot_be_read_let_nobody_in(
    keys: KeyStore, state: State, watch: Watch
) -> None:
    new = await keys.create("laptop")
    await state.close()
    os.unlink(state.path)
    watch.now_s += 10
    with pytest.raises(StorageError):
        await keys.verify(new.key)
