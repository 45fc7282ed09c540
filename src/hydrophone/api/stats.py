"""GET /stats: how this process does, for those who may ask."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hydrophone.api.request import caller, models_for
from hydrophone.api.side.traffic import Traffic
from hydrophone.ports import House, ProviderState
from hydrophone.types import JsonValue, Secret


def stats_router(house: House, traffic: Traffic | None = None) -> APIRouter:
    """The endpoint of the figures."""
    router = APIRouter(tags=["stats"])
    counted = traffic or Traffic()

    @router.get("/stats")
    async def stats(request: Request) -> JSONResponse:
        """How long the server is up and what it was asked; the search providers: whether each
        works, how often it was asked, how fast it is; the conversations of web sessions."""
        _, session = await caller(request, house.accounts)
        states = await house.stats.providers() if house.stats is not None else ()
        body: dict[str, JsonValue] = {
            "uptime": counted.uptime_s,
            "requests": counted.requests,
            "search_providers": [_object(state) for state in states],
        }
        return JSONResponse(body | _sessions(house, session))

    return router


def _sessions(house: House, session: Secret | None) -> dict[str, JsonValue]:
    if house.sessions is None:
        return {}
    figures = house.sessions.figures()
    listed = len(models_for(house.models, session).cards())
    return {
        "conversations": {
            "total": figures.conversations,
            "users": figures.callers,
            "messages": figures.messages,
        },
        "models": {"count": listed, "last_refresh": figures.refreshed_at},
        "accounts": figures.accounts,
    }


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
