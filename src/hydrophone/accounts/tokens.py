"""Keys that callers make and revoke over the wire."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from hydrophone.accounts.static_keys import StaticKeys
from hydrophone.errors import AuthenticationError, Forbidden, InvalidRequest
from hydrophone.ports import IssuedToken
from hydrophone.types import Principal, Secret

if TYPE_CHECKING:
    from hydrophone.accounts.keys import KeyStore

UNNAMED = "unnamed"
_log = logging.getLogger(__name__)


class TokenDesk:
    """Implements the port `Tokens` over the keys."""

    def __init__(self, keys: KeyStore, static_keys: StaticKeys) -> None:
        self._keys = keys
        self._static_keys = static_keys

    async def issue(self, name: str | None, principal: Principal) -> IssuedToken:
        """Make a key for whoever holds one; see `Tokens`."""
        _check_holder(principal)
        try:
            new = await self._keys.create(UNNAMED if name is None else name)
        except InvalidRequest as error:
            raise InvalidRequest(error.message, param="token_name") from None
        _log.info("the key %s was made by the holder of %s", new.info.id, principal.id)
        return IssuedToken(new.key, name, int(new.info.created_at.timestamp()))

    async def revoke(self, token: Secret, principal: Principal) -> None:
        """Let a key open nothing any more; see `Tokens`."""
        _check_holder(principal)
        if self._static_keys.find(token) is not None:
            raise InvalidRequest(
                "this key stands in the server's setting API_KEYS: take it out there and start "
                "the server again",
                param="auth_token",
            )
        try:
            info = await self._keys.revoke_key(token)
        except AuthenticationError as error:
            raise InvalidRequest(error.message, param="auth_token") from None
        _log.info("the key %s was revoked by the holder of %s", info.id, principal.id)


def _check_holder(principal: Principal) -> None:
    if principal.kind != "key":
        raise Forbidden(
            "this server does not ask you for one of its keys, so none is made or revoked here: "
            "the first one would lock out all who have none. Whoever runs the server makes and "
            "revokes keys with `hydrophone keys create NAME` and `hydrophone keys revoke`"
        )
