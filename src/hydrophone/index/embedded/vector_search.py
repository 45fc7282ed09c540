"""Finding passages by vectors: a graph proposes, SQLite decides, exact scores rank.

A process searches either the graph that it keeps itself (the applier) or the last snapshot. The
vectors that came after it, its tail, are held in memory and compared one by one, so that every
process finds every vector.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone.index.base import Match, Vector
from hydrophone.index.embedded.graph import Graph, SnapshotTorn
from hydrophone.index.ranking import rank
from hydrophone.index.scores import score_rows, unpack_vectors
from hydrophone.storage.index_db_filter import Condition
from hydrophone.storage.index_db_passages import Allowed, list_allowed_documents
from hydrophone.storage.index_db_vectors import (
    ModelRow,
    VectorHit,
    find_model,
    find_passages_of_vectors,
    list_allowed_vectors,
    list_vectors_after,
    scan_allowed_vectors,
)

NARROW_PASSAGES = 20_000
_FETCH_AT_LEAST = 64
_SCAN_ROWS = 10_000
_TAIL_ROWS = 20_000
# usearch sums in float16 precision; an exact score may differ from its own by this much.
_SLACK = 2e-3


@dataclass(frozen=True, slots=True)
class _Tail:
    """Vectors with ids above `after`, ascending."""

    after: int
    ids: NDArray[np.int64]
    rows: NDArray[np.float16]

    @property
    def last_id(self) -> int:
        return int(self.ids[-1]) if len(self.ids) else self.after

    def nearest(self, vector: Vector, count: int) -> tuple[list[int], float]:
        """As `Graph.nearest`."""
        if not len(self.ids):
            return [], -1.0
        scores = score_rows(self.rows, vector)
        if len(scores) <= count:
            return self.ids.tolist(), -1.0
        best = np.argpartition(-scores, count)[:count]
        return self.ids[best].tolist(), float(scores[best].min())


class VectorSearch:
    """Searches the vectors of one model."""

    def __init__(self, folder: Path, model: str, dimensions: int) -> None:
        self._folder = folder
        self._model = model
        self._dimensions = dimensions
        self._lock = threading.Lock()
        self._live: Graph | None = None
        self._snapshot: tuple[str | None, Graph] | None = None
        self._tail = _empty_tail(0, dimensions)

    @property
    def searches_live(self) -> bool:
        """Whether a graph of this process is searched."""
        return self._live is not None

    def use_live(self, graph: Graph | None) -> None:
        """Search this graph, which its owner keeps up to date; None goes back to snapshots."""
        with self._lock:
            self._live = graph
            self._snapshot = None

    def find(
        self, connection: sqlite3.Connection, vector: Vector, k: int, condition: Condition
    ) -> list[Match]:
        """The k nearest passages that the condition allows. Blocks."""
        model = find_model(connection, self._model, self._dimensions)
        if model is None or k < 1:
            return []
        if condition.always:
            narrow = None
        else:
            narrow = list_allowed_documents(connection, condition, NARROW_PASSAGES)
        found = self._search_graph(connection, model, vector, k, condition, narrow)
        if found is None and narrow is not None:
            hits = list_allowed_vectors(connection, model.id, narrow.documents)
            found = self._score(hits, vector)
        if found is None:
            found = self._scan(connection, model, vector, k, condition)
        return rank(found, k)

    def _search_graph(
        self,
        connection: sqlite3.Connection,
        model: ModelRow,
        vector: Vector,
        k: int,
        condition: Condition,
        narrow: Allowed | None,
    ) -> list[tuple[float, int]] | None:
        """The nearest by graph and tail; None when comparing all that are allowed is cheaper.

        A hit of the graph costs about as much as comparing one allowed passage, so no more hits
        are fetched than there are allowed passages.
        """
        graph, tail = self._follow(connection, model)
        limit = max(_FETCH_AT_LEAST, 2 * k if condition.always else 4 * k)
        most = max(4096, 2 * k, len(graph) // 4)
        if narrow is not None:
            most = narrow.passages
            # So many hits will likely be needed before k of them are allowed.
            limit = max(limit, 2 * k * (len(graph) + len(tail.ids)) // max(1, narrow.passages))
        while limit <= most or condition.always:
            ids, bound = graph.nearest(vector, limit)
            late_ids, late_bound = tail.nearest(vector, limit)
            farthest = max(bound, late_bound)
            hits = find_passages_of_vectors(connection, ids + late_ids, condition)
            found = self._score(hits, vector)
            certain = [hit for hit in found if hit[0] >= farthest - _SLACK]
            if farthest == -1.0 or len(certain) >= k:
                return certain
            limit *= 2
        return None

    def _scan(
        self,
        connection: sqlite3.Connection,
        model: ModelRow,
        vector: Vector,
        k: int,
        condition: Condition,
    ) -> list[tuple[float, int]]:
        """The nearest of all that are allowed, each compared."""
        best: list[tuple[float, int]] = []
        after = 0
        while hits := scan_allowed_vectors(connection, model.id, condition, after, _SCAN_ROWS):
            after = hits[-1].passage_id
            best += self._score(hits, vector)
            best = sorted(best, key=lambda hit: (-hit[0], hit[1]))[:k]
        return best

    def _score(self, hits: Sequence[VectorHit], vector: Vector) -> list[tuple[float, int]]:
        rows = unpack_vectors([hit.data for hit in hits], self._dimensions)
        scores = score_rows(rows, vector).tolist()
        return [(score, hit.passage_id) for score, hit in zip(scores, hits, strict=True)]

    def _follow(self, connection: sqlite3.Connection, model: ModelRow) -> tuple[Graph, _Tail]:
        with self._lock:
            graph = self._live or self._restored(model)
            if self._tail.after != graph.last_id:
                self._tail = _cut_tail(self._tail, graph.last_id, self._dimensions)
            while late := list_vectors_after(connection, model.id, self._tail.last_id, _TAIL_ROWS):
                self._tail = _lengthen(self._tail, late, self._dimensions)
            return graph, self._tail

    def _restored(self, model: ModelRow) -> Graph:
        """The snapshot that `index.db` names; an empty graph when it has none that is whole."""
        if self._snapshot is None or self._snapshot[0] != model.snapshot_name:
            graph = Graph(self._dimensions)
            if model.snapshot_name is not None:
                # The applier finds a torn one too; until it is mended all is in the tail.
                with suppress(SnapshotTorn):
                    graph = Graph.restore(
                        self._folder / model.snapshot_name,
                        model.snapshot_bytes,
                        model.snapshot_crc32,
                        self._dimensions,
                        view=True,
                    )
            self._snapshot = (model.snapshot_name, graph)
        return self._snapshot[1]


def _empty_tail(after: int, dimensions: int) -> _Tail:
    return _Tail(after, np.empty(0, np.int64), np.empty((0, dimensions), np.float16))


def _cut_tail(tail: _Tail, after: int, dimensions: int) -> _Tail:
    if after < tail.after:
        return _empty_tail(after, dimensions)
    later = tail.ids > after
    return _Tail(after, tail.ids[later], tail.rows[later])


def _lengthen(tail: _Tail, late: list[tuple[int, bytes]], dimensions: int) -> _Tail:
    rows = unpack_vectors([data for _, data in late], dimensions)
    ids = np.array([id_ for id_, _ in late], dtype=np.int64)
    return _Tail(tail.after, np.concatenate([tail.ids, ids]), np.concatenate([tail.rows, rows]))
