"""What the parts of an answer are compared with, over the same passages in the same run.

- FTS5, SQLite's own word search with Porter's stemmer and BM25, instead of tantivy;
- comparing a question's vector with every vector by numpy, instead of the graph;
- the cross-encoder over every sentence, or over the whole passages, instead of the best twelve.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone.index.scores import unpack_vectors
from hydrophone.index.terms import STOP_WORDS
from hydrophone.llm.base import Reranker
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_passages import load_words
from hydrophone.storage.index_db_vectors import find_model, list_vectors_after
from hydrophone.types import SearchResult
from manuals import passages_of

_ROWS = 1 << 31
_WORD = re.compile(r"\w+")
# The same weights as the words' fields have in the index, see index/fields.py.
_RANK = "bm25(0.6, 0.4, 1.0)"


class Fts5:
    """A full-text table of titles, headings and texts."""

    def __init__(self, file: Path, passages: Iterable[tuple[int, str, str, str]]) -> None:
        """Build the table in `file`, or use the one that is there."""
        self._connection = sqlite3.connect(file)
        if not self._connection.execute("PRAGMA user_version").fetchone()[0]:
            self._build(passages)

    def _build(self, passages: Iterable[tuple[int, str, str, str]]) -> None:
        with self._connection as connection:
            connection.execute("DROP TABLE IF EXISTS passages")
            connection.execute(
                "CREATE VIRTUAL TABLE passages USING fts5"
                "(title, headings, body, tokenize='porter unicode61')"
            )
            connection.executemany(
                "INSERT INTO passages (rowid, title, headings, body) VALUES (?, ?, ?, ?)", passages
            )
            connection.execute("INSERT INTO passages (passages) VALUES ('optimize')")
            connection.execute("INSERT INTO passages (passages, rank) VALUES ('rank', ?)", (_RANK,))
            connection.execute("PRAGMA user_version = 1")

    def find(self, question: str, count: int) -> list[int]:
        """The passages that share words with the question, best first."""
        words = dict.fromkeys(_WORD.findall(question.lower()))
        wanted = " OR ".join(f'"{word}"' for word in words if word not in STOP_WORDS)
        if not wanted:
            return []
        rows = self._connection.execute(
            "SELECT rowid FROM passages WHERE passages MATCH ? ORDER BY rank LIMIT ?",
            (wanted, count),
        )
        return [int(row[0]) for row in rows]

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def stream_passages(data_dir: Path) -> Iterator[tuple[int, str, str, str]]:
    """(passage id, title, headings, text) of every passage of an index, one after the other."""
    connection = sqlite3.connect(data_dir / "index.db")
    try:
        for (document_id,) in connection.execute("SELECT id FROM documents ORDER BY id"):
            words = load_words(connection, document_id)
            if words is not None:
                yield from passages_of([words])
    finally:
        connection.close()


class ExactScan:
    """All vectors in memory as float32, compared one by one."""

    def __init__(self, rows: NDArray[np.float16]) -> None:
        self._rows = rows.astype(np.float32)

    @classmethod
    async def open(cls, data_dir: Path, model: str, dimensions: int) -> ExactScan:
        """The vectors of an index."""
        database = IndexDatabase(data_dir / "index.db")
        try:
            row = await database.read(lambda c: find_model(c, model, dimensions))
            assert row is not None
            stored = await database.read(lambda c: list_vectors_after(c, row.id, 0, _ROWS))
        finally:
            await database.close()
        return cls(unpack_vectors([data for _, data in stored], dimensions))

    def similarities(self, vector: NDArray[np.float32], count: int) -> list[float]:
        """How similar the nearest vectors are, best first."""
        scores = self._rows @ vector
        return [float(score) for score in -np.sort(-scores)[:count]]

    def find(self, vector: NDArray[np.float32], count: int) -> list[int]:
        """The rows of the nearest vectors, best first."""
        scores = self._rows @ vector
        best = np.argpartition(-scores, count)[:count]
        return [int(row) for row in best[np.argsort(-scores[best])]]


async def rerank_passages(
    reranker: Reranker, question: str, results: Iterable[SearchResult]
) -> list[float]:
    """Score every passage of the results whole, as rerankers mostly are used."""
    texts = [passage.text for result in results for passage in result.passages]
    return await reranker.score(question, texts)
