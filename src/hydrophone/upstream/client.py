"""The connections to the official API: deadlines, an idle limit, retries before the first byte."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from hydrophone.errors import HydrophoneError, NotConfigured
from hydrophone.fetch.json_api import Fields
from hydrophone.llm.openai.failures import ModelNonsense
from hydrophone.llm.openai.retries import Retries, Retry, tried
from hydrophone.llm.openai.sse import EventReader
from hydrophone.llm.openai.transport import read_at_most, reason, refusal_of
from hydrophone.types import Secret
from hydrophone.upstream.errors import (
    KEY_SETTING,
    URL_SETTING,
    OfficialNonsense,
    OfficialTooSlow,
    OfficialUnreachable,
    translate,
)

AGENT_PATH, SEARCH_PATH, MODELS_PATH = "v1/agent", "search", "v1/models"
_MAX_BODY_BYTES = 64 * 1024 * 1024
_MAX_REFUSAL_BYTES = 64 * 1024
_CANCEL_S = 5.0
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Limits(Retries):
    """How long to wait, and how often to try again, before the first byte only.

    `idle_s` is the longest silence, before an answer and within it.
    """

    connect_s: float = 10.0
    idle_s: float = 120.0


class OfficialApi:
    """One account at one address. `base_url` may end in `/v1` or not.

    The connections belong to the event loop of the first call; close it after use. Raises
    NotConfigured for an address or a key that is none.
    """

    def __init__(self, base_url: str, key: Secret, *, limits: Limits | None = None) -> None:
        self._base = _read_base(base_url)
        self._key = _read_key(key)
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
            _log.info("a run at %s could not be cancelled: %s", self.where, reason(error))

    async def _open(
        self, method: str, path: str, body: bytes | None, deadline: float
    ) -> aiohttp.ClientResponse:
        return await tried(
            partial(self._try, method, path, body),
            self._limits,
            deadline=deadline,
            where=self.where,
        )

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
            return Retry(self._lost(error), 0.0)
        if isinstance(error, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError):
            return Retry(
                OfficialUnreachable(
                    f"the official API at {self.where} cannot be reached ({reason(error)})"
                )
            )
        return None

    async def _refused(self, response: aiohttp.ClientResponse) -> Exception:
        try:
            body = await read_at_most(response.content, _MAX_REFUSAL_BYTES)
        except (aiohttp.ClientError, OSError):
            body = b""
        refusal = refusal_of(response, body)
        error = translate(refusal, where=self.where, key=self._key)
        return Retry(error, refusal.retry_after_s) if refusal.worth_retrying else error

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
            body = await read_at_most(response.content, _MAX_BODY_BYTES + 1)
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
            f"the official API at {self.where} broke off its answer ({reason(error)})"
        )


def _read_base(base_url: str) -> URL:
    try:
        url = URL(base_url.strip().rstrip("/").removesuffix("/v1"))
    except ValueError:
        url = URL()
    if url.scheme not in ("http", "https") or not url.host:
        raise NotConfigured(f"{URL_SETTING} must be an address such as https://api.perplexity.ai")
    if url.user or url.password:
        raise NotConfigured(
            f"{URL_SETTING} holds a name or password: take them out, and set {KEY_SETTING}"
        )
    return url


def _read_key(key: Secret) -> Secret:
    """The key without the line end that a file may have left behind it."""
    value = key.reveal().strip()
    if not value or not (value.isascii() and value.isprintable()):
        raise NotConfigured(f"{KEY_SETTING} is empty, or holds characters that no key has")
    return Secret(value)


def _now() -> float:
    return asyncio.get_running_loop().time()
