"""Extraction in other processes: started when needed, killed when slow, replaced when they crash.

The workers are fresh interpreters, never forks: forking beside the threads of an event loop or an
inference library deadlocks. Each has its own pipes, so the end of one concerns one document.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable, Iterator, Mapping
from types import TracebackType
from typing import Any, Self, TypeAlias, TypeVar

import orjson

from hydrophone.errors import DocumentError, InternalError
from hydrophone.fetch.page import Page
from hydrophone.fetch.worker import READY, document_from_json, page_from_json
from hydrophone.types import Document

_GIB = 1024**3
_CLOSING_S = 2.0
_REPLY_LIMIT_BYTES = _GIB
_LONG_REPLY_BYTES = 65536
_CLOSED = "the extraction pool is closed"
_T = TypeVar("_T")
_Request: TypeAlias = Mapping[str, Mapping[str, str | None]]
# A process that reads strangers' documents gets none of the keys in our environment.
_ENVIRONMENT = ("PATH", "HOME", "LANG", "LC_ALL", "TZ", "TMPDIR", "PYTHONPATH", "LD_LIBRARY_PATH")
_ENVIRONMENT_WINDOWS = ("SYSTEMROOT", "TEMP", "TMP", "USERPROFILE")


class ExtractionPool:
    """Up to `workers` processes that turn bodies into documents; close it after use.

    `deadline_s` is for one document, `start_s` for a process to come up, `memory_bytes` bounds
    the address space of each process (Linux only; 0 for no bound).
    """

    def __init__(
        self,
        *,
        workers: int = 2,
        deadline_s: float = 30.0,
        start_s: float = 60.0,
        memory_bytes: int = 3 * _GIB,
    ) -> None:
        self._deadline_s = deadline_s
        self._start_s = start_s
        self._memory_bytes = memory_bytes
        self._free_places = asyncio.Semaphore(workers)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._closed = False

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.close()

    async def extract(
        self, body: bytes, url: str, *, media_type: str | None = None, charset: str | None = None
    ) -> Document:
        """The document in `body`, as `extract_document` reads it.

        Raises DocumentError also when the reading takes too long or brings its process down.
        """
        said = {"url": url, "media_type": media_type, "charset": charset}
        return await self._read({"document": said}, body, _document_in)

    async def read_picture(self, body: bytes, url: str) -> Document:
        """The text in the picture `body`, as `read_picture` reads it. Raises as `extract` does."""
        return await self._read({"picture": {"url": url}}, body, _document_in)

    async def read_page(
        self,
        body: bytes,
        url: str,
        *,
        media_type: str | None = None,
        charset: str | None = None,
        robots_tag: str | None = None,
        agent: str = "hydrophonebot",
    ) -> Page:
        """Document and links in `body`, as `extract_page` reads them. Raises as `extract` does."""
        said = {"url": url, "media_type": media_type, "charset": charset}
        request = {"page": {**said, "robots_tag": robots_tag, "agent": agent}}
        return await self._read(request, body, _page_in)

    async def close(self) -> None:
        """End all processes; those at work are killed."""
        self._closed = True
        for worker in list(self._busy):
            await worker.kill()
        while self._idle:
            await self._idle.pop().close()

    async def _read(self, request: _Request, body: bytes, take: Callable[[bytes], _T]) -> _T:
        head = orjson.dumps(request)
        async with self._free_places:
            reply = await self._ask(head, body)
        if len(reply) > _LONG_REPLY_BYTES:
            return await asyncio.to_thread(take, reply)
        return take(reply)

    async def _ask(self, head: bytes, body: bytes) -> bytes:
        worker = await self._take()
        try:
            async with asyncio.timeout(self._deadline_s):
                reply = await worker.ask(head, body)
        except TimeoutError as error:
            message = f"the document could not be read within {self._deadline_s:g} s"
            raise DocumentError(message) from error
        except (asyncio.IncompleteReadError, OSError) as error:
            raise DocumentError("the document crashed the process that read it") from error
        else:
            self._busy.discard(worker)
            self._idle.append(worker)
            return reply
        finally:
            # Still there: it failed, or nobody waits for it any more.
            if worker in self._busy:
                self._busy.discard(worker)
                await worker.kill()

    async def _take(self) -> _Worker:
        """An idle worker that still lives, the one used last, or a new one."""
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                self._busy.add(worker)
                return worker
            await worker.kill()
        if self._closed:
            raise InternalError(_CLOSED)
        worker = await _Worker.start(self._start_s, self._memory_bytes)
        if self._closed:  # meanwhile
            await worker.kill()
            raise InternalError(_CLOSED)
        self._busy.add(worker)
        return worker


class _Worker:
    """One process and its pipes."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @classmethod
    async def start(cls, start_s: float, memory_bytes: int) -> _Worker:
        """A worker that has said it is ready. Raises InternalError when it does not come up."""
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", "hydrophone.fetch.worker", str(memory_bytes)),
            stdin=PIPE,
            stdout=PIPE,
            stderr=DEVNULL,
            env=_environment(),
        )
        worker = cls(process)
        try:
            async with asyncio.timeout(start_s):
                said = await worker._receive()
            if said != READY:
                raise InternalError("an extraction process said something unexpected")
        except (TimeoutError, asyncio.IncompleteReadError, OSError) as error:
            await worker.kill()
            raise InternalError("an extraction process did not start") from error
        except BaseException:
            await worker.kill()
            raise
        return worker

    @property
    def alive(self) -> bool:
        return self._process.returncode is None

    async def ask(self, head: bytes, body: bytes) -> bytes:
        pipe = self._process.stdin
        assert pipe is not None
        pipe.write(len(head).to_bytes(8, "big") + head + len(body).to_bytes(8, "big"))
        pipe.write(body)
        await pipe.drain()
        return await self._receive()

    async def kill(self) -> None:
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                self._process.kill()
        await asyncio.shield(self._ended())

    async def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            await asyncio.wait_for(self._process.wait(), _CLOSING_S)
        except TimeoutError:
            await self.kill()

    async def _receive(self) -> bytes:
        pipe = self._process.stdout
        assert pipe is not None
        size_bytes = int.from_bytes(await pipe.readexactly(8), "big")
        if size_bytes > _REPLY_LIMIT_BYTES:
            raise OSError("a reply of impossible size")
        return await pipe.readexactly(size_bytes)

    async def _ended(self) -> None:
        """Wait for the end of the process and of its pipes, so that nothing is left to warn of."""
        stdin = self._process.stdin
        assert stdin is not None
        stdin.close()
        with contextlib.suppress(OSError):
            await stdin.wait_closed()
        await self._process.wait()


def _document_in(reply: bytes) -> Document:
    with _nonsense_is_an_error():
        return document_from_json(_checked(reply)["document"])


def _page_in(reply: bytes) -> Page:
    with _nonsense_is_an_error():
        return page_from_json(_checked(reply)["page"])


def _checked(reply: bytes) -> dict[str, Any]:
    """Raises DocumentError for an error in the reply."""
    answer: dict[str, Any] = orjson.loads(reply)
    if "error" in answer:
        raise DocumentError(str(answer["error"]))
    return answer


@contextlib.contextmanager
def _nonsense_is_an_error() -> Iterator[None]:
    try:
        yield
    except (ValueError, KeyError, TypeError) as error:
        raise DocumentError("the process that read the document answered nonsense") from error


def _environment() -> dict[str, str]:
    names = _ENVIRONMENT + (_ENVIRONMENT_WINDOWS if sys.platform == "win32" else ())
    return {name: os.environ[name] for name in names if name in os.environ}
