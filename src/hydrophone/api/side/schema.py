"""The request bodies of keys, as they come over the wire. Unknown fields are ignored."""

from __future__ import annotations

from pydantic import Field

from hydrophone.api.request import Body


class GenerateTokenRequest(Body):
    """The body of POST /generate_auth_token, which may be left out."""

    token_name: str | None = Field(default=None, description="What to know the key by.")


class RevokeTokenRequest(Body):
    """The body of POST /revoke_auth_token."""

    auth_token: str = Field(description="The key that is to open nothing any more.")
