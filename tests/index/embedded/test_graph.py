"""The adapter of usearch beside other native libraries."""

from __future__ import annotations

import subprocess
import sys


def test_onnxruntime_can_be_imported_after_a_graph_was_made() -> None:
    code = "from hydrophone.index.embedded.graph import Graph; Graph(4); import onnxruntime"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
