"""Fetching one page: guarded, bounded in time and size, every redirect checked again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from hydrophone.fetch.errors import (
    BadStatus,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    WrongType,
)
from hydrophone.fetch.guard import Guard
from hydrophone.fetch.inflate import ACCEPT_ENCODING, inflater_for
from hydrophone.fetch.resolver import CheckedResolver

DOCUMENT_TYPES = frozenset(
    {
        "text/*",
        "application/xhtml+xml",
        "application/pdf",
        "application/x-pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/gzip",
        "application/x-gzip",
        "application/json",
        "application/xml",
        "application/octet-stream",
    }
)
_KEPT_HEADERS = ("etag", "last-modified", "content-language", "content-disposition", "x-robots-tag")
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_CHUNK_BYTES = 64 * 1024
_ACCEPT = "text/html,application/xhtml+xml;q=0.9,application/pdf;q=0.9,text/*;q=0.8,*/*;q=0.5"


@dataclass(frozen=True, slots=True)
class FetchLimits:
    """Bounds of one fetch; sizes in bytes, times in seconds, `total_s` with all redirects."""

    connect_s: float = 5.0
    total_s: float = 20.0
    wire_bytes: int = 20 * 1024 * 1024
    body_bytes: int = 50 * 1024 * 1024
    redirects: int = 10


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: `body` is decompressed, `headers` a few, by lower-case name.

    `url` is what was asked for, `final_url` where the last redirect led; `media_type` and
    `charset` are what the server claims, None when it says nothing; `status` is 2xx.
    """

    url: str
    final_url: str
    status: int
    media_type: str | None
    charset: str | None
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    fetched_at: datetime


