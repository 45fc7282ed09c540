"""The migrations of state.db: up, down, up again, and what they make is what the tables say."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import URL, LargeBinary, create_engine
from sqlalchemy.dialects import postgresql
from sqlalchemy.pool import NullPool
from sqlalchemy.schema import CreateIndex, CreateTable

from hydrophone.storage import state as state_module
from hydrophone.storage.ledger_writer import LEDGER_COLUMNS
from hydrophone.storage.state import downgrade, open_state, upgrade
from hydrophone.storage.state_migrations import HEAD
from hydrophone.storage.state_tables import LEDGER, METADATA

SCRIPTS = ScriptDirectory(str(Path(state_module.__file__).parent / "state_migrations"))
REVISIONS = [step.revision for step in SCRIPTS.walk_revisions()][::-1]


def schema_of(path: Path) -> list[tuple[str, str]]:
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(
            "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL "
            "AND name != 'alembic_version' ORDER BY name"
        ).fetchall()


def test_the_head_that_the_package_names_is_the_last_migration() -> None:
    assert SCRIPTS.get_heads() == [HEAD]
    assert sorted(REVISIONS) == REVISIONS, "later revisions must sort later: open_state compares"


@pytest.mark.parametrize("revision", REVISIONS)
def test_a_migration_goes_up_and_down_and_up_again(tmp_path: Path, revision: str) -> None:
    path = tmp_path / "state.db"
    before = SCRIPTS.get_revision(revision).down_revision or "base"
    if before != "base":
        upgrade(path, str(before))
    old = schema_of(path)
    upgrade(path, revision)
    new = schema_of(path)
    assert new != old
    downgrade(path, str(before))
    assert schema_of(path) == old
    upgrade(path, revision)
    assert schema_of(path) == new


def test_the_migrations_make_what_the_tables_say(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    upgrade(path)
    engine = create_engine(URL.create("sqlite", database=str(path)), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection, opts={"compare_type": True, "compare_server_default": True}
        )
        assert compare_metadata(context, METADATA) == []


def test_a_migration_that_fails_leaves_the_database_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "state.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE ledger (in_the_way)")
        connection.commit()
    before = schema_of(path)
    with pytest.raises(Exception, match="already exists"):
        upgrade(path)
    assert schema_of(path) == before


def test_the_writer_knows_the_ledgers_columns_in_their_order() -> None:
    assert tuple(column.name for column in LEDGER.columns) == LEDGER_COLUMNS


def test_postgresql_could_make_every_table_too() -> None:
    dialect = postgresql.dialect()  # type: ignore[no-untyped-call]
    for table in METADATA.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))


def test_only_jobs_batches_and_cited_pages_have_room_for_texts() -> None:
    names = {column.name for table in METADATA.sorted_tables for column in table.columns}
    assert not {name for name in names if "text" in name or "question" in name or "answer" in name}
    packed = {
        column.table.name
        for table in METADATA.sorted_tables
        for column in table.columns
        if isinstance(column.type, LargeBinary)
    }
    assert packed == {"jobs", "job_events", "batch_lines", "page_texts"}


async def test_a_new_database_is_what_all_migrations_would_have_made(tmp_path: Path) -> None:
    migrated, new = tmp_path / "migrated.db", tmp_path / "new.db"
    upgrade(migrated)
    await (await open_state(new)).close()
    assert _columns(new) == _columns(migrated)
    engine = create_engine(URL.create("sqlite", database=str(new)), poolclass=NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(connection)
        assert context.get_current_revision() == HEAD
        assert compare_metadata(context, METADATA) == []
    downgrade(new, "base")


def _columns(path: Path) -> dict[str, list[tuple[object, ...]]]:
    """Columns and indexes of each table; the statements that made them may be spelled apart."""
    with closing(sqlite3.connect(path)) as connection:
        names = connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        return {
            table: [
                *connection.execute(f"PRAGMA table_info({table})"),
                *sorted(row[1:4] for row in connection.execute(f"PRAGMA index_list({table})")),
            ]
            for (table,) in names
        }
