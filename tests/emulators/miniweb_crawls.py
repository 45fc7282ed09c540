"""Crawls of the mini web by the command that users have, whole or killed on the way."""

from __future__ import annotations

import os
import random
import signal
import sqlite3
import subprocess
import time
from collections.abc import Callable, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from served import Served
from tests.emulators.miniweb import TroubledWeb
from tests.emulators.miniweb_odd import TRIED_AGAIN

COLLECTION = "web"
PATIENCE_S = 400.0
_POLL_S = 0.02
_DOCUMENTS = (
    "SELECT documents.url, versions.text FROM documents "
    "JOIN versions ON versions.document_id = documents.id AND versions.sha256 = documents.version"
)


@dataclass(frozen=True, slots=True)
class Killed:
    """A SIGKILL: when it came, and which pages were in the index then."""

    at_s: float
    indexed: frozenset[str]


def command(troubled: TroubledWeb, *more: str) -> list[str]:
    """`hydrophone crawl` of all hosts as fast as they allow."""
    options = ("--collection", COLLECTION, "--delay", "0", "--no-wait", "--json", *more)
    return troubled.web.command("hydrophone", "crawl", *troubled.seeds, *options)


def environment(data_dir: Path) -> dict[str, str]:
    """Loopback is allowed, and a page that hangs is given up soon."""
    settings = {
        "HYDROPHONE_ALLOW_LOOPBACK": "1",
        "HYDROPHONE_FETCH_TIMEOUT_S": "4",
        "HYDROPHONE_MODEL_THREADS": "1",
    }
    return Served.environment(data_dir, settings)


def crawl(troubled: TroubledWeb, data_dir: Path, *more: str) -> None:
    """To its end. Raises AssertionError with what the command said when it fails."""
    done = subprocess.run(
        command(troubled, *more),
        env=environment(data_dir),
        capture_output=True,
        text=True,
        timeout=PATIENCE_S,
    )
    assert done.returncode in (0, 1), done.stderr[-3000:]


def crawl_killed(troubled: TroubledWeb, data_dir: Path, *, kills: int, step: int) -> list[Killed]:
    """Kill it every `step` pages or so, whatever it is doing, then let it end in peace.

    Pages that are tried again for half a minute are left out: the last run would wait for them.
    """
    more = [part for path in TRIED_AGAIN for part in ("--exclude", path)]
    dice = random.Random(kills)
    killed: list[Killed] = []
    for number in range(kills):
        is_due = _after(troubled, data_dir, dice, step if number % 2 else -step)
        process = subprocess.Popen(
            command(troubled, *more),
            env=environment(data_dir),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        deadline_s = time.monotonic() + PATIENCE_S
        while process.poll() is None and not is_due():
            assert time.monotonic() < deadline_s, "the crawl makes no progress"
            time.sleep(_POLL_S)
        assert process.poll() is None, f"the crawl ended before kill {number + 1}"
        at_s = time.time()
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        killed.append(Killed(at_s, frozenset(indexed(data_dir))))
    crawl(troubled, data_dir, *more)
    return killed


def _after(
    troubled: TroubledWeb, data_dir: Path, dice: random.Random, step: int
) -> Callable[[], bool]:
    """Says when to kill: right after pages were written, or after some requests (step below 0)."""
    if step < 0:
        requests = troubled.web.count() + dice.randint(1, -2 * step)
        return lambda: troubled.web.count() >= requests
    pages = count(data_dir) + dice.randint(1, step)
    return lambda: count(data_dir) >= pages


def indexed(data_dir: Path) -> Mapping[str, str]:
    """The text of every page in the index by its URL."""
    file = data_dir / "index.db"
    if not file.exists():
        return {}
    with closing(sqlite3.connect(file)) as database:
        try:
            return dict(database.execute(_DOCUMENTS))
        except sqlite3.OperationalError:
            return {}  # the tables are being made


def count(data_dir: Path) -> int:
    """How many pages are in the index."""
    file = data_dir / "index.db"
    if not file.exists():
        return 0
    with closing(sqlite3.connect(file)) as database:
        try:
            return int(database.execute("SELECT count(*) FROM documents").fetchone()[0])
        except sqlite3.OperationalError:
            return 0
