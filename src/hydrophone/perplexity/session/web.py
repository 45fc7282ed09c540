"""One account's session with the service: requests that are paced, and tried again where they may
be. They go to one origin only, and the session's cookie goes nowhere else."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import orjson

from hydrophone.perplexity.config import ClientConfig
from hydrophone.perplexity.errors import (
    PerplexityError,
    ResponseParsingError,
    StreamingError,
)
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
_log = logging.getLogger("hydrophone.perplexity")
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
        self.retrying = Retrying(config)
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
        at_once: bool = False,
    ) -> Any:
        """The JSON that a request is answered with; None without a body. What goes out `at_once`
        does not wait for its slot. Raises PerplexityError."""

        async def once(attempt: int) -> Any:
            response = await self._sent(method, path, attempt, query=query, body=body)
            return _json(response, path)

        return await self._tried(once, at_once=at_once)

    async def visit(self, path: str, query: Mapping[str, str]) -> None:
        """Open a page, as a browser does before it asks. Raises PerplexityError."""
        await self._tried(lambda attempt: self._sent("GET", path, attempt, query=query))

    @asynccontextmanager
    async def frames(
        self,
        path: str,
        body: Mapping[str, Any],
        *,
        asks: bool = True,
        until: float | None = None,
    ) -> AsyncIterator[AsyncIterator[Frame]]:
        """Post a body and read the frames that answer it, up to the end of the stream.

        What `asks` is not sent twice unless the service has refused it. Its end must come before
        `until`, in the loop's time; None: so long as the config says. Leaving closes the stream.
        Raises PerplexityError; StreamingError when the stream breaks off or falls silent.
        """
        until = self.until() if until is None else until
        async with self.in_time(until):
            response = await self._tried(
                lambda attempt: self._opened(path, body, attempt, asks=asks), asks=asks
            )
        try:
            yield self._read(response, until)
        finally:
            await break_off(response)

    def until(self) -> float:
        """When an answer that begins now must be at its end, in the loop's time."""
        return asyncio.get_running_loop().time() + self._config.timeout

    @asynccontextmanager
    async def in_time(self, until: float) -> AsyncIterator[None]:
        """Raises StreamingError when what it holds is not done by `until`, in the loop's time."""
        try:
            async with asyncio.timeout_at(until):
                yield
        except TimeoutError as error:
            raise StreamingError("the service has not answered in time") from error

    async def close(self) -> None:
        """Close all connections."""
        await self._transport.close()

    async def _tried(
        self,
        once: Callable[[int], Awaitable[_Done]],
        *,
        asks: bool = False,
        at_once: bool = False,
    ) -> _Done:
        """What an attempt gives, or a later one after what may pass."""
        attempt = 1
        while True:
            if not at_once:
                await self._limiter.wait()
            try:
                return await once(attempt)
            except PerplexityError as error:
                wait_s = self.retrying.wait_s(error, attempt, asks=asks)
                if wait_s is None:
                    raise
                _log.info("attempt %d failed, again in %.1f s: %s", attempt, wait_s, error)
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
        asks: bool = False,
    ) -> Response:
        """The answer, whose status is none of an error; the body of a stream is still to come."""
        response = await self._transport.send(
            method,
            path,
            profile=self.retrying.profile(attempt),
            timeout_s=self._config.idle_timeout if stream else _SHORT_S,
            query=query,
            body=body,
            stream=stream,
            asks=asks,
        )
        _log.debug("%s %s: %d", method, path, response.status_code)
        self._adopt(response)
        if stream and (response.status_code >= 400 or _is_page(response)):
            response.content = await response.acontent()
        raise_for_status(response, path)
        return response

    async def _opened(
        self, path: str, body: Mapping[str, Any], attempt: int, *, asks: bool
    ) -> Response:
        silence_s = self._config.connect_timeout + self._config.idle_timeout
        try:
            async with asyncio.timeout(silence_s):
                response = await self._sent(
                    "POST", path, attempt, body=body, stream=True, asks=asks
                )
        except TimeoutError as error:
            raise StreamingError(
                f"the service has not begun to answer for {silence_s:g} seconds"
            ) from error
        raise_for_page(response, path)
        return response

    async def _read(self, response: Response, until: float) -> AsyncIterator[Frame]:
        reader, idle_s = FrameReader(), self._config.idle_timeout
        async for chunk in chunks_of(response, idle_timeout_s=idle_s, until=until):
            try:
                for frame in reader.feed(chunk):
                    if frame.event == END:
                        return
                    yield frame
            except ResponseParsingError as error:
                # What stands in the bytes is not for a traceback that shows its locals.
                del chunk
                raise error.with_traceback(None) from None

    def _adopt(self, response: Response) -> None:
        """Go on with the token that the service gives in place of ours."""
        new = renewed(header_values(response, "set-cookie"))
        if new is None or new == self.token:
            return
        _log.info("the service has renewed the session's token")
        self.token = new
        self._transport.use(new)
        if self._on_token is None:
            return
        try:
            self._on_token(new)
        except Exception as error:  # a question that is on its way must not be lost for it
            _log.warning("the renewed token was not kept (%s): %s", type(error).__name__, error)


def _is_page(response: Response) -> bool:
    return "html" in (response.headers.get("content-type") or "")


def _json(response: Response, path: str) -> Any:
    raise_for_page(response, path)
    if not response.content:
        return None
    # Raised behind it, since the error of the JSON has the whole text with it.
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(response.content)
    raise ResponseParsingError(f"{path} was answered with no JSON", response.text)
