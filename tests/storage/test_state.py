"""Opening state.db: settings, errors that help, and many processes at once."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from filelock import FileLock
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError

from hydrophone.errors import NotConfigured, StorageError
from hydrophone.storage import state as state_module
from hydrophone.storage.state import open_state, state_path
from hydrophone.storage.state_tables import KEYS

DATABASE_FILES = ("state.db", "state.db-wal", "state.db-shm")
KEY = {
    "id": "1",
    "name": "laptop",
    "prefix": "abcdefgh",
    "hash": "0" * 64,
    "last_four": "wxyz",
    "created_at_ms": 1,
}


async def test_every_connection_has_the_settings_that_the_design_needs(tmp_path: Path) -> None:
    state = await open_state(tmp_path / "state.db")
    async with state.reading() as first, state.reading() as second:
        for connection in (first, second):
            values = [
                (await connection.execute(text(f"PRAGMA {name}"))).scalar_one()
                for name in ("journal_mode", "foreign_keys", "synchronous", "busy_timeout")
            ]
            assert values == ["wal", 1, 1, 10_000]
    await state.close()


@pytest.mark.parametrize("name", ["state.db", "per%cent.db", "a space.db", "question?mark#.db"])
async def test_any_file_name_will_do_and_its_folder_is_made(tmp_path: Path, name: str) -> None:
    path = tmp_path / "new" / "folder%20" / name
    state = await open_state(path)
    async with state.writing() as connection:
        await connection.execute(insert(KEYS).values(KEY))
    await state.close()
    with closing(sqlite3.connect(path)) as plain:
        assert plain.execute("SELECT name FROM keys").fetchall() == [("laptop",)]


@pytest.mark.parametrize("scheme", ["sqlite:///", "sqlite+aiosqlite:///"])
async def test_a_url_names_the_same_file_as_its_path(tmp_path: Path, scheme: str) -> None:
    assert state_path(f"{scheme}{tmp_path}/state.db") == tmp_path / "state.db"
    state = await open_state(f"{scheme}{tmp_path}/state.db")
    assert state.path == tmp_path / "state.db"
    await state.close()


@pytest.mark.parametrize(
    "url",
    ["postgresql://me:geheim@host/db", "sqlite://", "sqlite:///:memory:", "no such://"],
)
async def test_another_kind_of_database_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(NotConfigured) as caught:
        await open_state(url)
    assert "sqlite:///PATH" in caught.value.message
    assert "geheim" not in caught.value.message


@pytest.mark.skipif(os.name != "posix", reason="permissions of POSIX")
async def test_only_the_owner_may_read_the_files(tmp_path: Path) -> None:
    state = await open_state(tmp_path / "state.db")
    async with state.writing() as connection:
        await connection.execute(insert(KEYS).values(KEY))
        open_to_others = [
            name for name in DATABASE_FILES if os.stat(tmp_path / name).st_mode & 0o77
        ]
    assert open_to_others == []
    await state.close()


async def test_a_file_that_is_no_database_is_named_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    path.write_text("this is a letter to my aunt, and no database" * 100)
    with pytest.raises(StorageError, match=r"state\.db.*not a database"):
        await open_state(path)
    assert path.read_text().startswith("this is a letter")


async def test_a_folder_that_cannot_be_made_gets_a_message_that_helps(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="HYDROPHONE_DATA_DIR"):
        await open_state(tmp_path / "file" / "state.db")


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    await (await open_state(path)).close()
    with closing(sqlite3.connect(path)) as plain:
        plain.execute("UPDATE alembic_version SET version_num = '9999'")
        plain.commit()
    with pytest.raises(StorageError, match="newer Hydrophone"):
        await open_state(path)


async def test_a_writing_transaction_is_undone_by_an_error(tmp_path: Path) -> None:
    state = await open_state(tmp_path / "state.db")

    async def stumble() -> None:
        async with state.writing() as connection:
            await connection.execute(insert(KEYS).values(KEY))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    async with state.reading() as connection:
        assert (await connection.execute(select(KEYS))).all() == []
    await state.close()


async def test_a_refused_change_is_a_storage_error_that_shows_no_values(tmp_path: Path) -> None:
    state = await open_state(tmp_path / "state.db")
    async with state.writing() as connection:
        await connection.execute(insert(KEYS).values(KEY))
    with pytest.raises(StorageError) as caught:
        async with state.writing() as connection:
            await connection.execute(insert(KEYS).values(KEY | {"name": "geheim"}))
    assert isinstance(caught.value.__cause__, IntegrityError)
    assert "geheim" not in caught.value.message
    await state.close()


async def test_read_then_write_waits_for_another_writer(tmp_path: Path) -> None:
    state = await open_state(tmp_path / "state.db")
    order: list[str] = []

    async def second() -> None:
        async with state.writing() as connection:
            order.append("second in")
            await connection.execute(select(KEYS))
            await connection.execute(insert(KEYS).values(KEY))

    async with state.writing() as connection:
        waiting = asyncio.create_task(second())
        await asyncio.sleep(0.05)
        await connection.execute(insert(KEYS).values(KEY | {"id": "2", "prefix": "other"}))
        order.append("first out")
    await waiting
    assert order == ["first out", "second in"]
    await state.close()


async def test_opening_waits_while_another_process_upgrades(tmp_path: Path) -> None:
    lock = FileLock(tmp_path / "state.db.lock")
    with lock:
        opening = asyncio.create_task(open_state(tmp_path / "state.db"))
        await asyncio.sleep(0.1)
        assert not opening.done()
        assert os.listdir(tmp_path) == ["state.db.lock"]
    await (await opening).close()


async def test_a_database_in_its_newest_form_is_opened_without_the_lock(tmp_path: Path) -> None:
    await (await open_state(tmp_path / "state.db")).close()
    with FileLock(tmp_path / "state.db.lock"):
        async with asyncio.timeout(30):
            await (await open_state(tmp_path / "state.db")).close()


async def test_an_upgrade_that_takes_too_long_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(state_module, "UPGRADE_TIMEOUT_S", 0.01)
    lock = FileLock(tmp_path / "state.db.lock")
    with lock, pytest.raises(StorageError, match="another process"):
        await open_state(tmp_path / "state.db")


async def test_the_package_may_be_installed_in_any_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = tmp_path / "100%(here)s"
    shutil.copytree(state_module._MIGRATIONS, elsewhere)
    monkeypatch.setattr(state_module, "_MIGRATIONS", elsewhere)
    await (await open_state(tmp_path / "state.db")).close()


_OPENER = """
import asyncio, sys
from hydrophone.storage.state import open_state

async def main():
    state = await open_state(sys.argv[1])
    await state.close()

asyncio.run(main())
"""


def test_processes_that_start_at_once_do_not_collide(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    command = [sys.executable, "-c", _OPENER, str(path)]
    processes = [subprocess.Popen(command, stderr=subprocess.PIPE, text=True) for _ in range(4)]
    failures = [process.communicate()[1] for process in processes if process.wait() != 0]
    assert failures == []
    for process in processes:
        if process.stderr:
            process.stderr.close()
    with closing(sqlite3.connect(path)) as plain:
        assert len(plain.execute("SELECT * FROM alembic_version").fetchall()) == 1


def test_a_new_database_and_one_that_is_up_to_date_open_without_alembic(tmp_path: Path) -> None:
    path = str(tmp_path / "state.db")
    checked = _OPENER + "\nprint('alembic' in sys.modules)"
    told = [
        subprocess.run(
            [sys.executable, "-c", checked, path], capture_output=True, text=True, check=True
        ).stdout.strip()
        for _ in range(2)
    ]
    assert told == ["False", "False"]
