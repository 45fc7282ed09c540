"""The connections to the official API: deadlines, an idle limit, retries before the first byte."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from hydrophone.errors import HydrophoneError, NotConfigured
from hydrophone.fetch.json_api import Fields
from hydrophone.llm.openai.failures import ModelNonsense, retry_after_s
from hydrophone.llm.openai.sse import EventReader
from hydrophone.types import Secret
from hydrophone.upstream.errors import (
    URL_SETTING,
    OfficialNonsense,
    OfficialTooSlow,
    OfficialUnreachable,
    Refusal,
    translate,
)

AGENT_PATH, SEARCH_PATH, MODELS_PATH = "v1/agent", "search", "v1/models"
_MAX_BODY_BYTES = 64 * 1024 * 1024
_MAX_REFUSAL_BYTES = 64 * 1024
_CANCEL_S = 5.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits:
    """How long to wait, and how often to try again, before the first byte only.

    `idle_s` is the longest silence, before an answer and within it. A pause before another try is
    `backoff_s`, doubled each time, with jitter, or what Retry-After says; when that is over
    `longest_pause_s`, or behind the deadline, there is no other try.
    """

    connect_s: float = 10.0
    idle_s: float = 120.0
    retries: int = 2
    backoff_s: float = 0.5
    longest_pause_s: float = 20.0


class _Retry(Exception):
    """A try failed in a way that another may not; `error` is what to raise if it is the last."""

    def __init__(self, error: HydrophoneError, pause_s: float | None = None) -> None:
        super().__init__(error.message)
        self.error = error
        self.pause_s = pause_s


class OfficialApi:
    """One account at one address. `base_url` may end in `/v1` or not.

    The connections belong to the event loop of the first call; close it after use. Raises
    NotConfigured for an address that is none.
    """

    def __init__(self, base_url: str, key: Secret, *, limits: Limits | None = None) -> None:
        self._base = _read_base(base_url)
        self._key = key
        self._limits = limits or Limits()
        self._session: aiohttp.ClientSession | None = None
        self._cancelling: set[asyncio.Task[None]] = set()

    def __repr__(self) -> str:
        return f"OfficialApi({self.where})"

    @property
    def where(self) -> str:
        """The host and port, for people."""
        return self._base.authority.rpartition("@")[2]

    @property
    def key(self) -> Secret:
        """The key, to be blotted out of what is told."""
        return self._key

    async def close(self) -> None:
        """Tell of the last cancelled runs, and close all connections."""
        if self._cancelling:
            await asyncio.wait(set(self._cancelling))
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @asynccontextmanager
    async def stream(
        self, path: str, body: bytes, *, deadline: float
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """Send a body and enter the answer: the data of its events, or its one JSON body.

        `deadline` is in the loop's time, and there is no other try behind it. Raises the errors of
        this room, reading too.
        """
        response = await self._open("POST", path, body, deadline)
        try:
            yield self._events(response)
        finally:
            response.close()

    async def call(
        self, method: str, path: str, body: bytes | None, *, deadline_s: float
    ) -> Fields:
        """A JSON object for an answer, within the deadline in all. Raises as `stream`."""
        try:
            async with asyncio.timeout(deadline_s):
                response = await self._open(method, path, body, _now() + deadline_s)
                try:
                    return self._parsed(await self._read_all(response))
                finally:
                    response.close()
        except TimeoutError as error:
            raise self._too_slow() from error

    def cancel_soon(self, response_id: str) -> None:
        """Tell the official API in the background that a run is wanted no more; it may fail."""
        task = asyncio.create_task(self._cancel(response_id))
        self._cancelling.add(task)
        task.add_done_callback(self._cancelling.discard)

    async def _cancel(self, response_id: str) -> None:
        path = f"{AGENT_PATH}/{quote(response_id, safe='')}/cancel"
        try:
            async with asyncio.timeout(_CANCEL_S):
                async with self._request("POST", path, b"{}") as response:
                    await response.read()
        except (TimeoutError, aiohttp.ClientError, OSError) as error:
            _log.info("a run at %s could not be cancelled: %s", self.where, _reason(error))

    async def _open(
        self, method: str, path: str, body: bytes | None, deadline: float
    ) -> aiohttp.ClientResponse:
        for tries_left in range(self._limits.retries, -1, -1):
            try:
                return await self._try(method, path, body)
            except _Retry as failed:
                pause_s = self._pause_s(failed, tries_left)
                longest_s = min(self._limits.longest_pause_s, deadline - _now())
                if tries_left == 0 or pause_s > longest_s:
                    raise failed.error from failed.__cause__
                _log.info("%s: again in %.1f s: %s", self.where, pause_s, failed)
            await asyncio.sleep(pause_s)
        raise AssertionError("the last try returns or raises")

    def _pause_s(self, failed: _Retry, tries_left: int) -> float:
        if failed.pause_s is not None:
            return failed.pause_s
        doubled = self._limits.backoff_s * 2.0 ** (self._limits.retries - tries_left)
        return doubled * random.uniform(0.5, 1.0)  # noqa: S311 - nothing secret about it

    async def _try(self, method: str, path: str, body: bytes | None) -> aiohttp.ClientResponse:
        try:
            response = await self._request(method, path, body)
        except aiohttp.ServerTimeoutError as error:
            # The request may be worked on: another one could be charged a second time.
            raise self._not_connected(error) or self._too_slow() from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._not_connected(error) or self._lost(error) from error
        if 200 <= response.status < 300:
            return response
        try:
            raise await self._refused(response)
        finally:
            response.close()

    def _not_connected(self, error: Exception) -> Exception | None:
        """For what failed before the request went out."""
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return OfficialUnreachable(f"the certificate of {self.where} is not to be trusted")
        if isinstance(error, aiohttp.ServerDisconnectedError):
            # Most likely an idle connection that the other side had closed.
            return _Retry(self._lost(error), 0.0)
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return _Retry(
                OfficialUnreachable(
                    f"the official API at {self.where} cannot be reached ({_reason(error)})"
                )
            )
        return None

    async def _refused(self, response: aiohttp.ClientResponse) -> Exception:
        try:
            body = await _read_at_most(response.content, _MAX_REFUSAL_BYTES)
        except (aiohttp.ClientError, OSError):
            body = b""
        refusal = Refusal(
            status=response.status,
            body=body,
            retry_after_s=retry_after_s(response.headers.get("Retry-After"), time.time()),
            location=response.headers.get("Location"),
        )
        error = translate(refusal, where=self.where, key=self._key)
        return _Retry(error, refusal.retry_after_s) if refusal.worth_retrying else error

    async def _events(self, response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
        if response.content_type == "application/json":
            yield await self._read_all(response)
            return
        reader = EventReader()
        try:
            async for piece in response.content.iter_any():
                for data in reader.feed(piece):
                    yield data
            for data in reader.close():
                yield data
        except ModelNonsense as error:
            raise OfficialNonsense(f"{self.where} sent an event of over 16 MiB") from error
        except aiohttp.ServerTimeoutError as error:
            raise self._too_slow() from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._lost(error) from error

    async def _read_all(self, response: aiohttp.ClientResponse) -> bytes:
        try:
            body = await _read_at_most(response.content, _MAX_BODY_BYTES + 1)
        except aiohttp.ServerTimeoutError as error:
            raise self._too_slow() from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._lost(error) from error
        if len(body) > _MAX_BODY_BYTES:
            raise OfficialNonsense(f"{self.where} sent over 64 MiB")
        return body

    def _parsed(self, body: bytes) -> Fields:
        with contextlib.suppress(orjson.JSONDecodeError):
            value = orjson.loads(body)
            if isinstance(value, dict):
                return Fields(value)
        raise OfficialNonsense(f"{self.where} answered with something that is no JSON object")

    def _request(
        self, method: str, path: str, body: bytes | None
    ) -> aiohttp.client._RequestContextManager:
        return self._opened().request(
            method, self._base.joinpath(path, encoded=True), data=body, allow_redirects=False
        )

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            limits = self._limits
            self._session = aiohttp.ClientSession(
                headers={
                    "Authorization": f"Bearer {self._key.reveal()}",
                    "Content-Type": "application/json",
                    "Accept-Encoding": "identity",
                    "User-Agent": "Hydrophone",
                },
                connector=aiohttp.TCPConnector(limit=0),
                cookie_jar=aiohttp.DummyCookieJar(),
                timeout=aiohttp.ClientTimeout(
                    total=None, sock_connect=limits.connect_s, sock_read=limits.idle_s
                ),
                trust_env=self._base.host not in _LOOPBACK,
            )
        return self._session

    def _too_slow(self) -> HydrophoneError:
        return OfficialTooSlow(f"the official API at {self.where} did not answer in time")

    def _lost(self, error: Exception) -> HydrophoneError:
        return OfficialUnreachable(
            f"the official API at {self.where} broke off its answer ({_reason(error)})"
        )


def _read_base(base_url: str) -> URL:
    try:
        url = URL(base_url.strip().rstrip("/").removesuffix("/v1"))
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise NotConfigured(f"{URL_SETTING} must be an address such as https://api.perplexity.ai")
    return url


def _now() -> float:
    return asyncio.get_running_loop().time()


async def _read_at_most(content: aiohttp.StreamReader, size_bytes: int) -> bytes:
    pieces, size = [], 0
    while size < size_bytes and (piece := await content.readany()):
        pieces.append(piece)
        size += len(piece)
    return b"".join(pieces)[:size_bytes]


def _reason(error: Exception) -> str:
    cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
    return getattr(cause, "strerror", None) or type(cause).__name__
