"""Standard input and output joined to a running server's /mcp, message by message.

What is passed on is not understood, but for the version that client and server agree on and the
name of the session, which HTTP wants in the headers. While the server is away, each request gets an
error that says so; when it is back, all goes on.
"""

from __future__ import annotations

import asyncio
import sys
import threading
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, BinaryIO

import orjson

from hydrophone.mcp.endpoint import PATH
from hydrophone.mcp.scope import SESSION_HEADER
from hydrophone.types import JsonValue

if TYPE_CHECKING:
    import aiohttp

VERSION_HEADER = "mcp-protocol-version"
CONNECT_S = 10.0
SILENCE_S = 120.0  # a server that works on an answer says so far more often
_NO_SERVER = -32_000
_NO_JSON = -32_700
_HEADERS = {"accept": "application/json, text/event-stream", "content-type": "application/json"}


async def relay(url: str, key: str | None, given: BinaryIO, taken: BinaryIO) -> None:
    """Pass messages on, a line each, until `given` ends; `url` is the server's, /mcp or not."""
    import aiohttp

    address = url.rstrip("/").removesuffix(PATH) + PATH
    headers = _HEADERS | ({"authorization": f"Bearer {key}"} if key else {})
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=SILENCE_S)

    def give(message: bytes) -> None:
        taken.write(message + b"\n")
        taken.flush()

    async with aiohttp.ClientSession(headers=headers, timeout=timeout) as session:
        server = _Line(session, address, give)
        async for message in _lines(given):
            await server.send(message)
        await server.hang_up()


class _Line:
    """The line to one server."""

    def __init__(
        self, session: aiohttp.ClientSession, address: str, give: Callable[[bytes], None]
    ) -> None:
        self._session = session
        self._address = address
        self._give = give
        self._headers: dict[str, str] = {}
        self._asked: set[asyncio.Task[None]] = set()
        self._opening: JsonValue = None

    async def send(self, line: bytes) -> None:
        """Pass a message on; requests are answered later, and at once."""
        message = _object(line)
        if not message:
            self._refuse(None, _NO_JSON, "this line is no JSON object")
            return
        if message.get("method") == "initialize":
            self._headers, self._opening = {}, message.get("id")
        if "id" not in message or "method" not in message:
            await self._post(line, None)
            return
        task = asyncio.create_task(self._post(line, message["id"]))
        self._asked.add(task)
        task.add_done_callback(self._asked.discard)

    async def hang_up(self) -> None:
        """Let go of what is still being answered; the server stops its work on it."""
        for task in self._asked:
            task.cancel()
        await asyncio.gather(*self._asked, return_exceptions=True)

    async def _post(self, line: bytes, request_id: JsonValue) -> None:
        import aiohttp

        answered = False
        try:
            async with self._session.post(
                self._address, data=line, headers=self._headers
            ) as response:
                if SESSION_HEADER in response.headers:
                    self._headers[SESSION_HEADER] = response.headers[SESSION_HEADER]
                if response.content_type == "text/event-stream":
                    problem = f"{self._address} ended before it had answered"
                    async for data in _streamed(response):
                        answered |= self._pass_back(_object(data), request_id)
                else:
                    body = _object(await response.read())
                    problem = _words(body) or f"the server answered {response.status}"
                    # What it cannot read it refuses under another id, or none.
                    if request_id is not None and body.get("id") == request_id:
                        answered = self._pass_back(body, request_id)
                    answered |= request_id is None and response.status < 400
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            problem = f"{self._address} does not answer: {str(error) or type(error).__name__}"
        if not answered:
            self._refuse(request_id, _NO_SERVER, problem)

    def _pass_back(self, message: dict[str, JsonValue], request_id: JsonValue) -> bool:
        """Give a message of the server's on; whether it is the answer to this request."""
        if "jsonrpc" not in message:
            return False
        answers = "method" not in message and message.get("id") == request_id
        if answers and request_id is not None and self._opening == request_id:
            result = message.get("result")
            version = result.get("protocolVersion") if isinstance(result, dict) else None
            if isinstance(version, str):
                self._headers[VERSION_HEADER] = version
            self._opening = None
        self._give(orjson.dumps(message))  # without line breaks, whatever it had
        return answers

    def _refuse(self, request_id: JsonValue, code: int, message: str) -> None:
        if request_id is None and code == _NO_SERVER:
            print(message, file=sys.stderr)  # a notification has no answer
            return
        error = {"code": code, "message": message}
        self._give(orjson.dumps({"jsonrpc": "2.0", "id": request_id, "error": error}))


def _object(data: bytes) -> dict[str, JsonValue]:
    """The JSON object; an empty one for anything else."""
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _words(body: Mapping[str, JsonValue]) -> str:
    """What a refusal says, of the server's or of the protocol's."""
    told = body.get("error")
    words = told.get("message") if isinstance(told, dict) else None
    return words if isinstance(words, str) else ""


async def _streamed(response: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    """The messages of a stream of server-sent events."""
    rest, data = b"", list[bytes]()
    async for chunk in response.content.iter_any():
        *lines, rest = (rest + chunk).split(b"\n")
        for line in lines:
            if line.startswith(b"data:"):
                data.append(line[5:].strip())
            elif not line.strip() and data:
                message, data = b"\n".join(data), []
                if message:
                    yield message


async def _lines(given: BinaryIO) -> AsyncIterator[bytes]:
    """Lines as they come, read by a thread that need not be waited for at the end."""
    loop = asyncio.get_running_loop()
    queue: asyncio.Queue[bytes] = asyncio.Queue()

    def read() -> None:
        with suppress(RuntimeError):  # the loop has ended before
            for line in given:
                if line.strip():
                    loop.call_soon_threadsafe(queue.put_nowait, line.strip())
            loop.call_soon_threadsafe(queue.put_nowait, b"")

    threading.Thread(target=read, daemon=True).start()
    while line := await queue.get():
        yield line
