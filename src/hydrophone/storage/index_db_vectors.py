"""Vectors in `index.db`: which passages lack one, and the graph's snapshot.

A vector belongs to a text, not to a passage: equal passages share it, and a document whose text
has not changed keeps it. Vectors are little-endian float16. Every function works inside the
caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from hydrophone.storage.index_db_filter import Condition


@dataclass(frozen=True, slots=True)
class ModelRow:
    """An embedding model, how far its vectors have come, and its graph's snapshot."""

    id: int
    dimensions: int
    embedded_to: int
    snapshot_name: str | None
    snapshot_bytes: int
    snapshot_crc32: int
    snapshot_to: int


@dataclass(frozen=True, slots=True)
class PendingPassage:
    """A passage without a vector."""

    id: int
    text_hash: bytes
    title: str
    headings: tuple[str, ...]
    text: str


def find_model(connection: sqlite3.Connection, name: str, dimensions: int) -> ModelRow | None:
    """The model's row, None when nothing was embedded with it yet."""
    row = connection.execute(
        "SELECT id, dimensions, embedded_to, snapshot_name, ifnull(snapshot_bytes, 0), "
        "ifnull(snapshot_crc32, 0), snapshot_to FROM models WHERE name = ? AND dimensions = ?",
        (name, dimensions),
    ).fetchone()
    return None if row is None else ModelRow(*row)


def add_model(connection: sqlite3.Connection, name: str, dimensions: int) -> ModelRow:
    """The model's row, made when it is not there yet."""
    connection.execute(
        "INSERT OR IGNORE INTO models (name, dimensions) VALUES (?, ?)", (name, dimensions)
    )
    model = find_model(connection, name, dimensions)
    assert model is not None
    return model


def count_pending(connection: sqlite3.Connection, model_id: int) -> int:
    """How many passages lack a vector of the model."""
    row = connection.execute(
        "SELECT count(*) FROM passages p "
        "WHERE p.id > ifnull((SELECT embedded_to FROM models WHERE id = ?1), 0) AND NOT EXISTS "
        "(SELECT 1 FROM vectors v WHERE v.text_hash = p.text_hash AND v.model_id = ?1)",
        (model_id,),
    ).fetchone()
    return int(row[0])


def list_pending(connection: sqlite3.Connection, model_id: int, limit: int) -> list[PendingPassage]:
    """The first passages without a vector, each text once, in the order of their ids."""
    rows = connection.execute(
        'SELECT p.id, p.text_hash, d.title, p.headings, p.document_id, p.start, p."end" '
        "FROM passages p JOIN documents d ON d.id = p.document_id "
        "WHERE p.id > ifnull((SELECT embedded_to FROM models WHERE id = ?1), 0) AND NOT EXISTS "
        "(SELECT 1 FROM vectors v WHERE v.text_hash = p.text_hash AND v.model_id = ?1) "
        "ORDER BY p.id LIMIT ?2",
        (model_id, limit),
    ).fetchall()
    texts: dict[int, str] = {}
    pending: dict[bytes, PendingPassage] = {}
    for passage_id, text_hash, title, headings, document_id, start, end in rows:
        if document_id not in texts:
            texts[document_id] = _current_text(connection, document_id)
        text = texts[document_id][start:end]
        pending.setdefault(
            text_hash,
            PendingPassage(passage_id, text_hash, title, tuple(orjson.loads(headings)), text),
        )
    return list(pending.values())


def add_vectors(
    connection: sqlite3.Connection, model_id: int, vectors: Sequence[tuple[bytes, bytes]]
) -> list[int | None]:
    """Store (text_hash, data) pairs; the new ids, None for a text that is gone or has a vector."""
    ids: list[int | None] = []
    for text_hash, data in vectors:
        cursor = connection.execute(
            "INSERT OR IGNORE INTO vectors (model_id, text_hash, data) "
            "SELECT ?1, ?2, ?3 WHERE EXISTS (SELECT 1 FROM passages WHERE text_hash = ?2)",
            (model_id, text_hash, data),
        )
        ids.append(cursor.lastrowid if cursor.rowcount == 1 else None)
    _advance(connection, model_id)
    return ids


def list_vector_ids(connection: sqlite3.Connection, model_id: int) -> list[int]:
    """All ids, ascending."""
    rows = connection.execute("SELECT id FROM vectors WHERE model_id = ? ORDER BY id", (model_id,))
    return [row[0] for row in rows]


def read_vectors(connection: sqlite3.Connection, ids: Sequence[int]) -> list[tuple[int, bytes]]:
    """(id, data) of those that exist, ascending."""
    rows = connection.execute(
        "SELECT id, data FROM vectors WHERE id IN (SELECT value FROM json_each(?)) ORDER BY id",
        (orjson.dumps(ids).decode(),),
    )
    return rows.fetchall()


