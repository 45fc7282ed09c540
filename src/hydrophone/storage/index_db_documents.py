"""Documents and their versions in `index.db`: putting, deleting, listing.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

import orjson

from hydrophone.storage.index_db_filter import (
    Condition,
    from_us,
    join_clauses,
    locate,
    prefix_clause,
    to_us,
)
from hydrophone.storage.index_db_link_texts import put_link_texts
from hydrophone.storage.index_db_media import put_images, put_videos
from hydrophone.storage.kept.versions import store_version
from hydrophone.types import CollectionInfo, Document


@dataclass(frozen=True, slots=True)
class NewPassage:
    """A passage to be stored; `text_hash` names the text that is embedded for it."""

    start: int
    end: int
    headings: tuple[str, ...]
    text_hash: bytes


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A document with everything derived from it. Equal fingerprints mean nothing has changed."""

    document: Document
    sha256: str
    fingerprint: bytes
    passages: tuple[NewPassage, ...]


@dataclass(frozen=True, slots=True)
class DocumentInfo:
    """One document of a listing."""

    url: str
    title: str
    collection: str
    media_type: str
    language: str | None
    published: datetime | None
    modified: datetime | None
    added: datetime
    updated: datetime
    version: str
    passages: int
    size_chars: int


def find_fingerprints(
    connection: sqlite3.Connection, collection: str, urls: Sequence[str]
) -> dict[str, bytes]:
    """The fingerprints of those of the URLs that are stored."""
    rows = connection.execute(
        "SELECT d.url, d.fingerprint FROM documents d JOIN collections c ON c.id = d.collection_id "
        "WHERE c.name = ? AND d.url IN (SELECT value FROM json_each(?))",
        (collection, orjson.dumps(list(urls)).decode()),
    )
    return dict(rows.fetchall())


def touch_document(
    connection: sqlite3.Connection, collection: str, url: str, now_us: int
) -> int | None:
    """Note that a document was found unchanged; how many passages it has, None without it."""
    row = connection.execute(
        "SELECT d.id, d.passages FROM documents d JOIN collections c ON c.id = d.collection_id "
        "WHERE c.name = ? AND d.url = ?",
        (collection, url),
    ).fetchone()
    if row is None:
        return None
    connection.execute("UPDATE documents SET checked_us = ? WHERE id = ?", (now_us, row[0]))
    return int(row[1])


def put_version(
    connection: sqlite3.Connection, collection: str, new: NewVersion, now_us: int
) -> Literal["added", "updated", "unchanged"]:
    """Store a document under its URL in place of what was there, and log the change.

    The texts of the current version and of `OLDER_VERSIONS_KEPT` before it stay, and those that
    were cited for as long as they are to be kept.
    """
    collection_id = _collection_id(connection, collection)
    stored = connection.execute(
        "SELECT id, fingerprint FROM documents WHERE collection_id = ? AND url = ?",
        (collection_id, new.document.url),
    ).fetchone()
    if stored is not None and stored[1] == new.fingerprint:
        connection.execute("UPDATE documents SET checked_us = ? WHERE id = ?", (now_us, stored[0]))
        return "unchanged"
    if stored is None:
        document_id = _insert_document(connection, collection_id, new, now_us)
        _insert_passages(connection, document_id, new)
    else:
        document_id = int(stored[0])
        _update_document(connection, document_id, new, now_us)
        before = _text_hashes(connection, document_id)
        connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
        _insert_passages(connection, document_id, new)
        _drop_unused_vectors(connection, before)
    put_images(connection, document_id, new.document.images)
    put_videos(connection, document_id, new.document.videos)
    put_link_texts(connection, document_id, new.document.link_texts)
    store_version(connection, document_id, new.document, new.sha256, now_us)
    _log_change(connection, document_id, len(new.passages))
    return "added" if stored is None else "updated"


