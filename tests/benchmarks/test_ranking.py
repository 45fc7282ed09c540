"""The comparison of ways to rank."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ranking import SERVED, WAYS, Candidates, min_max, reciprocal_ranks

ROOT = Path(__file__).parent.parent.parent
FOUND = Candidates(
    words={"a": 9.0, "b": 3.0},
    vectors={"b": 0.9, "c": 0.8},
    known={"b": 0.9, "c": 0.8, "a": 0.7},
    half={"b": 0.9},
)


def test_reciprocal_ranks_add_up() -> None:
    scores = reciprocal_ranks(FOUND)
    assert scores == pytest.approx({"a": 1 / 61, "b": 1 / 62 + 1 / 61, "c": 1 / 62})


def test_min_max_counts_what_is_missing_as_nothing() -> None:
    assert min_max(FOUND, 0.4) == pytest.approx({"a": 0.4, "b": 0.6, "c": 0.0})


def test_every_way_ranks_only_what_was_found() -> None:
    for rank in WAYS.values():
        assert set(rank(FOUND)) <= {"a", "b", "c"}


def test_the_table_compares_every_way_with_the_served_one(tmp_path: Path) -> None:
    command = [sys.executable, "benchmarks/ranking.py", "--json", "--cross-encoder", "2"]
    done = subprocess.run(
        [*command, "--data", "tests/evaluation/data", "--split", "all"],
        cwd=ROOT,
        env={**os.environ, "HYDROPHONE_DATA_DIR": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stderr
    ways = {row["way"]: row for row in json.loads(done.stdout)["harbour"]["ways"]}
    assert ways.keys() > WAYS.keys()
    assert "difference" not in ways[SERVED]
    assert ways[SERVED]["ndcg@10"][0] == 1.0
    assert ways["words alone"]["difference"][0] < 0
    assert ways[f"{SERVED}, cross-encoder"]["questions"] == 2
