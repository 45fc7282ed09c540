"""Which documents a filter allows, found once for words and vectors and for questions that follow.

What was found holds for one state of the documents: the number of the last change is part of the
key, so nothing has to be thrown away when documents change.
"""

from __future__ import annotations

import sqlite3
import threading
from collections import OrderedDict
from dataclasses import dataclass, field

from hydrophone.storage.index_db_changes import last_change
from hydrophone.storage.index_db_filter import Condition
from hydrophone.storage.index_db_passages import Allowed, list_allowed_documents

# With so few passages allowed, each of them is looked at.
NARROW_PASSAGES = 20_000
_KEPT = 16
_NO_LIMIT = 1 << 62

_Key = tuple[Condition, int, int]


@dataclass(slots=True)
class _Entry:
    lock: threading.Lock = field(default_factory=threading.Lock)
    found: bool = False
    allowed: Allowed | None = None


class Selections:
    """Remembers what the last few filters allow. Safe to use from several threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._entries: OrderedDict[_Key, _Entry] = OrderedDict()

    def narrow(self, connection: sqlite3.Connection, condition: Condition) -> Allowed | None:
        """The allowed documents, None when they have more than NARROW_PASSAGES. Blocks."""
        return self._look_up(connection, condition, NARROW_PASSAGES)

    def all(self, connection: sqlite3.Connection, condition: Condition) -> Allowed:
        """The allowed documents, however many. Blocks."""
        allowed = self._look_up(connection, condition, _NO_LIMIT)
        assert allowed is not None
        return allowed

    def _look_up(
        self, connection: sqlite3.Connection, condition: Condition, most: int
    ) -> Allowed | None:
        entry = self._entry((condition, last_change(connection), most))
        with entry.lock:
            if not entry.found:
                entry.allowed = list_allowed_documents(connection, condition, most)
                entry.found = True
            return entry.allowed

    def _entry(self, key: _Key) -> _Entry:
        with self._lock:
            entry = self._entries.setdefault(key, _Entry())
            self._entries.move_to_end(key)
            if len(self._entries) > _KEPT:
                self._entries.popitem(last=False)
            return entry


def fetch_next(fetched: int, wanted: int, allowed: int) -> int:
    """How many hits to fetch when `allowed` of those fetched were too few.

    As many as should do if it goes on like this, and a few more, but two to eight times as many:
    what a few hits say of the others is rough.
    """
    enough = fetched * (wanted + wanted // 4 + 4) // max(1, allowed)
    return min(max(2 * fetched, enough), 8 * fetched)
