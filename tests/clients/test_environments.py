"""The locks of other people's clients, and the script that makes environments of them."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.clients import driving

LOCKS = driving.ROOT / "requirements" / "clients"
PINNED = re.compile(r"^([\w.\-]+)==(\S+)( ; .+)? \\$")


def locked_clients() -> set[str]:
    """The keys of CLIENTS in scripts/lock.py."""
    tree = ast.parse((driving.ROOT / "scripts" / "lock.py").read_text("utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign) and ast.unparse(node.target) == "CLIENTS":
            assert isinstance(node.value, ast.Dict)
            return {ast.literal_eval(key) for key in node.value.keys if key is not None}
    raise AssertionError("scripts/lock.py has no CLIENTS")


def test_every_client_has_a_lock_and_every_lock_a_client() -> None:
    assert {lock.stem for lock in LOCKS.glob("*.txt")} == locked_clients()


@pytest.mark.parametrize("lock", sorted(LOCKS.glob("*.txt")), ids=lambda lock: lock.stem)
def test_a_lock_holds_versions_and_hashes_and_no_address(lock: Path) -> None:
    lines = lock.read_text("utf-8").splitlines()
    assert not [line for line in lines if "://" in line or line.startswith("-")]
    for line, following in zip(lines, [*lines[1:], ""], strict=True):
        if not line.startswith(" "):
            assert PINNED.match(line), line
            assert following.startswith("    --hash=sha256:"), line


def test_a_client_without_a_lock_is_told_with_an_exit_code() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/clients.py", "no-such-client"],
        cwd=driving.ROOT,
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode == 1
    assert "no-such-client: there is no requirements/clients/no-such-client.txt" in done.stderr


def test_a_missing_or_outdated_environment_is_a_reason_to_skip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving, "ROOT", tmp_path)
    lock = tmp_path / "requirements" / "clients" / "one.txt"
    lock.parent.mkdir(parents=True)
    lock.write_text("one==1")
    with pytest.raises(pytest.skip.Exception, match="is missing: `make clients` makes it"):
        driving.environment("one")
    stamp = tmp_path / ".venv-clients" / "one" / ".lock-sha256"
    stamp.parent.mkdir(parents=True)
    stamp.write_text("of an older lock")
    with pytest.raises(pytest.skip.Exception, match="is out of date: run `make clients`"):
        driving.environment("one")
