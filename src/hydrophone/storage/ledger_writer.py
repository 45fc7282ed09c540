"""Writes ledger rows in groups: a thread of its own takes all rows that wait and commits them once.

A row that comes alone is written at once. Right after a commit the next group gathers for up to
5 ms: handing each row from thread to thread costs more than writing it.
Plain sqlite3 and not SQLAlchemy, because every request pays for its row.
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import NamedTuple, TypeAlias

from hydrophone.errors import StorageError

SqlValue: TypeAlias = str | int | float | None

LEDGER_COLUMNS = (
    "request_id",
    "principal_kind",
    "principal_id",
    "door",
    "model",
    "started_at_ms",
    "ended_at_ms",
    "outcome",
    "error_code",
    "prompt_tokens",
    "completion_tokens",
    "reasoning_tokens",
    "citation_tokens",
    "search_queries",
    "pages_read",
    "model_calls",
    "cost_usd",
)
_NAMES = ", ".join(LEDGER_COLUMNS)
_MARKS = ", ".join("?" * len(LEDGER_COLUMNS))
_INSERT = f"INSERT INTO ledger ({_NAMES}) VALUES ({_MARKS})"  # noqa: S608 (only our own names)
# The database is in order, and the row is at fault.
_ROW_ERRORS = (sqlite3.IntegrityError, sqlite3.DataError, sqlite3.ProgrammingError)
GATHER_S = 0.005
GROUP_ROWS = 64
QUEUE_ROWS = 10_000
_log = logging.getLogger(__name__)


class LedgerClosed(StorageError):
    """The writer has been closed; the server is stopping."""


class _Waiting(NamedTuple):
    values: Sequence[SqlValue]
    loop: asyncio.AbstractEventLoop
    written: asyncio.Future[None]


class LedgerWriter:
    """The thread that writes the ledger. It may be used from any number of event loops."""

    def __init__(
        self, path: Path, *, busy_timeout_s: float = 5.0, queue_rows: int = QUEUE_ROWS
    ) -> None:
        self._path = path
        self._busy_timeout_s = busy_timeout_s
        self._queue_rows = queue_rows
        self._queue: SimpleQueue[_Waiting | None] = SimpleQueue()
        self._connection: sqlite3.Connection | None = None
        self._lock = threading.Lock()
        self._closed = False
        self._committed_at_s = 0.0
        self._thread = threading.Thread(target=self._run, name="ledger", daemon=True)
        self._thread.start()

    async def write(self, values: Sequence[SqlValue]) -> None:
        """Write one row, its values in the order of LEDGER_COLUMNS; return when it is committed.

        The row is taken over before this first suspends: a caller that is cancelled meanwhile
        leaves it behind, to be written. Waits at most about twice `busy_timeout_s` for another
        process that writes. Raises StorageError.
        """
        loop = asyncio.get_running_loop()
        written: asyncio.Future[None] = loop.create_future()
        # The lock keeps a row from landing behind the mark that ends the thread.
        with self._lock:
            if self._closed:
                raise LedgerClosed("the ledger is closed")
            if self._queue.qsize() >= self._queue_rows:
                raise StorageError("the ledger cannot keep up with the requests; try again later")
            self._queue.put(_Waiting(values, loop, written))
        await written

    async def close(self) -> None:
        """Write what waits, then end the thread. May be called again."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        await asyncio.to_thread(self._thread.join)

    def _run(self) -> None:
        limit = GROUP_ROWS
        going = True
        while going:
            group, going = self._next_group(limit)
            if not group:
                continue
            # After a failure all who wait are tried at once, so that none waits group by group
            # for a database that stays away.
            limit = GROUP_ROWS if self._write(group) else self._queue_rows
        self._disconnect()

    def _next_group(self, limit: int) -> tuple[list[_Waiting], bool]:
        group: list[_Waiting] = []
        item = self._queue.get()
        self._gather(limit)
        while item is not None:
            group.append(item)
            if len(group) >= limit:
                return group, True
            try:
                item = self._queue.get_nowait()
            except Empty:
                return group, True
        return group, False

    def _gather(self, limit: int) -> None:
        """Let rows come together, but only right after a commit: a lone row never waits."""
        left_s = self._committed_at_s + GATHER_S - time.monotonic()
        if left_s > 0 and self._queue.qsize() < limit and not self._closed:
            time.sleep(left_s)

    def _write(self, group: list[_Waiting]) -> bool:
        """Commit the group; whether the database itself is in order."""
        try:
            self._insert(group)
        except sqlite3.DatabaseError as error:
            if not isinstance(error, _ROW_ERRORS):
                _log.error("the ledger %s cannot be written: %s", self._path, error)
                self._disconnect()
                _tell(group, error)
                return False
            self._write_one_by_one(group)
        except Exception:
            self._write_one_by_one(group)
        else:
            _tell(group, None)
        return True

    def _write_one_by_one(self, group: list[_Waiting]) -> None:
        # One row that the database refuses must not take the others with it.
        for waiting in group:
            try:
                self._insert([waiting])
            except Exception as error:
                _log.error("the ledger refused a row: %s", error)
                _tell([waiting], error)
            else:
                _tell([waiting], None)

    def _insert(self, group: list[_Waiting]) -> None:
        if self._connection is None:
            self._connection = _connect(self._path, self._busy_timeout_s)
        with _transaction(self._connection) as connection:
            connection.executemany(_INSERT, [waiting.values for waiting in group])
        self._committed_at_s = time.monotonic()

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def _connect(path: Path, busy_timeout_s: float) -> sqlite3.Connection:
    # mode=rw: a database that has gone is an error, not a reason to make an empty one.
    connection = sqlite3.connect(
        f"{path.as_uri()}?mode=rw", uri=True, timeout=busy_timeout_s, isolation_level=None
    )
    connection.execute("PRAGMA synchronous=NORMAL")
    return connection


@contextmanager
def _transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        # After a full disk SQLite may have rolled back by itself.
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _tell(group: list[_Waiting], error: Exception | None) -> None:
    by_loop: dict[asyncio.AbstractEventLoop, list[asyncio.Future[None]]] = {}
    for waiting in group:
        by_loop.setdefault(waiting.loop, []).append(waiting.written)
    for loop, futures in by_loop.items():
        # A loop that has closed has nobody left who waits.
        with suppress(RuntimeError):
            loop.call_soon_threadsafe(_resolve, futures, error)


def _resolve(futures: list[asyncio.Future[None]], error: Exception | None) -> None:
    for written in futures:
        if written.done():
            continue
        if error is None:
            written.set_result(None)
        else:
            failure = StorageError("the ledger could not be written; try again later")
            failure.__cause__ = error
            written.set_exception(failure)
