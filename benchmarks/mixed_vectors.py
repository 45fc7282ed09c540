"""Vectors for a large index in minutes: some passages really embedded, the others mixed.

Embedding 100,000 passages takes most of an hour on two cores. Here every n-th passage is embedded;
each one between two of them gets a mixture of both and of noise. The graph then has as many
vectors as it would, as near to their neighbours as passages of one page are, and every search
costs what it would. How well it finds is not measured with them.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
import sys
from collections.abc import Awaitable, Callable
from functools import partial
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from hydrophone.app import open_rooms
from hydrophone.index.chunking import embedding_text
from hydrophone.index.scores import pack_vectors, unpack_vectors
from hydrophone.llm.embedder import DIMENSIONS, OnnxEmbedder
from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.settings import load_settings
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_vectors import (
    ModelRow,
    PendingPassage,
    add_model,
    add_vectors,
    count_pending,
    find_model,
    list_pending,
    list_vectors_after,
)

NOISE = 0.6
_WRITE_ROWS = 10_000
_POLL_S = 0.5

Rows = NDArray[np.float32]


def spread(total: int, chosen: int) -> list[int]:
    """`chosen` positions among `total`, evenly spread, the first and the last among them."""
    return sorted({round(at) for at in np.linspace(0, total - 1, min(chosen, total))})


def mix(positions: list[int], embedded: Rows, total: int, seed: int) -> Rows:
    """Unit vectors, shape (total, d): the embedded ones at their positions; between two of them a
    random mixture of both, with noise of NOISE times its length."""
    dice = np.random.default_rng(seed)
    mixed = np.empty((total, embedded.shape[1]), np.float32)
    right = np.searchsorted(positions, np.arange(total)).clip(1, len(positions) - 1)
    share = dice.random((total, 1), dtype=np.float32)
    mixed[:] = share * embedded[right - 1] + (1 - share) * embedded[right]
    _disturb(mixed, dice)
    mixed[positions] = embedded
    return mixed


def _disturb(rows: Rows, dice: np.random.Generator) -> None:
    """Add noise of NOISE times their length, and make them unit vectors again."""
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    noise = dice.standard_normal(rows.shape, dtype=np.float32)
    rows += NOISE * noise / np.linalg.norm(noise, axis=1, keepdims=True)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)


async def mix_vectors(data_dir: Path, source_dir: Path, seed: int) -> int:
    """Give every passage a vector mixed of two that stand side by side in another index; how many.

    A few thousand rows at a time, so that it fits into memory however many passages there are.
    """
    source, database = (IndexDatabase(d / "index.db") for d in (source_dir, data_dir))
    dice = np.random.default_rng(seed)
    done = after = 0
    try:
        row = await source.read(_model)
        stored = await source.read(lambda c: list_vectors_after(c, row.id, 0, 1 << 31))
        known = unpack_vectors([data for _, data in stored], row.dimensions).astype(np.float32)
        model = await database.write(lambda c: add_model(c, BGE_SMALL_EN.name, DIMENSIONS))
        while pending := await database.read(partial(_hashes_after, after=after)):
            at = (done + np.arange(len(pending))) % (len(known) - 1)
            share = dice.random((len(pending), 1), dtype=np.float32)
            rows = share * known[at] + (1 - share) * known[at + 1]
            _disturb(rows, dice)
            pairs = [(h, data) for (_, h), data in zip(pending, pack_vectors(rows), strict=True)]
            await database.write(partial(add_vectors, model_id=model.id, vectors=pairs))
            done, after = done + len(pending), pending[-1][0]
    finally:
        await source.close()
        await database.close()
    return done


def _hashes_after(connection: sqlite3.Connection, after: int) -> list[tuple[int, bytes]]:
    return connection.execute(
        "SELECT id, text_hash FROM passages WHERE id > ? ORDER BY id LIMIT ?", (after, _WRITE_ROWS)
    ).fetchall()


async def fill_vectors(data_dir: Path, embedded: int, seed: int) -> tuple[int, int]:
    """Give every passage a vector; how many are embedded, and how many mixed."""
    files = find_model_files(BGE_SMALL_EN, None)
    # Without the prefix of questions this lane embeds passages, on all cores.
    model = OnnxEmbedder(files, query_threads=os.cpu_count() or 1, query_prefix="")
    database = IndexDatabase(data_dir / "index.db")
    try:
        row = await database.write(lambda c: add_model(c, model.model, model.dimensions))
        pending = await database.read(lambda c: list_pending(c, row.id, 1 << 31))
        positions = spread(len(pending), embedded)
        real = await _embed(model, [pending[position] for position in positions])
        rows = await asyncio.to_thread(mix, positions, real, len(pending), seed)
        await _write(database, row, pending, pack_vectors(rows))
    finally:
        await model.close()
        await database.close()
    return len(positions), len(pending) - len(positions)


async def _embed(model: OnnxEmbedder, passages: list[PendingPassage]) -> Rows:
    print(f"embedding {len(passages):,} passages …", file=sys.stderr, flush=True)
    texts = [embedding_text(p.title, p.headings, p.text) for p in passages]
    return np.stack(await asyncio.gather(*(model.embed_query(text) for text in texts)))


async def _write(
    database: IndexDatabase, model: ModelRow, pending: list[PendingPassage], packed: list[bytes]
) -> None:
    pairs = [(p.text_hash, data) for p, data in zip(pending, packed, strict=True)]
    for start in range(0, len(pairs), _WRITE_ROWS):
        some = pairs[start : start + _WRITE_ROWS]
        await database.write(lambda c, some=some: add_vectors(c, model.id, some))


async def build_graph(data_dir: Path) -> None:
    """Have an index with this folder build its graph, and wait until it is saved."""
    print("building the graph …", file=sys.stderr, flush=True)
    async with open_rooms(load_settings(data_dir=data_dir)) as rooms:
        await rooms.index()
        await wait_until(lambda: _saved(data_dir))


async def wait_until(reached: Callable[[], Awaitable[bool]]) -> None:
    """Ask now and then; the work is another process's, or has no event."""
    while not await reached():  # noqa: ASYNC110
        await asyncio.sleep(_POLL_S)


async def _saved(data_dir: Path) -> bool:
    database = IndexDatabase(data_dir / "index.db")
    try:
        last = await database.read(lambda c: c.execute("SELECT max(id) FROM vectors").fetchone()[0])
        model = await database.read(_model)
    finally:
        await database.close()
    return model.snapshot_to >= last


async def pending_vectors(data_dir: Path) -> int:
    """How many passages lack a vector."""
    database = IndexDatabase(data_dir / "index.db")
    try:
        model = await database.read(_model)
        return await database.read(lambda c: count_pending(c, model.id))
    finally:
        await database.close()


def _model(connection: sqlite3.Connection) -> ModelRow:
    found = find_model(connection, BGE_SMALL_EN.name, DIMENSIONS)
    assert found is not None
    return found
