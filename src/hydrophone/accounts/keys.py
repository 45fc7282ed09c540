"""Keys: made once, shown once, kept as a hash, and looked up in memory.

A key is `hp-`, eight characters by which it is looked up, and 43 random ones (256 bits), all of
base 62 so that a double click selects it whole. What is kept is its SHA-256: a slow hash protects
passwords that somebody can guess, and nobody guesses 256 random bits.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import re
import secrets
import string
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.exc import IntegrityError

from hydrophone.errors import AuthenticationError, InvalidRequest, NotFound, StorageError
from hydrophone.storage.state import State
from hydrophone.storage.state_tables import KEYS, LEDGER
from hydrophone.types import Clock, Principal, Secret, new_id

KEY_START = "hp-"
FRESH_S = 1.0
_PREFIX_CHARS = 8
_SECRET_CHARS = 43
_NAME_CHARS = 100
_BASE62 = string.digits + string.ascii_letters
_KEY = re.compile(rf"{KEY_START}[0-9A-Za-z]{{{_PREFIX_CHARS + _SECRET_CHARS}}}", re.ASCII)
_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class KeyInfo:
    """What may be shown of a key. `last_used_at` is the start of its last request, or None."""

    id: str
    name: str
    prefix: str
    last_four: str
    created_at: datetime
    last_used_at: datetime | None = None
    revoked_at: datetime | None = None

    @property
    def shown(self) -> str:
        """The key as one recognises it: its beginning and its last four characters."""
        return f"{KEY_START}{self.prefix}…{self.last_four}"


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that has just been made. `key` can never be read again."""

    key: Secret
    info: KeyInfo


@dataclass(frozen=True, slots=True)
class _Known:
    id: str
    name: str
    hash: str
    revoked: bool


