"""A keyring that holds what it is given while a test runs."""

from __future__ import annotations

import sys
from types import ModuleType

import pytest


def keyring_in_memory(monkeypatch: pytest.MonkeyPatch) -> dict[tuple[str, str], str]:
    """Put it in place of the package `keyring`; what it holds, by service and user."""
    kept: dict[tuple[str, str], str] = {}
    fail = ModuleType("keyring.backends.fail")
    fail.Keyring = type("Keyring", (), {})  # type: ignore[attr-defined]
    backends = ModuleType("keyring.backends")
    backends.fail = fail  # type: ignore[attr-defined]
    module = ModuleType("keyring")
    module.get_keyring = object  # type: ignore[attr-defined]
    module.get_password = lambda *at: kept.get(at)  # type: ignore[attr-defined]
    module.set_password = lambda a, b, value: kept.__setitem__((a, b), value)  # type: ignore[attr-defined]
    module.delete_password = lambda *at: kept.pop(at)  # type: ignore[attr-defined]
    for name, one in (("", module), (".backends", backends), (".backends.fail", fail)):
        monkeypatch.setitem(sys.modules, f"keyring{name}", one)
    return kept
