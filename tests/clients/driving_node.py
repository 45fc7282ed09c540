"""Runs the drivers of the clients that run on Node."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest

from scripts.clients import HOME, LOCKS, NODE_LOCKS, node
from tests.clients.driving import DEADLINE_S, Outcomes, environment, variables
from tests.clients.serving import Running


def node_program() -> Path:
    """The Node of `make clients`; skips where it is missing."""
    environment("node")
    return node()


def node_environment(name: str) -> Path:
    """The folder of a client; skips where it is missing or out of date."""
    stamp = HOME / name / ".lock-sha256"
    lock = (NODE_LOCKS / name / "package-lock.json").read_bytes()
    if not stamp.is_file():
        pytest.skip(f"the client {name} is missing: `make clients` installs it")
    if stamp.read_text() != hashlib.sha256(lock + (LOCKS / "node.txt").read_bytes()).hexdigest():
        pytest.skip(f"the client {name} is out of date: run `make clients`")
    return HOME / name


def drive_node(
    name: str, driver: str, server: Running, more: Mapping[str, str] | None = None
) -> Outcomes:
    """What the driver printed. It comes on standard input, so that what it imports is looked for
    in the client's folder. `more` are further variables of its environment."""
    shared = (NODE_LOCKS / "outcomes.mjs").as_uri()
    done = subprocess.run(
        [node_program(), "--input-type=module", "-"],
        cwd=node_environment(name),
        env=variables(server) | {"OUTCOMES": shared} | dict(more or {}),
        input=(NODE_LOCKS / driver).read_text("utf-8"),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    outcomes: Outcomes = json.loads(done.stdout.splitlines()[-1])
    return outcomes
