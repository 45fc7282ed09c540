"""Fetching one page: guarded, bounded in time and size, every redirect checked again."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
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
from hydrophone.types.headers import retry_after_s

DOCUMENT_TYPES = frozenset(
    {
        "text/*",
        "application/xhtml+xml",
        "application/pdf",
        "application/rtf",
        "application/x-pdf",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
        "application/gzip",
        "application/x-gzip",
        "application/json",
        "application/xml",
        "application/octet-stream",
    }
)
ANY_TYPE = frozenset({"*/*"})
_KEPT_HEADERS = (
    "etag",
    "last-modified",
    "content-language",
    "content-disposition",
    "access-control-allow-origin",
)
_ROBOTS_TAG = "x-robots-tag"
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_NOT_MODIFIED = 304
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
class Conditions:
    """What a server said of a page before, so that it need not send the same again.

    `etag` and `modified` are its headers ETag and Last-Modified, sent back as they were.
    """

    etag: str | None = None
    modified: str | None = None

    def headers(self) -> dict[str, str]:
        """The request's headers (RFC 9110, 13.1); what is no header is left out."""
        given = {"If-None-Match": self.etag, "If-Modified-Since": self.modified}
        return {
            name: value
            for name, value in given.items()
            if value and value.isascii() and value.isprintable()
        }


@dataclass(frozen=True, slots=True)
class Fetched:
    """A page as it came: `body` is decompressed, `headers` a few, by lower-case name, and one
    that may come several times (`x-robots-tag`) with line feeds between its values.

    `url` is what was asked for, `final_url` where the last redirect led; `media_type` and
    `charset` are what the server claims, None when it says nothing. `status` is 2xx; or 304, only
    after a conditional request; or 3xx with `location`, the target as the guard admits it, only
    when redirects are not followed. The last two have no body.
    """

    url: str
    final_url: str
    status: int
    media_type: str | None
    charset: str | None
    body: bytes = field(repr=False)
    headers: Mapping[str, str]
    fetched_at: datetime
    location: str | None = None


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
        self.user_agent = user_agent
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

    def admit(self, url: str) -> str:
        """The URL as it would be asked for, without its fragment. Raises Refused."""
        return self._guard.admit(url).url

    async def get(
        self,
        url: str,
        *,
        accept: frozenset[str] = DOCUMENT_TYPES,
        conditions: Conditions | None = None,
        follow: bool = True,
        cut_bytes: int | None = None,
    ) -> Fetched:
        """Fetch a page; `accept` holds media types, `text/*` for a whole family, `*/*` for all.

        With `conditions` a page that has not changed comes back as 304, and with `follow` off a
        redirect as itself. With `cut_bytes` the body ends there, however much the server has.
        Raises the errors of `hydrophone.fetch.errors`, and nothing else.
        """
        total_s = self._limits.total_s
        asked = _Asked(url, accept, conditions.headers() if conditions else {}, follow, cut_bytes)
        try:
            async with asyncio.timeout(total_s):
                return await self._follow(asked)
        except TimeoutError as error:
            raise TooSlow(f"{url} was not read within {total_s:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{url} could not be fetched: {reason_of(error)}") from error

    async def _follow(self, asked: _Asked) -> Fetched:
        """Go through the redirects by hand, each one past the guard."""
        current = self._guard.admit(asked.url).url
        seen = {current}
        for _ in range(self._limits.redirects + 1):
            request = self._open_session().get(
                URL(current, encoded=True), headers=asked.headers, allow_redirects=False
            )
            async with request as response:
                if response.status not in _REDIRECTS:
                    return await self._read(asked, current, response)
                target = response.headers.get("Location")
                response.close()
            if target is None:
                raise BadStatus(f"{current} redirects to nowhere", answered=response.status)
            target = self._guard.admit(urljoin(current, target)).url
            if not asked.follow:
                return self._fetched(asked, current, response, location=target)
            if target in seen:
                raise TooManyRedirects(f"{asked.url} redirects in a circle")
            seen.add(target)
            current = target
        raise TooManyRedirects(f"{asked.url} redirects more than {self._limits.redirects} times")

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
                "User-Agent": self.user_agent,
                "Accept": _ACCEPT,
                "Accept-Encoding": ACCEPT_ENCODING,
            },
        )

    async def _read(
        self, asked: _Asked, final_url: str, response: aiohttp.ClientResponse
    ) -> Fetched:
        if response.status == _NOT_MODIFIED and asked.headers:
            return self._fetched(asked, final_url, response)
        try:
            self._check_head(asked, final_url, response)
            body = await self._read_body(asked, final_url, response)
        except BaseException:
            response.close()
            raise
        return self._fetched(asked, final_url, response, body)

    def _fetched(
        self,
        asked: _Asked,
        final_url: str,
        response: aiohttp.ClientResponse,
        body: bytes = b"",
        location: str | None = None,
    ) -> Fetched:
        given = response.headers
        headers = {name: given[name] for name in _KEPT_HEADERS if name in given}
        if _ROBOTS_TAG in given:
            headers[_ROBOTS_TAG] = "\n".join(given.getall(_ROBOTS_TAG))
        return Fetched(
            url=asked.url,
            final_url=final_url,
            status=response.status,
            media_type=_media_type(response),
            charset=response.charset,
            body=body,
            headers=headers,
            fetched_at=datetime.fromtimestamp(self._clock(), UTC),
            location=location,
        )

    def _check_head(self, asked: _Asked, url: str, response: aiohttp.ClientResponse) -> None:
        if not 200 <= response.status < 300:
            raise BadStatus(
                f"{url} answered {response.status} {response.reason or ''}".rstrip(),
                answered=response.status,
                retry_after_s=retry_after_s(response.headers.get("Retry-After"), self._clock()),
            )
        kind = _media_type(response)
        if kind is not None and not _is_accepted(kind, asked.accept):
            raise WrongType(f"{url} is {kind}, which cannot be read as text")
        if asked.cut_bytes is None and (response.content_length or 0) > self._limits.wire_bytes:
            raise self._too_large(url)

    async def _read_body(self, asked: _Asked, url: str, response: aiohttp.ClientResponse) -> bytes:
        inflater = inflater_for(response.headers.get("Content-Encoding", ""))
        body = bytearray()
        wire_bytes = 0
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            wire_bytes += len(chunk)
            for piece in inflater.feed(chunk):
                body += piece
                if asked.cut_bytes is not None and len(body) >= asked.cut_bytes:
                    response.close()
                    return bytes(body[: asked.cut_bytes])
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


@dataclass(frozen=True, slots=True)
class _Asked:
    """One call of `Fetcher.get`."""

    url: str
    accept: frozenset[str]
    headers: dict[str, str]
    follow: bool
    cut_bytes: int | None


def _is_accepted(kind: str, accept: frozenset[str]) -> bool:
    return kind in accept or f"{kind.split('/')[0]}/*" in accept or accept == ANY_TYPE


def _media_type(response: aiohttp.ClientResponse) -> str | None:
    """What the server says; aiohttp's default for a missing header would be a claim of ours."""
    return response.content_type.lower() if "Content-Type" in response.headers else None


def reason_of(error: Exception) -> str:
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
