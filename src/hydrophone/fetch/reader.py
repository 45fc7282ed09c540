"""The top of the room: a URL or a file becomes a document."""

from __future__ import annotations

import asyncio
import os
import stat
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.jsonl import JsonLine, read_lines
from hydrophone.fetch.extract.metadata import parse_date
from hydrophone.fetch.pool import ExtractionPool
from hydrophone.types import Document

if TYPE_CHECKING:
    from hydrophone.fetch.client import Fetcher

_BATCH_LINES = 64


class Reader:
    """Reads pages and files. The owner of `fetcher` and `pool` closes them."""

    def __init__(
        self, fetcher: Fetcher, pool: ExtractionPool, *, file_limit_bytes: int = 100 * 1024 * 1024
    ) -> None:
        self._fetcher = fetcher
        self._pool = pool
        self._file_limit_bytes = file_limit_bytes

    async def read_url(self, url: str) -> Document:
        """The page at `url`; the document's own URL is where the redirects led.

        Raises the errors of `hydrophone.fetch.errors`, and DocumentError for what cannot be read.
        """
        page = await self._fetcher.get(url)
        document = await self._pool.extract(
            page.body, page.final_url, media_type=page.media_type, charset=page.charset
        )
        modified = document.modified or parse_date(page.headers.get("last-modified", ""))
        return replace(document, modified=modified)

    async def read_file(self, path: Path) -> Document:
        """The file at `path`; its URL is its `file://` URI, its date the file's if it has none.

        Raises DocumentError, saying what is wrong with the file.
        """
        body, url, modified = await asyncio.to_thread(_load, path, self._file_limit_bytes)
        document = await self._pool.extract(body, url)
        return replace(document, modified=document.modified or modified)

    async def read_json_lines(self, path: Path) -> AsyncIterator[JsonLine]:
        """Each line's document or error, in order, a few dozen lines in memory at a time.

        Raises DocumentError when the file cannot be opened.
        """
        file = await asyncio.to_thread(_open, path)
        try:
            lines = read_lines(file)
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
