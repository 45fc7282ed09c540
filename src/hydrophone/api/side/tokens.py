"""POST /generate_auth_token and /revoke_auth_token: keys that callers make and revoke."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from hydrophone.api.request import BareRoute, add_post, identify, parse, read_body
from hydrophone.errors import NotConfigured
from hydrophone.ports import House, Tokens
from hydrophone.types import Secret

MAKE_PATHS: Sequence[str] = ("/generate_auth_token", "/v1/generate_auth_token")
REVOKE_PATHS: Sequence[str] = ("/revoke_auth_token", "/v1/revoke_auth_token")
_SECRET = {"Cache-Control": "no-store"}


def tokens_router(house: House, *, max_body_bytes: int) -> APIRouter:
    """Both endpoints."""
    router = APIRouter(tags=["keys"], route_class=BareRoute)

    async def generate(request: Request) -> Response:
        """Make another key with yours; it is shown this once."""
        from hydrophone.api.side.schema import GenerateTokenRequest

        principal = await identify(request, house.accounts)
        body = parse(GenerateTokenRequest, await read_body(request, max_body_bytes) or b"{}")
        issued = await _tokens(house).issue(body.token_name, principal)
        made = {
            "auth_token": issued.token.reveal(),
            "created_at_epoch_seconds": issued.created_at_s,
            "token_name": issued.name,
        }
        return JSONResponse(made, headers=_SECRET)

    async def revoke(request: Request) -> Response:
        """Revoke a key that you have, your own as well; it cannot be undone."""
        from hydrophone.api.side.schema import RevokeTokenRequest

        principal = await identify(request, house.accounts)
        body = parse(RevokeTokenRequest, await read_body(request, max_body_bytes))
        await _tokens(house).revoke(Secret(body.auth_token), principal)
        return JSONResponse({})

    made, gone = "The new key.", "The key opens nothing any more."
    add_post(router, MAKE_PATHS, generate, schema="GenerateTokenRequest", answer=made)
    add_post(router, REVOKE_PATHS, revoke, schema="RevokeTokenRequest", answer=gone)
    return router


def _tokens(house: House) -> Tokens:
    if house.tokens is None:
        raise NotConfigured("this server keeps no keys that callers could make")
    return house.tokens
