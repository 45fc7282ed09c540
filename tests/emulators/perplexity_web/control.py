"""The emulated service's knobs by HTTP, for programs that are not in the tests' process.

    POST   /control/scripts    [{"pieces": ["Hi"]}, {"scenario": "429, then the answer"}]
    PATCH  /control/state      {"needs_warm_up": true, "accounts": [{"tier": "max"}]}
    GET    /control/requests   what was asked; DELETE forgets it
    GET    /control/outbox     the mails
    GET    /control/scenarios  what there is to play

Nothing here is recorded, and nothing needs a session.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import Any

from aiohttp import web

from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.state import Account, State

CONTROL = "/control/"
_NOT_BY_HTTP = {"scripts", "answers", "threads", "uploads", "seen", "events", "outbox", "warmed"}


def control_routes(state: State) -> list[web.RouteDef]:
    """Everything under /control."""

    async def scripts(request: web.Request) -> web.Response:
        try:
            played = [script for one in await request.json() for script in _scripts(one)]
        except (KeyError, TypeError, ValueError) as error:
            return web.json_response({"error": repr(error)}, status=422)
        state.scripts[:] = played
        return web.json_response({"scripts": len(played)})

    async def change(request: web.Request) -> web.Response:
        told = await request.json()
        known = {field.name for field in fields(State)} - _NOT_BY_HTTP
        if unknown := set(told) - known:
            return web.json_response({"error": f"no such knobs: {sorted(unknown)}"}, status=422)
        if "accounts" in told:
            told["accounts"] = [Account(**one) for one in told["accounts"]]
        for name, value in told.items():
            setattr(state, name, value)
        return web.json_response({"changed": sorted(told)})

    async def requests(request: web.Request) -> web.Response:
        path = request.query.get("path")
        seen = state.seen if path is None else state.asked(path)
        rows = [{**asdict(one), "body": _shown(one.body)} for one in seen]
        return web.json_response({"requests": rows, "events": state.events})

    async def forget(_: web.Request) -> web.Response:
        state.seen.clear()
        state.events.clear()
        return web.json_response({})

    async def outbox(_: web.Request) -> web.Response:
        return web.json_response(state.outbox)

    async def scenarios(_: web.Request) -> web.Response:
        return web.json_response([*_named()])

    return [
        web.post(f"{CONTROL}scripts", scripts),
        web.patch(f"{CONTROL}state", change),
        web.get(f"{CONTROL}requests", requests),
        web.delete(f"{CONTROL}requests", forget),
        web.get(f"{CONTROL}outbox", outbox),
        web.get(f"{CONTROL}scenarios", scenarios),
    ]


def _named() -> Mapping[str, list[Script]]:
    from tests.emulators.perplexity_web.scenarios import answers

    return answers()


def _scripts(told: Mapping[str, Any]) -> list[Script]:
    """A script of its parts, or those of a scenario by its name. Raises KeyError, TypeError."""
    if "scenario" in told:
        return _named()[told["scenario"]]
    raw = told.get("raw")
    return [Script(**{**told, **({"raw": raw.encode()} if isinstance(raw, str) else {})})]


def _shown(body: Any) -> Any:
    return body.decode("utf-8", "replace") if isinstance(body, bytes) else body
