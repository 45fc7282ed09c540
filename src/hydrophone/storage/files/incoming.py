"""A file while it comes in: written beside the others, and moved among them when it is whole."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import suppress
from pathlib import Path

from hydrophone.errors import StorageError

PART = ".part"
# Pieces are small, and each hop to a thread costs more than writing some of them.
GATHER_BYTES = 262_144


class Part:
    """The file on disk while it is written, for its owner's eyes only."""

    def __init__(self, folder: Path, file_id: str) -> None:
        self._path = folder / f"{file_id}{PART}"
        self._target = folder / file_id
        self._gathered: list[bytes] = []
        self._gathered_bytes = 0
        self._descriptor: int | None = None
        # A cancelled caller leaves its thread at work.
        self._turn = threading.Lock()
        self.size_bytes = 0

    async def open(self) -> None:
        """Make the file. Raises StorageError."""
        self._descriptor = await asyncio.to_thread(self._make)

    async def write(self, piece: bytes) -> None:
        """Put a piece behind the others. Raises StorageError."""
        self._gathered.append(piece)
        self._gathered_bytes += len(piece)
        self.size_bytes += len(piece)
        if self._gathered_bytes >= GATHER_BYTES:
            data = b"".join(self._gathered)
            self._gathered, self._gathered_bytes = [], 0
            await asyncio.to_thread(self._append, data)

    async def settle(self) -> None:
        """Have all on the disk under the file's own name. Raises StorageError."""
        await asyncio.to_thread(self._settle, b"".join(self._gathered))

    async def discard(self) -> None:
        """Close it, and remove it unless it has its own name already."""
        await asyncio.to_thread(self._discard)

    def _make(self) -> int:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            return os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except OSError as error:
            raise _failed(self._path, error) from error

    def _append(self, data: bytes) -> None:
        with self._turn:
            self._write(data)

    def _settle(self, data: bytes) -> None:
        with self._turn:
            self._write(data)
            try:
                os.fsync(self._opened)
                self._close()
                self._path.replace(self._target)
            except OSError as error:
                raise _failed(self._path, error) from error

    def _discard(self) -> None:
        with self._turn:
            self._close()
            with suppress(OSError):  # what stays is removed when it is old
                self._path.unlink(missing_ok=True)

    def _write(self, data: bytes) -> None:
        rest = memoryview(data)
        try:
            while rest:
                rest = rest[os.write(self._opened, rest) :]
        except OSError as error:
            raise _failed(self._path, error) from error

    @property
    def _opened(self) -> int:
        if self._descriptor is None:
            raise StorageError("a file that was closed is written")
        return self._descriptor

    def _close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def _failed(path: Path, error: OSError) -> StorageError:
    return StorageError(f"a file cannot be kept in {path.parent}: {error.strerror or error}")
