"""What the links of documents say, in `index.db`.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence

import orjson


def put_link_texts(connection: sqlite3.Connection, document_id: int, texts: Sequence[str]) -> None:
    """Note a document's link texts, lines each, in place of those that it had."""
    connection.execute("DELETE FROM link_texts WHERE document_id = ?", (document_id,))
    if texts:
        connection.execute(
            "INSERT INTO link_texts (document_id, lines) VALUES (?, ?)",
            (document_id, "\n".join(texts)),
        )


def load_link_texts(connection: sqlite3.Connection, passage_ids: Sequence[int]) -> list[str]:
    """The link texts of the documents that the passages are of, each once."""
    rows = connection.execute(
        "SELECT l.lines FROM json_each(?) AS wanted JOIN passages p ON p.id = wanted.value "
        "JOIN link_texts l ON l.document_id = p.document_id ORDER BY wanted.key",
        (orjson.dumps(list(passage_ids)).decode(),),
    )
    return list(dict.fromkeys(line for (lines,) in rows for line in lines.split("\n")))
