"""Where our robots come from, for site owners who let in known addresses only.

Google's published lists have this shape (`creationTime`, `prefixes`), and Perplexity's after them.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi import APIRouter
from fastapi.responses import JSONResponse

BOT_PATHS = ("/hydrophonebot.json", "/hydrophone-user.json")

_HEADERS = {"Cache-Control": "public, max-age=3600"}


def bots_router(egress_networks: Iterable[str]) -> APIRouter:
    """The same networks for both robots, in CIDR notation; needs no key."""
    router = APIRouter(tags=["robots"])
    document = {
        "creationTime": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f"),
        "prefixes": [{_kind(network): network} for network in egress_networks],
    }

    async def bot() -> JSONResponse:
        """The networks from which our robots fetch pages; needs no key."""
        return JSONResponse(document, headers=_HEADERS)

    for path in BOT_PATHS:
        router.add_api_route(path, bot, openapi_extra={"security": []})
    return router


def _kind(network: str) -> str:
    return "ipv6Prefix" if ":" in network else "ipv4Prefix"
