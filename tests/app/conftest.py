"""One server for the tests that do not change how it behaves, and a shell on the same data."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrophone import __version__
from hydrophone.app.rooms import DOCS_COLLECTION
from tests.running import Server, Shell, serving

DOCS = Path(__file__).resolve().parents[2] / "docs"
PAGES = (
    *("apis", "attachments", "bot", "citations", "cli", "crawling", "http-api", "models"),
    *("prompts", "quickstart", "research", "security"),
)


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, tmp_path / "data")


@pytest.fixture(scope="session")
def documented(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder with some of the documentation, vectors and all; a server makes that of the
    whole on its first start, which takes it half a minute. Tests copy the folder."""
    folder = tmp_path_factory.mktemp("documented")
    shell = Shell(folder, folder / "data")
    pages = [str(DOCS / f"{page}.md") for page in PAGES]
    added = shell.run("add", *pages, "--collection", DOCS_COLLECTION)
    assert added.code == 0, added.err
    (shell.data_dir / "docs-version").write_text(__version__, "utf-8")
    return shell.data_dir


@pytest.fixture
def documented_shell(documented: Path, tmp_path: Path) -> Shell:
    """A shell on a copy of that folder, for the servers of one test."""
    shutil.copytree(documented, tmp_path / "data")
    return Shell(tmp_path, tmp_path / "data")


@pytest.fixture(scope="module")
def lasting(documented: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A data folder for all tests of a file."""
    folder = tmp_path_factory.mktemp("lasting")
    shutil.copytree(documented, folder / "data")
    return Shell(folder, folder / "data", {"HYDROPHONE_OFFLINE": "1"})


@pytest.fixture(scope="module")
def server(lasting: Shell) -> Iterator[Server]:
    """A server on that folder that makes no outgoing request."""
    with serving(lasting) as running:
        yield running
