"""Keeps files: their bytes in a folder, what is known of them in `state.db`.

A file is there when its row is: bytes come to the disk before it and go after it. What a crash
leaves without a row is removed when it is an hour old.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from hydrophone.errors import InvalidRequest, NotFound, PayloadTooLarge, StorageError
from hydrophone.ports import FileList, FilePurpose, StoredFile
from hydrophone.storage.files.incoming import Part
from hydrophone.storage.files.rows import (
    count_bytes,
    delete_expired,
    delete_file,
    insert_file,
    is_read,
    list_files,
    list_known,
    load_file,
)
from hydrophone.storage.state import State
from hydrophone.types import Clock, Principal, new_id

PREFIX = "file-"
MOST_LISTED = 10_000
PIECE_BYTES = 262_144
PURGE_S = 3600.0
LEFTOVER_S = 3600.0
_DAY_S = 24 * 3600
_NAME_CHARS = 255
_NAMES_AT_ONCE = 500
_log = logging.getLogger(__name__)


class NoSuchFile(NotFound):
    """No file has this id, or it is another caller's."""


class FileStore:
    """The ground port `Files`. `most_bytes` is the most of one file, `most_bytes_in_all` of all;
    files that the server makes itself are kept in any case."""

    def __init__(
        self,
        state: State,
        folder: Path,
        *,
        most_bytes: int,
        most_bytes_in_all: int,
        keep_days: float,
        clock: Clock = time.time,
    ) -> None:
        self._state = state
        self._folder = folder
        self._most_bytes = most_bytes
        self._most_bytes_in_all = most_bytes_in_all
        self._keep_s = keep_days * _DAY_S
        self._clock = clock
        self._arriving_bytes = 0
        self._purging: asyncio.Task[None] | None = None

    @asynccontextmanager
    async def incoming(self) -> AsyncIterator[Incoming]:
        """See `Files`."""
        async with self._state.reading() as connection:
            kept_bytes = await count_bytes(connection)
        async with self._part() as (file_id, part):
            incoming = Incoming(self, file_id, part, kept_bytes)
            try:
                yield incoming
            finally:
                self._arriving_bytes -= part.size_bytes

    @asynccontextmanager
    async def making(self) -> AsyncIterator[Made]:
        """A file that the server makes: it has no row before the caller inserts one."""
        async with self._part() as (file_id, part):
            yield Made(self, file_id, part)

    @asynccontextmanager
    async def _part(self) -> AsyncIterator[tuple[str, Part]]:
        file_id = PREFIX + new_id()
        part = Part(self._folder, file_id)
        try:
            await part.open()
            yield file_id, part
        finally:
            await part.discard()

    async def file(self, file_id: str, principal: Principal) -> StoredFile:
        """See `Files`."""
        async with self._state.reading() as connection:
            file = await load_file(connection, file_id, principal, self.now_ms())
        if file is None:
            raise _no_such_file()
        return file

    async def files(
        self,
        principal: Principal,
        *,
        purpose: FilePurpose | None = None,
        limit: int = MOST_LISTED,
        after: str | None = None,
        oldest_first: bool = False,
    ) -> FileList:
        """See `Files`; at most MOST_LISTED at once."""
        limit = max(1, min(limit, MOST_LISTED))
        async with self._state.reading() as connection:
            found = await list_files(
                connection,
                principal,
                self.now_ms(),
                purpose=purpose,
                limit=limit + 1,
                after=after,
                oldest_first=oldest_first,
            )
        return FileList(tuple(found[:limit]), more=len(found) > limit)

    async def delete(self, file_id: str, principal: Principal) -> None:
        """See `Files`."""
        async with self._state.writing() as connection:
            if await load_file(connection, file_id, principal, self.now_ms()) is None:
                raise _no_such_file()
            if await is_read(connection, file_id):
                raise InvalidRequest(
                    "a batch that has not ended reads this file; cancel the batch, or wait for it",
                    code="file_in_use",
                )
            await delete_file(connection, file_id)
        await asyncio.to_thread(self.path(file_id).unlink, missing_ok=True)

    @asynccontextmanager
    async def content(
        self, file_id: str, principal: Principal
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        """See `Files`."""
        await self.file(file_id, principal)
        try:
            opened = await asyncio.to_thread(self.path(file_id).open, "rb")
        except FileNotFoundError:
            raise _no_such_file() from None
        except OSError as error:
            raise StorageError(f"a file cannot be read: {error.strerror or error}") from error
        try:
            yield _pieces(opened)
        finally:
            opened.close()

    def path(self, file_id: str) -> Path:
        """Where the bytes of a file are."""
        return self._folder / file_id

    def now_ms(self) -> int:
        """Milliseconds since 1970 by the store's clock."""
        return round(self._clock() * 1000)

    def described(
        self, file_id: str, name: str, purpose: FilePurpose, size_bytes: int, keep_s: float | None
    ) -> StoredFile:
        """A file of now, with the name and the time to live that it may have."""
        kept_s = self._keep_s if keep_s is None else min(keep_s, self._keep_s)
        now_ms = self.now_ms()
        expires_at_ms = now_ms + round(kept_s * 1000)
        return StoredFile(file_id, _base_name(name), purpose, size_bytes, now_ms, expires_at_ms)

    def check_arriving(self, part: Part, more_bytes: int, kept_bytes: int) -> None:
        """Let so many more bytes come in, or raise PayloadTooLarge."""
        if part.size_bytes + more_bytes > self._most_bytes:
            raise PayloadTooLarge(
                f"the file is larger than {self._most_bytes} bytes; send less, or raise the "
                "server's setting HYDROPHONE_MAX_FILE_BYTES",
                param="file",
            )
        self._check_all(kept_bytes + self._arriving_bytes + more_bytes)
        self._arriving_bytes += more_bytes

    def _check_all(self, size_bytes: int) -> None:
        if size_bytes > self._most_bytes_in_all:
            raise PayloadTooLarge(
                f"all files together would be larger than {self._most_bytes_in_all} bytes; delete "
                "some, or raise the server's setting HYDROPHONE_MAX_FILES_BYTES",
                param="file",
            )

    async def keep(self, file: StoredFile, principal: Principal) -> None:
        """Note a file whose bytes are on disk. Raises PayloadTooLarge, and removes them then."""
        try:
            async with self._state.writing() as connection:
                self._check_all(await count_bytes(connection) + file.size_bytes)
                await insert_file(connection, file, principal)
        except PayloadTooLarge:
            await asyncio.to_thread(self.path(file.id).unlink, missing_ok=True)
            raise

    def start(self) -> None:
        """Delete what has expired and what crashes have left, now and every hour."""
        self._purging = asyncio.create_task(self._purge_from_time_to_time())

    async def close(self) -> None:
        """Delete no more."""
        if self._purging is not None:
            self._purging.cancel()
            await asyncio.gather(self._purging, return_exceptions=True)

    async def purge(self) -> None:
        """Delete what has expired and what crashes have left. Raises StorageError."""
        async with self._state.writing() as connection:
            await delete_expired(connection, self.now_ms())
        old = sorted(await asyncio.to_thread(self._old_names))
        for first in range(0, len(old), _NAMES_AT_ONCE):
            names = old[first : first + _NAMES_AT_ONCE]
            async with self._state.reading() as connection:
                known = await list_known(connection, names)
            await asyncio.to_thread(self._remove, set(names) - known)

    def _old_names(self) -> set[str]:
        before_s = time.time() - LEFTOVER_S  # by the clock of the disk
        try:
            with os.scandir(self._folder) as entries:
                return {
                    entry.name
                    for entry in entries
                    if entry.name.startswith(PREFIX) and entry.stat().st_mtime < before_s
                }
        except FileNotFoundError:
            return set()
        except OSError as error:
            raise StorageError(f"{self._folder} cannot be read: {error.strerror}") from error

    def _remove(self, names: set[str]) -> None:
        for name in names:
            self.path(name).unlink(missing_ok=True)

    async def _purge_from_time_to_time(self) -> None:
        while True:
            try:
                await self.purge()
            except (StorageError, OSError) as error:
                _log.warning("old files could not be deleted: %s", error)
            await asyncio.sleep(PURGE_S)


class Incoming:
    """The ground port `IncomingFile`."""

    def __init__(self, store: FileStore, file_id: str, part: Part, kept_bytes: int) -> None:
        self._store = store
        self._id = file_id
        self._part = part
        self._kept_bytes = kept_bytes

    async def write(self, piece: bytes) -> None:
        """See `IncomingFile`."""
        self._store.check_arriving(self._part, len(piece), self._kept_bytes)
        await self._part.write(piece)

    async def keep(
        self,
        name: str,
        purpose: FilePurpose,
        principal: Principal,
        *,
        keep_s: float | None = None,
    ) -> StoredFile:
        """See `IncomingFile`."""
        await self._part.settle()
        file = self._store.described(self._id, name, purpose, self._part.size_bytes, keep_s)
        await self._store.keep(file, principal)
        return file


class Made:
    """A file that the server makes."""

    def __init__(self, store: FileStore, file_id: str, part: Part) -> None:
        self._store = store
        self._id = file_id
        self._part = part

    @property
    def size_bytes(self) -> int:
        """How much was written."""
        return self._part.size_bytes

    async def write(self, piece: bytes) -> None:
        """Put a piece behind the others. Raises StorageError."""
        await self._part.write(piece)

    async def settled(self, name: str, *, keep_s: float | None = None) -> StoredFile:
        """The file, on disk; the caller inserts its row. Raises StorageError."""
        await self._part.settle()
        return self._store.described(self._id, name, "batch_output", self.size_bytes, keep_s)


async def _pieces(opened: BinaryIO) -> AsyncIterator[bytes]:
    while piece := await asyncio.to_thread(opened.read, PIECE_BYTES):
        yield piece


def _base_name(name: str) -> str:
    """What follows the last slash of either kind, printable, and not too long."""
    base = name.replace("\\", "/").rpartition("/")[2]
    shown = "".join(char for char in base if char.isprintable()).strip()
    cut = shown[:_NAME_CHARS]
    return "file" if cut in ("", ".", "..") else cut


def _no_such_file() -> NoSuchFile:
    return NoSuchFile("there is no such file, or it is no longer kept")