class Fetcher:
    """Fetches pages over pooled connections. Keeps no cookies and ignores proxy settings.

    `resolver` looks names up (the system's resolver by default); what it finds is checked by the
    guard, and connections go to exactly the addresses that were checked. Close it after use.
    """

    def __init__(
        self,
        guard: Guard,
        *,
        user_agent: str,
        limits: FetchLimits | None = None,
        resolver: AbstractResolver | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._guard = guard
        self._user_agent = user_agent
        self._limits = limits or FetchLimits()
        self._resolver = resolver
        self._clock = clock
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(self, url: str, *, accept: frozenset[str] = DOCUMENT_TYPES) -> Fetched:
        """Fetch a page; `accept` holds media types, `text/*` for a whole family.

        Raises the errors of `hydrophone.fetch.errors`, and nothing else.
        """
        total_s = self._limits.total_s
        try:
            async with asyncio.timeout(total_s):
                return await self._follow(url, accept)
        except TimeoutError as error:
            raise TooSlow(f"{url} was not read within {total_s:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{url} could not be fetched: {_reason(error)}") from error

    async def _follow(self, url: str, accept: frozenset[str]) -> Fetched:
        """Go through the redirects by hand, each one past the guard."""
        current = self._guard.admit(url).url
        seen = {current}
        for _ in range(self._limits.redirects + 1):
            request = self._open_session().get(URL(current, encoded=True), allow_redirects=False)
            async with request as response:
                if response.status not in _REDIRECTS:
                    return await self._read(url, current, response, accept)
                target = response.headers.get("Location")
                response.close()
            if target is None:
                raise BadStatus(f"{current} redirects to nowhere", answered=response.status)
            current = self._guard.admit(urljoin(current, target)).url
            if current in seen:
                raise TooManyRedirects(f"{url} redirects in a circle")
            seen.add(current)
        raise TooManyRedirects(f"{url} redirects more than {self._limits.redirects} times")

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            self._session = self._make_session()
        return self._session

    def _make_session(self) -> aiohttp.ClientSession:
        # Names are not cached: each connection goes by an answer that was checked for it.
        connector = aiohttp.TCPConnector(
            resolver=CheckedResolver(self._guard, self._resolver),
            use_dns_cache=False,
            limit_per_host=8,
        )
        return aiohttp.ClientSession(
            connector=connector,
            cookie_jar=aiohttp.DummyCookieJar(),
            trust_env=False,
            auto_decompress=False,
            timeout=aiohttp.ClientTimeout(total=None, connect=self._limits.connect_s),
            headers={
                "User-Agent": self._user_agent,
                "Accept": _ACCEPT,
                "Accept-Encoding": ACCEPT_ENCODING,
            },
        )

    async def _read(
        self, url: str, final_url: str, response: aiohttp.ClientResponse, accept: frozenset[str]
    ) -> Fetched:
        try:
            self._check_head(final_url, response, accept)
            body = await self._read_body(final_url, response)
        except BaseException:
            response.close()
            raise
        headers = {
            name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers
        }
        return Fetched(
            url=url,
            final_url=final_url,
            status=response.status,
            media_type=_media_type(response),
            charset=response.charset,
            body=body,
            headers=headers,
            fetched_at=datetime.fromtimestamp(self._clock(), UTC),
        )

    def _check_head(
        self, url: str, response: aiohttp.ClientResponse, accept: frozenset[str]
    ) -> None:
        if not 200 <= response.status < 300:
            raise BadStatus(
                f"{url} answered {response.status} {response.reason or ''}".rstrip(),
                answered=response.status,
                retry_after_s=_retry_after_s(response.headers.get("Retry-After"), self._clock()),
            )
        kind = _media_type(response)
        if kind is not None and kind not in accept and f"{kind.split('/')[0]}/*" not in accept:
            raise WrongType(f"{url} is {kind}, which cannot be read as text")
        if (response.content_length or 0) > self._limits.wire_bytes:
            raise self._too_large(url)

    async def _read_body(self, url: str, response: aiohttp.ClientResponse) -> bytes:
        inflater = inflater_for(response.headers.get("Content-Encoding", ""))
        body = bytearray()
        wire_bytes = 0
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            wire_bytes += len(chunk)
            for piece in inflater.feed(chunk):
                body += piece
                if len(body) > self._limits.body_bytes:
                    raise self._too_large(url)
                if len(piece) > _CHUNK_BYTES:
                    await asyncio.sleep(0)  # a bomb must not hold the event loop either
            if wire_bytes > self._limits.wire_bytes:
                raise self._too_large(url)
        inflater.finish()
        return bytes(body)

    def _too_large(self, url: str) -> TooLarge:
        wire_mb = self._limits.wire_bytes / 1e6
        body_mb = self._limits.body_bytes / 1e6
        return TooLarge(f"{url} is over {wire_mb:.3g} MB sent or {body_mb:.3g} MB unpacked")


def _media_type(response: aiohttp.ClientResponse) -> str | None:
    """What the server says; aiohttp's default for a missing header would be a claim of ours."""
    return response.content_type.lower() if "Content-Type" in response.headers else None


def _retry_after_s(value: str | None, now: float) -> float | None:
    """Seconds to wait, from seconds or an HTTP date (RFC 9110, 10.2.3)."""
    if value is None:
        return None
    try:
        return max(0.0, float(value))
    except ValueError:
        pass
    try:
        return max(0.0, parsedate_to_datetime(value).timestamp() - now)
    except ValueError:
        return None


def _reason(error: Exception) -> str:
    """What went wrong, without the URL, which the caller's message already has."""
    if isinstance(error, aiohttp.ClientConnectorDNSError):
        return "its host name has no address"
    if isinstance(error, aiohttp.ClientConnectorCertificateError | aiohttp.ClientSSLError):
        return "its TLS certificate or handshake is not valid"
    if isinstance(error, aiohttp.ClientConnectorError):
        return f"no connection ({error.os_error.strerror or error.os_error})"
    if isinstance(error, aiohttp.ClientPayloadError | aiohttp.ServerDisconnectedError):
        return "the server broke the transfer off"
    return f"{type(error).__name__}: {error}"
