"""One account's session with the service: requests that are paced, and tried again where they may
be. They go to one origin only, and the session's cookie goes nowhere else."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from hydrophone.perplexity.config import ClientConfig
from hydrophone.perplexity.errors import PerplexityError, ResponseParsingError
from hydrophone.perplexity.session.limiter import RateLimiter
from hydrophone.perplexity.session.retry import Retrying
from hydrophone.perplexity.session.status import raise_for_page, raise_for_status
from hydrophone.perplexity.session.token import renewed
from hydrophone.perplexity.session.transport import (
    ORIGIN,
    Transport,
    break_off,
    chunks_of,
    header_values,
)
from hydrophone.perplexity.wire.frames import END, Frame, FrameReader
from hydrophone.types import Secret

if TYPE_CHECKING:
    from curl_cffi.requests import Response

_SHORT_S = 30.0
_Done = TypeVar("_Done")


class WebSession:
    """Requests of one account. For one event loop.

    `on_token` is told of each token that the service gives in place of the one before. `origin` is
    another one in tests alone.
    """

    def __init__(
        self,
        token: Secret,
        config: ClientConfig,
        *,
        origin: str = ORIGIN,
        on_token: Callable[[Secret], None] | None = None,
    ) -> None:
        self.token = token
        self._config = config
        self._on_token = on_token
        self._limiter = RateLimiter(config.requests_per_second)
        self._retrying = Retrying(config)
        self._transport = Transport(origin, token, connect_timeout_s=config.connect_timeout)

    async def get(self, path: str, query: Mapping[str, str] | None = None) -> Any:
        """The JSON under a path. Raises PerplexityError."""
        return await self.call("GET", path, query=query)

    async def call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> Any:
        """The JSON that a request is answered with; None without a body. Raises PerplexityError."""

        async def once(attempt: int) -> Any:
            response = await self._sent(method, path, attempt, query=query, body=body)
            return _json(response, path)

        return await self._tried(once)

    async def visit(self, path: str, query: Mapping[str, str]) -> None:
        """Open a page, as a browser does before it asks. Raises PerplexityError."""
        await self._tried(lambda attempt: self._sent("GET", path, attempt, query=query))

    @asynccontextmanager
    async def frames(
        self, path: str, body: Mapping[str, Any], *, asks: bool = True
    ) -> AsyncIterator[AsyncIterator[Frame]]:
        """Post a body and read the frames that answer it, up to the end of the stream.

        What `asks` is not sent twice unless the service has refused it. Leaving closes the stream.
        Raises PerplexityError; StreamingError when the stream breaks off or falls silent.
        """
        response = await self._tried(lambda attempt: self._opened(path, body, attempt), asks=asks)
        try:
            yield self._read(response)
        finally:
            await break_off(response)

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def _tried(self, once: Callable[[int], Awaitable[_Done]], *, asks: bool = False) -> _Done:
        """What an attempt gives, or a later one after what may pass."""
        attempt = 1
        while True:
            await self._limiter.wait()
            try:
                return await once(attempt)
            except PerplexityError as error:
                wait_s = self._retrying.wait_s(error, attempt, asks=asks)
                if wait_s is None:
                    raise
            await asyncio.sleep(wait_s)
            attempt += 1

    async def _sent(
        self,
        method: str,
        path: str,
        attempt: int,
        *,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        stream: bool = False,
    ) -> Response:
        """The answer, whose status is none of an error; the body of a stream is still to come."""
        response = await self._transport.send(
            method,
            path,
            profile=self._retrying.profile(attempt),
            timeout_s=self._config.timeout if stream else _SHORT_S,
            query=query,
            body=orjson.dumps(body) if body is not None else None,
            stream=stream,
        )
        self._adopt(response)
        if stream and (response.status_code >= 400 or _is_page(response)):
            response.content = await response.acontent()
        raise_for_status(response, path)
        return response

    async def _opened(self, path: str, body: Mapping[str, Any], attempt: int) -> Response:
        response = await self._sent("POST", path, attempt, body=body, stream=True)
        raise_for_page(response, path)
        return response

    async def _read(self, response: Response) -> AsyncIterator[Frame]:
        reader, config = FrameReader(), self._config
        chunks = chunks_of(response, idle_timeout_s=config.idle_timeout, timeout_s=config.timeout)
        async for chunk in chunks:
            for frame in reader.feed(chunk):
                if frame.event == END:
                    return
                yield frame

    def _adopt(self, response: Response) -> None:
        """Go on with the token that the service gives in place of ours."""
        new = renewed(header_values(response, "set-cookie"))
        if new is None or new == self.token:
            return
        self.token = new
        self._transport.use(new)
        if self._on_token is not None:
            self._on_token(new)


def _is_page(response: Response) -> bool:
    return "html" in (response.headers.get("content-type") or "")


def _json(response: Response, path: str) -> Any:
    raise_for_page(response, path)
    if not response.content:
        return None
    try:
        return orjson.loads(response.content)
    except orjson.JSONDecodeError:
        raise ResponseParsingError(f"{path} was answered with no JSON", response.text) from None
