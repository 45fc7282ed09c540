"""Which web pages may talk to the server.

An open server answers only requests that are meant for this machine: the Host must be a loopback
name, and a request that a browser sends for another origin's page is refused, so that no website
reads private documents through its visitor's browser (cross-site requests and DNS rebinding). With
keys required, any configured origin may call, without cookies or other credentials. Before it
refuses, the server looks whether a first key has been made meanwhile.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

from hydrophone.api.errors import error_response
from hydrophone.errors import Forbidden, HydrophoneError
from hydrophone.ports import Accounts, Credentials

_LOOPBACK_NAMES = frozenset({"localhost", "127.0.0.1", "::1"})


class OriginGuard:
    """ASGI middleware; `accounts` say at each request whether the server is open."""

    def __init__(self, app: ASGIApp, *, accounts: Accounts, allowed_origins: Sequence[str]) -> None:
        self._app = app
        self._accounts = accounts
        self._with_cors = CORSMiddleware(
            app,
            allow_origins=list(allowed_origins),
            allow_methods=["GET", "POST", "DELETE"],
            allow_headers=["*"],
            expose_headers=["Retry-After", "Mcp-Session-Id"],
            allow_credentials=False,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        if self._accounts.open:
            problem = refusal(Headers(scope=scope))
            if problem is None:
                await self._app(scope, receive, send)
                return
            if await self._still_open():
                await error_response(Forbidden(problem))(scope, receive, send)
                return
        # Only to requests of browsers the rules of origins mean something, but what a GET gets may
        # be kept by caches, which must know that origins matter.
        plain = scope["method"] == "POST" and not _has_origin(scope)
        await (self._app if plain else self._with_cors)(scope, receive, send)

    async def _still_open(self) -> bool:
        """Look again: nobody else does, where all who ask are refused here."""
        with suppress(HydrophoneError):
            await self._accounts.identify(Credentials(bearer=None))
        return self._accounts.open


def _has_origin(scope: Scope) -> bool:
    for name, _ in scope["headers"]:  # noqa: SIM110 - a generator would take twice as long
        if name == b"origin":
            return True
    return False


def refusal(headers: Headers) -> str | None:
    """Why an open server does not answer a request with these headers; None when it does."""
    host = headers.get("host", "")
    if _name(f"//{host}") not in _LOOPBACK_NAMES:
        return (
            f"the host {host!r} is not this machine; ask for 127.0.0.1 or localhost, or make a "
            "key with `hydrophone keys create` and send it"
        )
    origin = headers.get("origin")
    if origin is not None and origin.partition("://")[2] != host:
        return (
            f"pages of {origin} may not read from a server that is open; make a key with "
            "`hydrophone keys create` and send it"
        )
    elsewhere = headers.get("sec-fetch-site", "none") in ("cross-site", "same-site")
    if elsewhere and not _is_followed_link(headers):
        return "a page of another site may not read from a server that is open"
    return None


def _is_followed_link(headers: Headers) -> bool:
    """Whether a person opens an address in a tab; the page that links to it reads nothing."""
    return (
        headers.get("sec-fetch-mode") == "navigate" and headers.get("sec-fetch-dest") == "document"
    )


def _name(url: str) -> str | None:
    try:
        return urlsplit(url).hostname
    except ValueError:
        return None
