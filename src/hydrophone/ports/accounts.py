"""Who asks, and may they."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Protocol

from hydrophone.types import Principal, Secret

SESSION_HEADER = "x-perplexity-session-token"
# RFC 7516, section 7.1: header, encrypted key, initialisation vector, ciphertext, tag. The key is
# empty when it is agreed on beforehand ("alg": "dir"), as in the tokens that this is about.
_JWE = re.compile(r"[\w-]+\.[\w-]*\.[\w-]+\.[\w-]+\.[\w-]+", re.ASCII)


@dataclass(frozen=True, slots=True)
class Credentials:
    """What a request brings to say who it is. Header values as they came; `session` is that of
    `X-Perplexity-Session-Token`."""

    bearer: Secret | None
    malformed: bool = False
    session: Secret | None = None

    @classmethod
    def of_header(cls, authorization: str | None, session: str | None = None) -> Credentials:
        """The bearer of an Authorization header; anything else in it is malformed."""
        own = Secret(session.strip()) if session and session.strip() else None
        if authorization is None:
            return cls(bearer=None, session=own)
        scheme, _, value = authorization.partition(" ")
        value = value.strip()
        if scheme.lower() != "bearer" or not value or " " in value:
            return cls(bearer=None, malformed=True, session=own)
        return cls(bearer=Secret(value), session=own)

    def session_of(self, principal: Principal) -> Secret | None:
        """The Perplexity session that the caller brings: in its own header, or as the bearer where
        that is no key of this server."""
        if self.session is not None:
            return self.session
        if self.bearer is None or principal.kind == "key":
            return None
        return self.bearer if is_session_token(self.bearer) else None


def is_session_token(bearer: Secret) -> bool:
    """Whether this has the form of a web session's token: a JWE in compact serialization."""
    return _JWE.fullmatch(bearer.reveal()) is not None


class Accounts(Protocol):
    """Who asks, and may they."""

    async def identify(self, credentials: Credentials) -> Principal:
        """Who this is.

        Raises AuthenticationError (401) for a missing, malformed or wrong key, and NotConfigured
        (503) when keys are required and none exists.
        """

    @property
    def open(self) -> bool:
        """True when anybody on this machine may ask without a key."""
