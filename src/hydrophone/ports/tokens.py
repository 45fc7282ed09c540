"""Keys that callers make for themselves."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from hydrophone.types import Principal, Secret


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A key that has just been made: `token` can never be read again.

    `name` as it was given; `created_at_s` is seconds since 1970.
    """

    token: Secret
    name: str | None
    created_at_s: int


class Tokens(Protocol):
    """Keys that callers make and revoke over the wire."""

    async def issue(self, name: str | None, principal: Principal) -> IssuedToken:
        """Make a key for whoever holds one.

        Raises Forbidden where nobody needs a key, as the first one would lock everybody else out,
        InvalidRequest for an unusable name, and StorageError.
        """

    async def revoke(self, token: Secret, principal: Principal) -> None:
        """Let a key open nothing any more, and once more is no error.

        Whoever has it may revoke it. Raises InvalidRequest when it is no key of this server, or one
        that a setting holds, and StorageError.
        """
