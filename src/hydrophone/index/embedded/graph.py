"""usearch, adapted: a graph of vectors for nearest-neighbour search, and its snapshot files.

The graph is derived from `index.db`. Its keys are ids of vectors, and it holds them as bytes: half
the memory of float16 and twice the speed, at the same recall, because the exact vectors decide in
the end. A snapshot's size and CRC-32 are kept in `index.db`, because a damaged file would be mapped
into memory unseen.
"""

from __future__ import annotations

import contextlib
import ctypes
import math
import mmap
import os
import sys
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from hydrophone.index.base import IndexFailed, Vector

if TYPE_CHECKING:
    import usearch.index

CONNECTIVITY = 16
EXPANSION_ADD = 128
# How many vectors a search follows at least: with a million vectors, and as few as ever. In between
# it grows with the cube root of their number, at which it finds the same share of the nearest ten.
EXPANSION_SEARCH = 768
LEAST_EXPANSION = 192
# The similarity of two vectors of bytes differs from the exact one by less than this: five times
# the standard deviation measured over embedded passages of 384 dimensions.
SIMILARITY_SLACK = 5e-3
_LARGEST_BYTE = 127
_METRIC = "cos"
_DTYPE = "i8"

_COMPARED_AT_ONCE = 1_000

Ids = NDArray[np.uint64]
Similarities = NDArray[np.float32]


class SnapshotTorn(IndexFailed):
    """A snapshot is missing, damaged or of another model."""


class Graph:
    """A graph over vectors, compared by their angles. Safe to use from several threads."""

    def __init__(self, dimensions: int) -> None:
        """An empty graph."""
        _load_cpp_runtime()
        from usearch.index import Index

        self.dimensions = dimensions
        # usearch gives each searching thread of its own a slot; Python's threads would share one.
        self._lock = threading.Lock()
        self._last_id = 0
        self._index: usearch.index.Index = Index(
            ndim=dimensions,
            metric=_METRIC,
            dtype=_DTYPE,
            connectivity=CONNECTIVITY,
            expansion_add=EXPANSION_ADD,
        )

    @classmethod
    def restore(
        cls, file: Path, size_bytes: int, crc32: int, dimensions: int, *, view: bool
    ) -> Graph:
        """The graph of a snapshot: mapped into memory to be searched (`view`), or to be changed.

        Raises SnapshotTorn.
        """
        graph = cls(dimensions)
        try:
            if _measure(file) != (size_bytes, crc32):
                raise SnapshotTorn(f"{file} is damaged")
            if view:
                graph._index.view(str(file))
            else:
                graph._index.load(str(file))
        except (OSError, ValueError, RuntimeError) as error:
            raise SnapshotTorn(f"{file}: {error}") from error
        if (graph._index.ndim, graph._index.dtype.name) != (dimensions, _DTYPE.upper()):
            raise SnapshotTorn(
                f"{file} has vectors of {graph._index.ndim} numbers of {graph._index.dtype.name}"
            )
        graph._last_id = int(graph.ids().max(initial=0))
        return graph

    def __len__(self) -> int:
        return len(self._index)

    @property
    def last_id(self) -> int:
        """The largest id that was ever added."""
        return self._last_id

    def ids(self) -> Ids:
        """The ids of all vectors, in no order."""
        with self._lock:
            return np.asarray(self._index.keys).astype(np.uint64)

    def add(self, ids: Sequence[int], rows: NDArray[np.float16]) -> None:
        """Add vectors, in ascending order of their ids; those already there are left alone."""
        keys = np.asarray(ids, dtype=np.uint64)
        with self._lock:
            fresh = ~np.asarray(self._index.contains(keys), dtype=bool)
            if fresh.any():
                self._index.add(keys[fresh], _to_bytes(rows[fresh]), threads=1)
            self._last_id = max(self._last_id, int(keys.max(initial=0)))

    def remove(self, ids: Sequence[int]) -> None:
        """Remove those of the vectors that are there."""
        with self._lock:
            self._index.remove(np.asarray(ids, dtype=np.uint64), threads=1)

    def nearest(self, vector: Vector, count: int) -> tuple[list[int], Similarities]:
        """About the `count` nearest ids, nearest first, and how similar, to SIMILARITY_SLACK.

        When there are fewer, these are all there are.
        """
        with self._lock:
            if not len(self._index):
                return [], np.empty(0, np.float32)
            self._index._compiled.expansion_search = _expansion(len(self._index))
            found = self._index.search(_to_bytes(vector), count, threads=1)
        return [int(key) for key in found.keys], 1.0 - found.distances.astype(np.float32)

    def compare(self, vector: Vector, ids: Sequence[int]) -> Similarities:
        """The similarity of each of these vectors, to SIMILARITY_SLACK; NaN for an unknown id."""
        similarities = np.full(len(ids), np.nan, np.float32)
        # So few at a time that they stay in the processor's cache.
        for start in range(0, len(ids), _COMPARED_AT_ONCE):
            keys = np.asarray(ids[start : start + _COMPARED_AT_ONCE], dtype=np.uint64)
            with self._lock:
                # What `Index.get` calls: it makes a second array of each, in twice the time.
                found = self._index._compiled.get_many(keys, self._index.dtype)
            held = [row for row in found if row is not None]
            if held:
                there = [start + place for place, row in enumerate(found) if row is not None]
                rows = np.concatenate(held, dtype=np.float32).reshape(-1, self.dimensions)
                lengths = np.sqrt(np.einsum("ij,ij->i", rows, rows))
                similarities[there] = rows @ vector / np.maximum(lengths, 1e-30)
        return similarities

    def save(self, file: Path) -> tuple[int, int]:
        """Write a snapshot and wait until it is on disk; its size in bytes and its CRC-32.

        Nothing may be added or removed meanwhile; searches may go on.
        """
        partial = file.with_suffix(".partial")
        try:
            self._index.save(str(partial))
            with partial.open("rb+") as written:
                os.fsync(written.fileno())
            size_bytes, crc32 = _measure(partial)
            partial.replace(file)
        except (OSError, RuntimeError) as error:
            raise IndexFailed(f"{file} could not be written: {error}") from error
        return size_bytes, crc32


def _expansion(vectors: int) -> int:
    grown = round(EXPANSION_SEARCH * math.cbrt(vectors / 1_000_000))
    return min(EXPANSION_SEARCH, max(LEAST_EXPANSION, grown))


def _to_bytes(vectors: NDArray[np.floating[Any]]) -> NDArray[np.int8]:
    """Each vector stretched until its largest number fits a byte; the length does not matter."""
    wide = vectors.astype(np.float32)
    largest = np.abs(wide).max(axis=-1, keepdims=True, initial=1e-30)
    stretched: NDArray[np.float32] = np.rint(wide * (_LARGEST_BYTE / largest))
    return stretched.astype(np.int8)


def _measure(file: Path) -> tuple[int, int]:
    with file.open("rb") as opened:
        size_bytes = os.fstat(opened.fileno()).st_size
        if size_bytes == 0:
            return 0, 0
        with mmap.mmap(opened.fileno(), 0, access=mmap.ACCESS_READ) as mapped:
            return size_bytes, zlib.crc32(mapped)


def _load_cpp_runtime() -> None:
    """Load the system's C++ runtime before usearch.

    usearch 2.26 opens its kernels, which hold a C++ runtime of their own, for all libraries to
    see; a library that is loaded later and takes half of its runtime from there, as onnxruntime
    does, crashes the process. What is loaded first is what they take.
    """
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            ctypes.CDLL("libstdc++.so.6", mode=ctypes.RTLD_GLOBAL)
