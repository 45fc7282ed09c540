"""The log of changes in `index.db`, and the notes of those who follow it.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """A document was put or deleted; `passages` is how many it has now."""

    seq: int
    document_id: int
    passages: int


def last_change(connection: sqlite3.Connection) -> int:
    """The number of the newest change; 0 before the first."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'changes'").fetchone()
    return 0 if row is None else int(row[0])


def list_changes(
    connection: sqlite3.Connection, after: int, max_documents: int, max_passages: int
) -> list[Change]:
    """The changes that follow, up to the limits, but at least one if there is any."""
    rows = connection.execute(
        "SELECT seq, document_id, passages FROM changes WHERE seq > ? ORDER BY seq LIMIT ?",
        (after, max_documents),
    )
    changes: list[Change] = []
    passages = 0
    for row in rows:
        change = Change(*row)
        passages += change.passages
        if changes and passages > max_passages:
            break
        changes.append(change)
    return changes


def forget_changes(connection: sqlite3.Connection, up_to: int) -> None:
    """Drop changes that everybody has followed."""
    connection.execute("DELETE FROM changes WHERE seq <= ?", (up_to,))


def list_document_ids(connection: sqlite3.Connection, after: int, limit: int) -> list[int]:
    """Ids of documents, ascending, larger than `after`."""
    rows = connection.execute(
        "SELECT id FROM documents WHERE id > ? ORDER BY id LIMIT ?", (after, limit)
    )
    return [row[0] for row in rows]


def count_documents(connection: sqlite3.Connection) -> int:
    """How many documents there are."""
    return int(connection.execute("SELECT count(*) FROM documents").fetchone()[0])


def read_notes(connection: sqlite3.Connection) -> dict[str, str]:
    """All notes by their keys."""
    return dict(connection.execute("SELECT key, value FROM meta").fetchall())


def write_notes(connection: sqlite3.Connection, notes: dict[str, str]) -> None:
    """Set these notes; the others stay."""
    connection.executemany(
        "INSERT INTO meta (key, value) VALUES (?, ?) "
        "ON CONFLICT (key) DO UPDATE SET value = excluded.value",
        list(notes.items()),
    )
