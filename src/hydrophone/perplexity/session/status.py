"""What an answer's status and form say: the session's end, a bot wall, a limit, or a failure."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from hydrophone.perplexity.errors import (
    AuthenticationError,
    BotWallError,
    HTTPError,
    RateLimitError,
    ResponseParsingError,
)
from hydrophone.types.headers import retry_after_s

if TYPE_CHECKING:
    from curl_cffi.requests import Response

_WALL_WORDS = (
    "just a moment",
    "cf-chl",
    "challenge-platform",
    "attention required",
    "used cloudflare to restrict access",
)


def raise_for_status(response: Response, path: str) -> None:
    """Raise for an error status: AuthenticationError, BotWallError, RateLimitError, HTTPError."""
    status = response.status_code
    if status < 400:
        return
    kind, message = _told(response)
    raise kind(
        f"{message} (HTTP {status}, {path})",
        status_code=status,
        url=path,
        response_body=response.text,
        retry_after_s=retry_after_s(response.headers.get("retry-after"), time.time()),
    )


def raise_for_page(response: Response, path: str) -> None:
    """Raise BotWallError or ResponseParsingError for a web page where data was to come."""
    if "html" not in response.headers.get("content-type", ""):
        return
    if _is_wall(response):
        raise BotWallError(_WALL, status_code=response.status_code, url=path)
    raise ResponseParsingError(f"{path} was answered with a web page", response.text)


_WALL = (
    "the service's bot wall answered, which says nothing of the session token: open "
    "www.perplexity.ai in a browser on this machine's network, wait, or use another network"
)


def _told(response: Response) -> tuple[type[HTTPError], str]:
    status = response.status_code
    if _is_wall(response):
        return BotWallError, _WALL
    if status in (401, 403):
        return AuthenticationError, (
            "the session token is invalid or has expired: get a new one with `hydrophone login`"
        )
    if status == 429:
        return RateLimitError, "the service wants fewer requests, or the quota is used up"
    if status == 414:
        return HTTPError, "the question is too long for the service's warm-up page"
    return HTTPError, "the service refused the request" if status < 500 else "the service failed"


def _is_wall(response: Response) -> bool:
    if response.headers.get("cf-mitigated"):
        return True
    text = response.text[:20_000].lower() if "html" in _kind(response) else ""
    return any(words in text for words in _WALL_WORDS)


def _kind(response: Response) -> str:
    return response.headers.get("content-type") or ""
