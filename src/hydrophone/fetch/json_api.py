"""A small client for the JSON (and XML) interfaces of services, such as search providers.

Redirects are not followed: they would carry a key to another host. Operators name the services, so
one that is `trusted` may be on this machine; all others pass the guard.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TypeAlias

import aiohttp
import orjson
from yarl import URL

from hydrophone.fetch.client import reason_of
from hydrophone.fetch.errors import BadStatus, FetchError, TooLarge, TooSlow, Unreachable
from hydrophone.fetch.guard import Guard
from hydrophone.fetch.resolver import CheckedResolver
from hydrophone.types import JsonValue, Secret
from hydrophone.types.headers import retry_after_s

Params: TypeAlias = Mapping[str, str | int] | Sequence[tuple[str, str | int]]

LIMIT_BYTES = 5_000_000
_CHUNK_BYTES = 64 * 1024
_SAID_CHARS = 200
_CONNECT_S = 5.0


class ApiRefused(BadStatus):
    """The service answered with an error status; `said` is how its body begins."""

    def __init__(
        self, message: str, *, answered: int, retry_after_s: float | None, said: str
    ) -> None:
        super().__init__(message, answered=answered, retry_after_s=retry_after_s)
        self.said = said


class NotJson(FetchError):
    """The service answered with something that is no JSON object; `media_type` is its claim."""

    code = "not_json"

    def __init__(self, message: str, *, media_type: str) -> None:
        super().__init__(message)
        self.media_type = media_type


class Fields:
    """A JSON object of somebody else's: what is missing or of another type reads as empty."""

    __slots__ = ("_values",)

    def __init__(self, value: object) -> None:
        self._values: Mapping[str, object] = value if isinstance(value, dict) else {}

    def __contains__(self, name: str) -> bool:
        return self._values.get(name) is not None

    def text(self, name: str) -> str:
        """The string without surrounding blanks, or an empty one."""
        value = self._values.get(name)
        return value.strip() if isinstance(value, str) else ""

    def as_is(self, name: str) -> str:
        """The string with all its blanks, or an empty one."""
        value = self._values.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> float | None:
        """The number, also one that is written as a string."""
        value = self._values.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            return None
        try:
            return float(value)
        except ValueError:
            return None

    def texts(self, name: str) -> list[str]:
        """The strings of a list; a string alone is a list of one."""
        value = self._values.get(name)
        items = value if isinstance(value, list) else [value]
        return [item.strip() for item in items if isinstance(item, str) and item.strip()]

    def inner(self, name: str) -> Fields:
        """The object under this name."""
        return Fields(self._values.get(name))

    def objects(self, name: str) -> Iterator[Fields]:
        """The objects of a list; what else is in it is passed over."""
        value = self._values.get(name)
        for item in value if isinstance(value, list) else ():
            if isinstance(item, dict):
                yield Fields(item)

    def lists(self, name: str) -> Iterator[list[object]]:
        """The lists of a list; what else is in it is passed over."""
        value = self._values.get(name)
        for item in value if isinstance(value, list) else ():
            if isinstance(item, list):
                yield item

    def mapping(self, name: str) -> Mapping[str, object]:
        """The object under this name as it is."""
        value = self._values.get(name)
        return value if isinstance(value, dict) else {}


class JsonApi:
    """One service. `base_url` may have a path, and what is asked for is below it.

    `headers` may be secrets, which are never printed. `deadline_s` is for one call in all. The
    connections belong to the event loop of the first call; close it after use.
    """

    def __init__(
        self,
        base_url: str,
        *,
        headers: Mapping[str, str | Secret] | None = None,
        deadline_s: float = 10.0,
        limit_bytes: int = LIMIT_BYTES,
        trusted: bool = False,
    ) -> None:
        self._base = URL(base_url.rstrip("/"))
        self._headers = dict(headers or {})
        self._deadline_s = deadline_s
        self._limit_bytes = limit_bytes
        self._guard = Guard(allow_loopback=trusted, allow_private=trusted)
        self._session: aiohttp.ClientSession | None = None

    def __repr__(self) -> str:
        return f"JsonApi({self.where})"

    @property
    def where(self) -> str:
        """The service's host and port, for people."""
        return self._base.authority.rpartition("@")[2]

    async def close(self) -> None:
        """Close all connections."""
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    async def get(self, path: str, params: Params | None = None) -> Fields:
        """Ask for a JSON object. Raises the errors of `fetch.errors`, ApiRefused and NotJson."""
        return self._parse(*await self._call("GET", path, params, None))

    async def post(self, path: str, body: Mapping[str, JsonValue]) -> Fields:
        """Send a JSON object and get one back. Raises what `get` raises."""
        return self._parse(*await self._call("POST", path, None, orjson.dumps(body)))

    async def get_bytes(self, path: str, params: Params | None = None) -> bytes:
        """Ask for any body, such as XML. Raises what `get` raises, but for NotJson."""
        return (await self._call("GET", path, params, None))[0]

    def _parse(self, body: bytes, media_type: str) -> Fields:
        try:
            value = orjson.loads(body)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            message = f"{self.where} answered with {media_type}, which is no JSON object"
            raise NotJson(message, media_type=media_type)
        return Fields(value)

    async def _call(
        self, method: str, path: str, params: Params | None, body: bytes | None
    ) -> tuple[bytes, str]:
        """The body and its media type."""
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._exchange(method, path, params, body)
        except TimeoutError as error:
            raise TooSlow(f"{self.where} did not answer within {self._deadline_s:g} s") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise Unreachable(f"{self.where} could not be reached: {reason_of(error)}") from error

    async def _exchange(
        self, method: str, path: str, params: Params | None, body: bytes | None
    ) -> tuple[bytes, str]:
        url = self._base / path.strip("/") if path.strip("/") else self._base
        self._guard.admit(str(url))
        if params:
            url = url.update_query(params)
        headers = {"Content-Type": "application/json"} if body is not None else None
        request = self._open_session().request(
            method, url, data=body, headers=headers, allow_redirects=False
        )
        async with request as response:
            content = await self._read(response)
            if not 200 <= response.status < 300:
                raise self._refusal(response, content)
            return content, response.content_type

    async def _read(self, response: aiohttp.ClientResponse) -> bytes:
        body = bytearray()
        async for chunk in response.content.iter_chunked(_CHUNK_BYTES):
            body += chunk
            if len(body) > self._limit_bytes:
                response.close()
                raise TooLarge(f"{self.where} sent over {self._limit_bytes / 1e6:.3g} MB")
        return bytes(body)

    def _refusal(self, response: aiohttp.ClientResponse, content: bytes) -> ApiRefused:
        return ApiRefused(
            f"{self.where} answered {response.status} {response.reason or ''}".rstrip(),
            answered=response.status,
            retry_after_s=retry_after_s(response.headers.get("Retry-After"), time.time()),
            said=content[: 4 * _SAID_CHARS].decode("utf-8", "replace")[:_SAID_CHARS],
        )

    def _open_session(self) -> aiohttp.ClientSession:
        if self._session is None:
            headers = {
                name: value.reveal() if isinstance(value, Secret) else value
                for name, value in self._headers.items()
            }
            self._session = aiohttp.ClientSession(
                connector=aiohttp.TCPConnector(
                    resolver=CheckedResolver(self._guard), use_dns_cache=False, limit_per_host=8
                ),
                cookie_jar=aiohttp.DummyCookieJar(),
                trust_env=False,
                timeout=aiohttp.ClientTimeout(total=None, connect=_CONNECT_S),
                headers={"User-Agent": "Hydrophone", "Accept": "application/json", **headers},
            )
        return self._session
