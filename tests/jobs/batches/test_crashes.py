"""However often the server is killed in the middle of a batch, each line ends exactly once."""

from __future__ import annotations

import json
import os
import random
import sqlite3
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.jobs.working import ledger

ROOT = Path(__file__).parents[3]
PATIENCE_S = 120.0
COLUMNS = ("status", "total", "completed", "failed", "output_file_id", "error_file_id")


@contextmanager
def running(folder: Path, lines: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server's loop that is killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.jobs.batches.serving_batches", str(folder), str(lines)],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def read(folder: Path, query: str) -> list[tuple[Any, ...]]:
    try:
        with closing(sqlite3.connect(f"file:{folder}/state.db?mode=ro", uri=True)) as connection:
            return connection.execute(query).fetchall()
    except sqlite3.OperationalError:  # not made yet
        return []


def batch_of(folder: Path) -> dict[str, Any]:
    found = read(folder, f"SELECT {', '.join(COLUMNS)} FROM batches")
    return dict(zip(COLUMNS, found[0], strict=True)) if found else dict.fromkeys(COLUMNS, 0)


def wait_for(folder: Path, lines: int, process: subprocess.Popen[bytes]) -> None:
    """Until so many lines have ended."""
    end_s = time.monotonic() + PATIENCE_S
    while batch_of(folder)["completed"] < lines:
        assert process.poll() is None, "the server's loop broke off"
        assert time.monotonic() < end_s, batch_of(folder)
        time.sleep(0.005)


def asked(folder: Path) -> Counter[str]:
    return Counter((folder / "asked").read_text().splitlines())


def ended_lines(folder: Path) -> set[str]:
    """What the lines that have ended had asked."""
    query = "SELECT line FROM batch_lines WHERE status = 'completed'"
    return {f"text {line - 1}" for (line,) in read(folder, query)}


@pytest.mark.timeout(600)
@pytest.mark.parametrize(
    ("lines", "kills"), [(20, 1), pytest.param(300, 10, marks=pytest.mark.slow)]
)
def test_each_line_ends_once_however_often_the_server_is_killed(
    tmp_path: Path, lines: int, kills: int
) -> None:
    chance = random.Random(lines)
    done: dict[str, int] = {}
    for count in sorted(chance.sample(range(2, lines - 4), kills)):
        with running(tmp_path, lines) as process:
            wait_for(tmp_path, count, process)
            time.sleep(chance.random() * 0.02)
        counts = asked(tmp_path)
        assert done == {text: counts[text] for text in done}, "what was done was asked again"
        done = {text: counts[text] for text in ended_lines(tmp_path)}
        assert len(done) < lines, "the kill came too late to be one"
    with running(tmp_path, lines) as process:
        wait_for(tmp_path, lines, process)
        while batch_of(tmp_path)["status"] != "completed":
            assert process.poll() is None
            time.sleep(0.02)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    assert done == {text: asked(tmp_path)[text] for text in done}, "what was done was asked again"
    check(tmp_path, lines)


def check(folder: Path, lines: int) -> None:
    batch = batch_of(folder)
    assert (batch["total"], batch["completed"], batch["failed"]) == (lines, lines, 0)
    assert batch["error_file_id"] is None
    output = (folder / "files" / batch["output_file_id"]).read_text().splitlines()
    said = [json.loads(one) for one in output]
    assert [one["custom_id"] for one in said] == [f"name {n}" for n in range(lines)]
    assert [one["response"]["body"]["said"] for one in said] == [f"text {n}" for n in range(lines)]
    rows = ledger(folder / "state.db")
    assert [outcome for _, _, outcome, _ in rows] == ["done"] * lines
    assert {one["response"]["request_id"] for one in said} == {row[0] for row in rows}