def delete_some(
    connection: sqlite3.Connection, collection: str | None, url_prefix: str | None, limit: int
) -> int:
    """Delete up to `limit` matching documents with all that hangs on them; how many it were."""
    selection = _selection(collection, url_prefix)
    rows = connection.execute(
        selection.put_into("SELECT d.id FROM documents d WHERE {condition} ORDER BY d.id LIMIT ?"),
        (*selection.values, limit),
    ).fetchall()
    for (document_id,) in rows:
        _delete(connection, document_id)
    connection.execute(
        "DELETE FROM collections WHERE NOT EXISTS "
        "(SELECT 1 FROM documents WHERE collection_id = collections.id)"
    )
    return len(rows)


def delete_document(connection: sqlite3.Connection, collection: str, url: str) -> bool:
    """Delete one document with all that hangs on it; whether it was there.

    Its collection stays, even empty: more documents are expected in it.
    """
    row = connection.execute(
        "SELECT d.id FROM documents d JOIN collections c ON c.id = d.collection_id "
        "WHERE c.name = ? AND d.url = ?",
        (collection, url),
    ).fetchone()
    if row is not None:
        _delete(connection, row[0])
    return row is not None


def set_authority(
    connection: sqlite3.Connection, collection: str, authority: Mapping[str, float]
) -> None:
    """Note how much is linked to documents, by URL, from 0 to 1; the others keep what they have.

    It stays when a document is put again. What is found by a filter does not depend on it.
    """
    connection.executemany(
        "UPDATE documents SET authority = ? WHERE url = ? AND collection_id = "
        "(SELECT id FROM collections WHERE name = ?)",
        [(min(1.0, max(0.0, value)), url, collection) for url, value in authority.items()],
    )


def list_documents(
    connection: sqlite3.Connection,
    collection: str | None,
    url_prefix: str | None,
    limit: int,
    after: tuple[str, str] = ("", ""),
) -> list[DocumentInfo]:
    """Documents by collection and URL, those behind the collection and URL `after`."""
    selection = _selection(collection, url_prefix)
    rows = connection.execute(
        selection.put_into(
            "SELECT d.url, d.title, c.name, d.media_type, d.language, d.published_us, "
            "d.modified_us, d.added_us, d.updated_us, d.version, d.passages, d.size_chars "
            "FROM documents d JOIN collections c ON c.id = d.collection_id "
            "WHERE {condition} AND (c.name, d.url) > (?, ?) ORDER BY c.name, d.url LIMIT ?"
        ),
        (*selection.values, *after, limit),
    )
    return [
        DocumentInfo(
            url=row[0],
            title=row[1],
            collection=row[2],
            media_type=row[3],
            language=row[4],
            published=maybe_time(row[5]),
            modified=maybe_time(row[6]),
            added=from_us(row[7]),
            updated=from_us(row[8]),
            version=row[9],
            passages=row[10],
            size_chars=row[11],
        )
        for row in rows
    ]


def list_collections(connection: sqlite3.Connection, model_id: int | None) -> list[CollectionInfo]:
    """Collections by name. Without a model no vectors are pending."""
    pending = _pending_by_collection(connection, model_id)
    rows = connection.execute(
        "SELECT c.id, c.name, count(*), sum(d.passages), sum(d.size_chars), max(d.updated_us) "
        "FROM documents d JOIN collections c ON c.id = d.collection_id "
        "GROUP BY c.id ORDER BY c.name"
    )
    return [
        CollectionInfo(
            name=name,
            documents=documents,
            passages=passages,
            vectors_pending=pending.get(collection_id, 0),
            size_chars=size_chars,
            updated=maybe_time(updated_us),
        )
        for collection_id, name, documents, passages, size_chars, updated_us in rows
    ]


def maybe_time(moment_us: int | None) -> datetime | None:
    """The time in UTC, or None."""
    return None if moment_us is None else from_us(moment_us)


def _delete(connection: sqlite3.Connection, document_id: int) -> None:
    hashes = _text_hashes(connection, document_id)
    connection.execute("DELETE FROM passages WHERE document_id = ?", (document_id,))
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))
    _drop_unused_vectors(connection, hashes)
    _log_change(connection, document_id, 0)