def read_vectors_of_passages(
    connection: sqlite3.Connection, model_id: int, passage_ids: Sequence[int]
) -> list[tuple[int, bytes]]:
    """(passage id, data) of those passages that have a vector, in no order."""
    rows = connection.execute(
        "SELECT p.id, v.data FROM passages p "
        "JOIN vectors v ON v.text_hash = p.text_hash AND v.model_id = ? "
        "WHERE p.id IN (SELECT value FROM json_each(?))",
        (model_id, orjson.dumps(passage_ids).decode()),
    )
    return rows.fetchall()


def list_vectors_after(
    connection: sqlite3.Connection, model_id: int, after: int, limit: int
) -> list[tuple[int, bytes]]:
    """(id, data) of the vectors with larger ids, ascending."""
    rows = connection.execute(
        "SELECT id, data FROM vectors WHERE model_id = ? AND id > ? ORDER BY id LIMIT ?",
        (model_id, after, limit),
    )
    return rows.fetchall()


def find_allowed_pairs(
    connection: sqlite3.Connection, vector_ids: Sequence[int], condition: Condition
) -> list[tuple[int, int]]:
    """(passage id, vector id) of the allowed passages whose texts have these vectors."""
    rows = connection.execute(
        condition.put_into(
            "SELECT o.passage_id, o.vector_id FROM passage_vectors o "
            "JOIN documents d ON d.id = o.document_id "
            "WHERE o.vector_id IN (SELECT value FROM json_each(?)) AND {condition}"
        ),
        (orjson.dumps(vector_ids).decode(), *condition.values),
    )
    return rows.fetchall()


def list_pairs(
    connection: sqlite3.Connection, model_id: int, documents: Sequence[int]
) -> list[tuple[int, int]]:
    """(passage id, vector id) of the passages of these documents that have a vector."""
    # One row instead of thousands: for each row the other threads may take Python's lock.
    passages, vectors = connection.execute(
        "SELECT json_group_array(passage_id), json_group_array(vector_id) FROM passage_vectors "
        "WHERE model_id = ? AND document_id IN (SELECT value FROM json_each(?))",
        (model_id, orjson.dumps(documents).decode()),
    ).fetchone()
    return list(zip(orjson.loads(passages), orjson.loads(vectors), strict=True))


def list_dead(connection: sqlite3.Connection, model_id: int, limit: int) -> list[int]:
    """Ids of vectors that were deleted and may still be in the graph."""
    rows = connection.execute(
        "SELECT id FROM dead_vectors WHERE model_id = ? ORDER BY id LIMIT ?", (model_id, limit)
    )
    return [row[0] for row in rows]


def forget_dead(connection: sqlite3.Connection, ids: Sequence[int]) -> None:
    """Drop the note of deleted vectors once the graph has let them go."""
    connection.executemany("DELETE FROM dead_vectors WHERE id = ?", [(id_,) for id_ in ids])


def drop_other_models(connection: sqlite3.Connection, model_id: int) -> None:
    """Delete the vectors of all other models."""
    connection.execute("DELETE FROM vectors WHERE model_id <> ?", (model_id,))
    connection.execute("DELETE FROM dead_vectors WHERE model_id <> ?", (model_id,))
    connection.execute("DELETE FROM models WHERE id <> ?", (model_id,))


def set_snapshot(
    connection: sqlite3.Connection, model_id: int, name: str | None, size: int, crc32: int, to: int
) -> None:
    """Name the file that readers of the graph take from now on."""
    connection.execute(
        "UPDATE models SET snapshot_name = ?, snapshot_bytes = ?, snapshot_crc32 = ?, "
        "snapshot_to = ? WHERE id = ?",
        (name, size, crc32, to, model_id),
    )


def list_snapshots(connection: sqlite3.Connection) -> set[str]:
    """The names of the snapshots in use, of all models."""
    rows = connection.execute("SELECT snapshot_name FROM models WHERE snapshot_name IS NOT NULL")
    return {row[0] for row in rows}


def _advance(connection: sqlite3.Connection, model_id: int) -> None:
    """Move `embedded_to` to just before the first passage that lacks a vector."""
    connection.execute(
        "UPDATE models SET embedded_to = coalesce("
        "(SELECT p.id - 1 FROM passages p WHERE p.id > models.embedded_to AND NOT EXISTS "
        "(SELECT 1 FROM vectors v WHERE v.text_hash = p.text_hash AND v.model_id = models.id) "
        "ORDER BY p.id LIMIT 1), (SELECT max(id) FROM passages), embedded_to) WHERE id = ?",
        (model_id,),
    )


def _current_text(connection: sqlite3.Connection, document_id: int) -> str:
    row = connection.execute(
        "SELECT v.text FROM documents d "
        "JOIN versions v ON v.document_id = d.id AND v.sha256 = d.version WHERE d.id = ?",
        (document_id,),
    ).fetchone()
    return str(row[0])
