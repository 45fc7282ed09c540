"""Passages in `index.db`: which ones a filter allows, and what there is to show of them.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from hydrophone.storage.index_db_filter import Condition


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage with what its document says; times in microseconds since 1970."""

    id: int
    text: str
    version: str
    start: int
    end: int
    headings: tuple[str, ...]
    heading_starts: tuple[int, ...]
    url: str
    title: str
    collection: str
    published_us: int | None
    modified_us: int | None
    language: str | None
    authority: float


@dataclass(frozen=True, slots=True)
class DocumentWords:
    """The texts of one document that its words are found by; passages as (id, headings, text)."""

    document_id: int
    url: str
    title: str
    passages: tuple[tuple[int, tuple[str, ...], str], ...]


@dataclass(frozen=True, slots=True)
class _Version:
    text: str
    starts: Sequence[int]

    def heading_starts(self, start: int, end: int) -> tuple[int, ...]:
        return tuple(at for at in self.starts if start <= at < end)


@dataclass(frozen=True, slots=True)
class Allowed:
    """The documents that a condition allows, by their ids, and how many passages they have."""

    documents: list[int]
    passages: int


def list_allowed_documents(
    connection: sqlite3.Connection, condition: Condition, max_passages: int
) -> Allowed | None:
    """The documents that the condition allows; None when they have more passages than that."""
    rows = connection.execute(
        condition.put_into("SELECT d.id, d.passages FROM documents d WHERE {condition}"),
        condition.values,
    )
    documents, passages = [], 0
    for document_id, count in rows:
        passages += count
        if passages > max_passages:
            return None
        documents.append(int(document_id))
    return Allowed(documents, passages)


def keep_allowed(
    connection: sqlite3.Connection, passage_ids: Sequence[int], condition: Condition
) -> set[int]:
    """Those of the passages that exist and whose documents the condition allows."""
    rows = connection.execute(
        condition.put_into(
            "SELECT p.id FROM passages p JOIN documents d ON d.id = p.document_id "
            "WHERE p.id IN (SELECT value FROM json_each(?)) AND {condition}"
        ),
        (orjson.dumps(passage_ids).decode(), *condition.values),
    )
    return {row[0] for row in rows}


def load_passages(connection: sqlite3.Connection, passage_ids: Sequence[int]) -> list[PassageRow]:
    """Those of the passages that exist, in the given order."""
    rows = connection.execute(
        'SELECT p.id, p.document_id, d.version, p.start, p."end", p.headings, d.url, d.title, '
        "c.name, d.published_us, d.modified_us, d.language, d.authority "
        "FROM passages p JOIN documents d ON d.id = p.document_id "
        "JOIN collections c ON c.id = d.collection_id "
        "WHERE p.id IN (SELECT value FROM json_each(?))",
        (orjson.dumps(passage_ids).decode(),),
    ).fetchall()
    versions = _versions(connection, {(row[1], row[2]) for row in rows})
    by_id = {
        row[0]: PassageRow(
            id=row[0],
            text=versions[row[1]].text[row[3] : row[4]],
            version=row[2],
            start=row[3],
            end=row[4],
            headings=tuple(orjson.loads(row[5])),
            heading_starts=versions[row[1]].heading_starts(row[3], row[4]),
            url=row[6],
            title=row[7],
            collection=row[8],
            published_us=row[9],
            modified_us=row[10],
            language=row[11],
            authority=row[12],
        )
        for row in rows
    }
    return [by_id[passage_id] for passage_id in passage_ids if passage_id in by_id]


def load_words(connection: sqlite3.Connection, document_id: int) -> DocumentWords | None:
    """What the words of a document are found by; None when it is no longer there."""
    document = connection.execute(
        "SELECT d.url, d.title, v.text FROM documents d "
        "JOIN versions v ON v.document_id = d.id AND v.sha256 = d.version WHERE d.id = ?",
        (document_id,),
    ).fetchone()
    if document is None:
        return None
    url, title, text = document
    passages = connection.execute(
        'SELECT id, headings, start, "end" FROM passages WHERE document_id = ? ORDER BY id',
        (document_id,),
    )
    return DocumentWords(
        document_id,
        url,
        title,
        tuple((row[0], tuple(orjson.loads(row[1])), text[row[2] : row[3]]) for row in passages),
    )


def _versions(
    connection: sqlite3.Connection, versions: set[tuple[int, str]]
) -> dict[int, _Version]:
    loaded: dict[int, _Version] = {}
    for document_id, sha256 in versions:
        text, headings = connection.execute(
            "SELECT text, headings FROM versions WHERE document_id = ? AND sha256 = ?",
            (document_id, sha256),
        ).fetchone()
        loaded[document_id] = _Version(text, [start for _, _, start in orjson.loads(headings)])
    return loaded
