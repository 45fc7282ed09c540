"""Files that callers have put here, and those that are made for them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Literal, Protocol, TypeAlias

from hydrophone.types import Principal

FilePurpose: TypeAlias = Literal["batch", "batch_output"]


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that is kept. Times are milliseconds since 1970 in UTC."""

    id: str
    name: str
    purpose: FilePurpose
    size_bytes: int
    created_at_ms: int
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class FileList:
    """Some of a caller's files in the order that was asked for; `more`: others lie behind them."""

    files: tuple[StoredFile, ...]
    more: bool = False


class IncomingFile(Protocol):
    """A file while it comes in."""

    async def write(self, piece: bytes) -> None:
        """Put a piece behind the others. Raises PayloadTooLarge when it gets too large, or when
        all files together would."""

    async def keep(
        self,
        name: str,
        purpose: FilePurpose,
        principal: Principal,
        *,
        keep_s: float | None = None,
    ) -> StoredFile:
        """Keep what was written; it is on disk when this returns.

        Of `name` what follows the last slash is kept. The file expires after `keep_s` seconds, or
        after the server's own time when that is sooner.
        """


class Files(Protocol):
    """Keeps files. Another caller's file does not exist: NotFound. All methods raise StorageError.

    A file that has expired, or was deleted, is gone from the disk.
    """

    def incoming(self) -> AbstractAsyncContextManager[IncomingFile]:
        """A new file; leaving without having kept it leaves nothing behind."""

    async def file(self, file_id: str, principal: Principal) -> StoredFile:
        """What is known of it."""

    async def files(
        self,
        principal: Principal,
        *,
        purpose: FilePurpose | None = None,
        limit: int = 10_000,
        after: str | None = None,
        oldest_first: bool = False,
    ) -> FileList:
        """The caller's files, the newest first or the oldest; those behind the file `after`."""

    async def delete(self, file_id: str, principal: Principal) -> None:
        """Delete it for good. Raises InvalidRequest while a batch reads it."""

    def content(
        self, file_id: str, principal: Principal
    ) -> AbstractAsyncContextManager[AsyncIterator[bytes]]:
        """Enter to open it, and read it piece by piece."""
