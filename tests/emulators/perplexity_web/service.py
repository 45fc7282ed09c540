"""Perplexity's web service on a real socket of loopback, as far as clients see it.

    async with WebService() as service:
        service.state.scripts = [Script(pieces=("Hi",))]
        ...  # service.origin is the base; service.state.seen what was asked

It follows what is known of the service's protocol from published clients and captures; nobody
has compared it with the service itself.
"""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

import orjson
from aiohttp import web

from tests.emulators.perplexity_web.asks import asks_routes
from tests.emulators.perplexity_web.control import CONTROL, control_routes
from tests.emulators.perplexity_web.files import files_routes
from tests.emulators.perplexity_web.logins import login_routes
from tests.emulators.perplexity_web.state import ACCOUNT, BODY, Account, Seen, State
from tests.emulators.perplexity_web.threads import thread_routes

COOKIE = "__Secure-next-auth.session-token"
WALL = "<html><title>Just a moment...</title><body>Checking your browser</body></html>"


class WebService:
    """The service. `tls` has it speak HTTPS. Tests of this process set `state`; others do so by
    requests below /control."""

    def __init__(
        self, state: State | None = None, *, tls: ssl.SSLContext | None = None, port: int = 0
    ) -> None:
        self.state = state or State()
        self._tls = tls
        self._port = port
        self._runner: web.AppRunner | None = None
        self.origin = ""

    async def __aenter__(self) -> Self:
        application = web.Application(middlewares=[self._watch], client_max_size=100 << 20)
        application.on_response_prepare.append(self._renew)
        state = self.state
        routes = (asks_routes, files_routes, login_routes, thread_routes, control_routes)
        for make in routes:
            application.add_routes(make(state))
        application.add_routes(
            [
                web.get("/", self._home),
                web.get("/search/new", self._warm_up),
                web.get("/api/auth/session", self._session),
                web.get("/api/user", self._user),
                web.get("/rest/user/settings", self._settings),
                web.get("/rest/rate-limit/all", self._limits),
                web.get("/rest/rate-limit/status", self._limit_states),
                web.get("/rest/models/config", self._models),
                web.get("/rest/collections/list_user_collections", self._spaces),
            ]
        )
        self._runner = web.AppRunner(application, handler_cancellation=True, shutdown_timeout=1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", self._port, ssl_context=self._tls)
        await site.start()
        port = self._runner.addresses[0][1]
        self.origin = f"{'https' if self._tls else 'http'}://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    @web.middleware
    async def _watch(self, request: web.Request, handler: Any) -> web.StreamResponse:
        """Keep what was asked, refuse what is to be refused, and who has no session."""
        state = self.state
        if request.path.startswith(CONTROL):
            told: web.StreamResponse = await handler(request)
            return told
        body = await _body(request)
        state.seen.append(
            Seen(
                len(state.events),
                request.method,
                request.path,
                dict(request.query),
                dict(request.headers),
                dict(request.cookies),
                body,
            )
        )
        state.events.append(f"{request.method} {request.path}")
        refusal = _refusal(state, request.path)
        if refusal is not None:
            return refusal
        account = account_of(state, request.cookies)
        if request.path.startswith("/rest/") and account is None:
            return web.json_response({}, status=state.denied_status)
        if account is not None and account.uses_left is not None:
            account.uses_left -= 1
        request[ACCOUNT], request[BODY] = account, body
        response: web.StreamResponse = await handler(request)
        return response

    async def _renew(self, request: web.Request, response: web.StreamResponse) -> None:
        """Put another token in place of the account's, when one is to be."""
        account = request.get(ACCOUNT)
        if self.state.rotate_to is not None and account is not None:
            _rotate(self.state, account, response)

    async def _home(self, _: web.Request) -> web.Response:
        return web.Response(text="<html></html>", content_type="text/html")

    async def _warm_up(self, request: web.Request) -> web.Response:
        query, account = request.query.get("q", ""), request[ACCOUNT]
        if len(query) > self.state.most_init_chars:
            return web.Response(status=414)
        if account is not None:
            self.state.warmed.setdefault(account.email, []).append(query)
        return web.Response(text="<html></html>", content_type="text/html")

    async def _session(self, request: web.Request) -> web.Response:
        account: Account | None = request[ACCOUNT]
        return web.json_response(account.session() if account is not None else {})

    async def _user(self, request: web.Request) -> web.Response:
        account: Account | None = request[ACCOUNT]
        if account is None:
            return web.json_response({}, status=401)
        return web.json_response({"email": account.email})

    async def _settings(self, request: web.Request) -> web.Response:
        user = request[ACCOUNT].session()["user"]
        told = {key: value for key, value in user.items() if key.startswith("subscription_")}
        return web.json_response({**told, "query_count": 12, "upload_limit": 50})

    async def _limits(self, request: web.Request) -> web.Response:
        quota = request[ACCOUNT].quota
        told = {f"remaining_{name}": count for name, count in quota.items()}
        limits = {
            "web": {"monthly_limit": None, "remaining": None},
            "google_drive": {"monthly_limit": 500, "remaining": 499},
        }
        sources = {"source_to_limit": limits}
        return web.json_response({**told, "model_specific_limits": {}, "sources": sources})

    async def _limit_states(self, request: web.Request) -> web.Response:
        quota = request[ACCOUNT].quota
        names = {"pro": "pro_search", "research": "research"}
        modes = {
            name: {"available": quota[kind] > 0, "remaining_detail": {"kind": "exact"}}
            for kind, name in names.items()
        }
        return web.json_response({"modes": modes, "sources": {}, "free_queries": {}})

    async def _models(self, _: web.Request) -> web.Response:
        return web.json_response(self.state.models)

    async def _spaces(self, _: web.Request) -> web.Response:
        return web.json_response([{"uuid": "space-1", "title": "Whales", "slug": "whales-1"}])


def account_of(state: State, cookies: Mapping[str, str]) -> Account | None:
    """The account of a request's session cookie, whole or in pieces."""
    pieces = sorted(
        (int(name.rpartition(".")[2]), value)
        for name, value in cookies.items()
        if name.startswith(f"{COOKIE}.")
    )
    token = cookies.get(COOKIE) or "".join(value for _, value in pieces)
    found = (one for one in state.accounts if token and one.token == token)
    return next((one for one in found if one.uses_left != 0), None)


def _rotate(state: State, account: Account, response: web.StreamResponse) -> None:
    new, state.rotate_to = state.rotate_to, None
    assert new is not None
    account.uses_left = state.old_token_uses
    state.accounts.append(replace(account, token=new, uses_left=None))
    for at in range(0, len(new), 3_000) if len(new) > 3_900 else ():
        piece = new[at : at + 3_000]
        response.headers.add(
            "Set-Cookie", f"{COOKIE}.{at // 3_000}={piece}; Path=/; Secure; HttpOnly"
        )
    if len(new) <= 3_900:
        response.headers.add("Set-Cookie", f"{COOKIE}={new}; Path=/; Secure; HttpOnly")


def _refusal(state: State, path: str) -> web.Response | None:
    """What a path is answered with before it works: `status`, `headers`, `text`, or a `wall`."""
    waiting = state.refusals.get(path)
    if not waiting and not state.walled:
        return None
    one = waiting.pop(0) if waiting else {"wall": True}
    headers = dict(one.get("headers", {}))
    if one.get("wall"):
        headers["cf-mitigated"] = "challenge"
        return web.Response(status=403, text=WALL, content_type="text/html", headers=headers)
    kind = one.get("content_type", "application/json")
    return web.Response(
        status=one["status"], text=one.get("text", "{}"), content_type=kind, headers=headers
    )


async def _body(request: web.Request) -> Any:
    if "json" not in request.headers.get("content-type", ""):
        return None
    raw = await request.read()
    try:
        return orjson.loads(raw) if raw else None
    except orjson.JSONDecodeError:
        return raw


async def pause(seconds: float) -> None:
    """A pause between frames; none for zero."""
    if seconds:
        await asyncio.sleep(seconds)
