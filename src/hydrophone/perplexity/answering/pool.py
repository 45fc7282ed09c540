"""Clients of many accounts: one for each session token, shared by all who ask with it."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from hydrophone.errors import RateLimited
from hydrophone.perplexity.client.perplexity import AsyncPerplexity
from hydrophone.types import Secret

MOST_CLIENTS = 128
IDLE_S = 1_800.0
_BUSY_S = 10.0


class PoolFull(RateLimited):
    """Every place in the pool is in use."""


@dataclass(slots=True)
class Leased:
    """A client that is in use. `account` names its account's first token; it opens nothing.
    `connected` is when the account was asked what it has connected, and what it has."""

    account: str
    client: AsyncPerplexity
    users: int = 0
    expiry: asyncio.TimerHandle | None = field(default=None, repr=False)
    connected: tuple[float, frozenset[str]] | None = field(default=None, repr=False)


class ClientPool:
    """Keeps at most `most` clients, each until it was idle for `idle_s` seconds. Tokens are known
    by their hash alone. For one event loop."""

    def __init__(
        self,
        make: Callable[[Secret], AsyncPerplexity],
        *,
        most: int = MOST_CLIENTS,
        idle_s: float = IDLE_S,
    ) -> None:
        self._make = make
        self._most = most
        self._idle_s = idle_s
        self._leased: dict[str, Leased] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def __len__(self) -> int:
        return len(self._leased)

    @asynccontextmanager
    async def lease(self, token: Secret) -> AsyncIterator[Leased]:
        """The token's client, which is not closed while this is entered; several may be at once.

        Raises PoolFull, and ValueError for what cannot be a token.
        """
        leased = self._entered(token)
        leased.users += 1
        try:
            yield leased
        finally:
            leased.users -= 1
            if not leased.users and self._leased.get(leased.account) is leased:
                loop = asyncio.get_running_loop()
                leased.expiry = loop.call_later(self._idle_s, self._drop, leased)

    async def close(self) -> None:
        """Close all clients."""
        for leased in list(self._leased.values()):
            self._drop(leased)
        await asyncio.gather(*self._closing, return_exceptions=True)

    def _entered(self, token: Secret) -> Leased:
        account = account_of(token)
        leased = self._leased.pop(account, None)
        if leased is None:
            self._make_room()
            leased = Leased(account, self._make(token))
        if leased.expiry is not None:
            leased.expiry.cancel()
            leased.expiry = None
        self._leased[account] = leased  # the last one in the order of their use
        return leased

    def _make_room(self) -> None:
        if len(self._leased) < self._most:
            return
        idle = next((one for one in self._leased.values() if not one.users), None)
        if idle is None:
            raise PoolFull(
                f"{self._most} accounts ask here at this moment: come again",
                retry_after_s=_BUSY_S,
            )
        self._drop(idle)

    def _drop(self, leased: Leased) -> None:
        if self._leased.get(leased.account) is leased:
            del self._leased[leased.account]
        if leased.expiry is not None:
            leased.expiry.cancel()
        closing = asyncio.get_running_loop().create_task(leased.client.close())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)


def account_of(token: Secret) -> str:
    """A name for the token's account; a token is random enough for a plain hash to hide it."""
    return hashlib.sha256(token.reveal().encode("utf-8", "surrogatepass")).hexdigest()
