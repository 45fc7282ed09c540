"""One server for all examples."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.running import Server, Shell, serving


@pytest.fixture(scope="session")
def data(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The data folder that the server and all examples share."""
    folder = tmp_path_factory.mktemp("docs")
    commands = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return Shell(folder, folder / "data", {"PATH": commands})


@pytest.fixture(scope="session")
def server(data: Shell) -> Iterator[Server]:
    with serving(data) as running:
        yield running
