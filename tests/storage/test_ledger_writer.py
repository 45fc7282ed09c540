"""The group-commit writer: groups, order, refused rows, a busy or broken database, its end."""

from __future__ import annotations

import asyncio
import os
import sqlite3
import subprocess
import sys
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hydrophone.errors import StorageError
from hydrophone.storage.ledger_writer import LedgerClosed, LedgerWriter, SqlValue
from hydrophone.storage.state import open_state


@pytest.fixture
async def path(tmp_path: Path) -> Path:
    state = await open_state(tmp_path / "state.db")
    await state.close()
    return state.path


@pytest.fixture
async def writer(path: Path) -> AsyncIterator[LedgerWriter]:
    writer = LedgerWriter(path)
    yield writer
    await writer.close()


def row(request_id: str, model: object = "sonar") -> tuple[SqlValue, ...]:
    return (request_id, "key", "k1", "chat", model, 1, 2, "done", None, *[0] * 7, None)  # type: ignore[return-value]


def ids(path: Path) -> list[str]:
    with closing(sqlite3.connect(path)) as connection:
        rows = connection.execute("SELECT request_id FROM ledger ORDER BY rowid").fetchall()
        return [request_id for (request_id,) in rows]


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield other


async def until_taken(writer: LedgerWriter) -> None:
    """Wait until the thread has taken what waits; the first group is then at the database."""
    while not writer._queue.empty():  # noqa: ASYNC110 (the thread sets no event)
        await asyncio.sleep(0.001)


async def test_a_row_is_committed_when_write_returns(writer: LedgerWriter, path: Path) -> None:
    await writer.write(row("a"))
    assert ids(path) == ["a"]