def _pending_by_collection(connection: sqlite3.Connection, model_id: int | None) -> dict[int, int]:
    if model_id is None:
        return {}
    rows = connection.execute(
        "SELECT d.collection_id, count(*) FROM passages p JOIN documents d ON d.id = p.document_id "
        "WHERE p.id > ifnull((SELECT embedded_to FROM models WHERE id = ?1), 0) AND NOT EXISTS "
        "(SELECT 1 FROM vectors v WHERE v.text_hash = p.text_hash AND v.model_id = ?1) "
        "GROUP BY d.collection_id",
        (model_id,),
    )
    return dict(rows.fetchall())


def _selection(collection: str | None, url_prefix: str | None) -> Condition:
    clauses = []
    if collection is not None:
        clauses.append(
            Condition(
                "d.collection_id = (SELECT id FROM collections WHERE name = ?)", (collection,)
            )
        )
    if url_prefix is not None:
        clauses.append(prefix_clause(url_prefix))
    return join_clauses(clauses)


def _collection_id(connection: sqlite3.Connection, name: str) -> int:
    connection.execute("INSERT OR IGNORE INTO collections (name) VALUES (?)", (name,))
    return int(
        connection.execute("SELECT id FROM collections WHERE name = ?", (name,)).fetchone()[0]
    )


def _columns(new: NewVersion, now_us: int) -> dict[str, str | int | bytes | None]:
    document = new.document
    host, path = locate(document.url)
    return {
        "host": host,
        "path": path,
        "title": document.title,
        "author": document.author,
        "language": document.language,
        "published_us": None if document.published is None else to_us(document.published),
        "modified_us": None if document.modified is None else to_us(document.modified),
        "media_type": document.media_type,
        "version": new.sha256,
        "fingerprint": new.fingerprint,
        "passages": len(new.passages),
        "size_chars": len(document.text),
        "updated_us": now_us,
        "checked_us": now_us,
    }


def _insert_document(
    connection: sqlite3.Connection, collection_id: int, new: NewVersion, now_us: int
) -> int:
    columns = _columns(new, now_us) | {
        "collection_id": collection_id,
        "url": new.document.url,
        "added_us": now_us,
    }
    marks = ", ".join(f":{name}" for name in columns)
    cursor = connection.execute(
        f"INSERT INTO documents ({', '.join(columns)}) VALUES ({marks})",  # noqa: S608
        columns,
    )
    assert cursor.lastrowid is not None
    return cursor.lastrowid


def _update_document(
    connection: sqlite3.Connection, document_id: int, new: NewVersion, now_us: int
) -> None:
    columns = _columns(new, now_us)
    changes = ", ".join(f"{name} = :{name}" for name in columns)
    connection.execute(
        f"UPDATE documents SET {changes} WHERE id = :id",  # noqa: S608
        columns | {"id": document_id},
    )


def _insert_passages(connection: sqlite3.Connection, document_id: int, new: NewVersion) -> None:
    connection.executemany(
        'INSERT INTO passages (document_id, start, "end", headings, text_hash) '
        "VALUES (?, ?, ?, ?, ?)",
        [
            (document_id, p.start, p.end, orjson.dumps(p.headings).decode(), p.text_hash)
            for p in new.passages
        ],
    )


def _text_hashes(connection: sqlite3.Connection, document_id: int) -> list[tuple[bytes]]:
    rows = connection.execute(
        "SELECT DISTINCT text_hash FROM passages WHERE document_id = ?", (document_id,)
    )
    return rows.fetchall()


def _drop_unused_vectors(connection: sqlite3.Connection, hashes: list[tuple[bytes]]) -> None:
    connection.executemany(
        "DELETE FROM vectors WHERE text_hash = ?1 "
        "AND NOT EXISTS (SELECT 1 FROM passages WHERE text_hash = ?1)",
        hashes,
    )


def _log_change(connection: sqlite3.Connection, document_id: int, passages: int) -> None:
    connection.execute(
        "INSERT INTO changes (document_id, passages) VALUES (?, ?)", (document_id, passages)
    )
