"""Finding passages by words: tantivy ranks, SQLite decides what exists and is allowed."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

from hydrophone.index.base import IndexNotReady, Match
from hydrophone.index.embedded.notes import Notes, load_notes
from hydrophone.index.embedded.selections import Selections, fetch_next
from hydrophone.index.embedded.words import WordsQuery, WordsReader
from hydrophone.index.fields import FieldWeights
from hydrophone.index.ranking import rank
from hydrophone.storage.index_db_changes import last_change
from hydrophone.storage.index_db_filter import Condition
from hydrophone.storage.index_db_passages import keep_allowed

_FETCH_AT_LEAST = 64
# Enough where a filter leaves a tenth: asking twice costs more than looking at so many.
_FETCH_FILTERED = 1_024
# Beyond, naming the allowed documents to tantivy is cheaper.
_FETCH_AT_MOST = 4_096


class WordSearch:
    """Searches the current generation of words, following it from folder to folder."""

    def __init__(self, folder: Path, selections: Selections, weights: FieldWeights) -> None:
        self._folder = folder
        self._selections = selections
        self._weights = weights
        self._lock = threading.Lock()
        self._reader: WordsReader | None = None
        self._applied = -1

    def find(
        self, connection: sqlite3.Connection, query: str, k: int, condition: Condition
    ) -> list[Match]:
        """The k best passages that the condition allows. Blocks.

        Raises IndexNotReady while no generation can be read, WordsTorn when it is damaged.
        """
        notes = load_notes(connection)
        if not notes.folder and last_change(connection) == 0:
            return []
        reader = self._follow(notes)
        narrow = None
        if not condition.always:
            narrow = self._selections.narrow(connection, condition)
        prepared = reader.prepare(query, None if narrow is None else narrow.documents)
        if prepared is None or k < 1:
            return []
        wide = not condition.always and narrow is None
        start = _FETCH_FILTERED if wide else _FETCH_AT_LEAST
        found = _best_allowed(connection, prepared, k, condition, start)
        if found is None:
            # The allowed ones are rare among very many that match: name them after all.
            listed = self._selections.all(connection, condition)
            prepared = reader.prepare(query, listed.documents)
            assert prepared is not None
            start = _FETCH_AT_LEAST
            found = _best_allowed(connection, prepared, k, condition, start, patient=True) or []
        return rank(found, k)

    def _follow(self, notes: Notes) -> WordsReader:
        with self._lock:
            if not notes.folder:
                raise IndexNotReady("the index of words is being built; try again in a moment")
            if self._reader is None or self._reader.folder.name != notes.folder:
                self._reader = WordsReader(self._folder / notes.folder, self._weights)
            elif self._applied != notes.applied:
                self._reader.reload()
            self._applied = notes.applied
            return self._reader


def _best_allowed(
    connection: sqlite3.Connection,
    query: WordsQuery,
    k: int,
    condition: Condition,
    start: int,
    *,
    patient: bool = False,
) -> list[tuple[float, int]] | None:
    """At least the k best that exist and are allowed, with all that tie with the last of them.

    `start` is how many are fetched first.

    None when too many would have to be looked at, unless `patient`.
    """
    limit = max(start, 2 * k)
    while True:
        hits = query.best(limit)
        allowed = keep_allowed(connection, [passage for _, passage in hits], condition)
        found = [hit for hit in hits if hit[1] in allowed]
        if len(hits) < limit:
            return found
        # Others may tie with the last hit and come before it by their ids.
        certain = [hit for hit in found if hit[0] > hits[-1][0]]
        if len(certain) >= k:
            return certain
        limit = fetch_next(limit, k, len(certain))
        if limit > max(_FETCH_AT_MOST, 4 * k) and not patient and not condition.always:
            return None
