"""Making the vectors that passages lack, and keeping the graph over them."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from pathlib import Path

import numpy as np

from hydrophone.index.base import Embedding, Idle
from hydrophone.index.chunking import embedding_text
from hydrophone.index.embedded.graph import Graph, SnapshotTorn
from hydrophone.index.embedded.notes import (
    VECTORS_PROGRESS,
    VECTORS_REBUILT,
    load_notes,
    write_progress,
)
from hydrophone.index.embedded.signals import Signals
from hydrophone.index.embedded.vector_search import VectorSearch
from hydrophone.index.scores import embed_texts, unpack_vectors
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_changes import write_notes
from hydrophone.storage.index_db_vectors import (
    ModelRow,
    add_model,
    add_vectors,
    drop_other_models,
    find_model,
    forget_dead,
    list_dead,
    list_pending,
    list_snapshots,
    list_vector_ids,
    read_vectors,
    set_snapshot,
)

EMBED_BATCH = 8
SNAPSHOT_VECTORS = 5_000
SNAPSHOT_IDLE_S = 10.0
_MEND_BATCH = 256
_DEAD_BATCH = 5_000
_RETRY_S = (1.0, 5.0, 30.0)
_PATTERN = "vectors-*"
_log = logging.getLogger(__name__)


class VectorApplier:
    """Keeps vectors and graph up to date. Only the holder of the folder's lock runs it."""

    def __init__(
        self,
        folder: Path,
        database: IndexDatabase,
        signals: Signals,
        search: VectorSearch,
        embedding: Embedding,
        idle: Idle,
    ) -> None:
        self._folder = folder
        self._database = database
        self._signals = signals
        self._search = search
        self._embedding = embedding
        self._idle = idle
        self._graph = Graph(embedding.dimensions)
        self._unsaved = 0
        self._changed_s = 0.0
        self._failures = 0
        self._retry_s = 0.0

    async def run(self) -> None:
        """Load and mend the graph, then follow the passages until closing."""
        name, dimensions = self._embedding.model, self._embedding.dimensions
        model = await self._database.write(lambda c: add_model(c, name, dimensions))
        try:
            await self._load(model)
            while not self._signals.closing:
                if not await self._step(model):
                    await self._signals.wait_vectors()
        finally:
            self._search.use_live(None)
        if self._unsaved:
            await self._save(model)

    async def _load(self, model: ModelRow) -> None:
        await self._remove_snapshots()
        if model.snapshot_name is not None:
            try:
                self._graph = await asyncio.to_thread(
                    lambda: Graph.restore(
                        self._folder / str(model.snapshot_name),
                        model.snapshot_bytes,
                        model.snapshot_crc32,
                        model.dimensions,
                        view=False,
                    )
                )
            except SnapshotTorn as torn:
                _log.warning("The graph of vectors is built again: %s", torn)
        if await self._mend(model, self._graph, tell=False):
            self._search.use_live(self._graph)

    async def _mend(self, model: ModelRow, graph: Graph, *, tell: bool) -> bool:
        """Give the graph exactly the vectors of the table; False when closing came first."""
        dead, stored = await self._database.read(
            lambda c: (list_dead(c, model.id, 1 << 62), list_vector_ids(c, model.id))
        )
        wanted = np.array(stored, dtype=np.uint64)
        held = await asyncio.to_thread(graph.ids)
        extra = np.setdiff1d(held, wanted).tolist()
        missing = np.setdiff1d(wanted, held).tolist()
        if extra:
            await asyncio.to_thread(graph.remove, extra)
        for start in range(0, len(missing), _MEND_BATCH):
            if self._signals.closing:
                return False
            await self._idle()
            await self._add_stored(graph, missing[start : start + _MEND_BATCH])
            if tell:
                await self._tell(min(start + _MEND_BATCH, len(missing)), len(missing))
        self._note_changes(len(extra) + len(missing))
        await self._database.write(lambda c: forget_dead(c, dead))
        return True

    async def _add_stored(self, graph: Graph, ids: list[int]) -> None:
        stored = await self._database.read(lambda c: read_vectors(c, ids))
        if stored:
            rows = unpack_vectors([data for _, data in stored], self._embedding.dimensions)
            await asyncio.to_thread(graph.add, [id_ for id_, _ in stored], rows)

    async def _step(self, model: ModelRow) -> bool:
        """Do what is due; whether there may be more right away."""
        notes, dead = await self._database.read(
            lambda c: (load_notes(c), list_dead(c, model.id, _DEAD_BATCH))
        )
        if notes.rebuild_wanted > notes.vectors_rebuilt:
            return await self._rebuild(model, notes.rebuild_wanted)
        if dead:
            await asyncio.to_thread(self._graph.remove, dead)
            await self._database.write(lambda c: forget_dead(c, dead))
            self._note_changes(len(dead))
        busy = await self._embed_some(model)
        full = self._unsaved >= max(SNAPSHOT_VECTORS, len(self._graph) // 20)
        quiet = not busy and time.monotonic() - self._changed_s >= SNAPSHOT_IDLE_S
        if full or (self._unsaved and quiet):
            await self._save(model)
        return busy

    async def _embed_some(self, model: ModelRow) -> bool:
        """Make the next few vectors; False when none is lacking or the model fails for now."""
        if self._embedding.embed is None or time.monotonic() < self._retry_s:
            return False
        pending = await self._database.read(lambda c: list_pending(c, model.id, EMBED_BATCH))
        if not pending:
            return False
        await self._idle()
        texts = [embedding_text(p.title, p.headings, p.text) for p in pending]
        try:
            packed = await embed_texts(self._embedding, texts)
        except Exception as error:
            self._back_off(error)
            return False
        self._failures = 0
        pairs = [(p.text_hash, data) for p, data in zip(pending, packed, strict=True)]
        ids = await self._database.write(lambda c: add_vectors(c, model.id, pairs))
        made = [(id_, data) for id_, data in zip(ids, packed, strict=True) if id_ is not None]
        if made:
            rows = unpack_vectors([data for _, data in made], self._embedding.dimensions)
            await asyncio.to_thread(self._graph.add, [id_ for id_, _ in made], rows)
            self._note_changes(len(made))
        return True

    def _back_off(self, error: Exception) -> None:
        wait_s = _RETRY_S[min(self._failures, len(_RETRY_S) - 1)]
        self._failures += 1
        self._retry_s = time.monotonic() + wait_s
        _log.warning("Passages could not be embedded, next try in %d s: %s", wait_s, error)

    async def _rebuild(self, model: ModelRow, wish: int) -> bool:
        """Build a graph beside the one in use, then change over."""
        await self._database.write(lambda c: drop_other_models(c, model.id))
        fresh = Graph(self._embedding.dimensions)
        if not await self._mend(model, fresh, tell=True):
            return False
        self._graph = fresh
        self._search.use_live(fresh)
        await self._save(model)
        await self._database.write(lambda c: write_notes(c, {VECTORS_REBUILT: str(wish)}))
        return True

    async def _save(self, model: ModelRow) -> None:
        current = await self._database.read(
            lambda c: find_model(c, self._embedding.model, self._embedding.dimensions)
        )
        old = None if current is None else current.snapshot_name
        number = int(old.split("-")[2].split(".")[0]) + 1 if old else 1
        name = f"vectors-{model.id}-{number}.usearch"
        graph = self._graph
        size_bytes, crc32 = await asyncio.to_thread(graph.save, self._folder / name)
        self._unsaved = 0

        def note(connection: sqlite3.Connection) -> None:
            set_snapshot(connection, model.id, name, size_bytes, crc32, graph.last_id)

        await self._database.write(note)
        await self._remove_snapshots()

    def _note_changes(self, count: int) -> None:
        if count:
            self._unsaved += count
            self._changed_s = time.monotonic()

    async def _tell(self, done: int, total: int) -> None:
        await self._database.write(lambda c: write_progress(c, VECTORS_PROGRESS, done, total))

    async def _remove_snapshots(self) -> None:
        """Remove the files that no model uses, halves that a crash left included."""
        used = await self._database.read(list_snapshots)
        await asyncio.to_thread(_remove_others, self._folder, used)


def _remove_others(folder: Path, used: set[str]) -> None:
    for file in folder.glob(_PATTERN):
        if file.name not in used:
            try:
                file.unlink()
            except OSError:
                # Mapped by a reader on a system that minds; the next start will do it.
                _log.debug("%s could not be removed yet", file)
