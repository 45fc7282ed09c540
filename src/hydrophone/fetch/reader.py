"""The top of the room: a URL or a file becomes a document."""

from __future__ import annotations

import asyncio
import gzip
import os
import stat
import zlib
from collections.abc import AsyncIterator, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hydrophone.errors import DocumentError, NotConfigured
from hydrophone.fetch.extract.dates import parse_date
from hydrophone.fetch.extract.formats import has_known_name
from hydrophone.fetch.extract.jsonl import LINE_LIMIT_BYTES, parse_lines
from hydrophone.fetch.pool import ExtractionPool
from hydrophone.types import Document, LineError

if TYPE_CHECKING:
    from hydrophone.fetch.client import Fetched, Fetcher
    from hydrophone.fetch.render.renderer import Renderer
    from hydrophone.fetch.robots import RobotsCache

_BATCH_LINES = 64


class Reader:
    """Reads pages and files. The owner of `fetcher`, `pool` and `renderer` closes them.

    Without a fetcher no page is read, only files; without `robots` no robots.txt binds it; with a
    `renderer` the scripts of a page that has hardly any text are run.
    """

    def __init__(
        self,
        fetcher: Fetcher | None,
        pool: ExtractionPool,
        *,
        robots: RobotsCache | None = None,
        renderer: Renderer | None = None,
        file_limit_bytes: int = 100 * 1024 * 1024,
    ) -> None:
        self._fetcher = fetcher
        self._pool = pool
        self._robots = robots
        self._renderer = renderer
        self._file_limit_bytes = file_limit_bytes

    def supports(self, path: Path) -> bool:
        """Whether the name looks like a file that can be read."""
        return has_known_name(path.name)

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        """The page at `url`; the document's own URL is where the redirects led.

        A person asked for exactly this page when it is `typed`; another one is read only if
        robots.txt allows it. Raises the errors of `hydrophone.fetch.errors`, DocumentError for
        what cannot be read, and NotConfigured without a fetcher.
        """
        if self._fetcher is None:
            raise NotConfigured(f"{url} cannot be read: HYDROPHONE_OFFLINE is set")
        if typed or self._robots is None:
            page = await self._fetcher.get(url)
        else:
            from hydrophone.fetch.robots import get_politely

            page = await get_politely(self._fetcher, self._robots, url)
        document = await self._read(page)
        modified = document.modified or parse_date(page.headers.get("last-modified", ""))
        return replace(document, modified=modified)

    async def _read(self, page: Fetched) -> Document:
        """The page as it came, or as its scripts make it when that is hardly anything."""
        try:
            document = await self._extract(page)
        except DocumentError:
            if self._renderer is None or not self._renderer.may_help(page, ""):
                raise
            return await self._extract(await self._renderer.render(page))
        if self._renderer is not None and self._renderer.may_help(page, document.text):
            with suppress(DocumentError):
                return await self._extract(await self._renderer.render(page))
        return document

    async def _extract(self, page: Fetched) -> Document:
        return await self._pool.extract(
            page.body, page.final_url, media_type=page.media_type, charset=page.charset
        )

    async def read_file(self, path: Path) -> Document:
        """The file at `path`; its URL is its `file://` URI, its date the file's if it has none.

        Raises DocumentError, saying what is wrong with the file.
        """
        body, url, modified = await asyncio.to_thread(_load, path, self._file_limit_bytes)
        document = await self._pool.extract(body, url)
        return replace(document, modified=document.modified or modified)

    async def read_lines(self, path: Path) -> AsyncIterator[Document | LineError]:
        """Each line's document or error, in order, a few dozen lines in memory at a time.

        The file may be gzipped. Raises DocumentError when it cannot be opened or read on.
        """
        file = await asyncio.to_thread(_open, path)
        try:
            lines = parse_lines(_split_lines(file, path))
            while batch := await asyncio.to_thread(lambda: list(islice(lines, _BATCH_LINES))):
                for line in batch:
                    yield line
        finally:
            file.close()


def _load(path: Path, limit_bytes: int) -> tuple[bytes, str, datetime]:
    """Content, URI and modification time of a regular file within the limit."""
    with _open(path) as file:
        status = os.fstat(file.fileno())
        body = file.read(limit_bytes + 1)
    if len(body) > limit_bytes:
        raise DocumentError(f"{path} is larger than {limit_bytes / 1e6:.3g} MB")
    return body, path.absolute().as_uri(), datetime.fromtimestamp(status.st_mtime, UTC)


def _split_lines(file: BinaryIO, path: Path) -> Iterator[bytes]:
    """The lines of a plain or gzipped file; a line over the limit comes in (bad) pieces."""
    packed = file.read(2) == b"\x1f\x8b"
    file.seek(0)
    source = gzip.GzipFile(fileobj=file) if packed else file
    try:
        yield from iter(lambda: source.readline(LINE_LIMIT_BYTES + 1), b"")
    except (OSError, EOFError, zlib.error) as error:
        raise DocumentError(f"{path} cannot be read to its end: {error}") from error


def _open(path: Path) -> BinaryIO:
    """Raises DocumentError for everything that is not a readable regular file."""
    try:
        # Looked at before it is opened: opening a pipe would wait for its writer.
        if not stat.S_ISREG(path.stat().st_mode):
            kind = "a folder" if path.is_dir() else "no regular file"
            raise DocumentError(f"{path} is {kind}")
        return path.open("rb")
    except FileNotFoundError as error:
        raise DocumentError(f"{path} does not exist") from error
    except PermissionError as error:
        raise DocumentError(f"{path} may not be read (no permission)") from error
    except (OSError, ValueError) as error:
        raise DocumentError(f"{path} cannot be read: {error}") from error
