"""usearch, adapted: a graph of vectors for nearest-neighbour search, and its snapshot files.

The graph is derived from `index.db`. Its keys are ids of vectors. A snapshot's size and CRC-32
are kept in `index.db`, because a damaged file would be mapped into memory unseen.
"""

from __future__ import annotations

import contextlib
import ctypes
import mmap
import os
import sys
import threading
import zlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from hydrophone.index.base import IndexFailed, Vector

if TYPE_CHECKING:
    import usearch.index

CONNECTIVITY = 16
EXPANSION_ADD = 128
EXPANSION_SEARCH = 96

Ids = NDArray[np.uint64]


class SnapshotTorn(IndexFailed):
    """A snapshot is missing, damaged or of another model."""


class Graph:
    """A graph over unit vectors, compared by inner product. Safe to use from several threads."""

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
            metric="ip",
            dtype="f16",
            connectivity=CONNECTIVITY,
            expansion_add=EXPANSION_ADD,
            expansion_search=EXPANSION_SEARCH,
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
        if graph._index.ndim != dimensions:
            raise SnapshotTorn(f"{file} has vectors of {graph._index.ndim} dimensions")
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
                self._index.add(keys[fresh], rows[fresh], threads=1)
            self._last_id = max(self._last_id, int(keys.max(initial=0)))

    def remove(self, ids: Sequence[int]) -> None:
        """Remove those of the vectors that are there."""
        with self._lock:
            self._index.remove(np.asarray(ids, dtype=np.uint64), threads=1)

    def nearest(self, vector: Vector, count: int) -> tuple[list[int], float]:
        """About the `count` nearest ids, and the similarity of the farthest of them.

        The similarity is -1 when these are all there are.
        """
        with self._lock:
            if not len(self._index):
                return [], -1.0
            found = self._index.search(vector, count, threads=1)
        ids = [int(key) for key in found.keys]
        if len(ids) < count:
            return ids, -1.0
        return ids, 1.0 - float(found.distances[-1])

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
