"""Sends requests to one endpoint: shared connections, deadlines, retries before the first byte."""

from __future__ import annotations

import asyncio
import contextlib
import time
import urllib.request
from functools import partial

import aiohttp
from yarl import URL

from hydrophone.errors import HydrophoneError
from hydrophone.llm.openai.failures import (
    Limits,
    ModelNonsense,
    ModelTooSlow,
    ModelUnreachable,
    Refusal,
    translate,
)
from hydrophone.llm.openai.retries import Retry, tried
from hydrophone.types import Secret
from hydrophone.types.headers import retry_after_s

MAX_BODY_BYTES = 64 * 1024 * 1024
MAX_REFUSAL_BYTES = 64 * 1024
_DRAIN_S = 0.2
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


class Transport:
    """The connections to one endpoint; they belong to the running event loop."""

    def __init__(self, base: str, key: Secret | None, limits: Limits, where: str) -> None:
        self._base = URL(base)
        self._key = key
        self._limits = limits
        self._where = where
        headers = {"Content-Type": "application/json", "Accept-Encoding": "identity"}
        if key:
            headers["Authorization"] = f"Bearer {key.reveal()}"
        self._urls: dict[str, URL] = {}
        self._session = aiohttp.ClientSession(
            headers=headers,
            connector=aiohttp.TCPConnector(limit=0),
            cookie_jar=aiohttp.DummyCookieJar(),
            # For new connections only: `connect` would set a timer for each request.
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=limits.connect_s),
            proxy=_proxy(self._base),
        )

    async def close(self) -> None:
        """Close all connections."""
        await self._session.close()

    async def open(
        self, method: str, path: str, body: bytes | None, *, deadline: float
    ) -> Incoming:
        """Send a request and wait for the first byte of a 200; leaving it drops the connection.

        `path` goes behind the base, or, with a slash before it, behind the server's address.
        `deadline` is in the loop's time and holds for reading too.
        """
        return await tried(
            partial(self._try, method, path, body, deadline),
            self._limits,
            deadline=deadline,
            where=self._where,
        )

    async def _try(self, method: str, path: str, body: bytes | None, deadline: float) -> Incoming:
        try:
            async with asyncio.timeout_at(min(deadline, _now() + self._limits.first_byte_s)):
                return await self._begin(method, path, body, deadline)
        except aiohttp.ClientError as error:
            raise self._lost_connection(error) from error
        except TimeoutError as error:
            raise ModelTooSlow(
                f"the model endpoint {self._where} did not answer in time"
            ) from error
        except OSError as error:
            raise self._lost_connection(error) from error

    async def _begin(self, method: str, path: str, body: bytes | None, deadline: float) -> Incoming:
        response = await self._session.request(
            method, self._url(path), data=body, allow_redirects=False
        )
        try:
            if response.status != 200:
                raise await self._refused(response)
            first = await response.content.readany()
            if not first:
                raise Retry(ModelUnreachable(f"the model endpoint {self._where} said nothing"))
            return Incoming(response, first, deadline, self._where)
        except BaseException:
            response.close()
            raise

    async def _refused(self, response: aiohttp.ClientResponse) -> Exception:
        body = await read_at_most(response.content, MAX_REFUSAL_BYTES)
        refusal = refusal_of(response, body)
        error = translate(refusal, where=self._where, key=self._key)
        return Retry(error, refusal.retry_after_s) if refusal.worth_retrying else error

    def _lost_connection(self, error: Exception) -> Exception:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return ModelUnreachable(f"the certificate of {self._where} is not to be trusted")
        if isinstance(error, aiohttp.ServerDisconnectedError):
            # Most likely an idle connection that the endpoint closed: no need to wait.
            lost = ModelUnreachable(f"the model endpoint {self._where} closed the connection")
            return Retry(lost, 0.0)
        return Retry(
            ModelUnreachable(
                f"the model endpoint {self._where} cannot be reached ({reason(error)}): "
                "is it running?"
            )
        )

    def _url(self, path: str) -> URL:
        url = self._urls.get(path)
        if url is None:
            base = self._base.origin() if path.startswith("/") else self._base
            joined = (base / path.lstrip("/")).with_query(self._base.query)
            url = self._urls[path] = joined
        return url


class Incoming:
    """A reply that has begun to come."""

    __slots__ = ("_content", "_deadline", "_first", "_response", "_timer", "_where")

    def __init__(
        self, response: aiohttp.ClientResponse, first: bytes, deadline: float, where: str
    ) -> None:
        self._response = response
        self._content = response.content
        self._first = first
        self._where = where
        self._deadline = deadline
        self._timer: asyncio.TimerHandle | None = None

    @property
    def streamed(self) -> bool:
        """False when the endpoint sends one JSON body, though it may have been asked to stream."""
        return self._response.content_type != "application/json"

    async def read(self) -> bytes:
        """The next piece as the network gave it; empty at the end.

        Raises ModelTooSlow at the deadline and ModelUnreachable when the connection breaks.
        """
        if self._first:
            first, self._first = self._first, b""
            return first
        if self._content.at_eof():
            return b""
        if self._timer is None:
            # One timer a reply: a timeout around each read would cost more than the read.
            loop = asyncio.get_running_loop()
            self._timer = loop.call_at(self._deadline, self._expire)
        try:
            return await self._content.readany()
        except (aiohttp.ClientError, OSError) as error:
            raise ModelUnreachable(
                f"the model endpoint {self._where} broke off in the middle of its reply"
            ) from error

    async def read_all(self) -> bytes:
        """All of it. Raises what `read` raises, and ModelNonsense over 64 MiB."""
        pieces, size_bytes = [], 0
        while piece := await self.read():
            pieces.append(piece)
            size_bytes += len(piece)
            if size_bytes > MAX_BODY_BYTES:
                raise ModelNonsense(f"the model endpoint {self._where} sent over 64 MiB")
        return b"".join(pieces)

    async def drain(self) -> None:
        """Read what little follows the reply's end, so that the connection can serve again."""
        with contextlib.suppress(TimeoutError, HydrophoneError):
            async with asyncio.timeout(_DRAIN_S):
                while await self.read():
                    pass

    def close(self) -> None:
        """Drop the connection, or give it back if the reply was read to its end."""
        if self._timer is not None:
            self._timer.cancel()
        self._response.close()

    def _expire(self) -> None:
        self._content.set_exception(
            ModelTooSlow(f"the model endpoint {self._where} took too long to finish its reply")
        )


def _proxy(base: URL) -> str | None:
    """The proxy that the environment names for this address; never one for loopback.

    Looked up once: aiohttp's own look-up costs each request two hops to other threads.
    """
    host = base.host or ""
    if host in _LOOPBACK or urllib.request.proxy_bypass(host):
        return None
    return urllib.request.getproxies().get(base.scheme)


def _now() -> float:
    return asyncio.get_running_loop().time()


async def read_at_most(content: aiohttp.StreamReader, size_bytes: int) -> bytes:
    """The body, or what it begins with."""
    pieces, size = [], 0
    while size < size_bytes and (piece := await content.readany()):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)[:size_bytes]


def refusal_of(response: aiohttp.ClientResponse, body: bytes) -> Refusal:
    """What an answer that is not 200 says, with what its body begins with."""
    return Refusal(
        status=response.status,
        body=body,
        retry_after_s=retry_after_s(response.headers.get("Retry-After"), time.time()),
        location=response.headers.get("Location"),
    )


def reason(error: Exception) -> str:
    """Why a connection failed, in a few words."""
    if isinstance(error, TimeoutError):
        return "no connection in time"
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return getattr(cause, "strerror", None) or type(cause).__name__
