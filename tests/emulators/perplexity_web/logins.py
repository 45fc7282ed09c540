"""Signing in: a mail with a code and a link, and a second factor where the account has one."""

from __future__ import annotations

import secrets
from urllib.parse import quote

from aiohttp import web

from tests.emulators.perplexity_web.state import BODY, Account, State

_COOKIE = "__Secure-next-auth.session-token"


def login_routes(state: State) -> list[web.RouteDef]:
    """Everything under /api/auth but the session itself."""
    challenges: dict[str, Account] = {}

    async def csrf(_: web.Request) -> web.Response:
        response = web.json_response({"csrfToken": "csrf-1"})
        response.set_cookie("next-auth.csrf-token", "csrf-1")
        return response

    async def signin(request: web.Request) -> web.Response:
        body = request[BODY]
        if body["csrfToken"] != "csrf-1" or request.cookies.get("next-auth.csrf-token") != "csrf-1":
            return web.json_response({"error": "csrf"}, status=400)
        code = f"{secrets.randbelow(1_000_000):06}"
        callback = quote(body["callbackUrl"], safe="")
        link = (
            f"{request.scheme}://{request.host}/api/auth/callback/email"
            f"?callbackUrl={callback}&token={code}&email={quote(body['email'])}"
        )
        state.outbox.append({"email": body["email"], "code": code, "link": link})
        return web.json_response({"url": "/check"})

    async def redirect_link(request: web.Request) -> web.Response:
        body = request[BODY]
        mails = [mail for mail in state.outbox if mail["email"] == body["email"]]
        if not mails or mails[-1]["code"] != body["otp"]:
            return web.json_response({"error": "Invalid code"}, status=400)
        path = f"/api/auth/callback/email?token={body['otp']}&email={quote(body['email'])}"
        return web.json_response({"redirect": path})

    async def callback(request: web.Request) -> web.Response:
        email, token = request.query.get("email"), request.query.get("token")
        # The newest of its tokens is the one that is still taken.
        account = next((one for one in reversed(state.accounts) if one.email == email), None)
        known = any(mail["code"] == token and mail["email"] == email for mail in state.outbox)
        if account is None or not known:
            return _moved("/api/auth/error?error=Verification")
        state.outbox.clear()
        if account.totp is not None:
            challenge = secrets.token_hex(8)
            challenges[challenge] = account
            return _moved(f"/auth/totp-challenge?token={challenge}")
        return _signed_in(account)

    async def totp(request: web.Request) -> web.Response:
        if request.path != state.totp_path:
            return web.Response(status=404)
        account = challenges.get(request[BODY]["token"])
        if account is None or request[BODY]["code"] != account.totp:
            return web.json_response({"error": "Invalid code"})
        return _signed_in(account)

    return [
        web.get("/api/auth/csrf", csrf),
        web.post("/api/auth/signin/email", signin),
        web.post("/api/auth/otp-redirect-link", redirect_link),
        web.get("/api/auth/callback/email", callback),
        web.post("/api/auth/totp/challenge-verify", totp),
        web.post("/api/auth/totp-challenge/verify", totp),
    ]


def _moved(to: str) -> web.Response:
    return web.Response(status=302, headers={"Location": to})


def _signed_in(account: Account) -> web.Response:
    response = _moved("/?login-source=floatingSignup")
    response.headers.add("Set-Cookie", f"{_COOKIE}={account.token}; Path=/; Secure; HttpOnly")
    return response
