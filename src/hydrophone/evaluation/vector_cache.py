"""An embedder that remembers: the vectors of passages in a file, by model and text."""

from __future__ import annotations

import asyncio
import hashlib
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.errors import StorageError
from hydrophone.llm.base import Embedder

if TYPE_CHECKING:
    from hydrophone.llm.base import Vectors

_BUSY_S = 30.0


class CacheFailed(StorageError):
    """The file of vectors cannot be read or written; the message names it."""


class CachedEmbedder:
    """An Embedder whose `embed_passages` asks the one behind it only for texts that are new.

    The file is an SQLite database, keyed by the model's name and the SHA-256 of the text; vectors
    are little-endian float32, so that they come back as they were. Several processes may share it.
    Questions are always embedded anew: their time is measured.
    """

    def __init__(self, embedder: Embedder, file: Path) -> None:
        self._embedder = embedder
        self._file = file
        self.model = embedder.model
        self.dimensions = embedder.dimensions

    async def embed_query(self, text: str) -> Vectors:
        """See Embedder."""
        return await self._embedder.embed_query(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """See Embedder. Raises CacheFailed."""
        import numpy as np

        keys = [hashlib.sha256(text.encode()).digest() for text in texts]
        known = await asyncio.to_thread(self._read, keys)
        fresh = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
        if fresh:
            rows = await self._embedder.embed_passages(list(fresh.values()))
            made = {key: row.astype("<f4").tobytes() for key, row in zip(fresh, rows, strict=True)}
            await asyncio.to_thread(self._write, made)
            known |= made
        packed = b"".join(known[key] for key in keys)
        return np.frombuffer(packed, "<f4").reshape(len(keys), self.dimensions).astype(np.float32)

    def _read(self, keys: Sequence[bytes]) -> dict[bytes, bytes]:
        try:
            with closing(self._open()) as connection:
                found = (
                    connection.execute(
                        "SELECT vector FROM vectors WHERE model = ? AND text_sha256 = ?",
                        (self.model, key),
                    ).fetchone()
                    for key in keys
                )
                return {key: row[0] for key, row in zip(keys, found, strict=True) if row}
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error

    def _write(self, vectors: dict[bytes, bytes]) -> None:
        try:
            with closing(self._open()) as connection, connection:
                connection.executemany(
                    "INSERT OR REPLACE INTO vectors VALUES (?, ?, ?)",
                    [(self.model, key, vector) for key, vector in vectors.items()],
                )
        except (sqlite3.Error, OSError) as error:
            raise self._failed(error) from error

    def _open(self) -> sqlite3.Connection:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        connection = sqlite3.connect(self._file, timeout=_BUSY_S)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS vectors (model TEXT, text_sha256 BLOB, vector BLOB, "
            "PRIMARY KEY (model, text_sha256)) WITHOUT ROWID"
        )
        return connection

    def _failed(self, error: Exception) -> CacheFailed:
        return CacheFailed(
            f"the file of vectors {self._file} cannot be used ({error}): delete it, or set "
            "HYDROPHONE_DATA_DIR to a folder that can be written"
        )
