"""Texts of document versions in `index.db`: the current ones, a few older ones, and cited ones.

They go with their document: what is deleted is gone, cited or not. Every function works inside the
caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import orjson

from hydrophone.ports import KeptPage
from hydrophone.storage.index_db_filter import from_us
from hydrophone.types import Document

OLDER_VERSIONS_KEPT = 2
# A citation is not noted again while what was noted lasts nearly as long.
_SLACK_US = 24 * 3600 * 1_000_000


def store_version(
    connection: sqlite3.Connection, document_id: int, document: Document, sha256: str, now_us: int
) -> None:
    """Store the text of a document's current version, and drop the oldest that nobody needs."""
    headings = [(h.level, h.text, h.start) for h in document.headings]
    kept = connection.execute(
        "SELECT kept_until_us FROM versions WHERE document_id = ? AND sha256 = ?",
        (document_id, sha256),
    ).fetchone()
    # Deleted first, so that a text that comes back is the newest again.
    connection.execute(
        "DELETE FROM versions WHERE document_id = ? AND sha256 = ?", (document_id, sha256)
    )
    connection.execute(
        "INSERT INTO versions (document_id, sha256, headings, text, stored_us, kept_until_us) "
        "VALUES (?, ?, ?, ?, ?, ?)",
        (
            document_id,
            sha256,
            orjson.dumps(headings).decode(),
            document.text,
            now_us,
            kept and kept[0],
        ),
    )
    connection.execute(
        "DELETE FROM versions WHERE document_id = ?1 AND ifnull(kept_until_us, 0) < ?3 "
        "AND id NOT IN "
        "(SELECT id FROM versions WHERE document_id = ?1 ORDER BY id DESC LIMIT ?2)",
        (document_id, 1 + OLDER_VERSIONS_KEPT, now_us),
    )


def list_passing(
    connection: sqlite3.Connection, versions: Sequence[str], until_us: int
) -> list[str]:
    """Those of the versions that are stored, but not sure to be so for as long."""
    rows = connection.execute(
        "SELECT DISTINCT sha256 FROM versions WHERE sha256 IN (SELECT value FROM json_each(?)) "
        "AND ifnull(kept_until_us, 0) < ?",
        (orjson.dumps(list(versions)).decode(), until_us - _SLACK_US),
    )
    return [row[0] for row in rows]


def keep_versions(connection: sqlite3.Connection, versions: Sequence[str], until_us: int) -> None:
    """Keep the versions until then, as long as their documents are there."""
    connection.executemany(
        "UPDATE versions SET kept_until_us = max(ifnull(kept_until_us, 0), ?) WHERE sha256 = ?",
        [(until_us, version) for version in versions],
    )


def read_text(connection: sqlite3.Connection, sha256: str) -> str | None:
    """The text of a version, None when it is not kept."""
    row = connection.execute(
        "SELECT text FROM versions WHERE sha256 = ? LIMIT 1", (sha256,)
    ).fetchone()
    return None if row is None else str(row[0])


def read_page(connection: sqlite3.Connection, sha256: str) -> KeptPage | None:
    """A version with its document's address and title; of equal texts, the one stored last."""
    row = connection.execute(
        "SELECT d.url, d.title, v.text, ifnull(v.stored_us, d.updated_us) FROM versions v "
        "JOIN documents d ON d.id = v.document_id WHERE v.sha256 = ? ORDER BY v.id DESC LIMIT 1",
        (sha256,),
    ).fetchone()
    if row is None:
        return None
    url, title, text, stored_us = row
    return KeptPage(sha256, url, title, text, from_us(stored_us))
