"""Requests over curl_cffi, whose connections look like a browser's: others are turned away.

The library's own errors are told in ours. An answer that nobody reads on is broken off at once;
curl_cffi by itself would wait for its end.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import orjson

from hydrophone.perplexity.errors import ConnectionFailed, StreamingError
from hydrophone.perplexity.session.retry import NotSent
from hydrophone.perplexity.session.token import is_ours, pieces
from hydrophone.types import Secret

if TYPE_CHECKING:
    from curl_cffi.requests import AsyncSession, Response

ORIGIN = "https://www.perplexity.ai"
_MOST_AT_ONCE = 64
_COULD_NOT_CONNECT = 7  # libcurl's CURLE_COULDNT_CONNECT
_HEADERS = {
    "Accept": "text/event-stream, application/json",
    "Accept-Language": "en-US,en;q=0.9",
    "Origin": ORIGIN,
    "Referer": f"{ORIGIN}/",
}


class Transport:
    """Sends requests to one origin, with one session's cookies. For one event loop."""

    def __init__(self, origin: str, token: Secret, *, connect_timeout_s: float) -> None:
        self._origin = origin.rstrip("/")
        self._token = token
        self._connect_timeout_s = connect_timeout_s
        self._session: AsyncSession[Response] | None = None
        self._asking: AsyncSession[Response] | None = None

    async def send(
        self,
        method: str,
        path: str,
        *,
        profile: str,
        timeout_s: float,
        query: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
        stream: bool = False,
        asks: bool = False,
    ) -> Response:
        """Send a request; a `stream` is answered when its headers are there. `body` is sent as
        JSON, its secrets revealed there alone.

        `timeout_s` is for the whole of the answer, of a stream for its silence. What `asks` goes
        over a new connection. Raises NotSent when the service has seen nothing of it, else
        ConnectionFailed.
        """
        from curl_cffi.requests import exceptions

        url = f"{self._origin}{_relative(path)}"
        sending = asyncio.ensure_future(
            self._opened(asks=asks).request(
                method,  # type: ignore[arg-type]
                url,
                params=dict(query) if query else None,
                data=None if body is None else orjson.dumps(body, default=_revealed),
                headers=_HEADERS | ({"Content-Type": "application/json"} if body else {}),
                impersonate=profile,  # type: ignore[arg-type]
                timeout=(self._connect_timeout_s, timeout_s),
                allow_redirects=False,
                stream=stream,
            )
        )
        try:
            return await asyncio.shield(sending)
        except asyncio.CancelledError:
            sending.add_done_callback(_break_off_sent)
            if not stream:
                sending.cancel()
            raise
        except exceptions.ImpersonateError as error:
            raise ValueError(f"curl_cffi has no browser profile {profile!r}") from _bare(error)
        except (exceptions.ConnectTimeout, exceptions.DNSError) as error:
            raise NotSent(f"{self._origin} cannot be reached: {error}") from _bare(error)
        except exceptions.RequestException as error:
            kind = NotSent if error.code == _COULD_NOT_CONNECT else ConnectionFailed
            raise kind(f"the connection to {self._origin} failed: {error}") from _bare(error)

    def use(self, token: Secret) -> None:
        """Bring this token from now on, and no older one."""
        self._token = token
        if self._session is not None:
            _set_cookies(self._session, self._origin, token)

    async def close(self) -> None:
        """Close all connections."""
        for session in (self._asking, self._session):
            if session is not None:
                await session.close()
        self._session = self._asking = None

    def _opened(self, *, asks: bool) -> AsyncSession[Response]:
        """The session of a request. libcurl by itself sends once more what went over a connection
        that turns out to be dead; over a new one it does not."""
        if self._session is None or self._asking is None:
            from curl_cffi import CurlOpt
            from curl_cffi.requests import AsyncSession

            self._session = AsyncSession(max_clients=_MOST_AT_ONCE)
            self._asking = AsyncSession(
                max_clients=_MOST_AT_ONCE,
                async_curl=self._session.acurl,
                cookies=self._session.cookies.jar,
                curl_options={CurlOpt.FRESH_CONNECT: 1},
            )
            self.use(self._token)
        return self._asking if asks else self._session


async def chunks_of(
    response: Response, *, idle_timeout_s: float, until: float
) -> AsyncIterator[bytes]:
    """The bytes of a stream as they come. Raises StreamingError when it breaks off, when nothing
    comes for `idle_timeout_s`, or when it is not at its end by `until`, in the loop's time."""
    from curl_cffi.requests import exceptions

    chunks: AsyncIterator[bytes] = aiter(response.aiter_content())  # type: ignore[no-untyped-call]
    while True:
        left_s = until - asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(min(idle_timeout_s, left_s)):
                chunk = await anext(chunks, b"")
        except TimeoutError as error:
            what = f"for {idle_timeout_s:g} seconds" if left_s > idle_timeout_s else "in time"
            raise StreamingError(f"the service has sent nothing {what}") from error
        except exceptions.RequestException as error:
            raise StreamingError(f"the answer broke off: {error}") from _bare(error)
        if not chunk:
            return
        yield chunk


async def break_off(response: Response) -> None:
    """Have no more of a stream, and wait until its connection is free."""
    task: asyncio.Task[None] | None = response.astream_task  # type: ignore[assignment]
    if task is not None and not task.done():
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


def is_private(url: str) -> bool:
    """Whether nobody on the way can read what goes there or comes from there."""
    address = urlsplit(url)
    return address.scheme == "https" or (
        address.scheme == "http" and address.hostname in ("127.0.0.1", "localhost")
    )


def header_values(response: Response, name: str) -> Iterable[str]:
    """All values of a header."""
    return [value for value in response.headers.get_list(name) if value is not None]


def _bare(error: Exception) -> Exception:
    """The library's error without its way, in whose locals the request stands."""
    return error.with_traceback(None)


def _revealed(value: object) -> str:
    if isinstance(value, Secret):
        return value.reveal()
    raise TypeError(f"{type(value).__name__} cannot be sent")


def _break_off_sent(sending: asyncio.Future[Response]) -> None:
    """Nobody waits for this answer any more."""
    if sending.cancelled() or sending.exception() is not None:
        return
    task: asyncio.Task[None] | None = sending.result().astream_task  # type: ignore[assignment]
    if task is not None:
        task.cancel()


def _set_cookies(session: AsyncSession[Response], origin: str, token: Secret) -> None:
    for cookie in [one.name for one in session.cookies.jar if is_ours(one.name)]:
        session.cookies.delete(cookie)
    host = urlsplit(origin).hostname or ""
    for name, value in pieces(token).items():
        session.cookies.set(name, value, domain=host, secure=True)


def _relative(path: str) -> str:
    """The path itself. Raises ValueError when it would lead to another server."""
    if not path.startswith("/") or path.startswith("//") or urlsplit(path).netloc:
        raise ValueError(f"{path!r} is no path of the service")
    return path
