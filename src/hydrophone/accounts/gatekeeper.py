"""The gatekeeper: says who a request comes from, by the rules of the mode that the server is in."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from hydrophone.accounts.modes import Mode
from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.errors import AuthenticationError, NotConfigured
from hydrophone.ports import Credentials, is_session_token
from hydrophone.types import LOCAL, Principal, Secret

if TYPE_CHECKING:
    from hydrophone.accounts.keys import KeyStore

_ID_CHARS = 16


class Gatekeeper:
    """Implements the port `Accounts`.

    An open server that gets its first key asks for keys from then on. The way back leads over a
    restart: revoking the last key closes a running server, it does not open it.

    In `session` mode a key of the setting stands for the server's own session, which `lends` says
    that it has. `lends_to_all`: it is there for anyone on this machine who brings nothing.
    """

    def __init__(
        self,
        mode: Mode,
        keys: KeyStore,
        static_keys: StaticKeys,
        *,
        lends: bool = False,
        lends_to_all: bool = False,
    ) -> None:
        self._mode = mode
        self._keys = keys
        self._static_keys = static_keys
        self._lends = lends
        self._lends_to_all = lends and lends_to_all and not static_keys

    @property
    def mode(self) -> Mode:
        """The mode of this moment."""
        if self._mode == "open" and self._has_keys:
            self._mode = "keys"
        return self._mode

    @property
    def open(self) -> bool:
        """True when anybody on this machine may ask without a key."""
        return self.mode == "open" or (self.mode == "session" and self._lends_to_all)

    @property
    def _has_keys(self) -> bool:
        return bool(self._static_keys) or self._keys.has_keys

    async def identify(self, credentials: Credentials) -> Principal:
        """Who this is; see `Accounts`. Raises StorageError when the keys cannot be read."""
        if self.mode == "session":
            return self._session_caller(credentials)
        if self.mode == "open":
            await self._keys.keep_fresh()
            if self.mode == "open":
                return LOCAL
        if not self._has_keys:
            await self._expect_keys()
        return await self._key_principal(_bearer(credentials, "a key of this server"))

    def _session_caller(self, credentials: Credentials) -> Principal:
        """Whoever brings a session, or may use the server's."""
        brought = credentials.session or credentials.bearer
        if brought is not None and is_session_token(brought):
            return _session_principal(brought)
        if self._lends_to_all:
            return LOCAL
        known = None
        if self._lends and credentials.bearer is not None:
            known = self._static_keys.find(credentials.bearer)
        if known is not None:
            return known
        return _session_principal(_bearer(credentials, "your Perplexity session token"))

    async def _expect_keys(self) -> None:
        await self._keys.refresh()
        if not self._has_keys:
            raise NotConfigured(
                "this server asks for keys, and none is left; make one with "
                "`hydrophone keys create NAME`"
            )

    async def _key_principal(self, bearer: Secret) -> Principal:
        return self._static_keys.find(bearer) or await self._keys.verify(bearer)


def _bearer(credentials: Credentials, what: str) -> Secret:
    if credentials.malformed or not credentials.bearer:
        raise AuthenticationError(f"send {what} in the header `Authorization: Bearer …`")
    return credentials.bearer


def _session_principal(bearer: Secret) -> Principal:
    if not is_session_token(bearer):
        raise AuthenticationError("this does not have the form of a Perplexity session token")
    # The token itself is kept nowhere; it is random enough for a plain hash to hide it.
    digest = hashlib.sha256(bearer.reveal().encode()).hexdigest()
    return Principal("session", f"session-{digest[:_ID_CHARS]}")
