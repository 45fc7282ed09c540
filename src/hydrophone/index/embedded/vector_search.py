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
from hydrophone.index.embedded.graph import (
    EXPANSION_SEARCH,
    SIMILARITY_SLACK,
    Graph,
    Similarities,
    SnapshotTorn,
)
from hydrophone.index.embedded.selections import Selections, fetch_next
from hydrophone.index.ranking import rank
from hydrophone.index.scores import score_rows, unpack_vectors
from hydrophone.storage.index_db_filter import Condition
from hydrophone.storage.index_db_vectors import (
    ModelRow,
    find_allowed_pairs,
    find_model,
    list_pairs,
    list_vectors_after,
    read_vectors,
    read_vectors_of_passages,
)

_FETCH_AT_LEAST = 64
# The graph looks at so many vectors anyway.
_FETCH_FILTERED = EXPANSION_SEARCH
# A hit costs as much as comparing a few vectors that a filter allows.
_FETCH_AT_MOST = 6_000
_DOCUMENTS_AT_ONCE = 2_000
_COMPARED_ALWAYS = 2_000
_SELECTIVE_SHARE = 8
_TAIL_ROWS = 20_000


@dataclass(frozen=True, slots=True)
class _Tail:
    """Vectors with ids above `after`, ascending."""

    after: int
    ids: NDArray[np.int64]
    rows: NDArray[np.float16]

    @property
    def last_id(self) -> int:
        return int(self.ids[-1]) if len(self.ids) else self.after

    def nearest(self, vector: Vector, count: int) -> tuple[list[int], Similarities]:
        """As `Graph.nearest`."""
        scores = score_rows(self.rows, vector)
        best = np.argsort(-scores, kind="stable")[:count]
        return self.ids[best].tolist(), scores[best].astype(np.float32)

    def compare(self, vector: Vector, ids: Sequence[int], near: Similarities) -> None:
        """Fill in the similarities that are NaN where the vectors are here."""
        lacking = np.flatnonzero(np.isnan(near))
        if not len(self.ids) or not len(lacking):
            return
        wanted = np.asarray(ids, dtype=np.int64)[lacking]
        places = np.searchsorted(self.ids, wanted).clip(max=len(self.ids) - 1)
        there = self.ids[places] == wanted
        near[lacking[there]] = score_rows(self.rows[places[there]], vector)


@dataclass(frozen=True, slots=True)
class _Moment:
    """One state of the database, and the graph and the tail that have its vectors."""

    connection: sqlite3.Connection
    model: ModelRow
    graph: Graph
    tail: _Tail


class VectorSearch:
    """Searches the vectors of one model."""

    def __init__(self, folder: Path, model: str, dimensions: int, selections: Selections) -> None:
        self._folder = folder
        self._selections = selections
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
        at = _Moment(connection, model, *self._follow(connection, model))
        narrow = None
        if not condition.always:
            narrow = self._selections.narrow(connection, condition)
        found = None
        if narrow is None or narrow.passages > _most_compared(at):
            found = self._fetch_near(at, vector, k, condition)
        if found is None:
            allowed = narrow or self._selections.all(connection, condition)
            found = self._compare_all(at, vector, k, allowed.documents)
        return rank(found, k)

    def score(
        self, connection: sqlite3.Connection, vector: Vector, passage_ids: Sequence[int]
    ) -> dict[int, float]:
        """The cosine similarity of those passages that have a vector. Blocks."""
        model = find_model(connection, self._model, self._dimensions)
        if model is None:
            return {}
        stored = read_vectors_of_passages(connection, model.id, passage_ids)
        rows = unpack_vectors([data for _, data in stored], self._dimensions)
        scores = score_rows(rows, vector).tolist()
        return {passage: score for (passage, _), score in zip(stored, scores, strict=True)}

    def _fetch_near(
        self, at: _Moment, vector: Vector, k: int, condition: Condition
    ) -> list[tuple[float, int]] | None:
        """The nearest by graph and tail, fetching more until k of them are allowed.

        None when that would take so many that comparing all that are allowed is cheaper.
        """
        limit = max(_FETCH_AT_LEAST if condition.always else _FETCH_FILTERED, 2 * k)
        most = max(_FETCH_AT_MOST, 4 * k)
        while limit <= most or condition.always:
            ids, similar = at.graph.nearest(vector, limit)
            late_ids, late_similar = at.tail.nearest(vector, limit)
            seen_all = len(ids) < limit and len(late_ids) < limit
            near = dict(
                zip(ids + late_ids, [*similar.tolist(), *late_similar.tolist()], strict=True)
            )
            pairs = find_allowed_pairs(at.connection, list(near), condition)
            if seen_all or len(pairs) >= k:
                found = np.array([near[vector_id] for _, vector_id in pairs], np.float32)
                return self._best(at, vector, k, pairs, found)
            limit = fetch_next(limit, k, len(pairs))
        return None

    def _compare_all(
        self, at: _Moment, vector: Vector, k: int, documents: Sequence[int]
    ) -> list[tuple[float, int]]:
        """The nearest of all passages of these documents, each compared."""
        best: list[tuple[float, int]] = []
        for start in range(0, len(documents), _DOCUMENTS_AT_ONCE):
            some = documents[start : start + _DOCUMENTS_AT_ONCE]
            pairs = list_pairs(at.connection, at.model.id, some)
            ids = [vector_id for _, vector_id in pairs]
            near = at.graph.compare(vector, ids)
            at.tail.compare(vector, ids, near)
            best += self._best(at, vector, k, pairs, near)
            best = sorted(best, key=lambda hit: (-hit[0], hit[1]))[:k]
        return best

    def _best(
        self,
        at: _Moment,
        vector: Vector,
        k: int,
        pairs: Sequence[tuple[int, int]],
        near: Similarities,
    ) -> list[tuple[float, int]]:
        """At least the k best of (passage, vector), with their exact scores."""
        chosen = [pairs[place] for place in _promising(near, k)]
        stored = read_vectors(at.connection, sorted({vector_id for _, vector_id in chosen}))
        rows = unpack_vectors([data for _, data in stored], self._dimensions)
        scores = score_rows(rows, vector).tolist()
        exact = {id_: score for (id_, _), score in zip(stored, scores, strict=True)}
        return [(exact[vector_id], passage) for passage, vector_id in chosen if vector_id in exact]

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


def _most_compared(at: _Moment) -> int:
    """Of how many allowed passages each is compared; a filter that leaves more is not selective."""
    return max(_COMPARED_ALWAYS, (len(at.graph) + len(at.tail.ids)) // _SELECTIVE_SHARE)


def _promising(near: Similarities, k: int) -> list[int]:
    """Where the k best may be, given similarities to SIMILARITY_SLACK; NaN may be anything."""
    if len(near) <= k:
        return list(range(len(near)))
    kth = -np.sort(-near)[k - 1]
    return [int(place) for place in np.flatnonzero(~(near < kth - 2 * SIMILARITY_SLACK))]


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
