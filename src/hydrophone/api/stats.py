"""GET /stats: how this process does, for those who may ask."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hydrophone.api.request import identify
from hydrophone.ports import House, ProviderState
from hydrophone.types import JsonValue


def stats_router(house: House) -> APIRouter:
    """The endpoint of the figures."""
    router = APIRouter(tags=["stats"])

    @router.get("/stats")
    async def stats(request: Request) -> JSONResponse:
        """The search providers: whether each works, how often it was asked, how fast it is."""
        await identify(request, house.accounts)
        states = await house.stats.providers() if house.stats is not None else ()
        return JSONResponse({"search_providers": [_object(state) for state in states]})

    return router


def _object(state: ProviderState) -> dict[str, JsonValue]:
    return {
        "name": state.name,
        "kinds": list(state.kinds),
        "state": state.state,
        "resting_s": state.resting_s,
        "calls": state.calls,
        "failures": state.failures,
        "from_cache": state.from_cache,
        "p50_ms": state.p50_ms,
        "last_error": state.last_error,
    }
