"""One server for the tests that do not change how it behaves, and a shell on the same data."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Server, Shell, serving


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, tmp_path / "data")


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A data folder for all tests of a file."""
    folder = tmp_path_factory.mktemp("lasting")
    return Shell(folder, folder / "data", {"HYDROPHONE_OFFLINE": "1"})


@pytest.fixture(scope="module")
def server(lasting: Shell) -> Iterator[Server]:
    """A server on a fresh data folder that makes no outgoing request."""
    with serving(lasting) as running:
        yield running