async def test_rows_that_wait_are_committed_together_and_in_order(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups: list[int] = []
    insert = LedgerWriter._insert

    def counting(self: LedgerWriter, group: list[object]) -> None:
        groups.append(len(group))
        insert(self, group)  # type: ignore[arg-type]

    monkeypatch.setattr(LedgerWriter, "_insert", counting)
    writer = LedgerWriter(path)
    with locked(path):
        first = asyncio.create_task(writer.write(row("first")))
        await asyncio.sleep(0)
        await until_taken(writer)
        rest = [asyncio.create_task(writer.write(row(str(n)))) for n in range(100)]
        await asyncio.sleep(0)
    await asyncio.gather(first, *rest)
    assert groups == [1, 64, 36]
    assert ids(path) == ["first", *map(str, range(100))]
    await writer.close()


async def test_one_wake_up_serves_a_whole_group(path: Path) -> None:
    loop = asyncio.get_running_loop()
    wake_ups = 0
    real = loop.call_soon_threadsafe

    def counting(*args: object, **options: object) -> object:
        nonlocal wake_ups
        wake_ups += 1
        return real(*args, **options)  # type: ignore[arg-type]

    writer = LedgerWriter(path)
    with locked(path):
        first = asyncio.create_task(writer.write(row("first")))
        await asyncio.sleep(0)
        await until_taken(writer)
        rest = [asyncio.create_task(writer.write(row(str(n)))) for n in range(64)]
        await asyncio.sleep(0)
        loop.call_soon_threadsafe = counting  # type: ignore[assignment, method-assign]
    await asyncio.gather(first, *rest)
    loop.call_soon_threadsafe = real  # type: ignore[method-assign]
    assert wake_ups == 2
    await writer.close()


@pytest.mark.parametrize("bad", [None, 2**70, "\ud800", object()], ids=type)
async def test_a_refused_row_takes_no_other_with_it(path: Path, bad: object) -> None:
    writer = LedgerWriter(path)
    with locked(path):
        tasks = [asyncio.create_task(writer.write(row("0")))]
        await asyncio.sleep(0)
        await until_taken(writer)
        rows = [row(str(n), bad if n == 2 else "m") for n in range(1, 5)]
        tasks += [asyncio.create_task(writer.write(values)) for values in rows]
        await asyncio.sleep(0)
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert [type(result) for result in results] == [
        type(None),
        type(None),
        StorageError,
        type(None),
        type(None),
    ]
    assert ids(path) == ["0", "1", "3", "4"]
    await writer.close()


async def test_a_second_row_for_a_request_is_refused(writer: LedgerWriter, path: Path) -> None:
    await writer.write(row("a"))
    with pytest.raises(StorageError):
        await writer.write(row("a"))
    await writer.write(row("b"))
    assert ids(path) == ["a", "b"]


async def test_a_busy_database_is_waited_for(writer: LedgerWriter, path: Path) -> None:
    with locked(path):
        writing = asyncio.create_task(writer.write(row("a")))
        await asyncio.sleep(0.05)
        assert not writing.done()
    await writing
    assert ids(path) == ["a"]


async def test_a_database_that_stays_busy_fails_all_who_wait_and_is_tried_again(
    path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    writer = LedgerWriter(path, busy_timeout_s=0.05)
    with locked(path):
        writes = [writer.write(row(str(n))) for n in range(300)]
        results = await asyncio.gather(*writes, return_exceptions=True)
    assert all(isinstance(result, StorageError) for result in results)
    # 300 rows are five groups; after the first failure the rest is one.
    assert len(caplog.records) <= 3
    await writer.write(row("later"))
    assert ids(path) == ["later"]
    await writer.close()


async def test_a_database_that_has_gone_is_an_error_and_not_made_anew(tmp_path: Path) -> None:
    writer = LedgerWriter(tmp_path / "gone.db")
    with pytest.raises(StorageError):
        await writer.write(row("a"))
    assert os.listdir(tmp_path) == []
    await writer.close()


async def test_the_writer_goes_on_when_the_database_comes_back(path: Path) -> None:
    away = path.with_name("away.db")
    os.rename(path, away)
    writer = LedgerWriter(path)
    with pytest.raises(StorageError):
        await writer.write(row("a"))
    os.rename(away, path)
    await writer.write(row("b"))
    assert ids(path) == ["b"]
    await writer.close()


async def test_closing_writes_what_waits_and_refuses_what_comes_later(path: Path) -> None:
    others = set(threading.enumerate())
    writer = LedgerWriter(path)
    writes = [asyncio.create_task(writer.write(row(str(n)))) for n in range(200)]
    await asyncio.sleep(0)
    await writer.close()
    await asyncio.gather(*writes)
    assert len(ids(path)) == 200
    with pytest.raises(LedgerClosed):
        await writer.write(row("late"))
    await writer.close()
    assert "ledger" not in {thread.name for thread in set(threading.enumerate()) - others}


async def test_a_cancelled_caller_leaves_its_row_behind(path: Path) -> None:
    writer = LedgerWriter(path)
    with locked(path):
        writing = asyncio.create_task(writer.write(row("a")))
        await asyncio.sleep(0)
        writing.cancel()
        with pytest.raises(asyncio.CancelledError):
            await writing
    await writer.close()
    assert ids(path) == ["a"]


async def test_a_cancelled_caller_holds_up_no_other_of_its_group(path: Path) -> None:
    writer = LedgerWriter(path)
    with locked(path):
        first = asyncio.create_task(writer.write(row("first")))
        await asyncio.sleep(0)
        await until_taken(writer)
        left, *stayed = [asyncio.create_task(writer.write(row(str(n)))) for n in range(5)]
        await asyncio.sleep(0)
        left.cancel()
    async with asyncio.timeout(10):
        await asyncio.gather(first, *stayed)
    assert left.cancelled()
    assert ids(path) == ["first", "0", "1", "2", "3", "4"]
    await writer.close()


async def test_a_full_queue_refuses_at_once(path: Path) -> None:
    writer = LedgerWriter(path, queue_rows=3)
    with locked(path):
        first = asyncio.create_task(writer.write(row("first")))
        await asyncio.sleep(0)
        await until_taken(writer)
        waiting = [asyncio.create_task(writer.write(row(str(n)))) for n in range(3)]
        await asyncio.sleep(0)
        with pytest.raises(StorageError, match="keep up"):
            await writer.write(row("too many"))
    await asyncio.gather(first, *waiting)
    assert ids(path) == ["first", "0", "1", "2"]
    await writer.close()


_RECORDER = """
import asyncio, itertools, sys
from pathlib import Path
from hydrophone.storage.ledger_writer import LedgerWriter

async def main():
    writer = LedgerWriter(Path(sys.argv[1]))

    async def one(name):
        await writer.write((name, "key", "k1", "chat", "m", 1, 2, "done", None, *[0] * 7, None))
        print(name, flush=True)

    for n in itertools.count():
        await asyncio.gather(*(one(f"{n}-{m}") for m in range(20)))

asyncio.run(main())
"""


def test_a_row_that_was_told_as_written_survives_a_kill(path: Path) -> None:
    command = [sys.executable, "-c", _RECORDER, str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = [process.stdout.readline().strip() for _ in range(150)]
        process.kill()
        told += process.stdout.read().split("\n")[:-1]
    assert len(told) >= 150
    assert set(told) <= set(ids(path))


def test_several_event_loops_share_one_writer(path: Path) -> None:
    writer = LedgerWriter(path)

    async def write_some(name: str) -> None:
        await asyncio.gather(*(writer.write(row(f"{name}{n}")) for n in range(20)))

    threads = [
        threading.Thread(target=asyncio.run, args=[write_some(name)]) for name in ("a", "b", "c")
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    asyncio.run(writer.close())
    assert len(ids(path)) == 60


def test_a_loop_that_has_closed_does_not_stop_the_others(path: Path) -> None:
    writer = LedgerWriter(path)

    async def leave_behind() -> None:
        writing = asyncio.create_task(writer.write(row("left")))
        await asyncio.sleep(0)
        writing.cancel()

    with locked(path):
        asyncio.run(leave_behind())
    asyncio.run(writer.write(row("next")))
    asyncio.run(writer.close())
    assert ids(path) == ["left", "next"]
