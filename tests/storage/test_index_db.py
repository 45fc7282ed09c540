import asyncio
import sqlite3
from pathlib import Path

import pytest

from hydrophone.storage.index_db import IndexDatabase, IndexDatabaseError, migrate


def schema(connection: sqlite3.Connection) -> list[tuple[str, str]]:
    return connection.execute(
        "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE 'sqlite_%' ORDER BY name"
    ).fetchall()


def test_migrations_go_up_down_and_up_again(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "index.db", isolation_level=None)
    migrate(connection)
    made = schema(connection)
    assert {"documents", "passages", "vectors", "changes"} <= {name for name, _ in made}
    migrate(connection, 0)
    assert schema(connection) == []
    assert connection.execute("PRAGMA user_version").fetchone() == (0,)
    migrate(connection)
    assert schema(connection) == made
    connection.close()


def test_a_newer_file_is_refused(tmp_path: Path) -> None:
    connection = sqlite3.connect(tmp_path / "index.db")
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(IndexDatabaseError, match="newer program"):
        IndexDatabase(tmp_path / "index.db")


async def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    database = IndexDatabase(tmp_path / "index.db")

    def fail(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO meta VALUES ('a', 'b')")
        raise LookupError

    with pytest.raises(LookupError):
        await database.write(fail)
    with pytest.raises(IndexDatabaseError):
        await database.write(lambda c: c.execute("INSERT INTO nowhere VALUES (1)"))
    rows = await database.read(lambda c: c.execute("SELECT * FROM meta").fetchall())
    assert rows == []
    await database.close()


async def test_two_databases_on_one_file_write_at_once(tmp_path: Path) -> None:
    opened = await asyncio.gather(
        *(asyncio.to_thread(IndexDatabase, tmp_path / "new" / "index.db") for _ in range(4))
    )

    def add(connection: sqlite3.Connection) -> None:
        connection.execute("INSERT INTO changes (document_id, passages) VALUES (1, 1)")

    await asyncio.gather(*(database.write(add) for database in opened for _ in range(50)))
    for database in opened:
        rows = await database.read(lambda c: c.execute("SELECT seq FROM changes").fetchall())
        assert [row[0] for row in rows] == list(range(1, 201))
        await database.close()


async def test_a_closed_database_says_so(tmp_path: Path) -> None:
    database = IndexDatabase(tmp_path / "index.db")
    await database.close()
    with pytest.raises(IndexDatabaseError, match="closed"):
        await database.read(lambda c: None)


async def test_deleted_text_is_gone_from_the_file(tmp_path: Path) -> None:
    database = IndexDatabase(tmp_path / "index.db")
    secret = "a secret that must go" * 50
    await database.write(lambda c: c.execute("INSERT INTO meta VALUES ('a', ?)", (secret,)))
    await database.write(lambda c: c.execute("DELETE FROM meta"))
    await database.close()
    assert b"secret that must" not in (tmp_path / "index.db").read_bytes()
    assert not (tmp_path / "index.db-wal").exists()
