"""The adapter of usearch beside other native libraries."""

from __future__ import annotations

import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest

from hydrophone.index.embedded.graph import SIMILARITY_SLACK, Graph, SnapshotTorn


def test_onnxruntime_can_be_imported_after_a_graph_was_made() -> None:
    code = "from hydrophone.index.embedded.graph import Graph; Graph(4); import onnxruntime"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


def unit_rows(count: int, seed: int) -> np.ndarray:
    rows = np.random.default_rng(seed).standard_normal((count, 384)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_similarities_are_as_exact_as_they_promise() -> None:
    rows, query = unit_rows(2_500, 1), unit_rows(1, 2)[0]
    graph = Graph(384)
    graph.add(range(1, 2_501), rows.astype(np.float16))
    exact = rows @ query
    near = graph.compare(query, range(1, 2_501))
    assert np.abs(near - exact).max() < SIMILARITY_SLACK
    ids, similar = graph.nearest(query, 50)
    assert np.abs(similar - exact[np.array(ids) - 1]).max() < SIMILARITY_SLACK
    assert (np.diff(similar) <= 0).all()


def test_a_vector_of_one_large_number_is_compared_as_well() -> None:
    rows = np.zeros((2, 4), np.float16)
    rows[0, 0], rows[1, :] = 1, 0.5
    graph = Graph(4)
    graph.add([1, 2], rows)
    near = graph.compare(np.array([1, 0, 0, 0], np.float32), [1, 2])
    assert near == pytest.approx([1, 0.5], abs=SIMILARITY_SLACK)


def test_unknown_ids_have_no_similarity() -> None:
    graph = Graph(384)
    query = unit_rows(1, 2)[0]
    assert np.isnan(graph.compare(query, [1, 2])).all()
    assert len(graph.compare(query, [])) == 0
    graph.add([2], unit_rows(1, 1).astype(np.float16))
    assert np.isnan(graph.compare(query, [1, 2, 3])).tolist() == [True, False, True]


def test_a_snapshot_of_other_numbers_is_torn(tmp_path: Path) -> None:
    Graph(384)  # loads what usearch needs
    from usearch.index import Index

    older = Index(ndim=384, metric="ip", dtype="f16")
    older.add(np.arange(9), unit_rows(9, 1))
    file = tmp_path / "older.usearch"
    older.save(str(file))
    crc32 = zlib.crc32(file.read_bytes())
    with pytest.raises(SnapshotTorn, match="numbers of F16"):
        Graph.restore(file, file.stat().st_size, crc32, 384, view=True)