class KeyStore:
    """The keys in `state.db`, and their hashes in memory.

    What another process changes is seen within FRESH_S seconds, and always before a key with an
    unknown prefix is refused. `clock` gives seconds since 1970, `monotonic` seconds of waiting.
    """

    def __init__(
        self,
        state: State,
        *,
        clock: Clock = time.time,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._state = state
        self._clock = clock
        self._monotonic = monotonic
        self._known: dict[str, _Known] = {}
        self._counts: tuple[int, int] = (0, 0)
        self._read_at_s: float | None = None
        self._reading = asyncio.Lock()

    @property
    def has_keys(self) -> bool:
        """Whether a key that has not been revoked was there when the store was last read."""
        made, revoked = self._counts
        return made > revoked

    async def create(self, name: str) -> NewKey:
        """Make a key. Raises InvalidRequest for an unusable name, and StorageError."""
        name = _checked_name(name)
        for _ in range(_ATTEMPTS):
            key = KEY_START + _random(_PREFIX_CHARS + _SECRET_CHARS)
            info = KeyInfo(
                id=new_id(),
                name=name,
                prefix=_prefix(key),
                last_four=key[-4:],
                created_at=_moment(round(self._clock() * 1000)),
            )
            if await self._insert(info, _hash(key)):
                await self.refresh()
                return NewKey(Secret(key), info)
        raise StorageError("no free prefix for a new key was found; try again")

    async def list(self) -> Sequence[KeyInfo]:
        """All keys, revoked ones too, in the order of their making. Raises StorageError."""
        last_used_ms = (
            select(func.max(LEDGER.c.started_at_ms))
            .where(LEDGER.c.principal_id == KEYS.c.id)
            .scalar_subquery()
            .label("last_used_at_ms")
        )
        query = select(KEYS, last_used_ms).order_by(KEYS.c.created_at_ms, KEYS.c.id)
        async with self._state.reading() as connection:
            return tuple(_info(row) for row in (await connection.execute(query)).all())

    async def revoke(self, id_or_prefix: str) -> KeyInfo:
        """Refuse the key from now on, and say which it was.

        Takes the id or the prefix, with or without `hp-`. Revoking again changes nothing. Raises
        NotFound and StorageError.
        """
        key_id = _find(id_or_prefix, await self.list()).id
        change = (
            update(KEYS)
            .where(KEYS.c.id == key_id, KEYS.c.revoked_at_ms.is_(None))
            .values(revoked_at_ms=round(self._clock() * 1000))
        )
        async with self._state.writing() as connection:
            await connection.execute(change)
        await self.refresh()
        return _find(key_id, await self.list())

    async def revoke_key(self, key: Secret) -> KeyInfo:
        """Let this key open nothing any more; who has it may. Raises AuthenticationError when it
        is none, and StorageError."""
        return await self.revoke((await self._find(key)).id)

    async def verify(self, bearer: Secret) -> Principal:
        """Whose key this is. Raises AuthenticationError, and StorageError."""
        known = await self._find(bearer)
        if known.revoked:
            raise AuthenticationError("this key has been revoked")
        return Principal("key", known.id, known.name)

    async def _find(self, bearer: Secret) -> _Known:
        key = bearer.reveal()
        if _KEY.fullmatch(key) is None:
            raise AuthenticationError("this is no key of this server")
        await self.keep_fresh()
        if _prefix(key) not in self._known:
            await self.refresh()
        known = self._known.get(_prefix(key))
        if known is None or not hmac.compare_digest(known.hash, _hash(key)):
            raise AuthenticationError("this is no key of this server")
        return known

    async def keep_fresh(self) -> None:
        """Read what has changed, at most once in FRESH_S seconds. Raises StorageError."""
        since_s = self._monotonic() - FRESH_S
        if not self._is_fresh(since_s):
            await self._read_since(since_s)

    async def refresh(self) -> None:
        """Read what has changed until now. Raises StorageError."""
        await self._read_since(self._monotonic())

    async def _read_since(self, since_s: float) -> None:
        async with self._reading:
            # Whoever held the lock may have begun to read late enough for us too.
            if not self._is_fresh(since_s):
                began_at_s = self._monotonic()
                await self._read()
                self._read_at_s = began_at_s

    def _is_fresh(self, since_s: float) -> bool:
        return self._read_at_s is not None and self._read_at_s > since_s

    async def _read(self) -> None:
        # Keys are never deleted and never un-revoked, so these two counts tell of each change.
        counting = select(func.count(), func.count(KEYS.c.revoked_at_ms)).select_from(KEYS)
        async with self._state.reading() as connection:
            made, revoked = (await connection.execute(counting)).one()
            if (made, revoked) == self._counts:
                return
            rows = (await connection.execute(select(KEYS))).all()
        self._known = {
            row.prefix: _Known(row.id, row.name, row.hash, row.revoked_at_ms is not None)
            for row in rows
        }
        self._counts = (made, revoked)

    async def _insert(self, info: KeyInfo, digest: str) -> bool:
        values = {
            "id": info.id,
            "name": info.name,
            "prefix": info.prefix,
            "hash": digest,
            "last_four": info.last_four,
            "created_at_ms": round(info.created_at.timestamp() * 1000),
        }
        try:
            async with self._state.writing() as connection:
                await connection.execute(insert(KEYS).values(values))
        except StorageError as error:
            if isinstance(error.__cause__, IntegrityError):
                return False
            raise
        return True


def _checked_name(name: str) -> str:
    name = name.strip()
    if not name or len(name) > _NAME_CHARS or not name.isprintable():
        raise InvalidRequest(
            f"a key's name is 1 to {_NAME_CHARS} printable characters", param="name"
        )
    return name


def _random(length: int) -> str:
    return "".join(secrets.choice(_BASE62) for _ in range(length))


def _prefix(key: str) -> str:
    return key[len(KEY_START) :][:_PREFIX_CHARS]


def _hash(key: str) -> str:
    return hashlib.sha256(key.encode()).hexdigest()


def _find(id_or_prefix: str, keys: Sequence[KeyInfo]) -> KeyInfo:
    for info in keys:
        if id_or_prefix in (info.id, info.prefix, KEY_START + info.prefix):
            return info
    raise NotFound("no key has this id or prefix; `hydrophone keys list` shows them")


def _info(row: Row[tuple[object, ...]]) -> KeyInfo:
    return KeyInfo(
        id=row.id,
        name=row.name,
        prefix=row.prefix,
        last_four=row.last_four,
        created_at=_moment(row.created_at_ms),
        last_used_at=_moment_or_none(row.last_used_at_ms),
        revoked_at=_moment_or_none(row.revoked_at_ms),
    )


def _moment(time_ms: int) -> datetime:
    return datetime.fromtimestamp(time_ms / 1000, UTC)


def _moment_or_none(time_ms: int | None) -> datetime | None:
    return None if time_ms is None else _moment(time_ms)
