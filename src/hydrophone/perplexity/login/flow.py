"""The steps of signing in, each a request; what a person types goes between them.

The service sends a code of six digits and a link by mail; either signs in. An account with a second
factor is then asked for a code of it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Self
from urllib.parse import parse_qs, urljoin, urlsplit

import orjson

from hydrophone.perplexity.asking import VERSION
from hydrophone.perplexity.errors import ConnectionFailed, PerplexityError, ResponseParsingError
from hydrophone.perplexity.session.status import raise_for_page, raise_for_status
from hydrophone.perplexity.session.token import renewed
from hydrophone.perplexity.session.transport import ORIGIN, header_values
from hydrophone.types import Secret

if TYPE_CHECKING:
    from curl_cffi.requests import AsyncSession, Response

_QUERY = {"version": VERSION, "source": "default"}
_CSRF = "/api/auth/csrf"
_SIGN_IN = "/api/auth/signin/email"
_REDIRECT = "/api/auth/otp-redirect-link"
# Clients differ in where the second factor is verified; the first that is there is taken.
_SECOND_FACTOR = ("/api/auth/totp/challenge-verify", "/api/auth/totp-challenge/verify")
_CHALLENGE = "/auth/totp-challenge"
_CODE = re.compile(r"\d{6}\Z")
_MOVED = (301, 302, 303, 307, 308)
_TOO_MANY, _BROKEN = 429, 500
_MOST_MOVES = 5
_TIMEOUT_S = 30.0


class LoginError(PerplexityError):
    """Signing in did not work; the message says what to do."""


class WrongCode(LoginError):
    """The code or the link is wrong, or too old; a new one can be asked for."""


class SecondFactorNeeded(LoginError):
    """The account has a second factor: go on with `Login.second_factor`."""


class Login:
    """Signs in to one account. For one event loop; `origin` is for tests alone.

    async with Login() as login:
        await login.send_mail("someone@example.org")
        token = await login.finish(typed)
    """

    def __init__(self, *, impersonate: str = "chrome", origin: str = ORIGIN) -> None:
        self._origin = origin.rstrip("/")
        self._impersonate = impersonate
        self._email = ""
        self._challenge: str | None = None
        self._session: AsyncSession[Response] | None = None

    async def __aenter__(self) -> Self:
        from curl_cffi.requests import AsyncSession

        self._session = AsyncSession(impersonate=self._impersonate)
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._session is not None:
            await self._session.close()

    async def send_mail(self, email: str) -> None:
        """Have the service send a code and a link. Raises ValueError for what is no address,
        LoginError, BotWallError, ConnectionFailed."""
        email = email.strip()
        if "@" not in email.strip("@") or any(map(str.isspace, email)):
            raise ValueError(f"{email!r} is no mail address")
        self._email = email
        await self._request("GET", "/")
        told = _json(await self._request("GET", _CSRF))
        csrf = told.get("csrfToken")
        if not isinstance(csrf, str) or not csrf:
            raise LoginError("the service gave no token to sign in with; try again later")
        body = {
            "email": email,
            "csrfToken": csrf,
            "useNumericOtp": "true",
            "json": "true",
            "callbackUrl": self._callback,
        }
        await self._request("POST", _SIGN_IN, body=body, query=_QUERY)

    async def finish(self, code_or_link: str) -> Secret:
        """Sign in with what the mail brought: the session's token.

        Raises WrongCode, SecondFactorNeeded, LoginError, BotWallError, ConnectionFailed, and
        RateLimitError or HTTPError when the service judged nothing: the same code may be tried.
        """
        typed = code_or_link.strip()
        if typed.lower().startswith(("http://", "https://")):
            return await self._follow(self._own(typed))
        digits = re.sub(r"[\s-]", "", typed)
        if not _CODE.match(digits):
            raise WrongCode("type the six digits of the mail, or paste its whole link")
        body = {
            "email": self._email,
            "otp": digits,
            "redirectUrl": self._callback,
            "emailLoginMethod": "web-otp",
        }
        response = await self._request("POST", _REDIRECT, body=body, refuses=True)
        _raise_when_busy(response, _REDIRECT)
        if response.status_code >= 400:
            raise WrongCode("this code is wrong or too old")
        target = _json(response).get("redirect")
        if not isinstance(target, str):
            raise LoginError("the service does not say where the code leads to")
        return await self._follow(self._own(urljoin(self._origin, target)))

    async def second_factor(self, code: str) -> Secret:
        """Go on with a code of the second factor: the session's token. Raises as `finish` does."""
        if self._challenge is None:
            raise LoginError("no second factor was asked for")
        body = {"token": self._challenge, "code": re.sub(r"[\s-]", "", code)}
        for path in _SECOND_FACTOR:
            response = await self._request("POST", path, body=body, query=_QUERY, refuses=True)
            if response.status_code == 404:
                continue
            _raise_when_busy(response, path)
            if response.status_code in _MOVED:
                return await self._arrived(response)
            told = _json(response) if response.content else {}
            if response.status_code >= 400 or told.get("error"):
                raise WrongCode("this code of the second factor is wrong")
            if isinstance(target := told.get("redirect"), str):
                return await self._follow(self._own(urljoin(self._origin, target)))
            return await self._arrived(response)
        raise LoginError("the service's way to verify a second factor is not known any more")

    @property
    def _callback(self) -> str:
        return f"{self._origin}/?login-source=floatingSignup"

    def _own(self, address: str) -> str:
        """The address as a path of the service. Raises LoginError for any other server's: it would
        be given all that signs in."""
        try:
            there, here = urlsplit(address), urlsplit(self._origin)
        except ValueError:
            raise WrongCode("this is no link; paste the whole link of the mail") from None
        if (there.scheme, there.netloc) != (here.scheme, here.netloc):
            raise LoginError(
                f"this link leads to {there.netloc or 'nowhere'}, not to {here.netloc}: it was not "
                "followed"
            )
        return f"{there.path or '/'}{'?' if there.query else ''}{there.query}"

    async def _follow(self, path: str) -> Secret:
        return await self._arrived(await self._request("GET", path, refuses=True))

    async def _arrived(self, response: Response) -> Secret:
        """The token at the end of the redirects. Raises WrongCode and SecondFactorNeeded."""
        for _ in range(_MOST_MOVES):
            token = renewed(header_values(response, "set-cookie"))
            if token is not None:
                return token
            target = response.headers.get("location")
            if response.status_code not in _MOVED or not target:
                break
            path = self._own(urljoin(self._origin, target))
            if "error=" in path:
                raise WrongCode("this code or link is wrong, used, or too old")
            if path.startswith(_CHALLENGE):
                tokens = parse_qs(urlsplit(path).query).get("token")
                self._challenge = tokens[0] if tokens else ""
                raise SecondFactorNeeded("the account asks for a code of its second factor")
            response = await self._request("GET", path, refuses=True)
        raise LoginError("the service took the code but gave no session; try again")

    async def _request(
        self,
        method: str,
        path: str,
        *,
        body: Mapping[str, Any] | None = None,
        query: Mapping[str, str] | None = None,
        refuses: bool = False,
    ) -> Response:
        """The answer; an error status is raised unless it `refuses` what was typed."""
        from curl_cffi.requests import exceptions

        if self._session is None:
            raise RuntimeError("use Login in `async with`")
        headers = {"Origin": ORIGIN, "Referer": f"{ORIGIN}/"}
        try:
            response = await self._session.request(
                method,  # type: ignore[arg-type]
                f"{self._origin}{path}",
                params=dict(query) if query else None,
                data=orjson.dumps(body) if body is not None else None,
                headers=headers | ({"Content-Type": "application/json"} if body else {}),
                allow_redirects=False,
                timeout=_TIMEOUT_S,
            )
        except exceptions.RequestException as error:
            bare = error.with_traceback(None)  # the request stands in its locals
            raise ConnectionFailed(f"{self._origin} cannot be reached: {error}") from bare
        plain = urlsplit(path).path  # what stands behind it signs in
        if path != "/" and not refuses:
            raise_for_status(response, plain)
            raise_for_page(response, plain)
        if response.headers.get("cf-mitigated"):
            raise_for_status(response, plain)
        return response


def _raise_when_busy(response: Response, path: str) -> None:
    """Raise RateLimitError or HTTPError for what says nothing of the code that was typed."""
    if response.status_code == _TOO_MANY or response.status_code >= _BROKEN:
        raise_for_status(response, path)


def _json(response: Response) -> Mapping[str, Any]:
    with suppress(orjson.JSONDecodeError):
        told = orjson.loads(response.content)
        return told if isinstance(told, dict) else {}
    raise ResponseParsingError("the service answered with no JSON", response.text)
