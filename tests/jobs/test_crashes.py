"""Whatever is killed at any moment, each accepted job ends exactly once, with one ledger row."""

from __future__ import annotations

import os
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from hydrophone.jobs.packing import unpack_events
from hydrophone.types import Event, Failed, Finished, Text
from tests.jobs.working import ledger, whole

ROOT = Path(__file__).parents[2]
PATIENCE_S = 300.0
ENDED = "SELECT id, status, ended_at_ms FROM jobs WHERE ended_at_ms IS NOT NULL"


@contextmanager
def running(folder: Path, jobs: int) -> Iterator[subprocess.Popen[bytes]]:
    """A server's loop that takes jobs in until there are so many, and works on them; it is killed
    at the end."""
    with (folder / "accepted").open("ab") as accepted:
        process = subprocess.Popen(
            [sys.executable, "-m", "tests.jobs.serving_jobs", str(folder), str(jobs)],
            cwd=ROOT,
            stdout=accepted,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def ends(folder: Path) -> dict[str, tuple[str, int]]:
    """The jobs that have ended, how and when."""
    try:
        with closing(sqlite3.connect(f"file:{folder}/state.db?mode=ro", uri=True)) as connection:
            return {name: (status, at) for name, status, at in connection.execute(ENDED)}
    except sqlite3.OperationalError:  # not made yet
        return {}


def wait_for(folder: Path, count: int, process: subprocess.Popen[bytes]) -> None:
    end_s = time.monotonic() + PATIENCE_S
    while len(ends(folder)) < count:
        assert process.poll() is None, "the server's loop broke off"
        assert time.monotonic() < end_s, f"{len(ends(folder))} of {count} jobs have ended"
        time.sleep(0.02)


def events_of(folder: Path) -> dict[str, list[Event]]:
    """Each job's log; its numbers have no gap."""
    found: dict[str, list[Event]] = {}
    query = "SELECT job_id, first_seq, packed FROM job_events ORDER BY job_id, first_seq"
    with closing(sqlite3.connect(folder / "state.db")) as connection:
        for job_id, first_seq, packed in connection.execute(query):
            log = found.setdefault(job_id, [])
            assert first_seq == len(log) + 1
            log += unpack_events(packed)
    return found


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    ("jobs", "kills"), [(100, 3), pytest.param(1000, 10, marks=pytest.mark.slow)]
)
def test_each_job_ends_once_however_often_the_server_is_killed(
    tmp_path: Path, jobs: int, kills: int
) -> None:
    chance = random.Random(jobs)
    seen: dict[str, tuple[str, int]] = {}
    for count in sorted(chance.sample(range(3, jobs - 10), kills)):
        with running(tmp_path, jobs) as process:
            wait_for(tmp_path, count, process)
            time.sleep(chance.random() * 0.03)
        now = ends(tmp_path)
        assert seen.items() <= now.items(), "an end was written anew"
        seen = now
    assert len(seen) < jobs, "the last kill came too late to be one"
    with running(tmp_path, jobs) as process:
        wait_for(tmp_path, jobs, process)
        process.terminate()
        assert process.wait(PATIENCE_S) == 0
    check(tmp_path, jobs, seen)


def check(folder: Path, jobs: int, seen: dict[str, tuple[str, int]]) -> None:
    now, logs = ends(folder), events_of(folder)
    accepted = (folder / "accepted").read_text().split()
    assert set(accepted) == set(now), "what was accepted is there, and nothing else"
    assert len(now) == jobs
    assert seen.items() <= now.items()
    rows = ledger(folder / "state.db")
    outcomes = {request_id: outcome for request_id, _, outcome, _ in rows}
    assert len(rows) == jobs
    assert outcomes == {job_id: status for job_id, (status, _) in now.items()}
    assert set(logs) == set(now)
    for job_id, log in logs.items():
        last = [event for event in log if isinstance(event, Finished | Failed)]
        assert last == log[-1:]
        if isinstance(last[0], Failed):
            assert last[0].code == "interrupted"
            continue
        assert now[job_id][0] == "done"
        said = "".join(event.delta for event in log if isinstance(event, Text))
        assert said == whole("jobs"), "each section stands there once"
