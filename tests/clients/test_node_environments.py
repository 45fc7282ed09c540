"""The locks of the clients that run on Node, and when their tests are skipped."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from scripts.clients import NODE_LOCKS
from tests.clients import driving_node

LOCKED = sorted(NODE_LOCKS.glob("*/package.json"))


@pytest.mark.parametrize("package", LOCKED, ids=lambda path: path.parent.name)
def test_a_lock_holds_versions_and_hashes_and_no_registry(package: Path) -> None:
    wanted = json.loads(package.read_text("utf-8"))["dependencies"]
    locked = json.loads(package.with_name("package-lock.json").read_text("utf-8"))["packages"]
    assert locked[""]["dependencies"] == wanted
    found = {path.removeprefix("node_modules/") for path in locked if path}
    assert set(wanted) <= found
    for path, entry in locked.items():
        if path:
            assert entry["version"]
            assert entry["integrity"].startswith("sha512-")
            assert "resolved" not in entry


def test_a_missing_or_outdated_client_is_a_reason_to_skip(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(driving_node, "HOME", tmp_path)
    name = LOCKED[0].parent.name
    with pytest.raises(pytest.skip.Exception, match="is missing: `make clients`"):
        driving_node.node_environment(name)
    (tmp_path / name).mkdir()
    (tmp_path / name / ".lock-sha256").write_text("of an older lock")
    with pytest.raises(pytest.skip.Exception, match="is out of date: run `make clients`"):
        driving_node.node_environment(name)
