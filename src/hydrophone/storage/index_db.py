"""`index.db`: documents, passages and vectors, in one SQLite file that several processes share.

It is the truth of the embedded index; whatever is derived from it can be built again. The
connections, their threads and the migrations are here; the statements are in `index_db_*.py`.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib import resources
from pathlib import Path
from typing import TypeVar

from hydrophone.errors import StorageError

T = TypeVar("T")

BUSY_TIMEOUT_S = 60.0
READERS = 4
MAPPED_BYTES = 1 << 40  # SQLite lowers it to what it was built for, mostly 2 GB
_WAL_ATTEMPTS = 200


class IndexDatabaseError(StorageError):
    """`index.db` could not be read or written; the message says why."""


class IndexDatabase:
    """Connections to `index.db`: one writing thread, and a few that read.

    A function given to `read` or `write` runs in one of these threads with a connection of its
    own, inside a transaction: reads see one state of the database, writes happen whole or not at
    all and are on disk when `write` returns.
    """

    def __init__(self, path: Path) -> None:
        """Open the file, making it and bringing its tables up to date. Blocks for a moment.

        Raises IndexDatabaseError when it cannot be opened or was made by a newer version.
        """
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._connections_lock = threading.Lock()
        self._closed = False
        with _translated(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            connection = _connect(path)
            try:
                migrate(connection)
            finally:
                connection.close()
        self._writer = ThreadPoolExecutor(1, "index-write")
        self._readers = ThreadPoolExecutor(READERS, "index-read")

    async def read(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run the function on a reading thread. Raises IndexDatabaseError."""
        return await self._run(self._readers, "BEGIN", function)

    async def write(self, function: Callable[[sqlite3.Connection], T]) -> T:
        """Run the function on the writing thread, all or nothing. Raises IndexDatabaseError."""
        return await self._run(self._writer, "BEGIN IMMEDIATE", function)

    def stamp(self) -> tuple[int, int]:
        """Changes with every commit of any process, but for those within one tick of the file
        system's clock. Costs one look at a file's dates: all commits go into the write-ahead log.
        """
        try:
            status = os.stat(f"{self.path}-wal")
        except OSError:
            return 0, 0
        return status.st_mtime_ns, status.st_size

    async def close(self) -> None:
        """Wait for what is under way, then close every connection."""
        self._closed = True
        await asyncio.to_thread(self._close)

    async def _run(
        self, executor: ThreadPoolExecutor, begin: str, function: Callable[[sqlite3.Connection], T]
    ) -> T:
        if self._closed:
            raise IndexDatabaseError(f"{self.path} is closed")
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(executor, self._transact, begin, function)

    def _close(self) -> None:
        self._writer.shutdown(wait=True)
        self._readers.shutdown(wait=True)
        with self._connections_lock:
            while self._connections:
                self._connections.pop().close()

    def _transact(self, begin: str, function: Callable[[sqlite3.Connection], T]) -> T:
        with _translated(self.path):
            connection = self._connection()
            connection.execute(begin)
            try:
                result = function(connection)
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
            return result

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = _connect(self.path)
            self._local.connection = connection
            with self._connections_lock:
                self._connections.append(connection)
        return connection


def migrate(connection: sqlite3.Connection, target: int | None = None) -> None:
    """Bring the tables to the version `target`, up or down; None is the newest.

    Each step is one transaction; `PRAGMA user_version` says how far the file is.
    Raises IndexDatabaseError when the file is newer than this program.
    """
    newest = _newest_version()
    goal = newest if target is None else target
    while True:
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = int(connection.execute("PRAGMA user_version").fetchone()[0])
            if version > newest:
                raise IndexDatabaseError(
                    f"index.db has tables of version {version}, this program knows {newest}; "
                    "use the newer program, or another data folder"
                )
            if version != goal:
                up = version < goal
                _run_script(connection, _script(version + 1 if up else version, up=up))
                connection.execute(f"PRAGMA user_version = {version + 1 if up else version - 1}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise
        if version == goal:
            return


def _newest_version() -> int:
    names = [entry.name for entry in _scripts_folder().iterdir()]
    return max(int(name.split("_")[0]) for name in names if name.endswith(".up.sql"))


def _scripts_folder() -> resources.abc.Traversable:
    return resources.files("hydrophone.storage") / "index_migrations"


def _script(number: int, *, up: bool) -> str:
    ending = ".up.sql" if up else ".down.sql"
    for entry in _scripts_folder().iterdir():
        if entry.name.startswith(f"{number:04}_") and entry.name.endswith(ending):
            return entry.read_text("utf-8")
    raise IndexDatabaseError(f"migration {number:04} has no {ending} script")


def _run_script(connection: sqlite3.Connection, script: str) -> None:
    """Run the statements one by one: `executescript` would commit the transaction first."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            connection.execute(statement)
            statement = ""


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )
    try:
        _enter_wal(connection)
        # FULL: a commit that was told survives a power cut, not only a crash.
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute("PRAGMA cache_size = -16000")
        connection.execute("PRAGMA temp_store = MEMORY")
        # Reads through the page cache without copying: a third of the time for random rows.
        connection.execute(f"PRAGMA mmap_size = {MAPPED_BYTES}")
    except BaseException:
        connection.close()
        raise
    return connection


def _enter_wal(connection: sqlite3.Connection) -> None:
    # SQLite does not wait for a lock here as it does elsewhere, so two processes that meet at a
    # new file need this.
    for attempt in range(_WAL_ATTEMPTS):
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if "locked" not in str(error) or attempt == _WAL_ATTEMPTS - 1:
                raise
            time.sleep(0.02)


@contextmanager
def _translated(path: Path) -> Iterator[None]:
    try:
        yield
    except (sqlite3.Error, OSError) as error:
        if isinstance(error, sqlite3.DatabaseError) and "malformed" in str(error).lower():
            raise IndexDatabaseError(
                f"{path} is damaged; put a backup in its place, or remove it and add the "
                "documents again"
            ) from error
        raise IndexDatabaseError(f"{path}: {error}") from error
