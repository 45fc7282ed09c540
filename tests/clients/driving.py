"""Runs a driver script in a client's own environment and reads what the client parsed."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.clients.house import QUESTION
from tests.clients.serving import Running

ROOT = Path(__file__).resolve().parents[2]
DRIVERS = Path(__file__).resolve().parent / "python"
# Some clients take many seconds to be imported alone, on a busy machine several times that.
DEADLINE_S = 150

Outcomes: TypeAlias = Mapping[str, Any]


def environment(name: str) -> Path:
    """The interpreter of a client's environment; skips where it is missing or out of date."""
    folder = ROOT / ".venv-clients" / name
    lock = ROOT / "requirements" / "clients" / f"{name}.txt"
    stamp = folder / ".lock-sha256"
    if not stamp.is_file():
        pytest.skip(f"the environment of the client {name} is missing: `make clients` makes it")
    if stamp.read_text() != hashlib.sha256(lock.read_bytes()).hexdigest():
        pytest.skip(f"the environment of the client {name} is out of date: run `make clients`")
    windows = folder / "Scripts" / "python.exe"
    return windows if windows.exists() else folder / "bin" / "python"


def variables(server: Running) -> dict[str, str]:
    """What a driver finds in its environment: nothing there of a caller's own keys or bases."""
    ours = {"CLIENTS_URL": server.url, "CLIENTS_KEY": server.key, "CLIENTS_QUESTION": QUESTION}
    kept = ("PATH", "HOME", "TMPDIR", "SYSTEMROOT", "LANG")
    return {name: os.environ[name] for name in kept if name in os.environ} | ours


def drive(
    name: str, script: str, server: Running, *arguments: str, more: Mapping[str, str] | None = None
) -> Outcomes:
    """What the driver printed. `more` are further variables of its environment."""
    done = subprocess.run(
        [environment(name), DRIVERS / script, *arguments],
        env=variables(server) | dict(more or {}),
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    assert done.returncode == 0, done.stderr
    outcomes: Outcomes = json.loads(done.stdout.splitlines()[-1])
    return outcomes
