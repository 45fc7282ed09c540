"""The library's own logger, and no other one, tells what is wanted."""

from __future__ import annotations

import logging
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrophone.perplexity import ClientConfig, LogLevel, Perplexity

TOKEN = "a.b.c.d.e"
OURS = logging.getLogger("hydrophone.perplexity")


@pytest.fixture(autouse=True)
def as_before() -> Iterator[None]:
    yield
    Perplexity(TOKEN)


def written(path: Path) -> list[str]:
    return [line.partition(": ")[2] for line in path.read_text("utf-8").splitlines()]


def tell_all() -> None:
    for level in ("debug", "info", "warning", "error", "critical"):
        getattr(OURS, level)(level)


@pytest.mark.parametrize(
    ("level", "told"),
    [
        ("debug", ["debug", "info", "warning", "error", "critical"]),
        ("INFO", ["info", "warning", "error", "critical"]),
        (LogLevel.WARNING, ["warning", "error", "critical"]),
        ("error", ["error", "critical"]),
        (LogLevel.CRITICAL, ["critical"]),
    ],
)
def test_the_level_is_that_of_the_file(tmp_path: Path, level: str, told: list[str]) -> None:
    path = tmp_path / "logs" / "deep" / "p.log"
    Perplexity(TOKEN, ClientConfig(logging_level=level, log_file=path))
    tell_all()
    assert written(path) == told


def test_other_loggers_are_left_alone(tmp_path: Path) -> None:
    root, parent = logging.getLogger(), logging.getLogger("hydrophone")
    before = (root.level, list(root.handlers), parent.level, list(parent.handlers))
    Perplexity(TOKEN, ClientConfig(logging_level="debug", log_file=str(tmp_path / "p.log")))
    logging.getLogger("hydrophone.other").critical("another's")
    assert (root.level, list(root.handlers), parent.level, list(parent.handlers)) == before
    assert written(tmp_path / "p.log") == []


def test_the_last_wish_counts(tmp_path: Path) -> None:
    one, two = tmp_path / "one.log", tmp_path / "two.log"
    Perplexity(TOKEN, ClientConfig(logging_level="info", log_file=one))
    Perplexity(TOKEN, ClientConfig(logging_level="error", log_file=two))
    tell_all()
    Perplexity(TOKEN, ClientConfig(log_file=one))
    tell_all()
    assert (written(one), written(two)) == ([], ["error", "critical"])
    assert OURS.level == logging.NOTSET


PROGRAM = """
import logging, sys
from hydrophone.perplexity import ClientConfig, Perplexity
Perplexity("a.b.c.d.e", ClientConfig(logging_level=sys.argv[1]))
logging.getLogger("hydrophone.perplexity").warning("something is odd")
"""


@pytest.mark.parametrize(("level", "told"), [("disabled", False), ("warning", True)])
def test_a_program_that_wants_no_log_gets_none(level: str, told: bool) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, level], capture_output=True, text=True, check=True
    )
    assert ("something is odd" in done.stderr) is told
    assert done.stdout == ""
