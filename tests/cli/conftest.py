"""A shell with an empty data folder, and one whose index holds documents (not to be changed)."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.running import Shell

PAGES = {
    "harbour.md": "# Port Aurelia\n\nThe harbour master of Port Aurelia is Ada Quill. Ünïcödé 🦭 "
    "stands before the fact. The lighthouse was lit in 1871.\n",
    "ferry.txt": "The ferry to Skerry Island leaves at seven in the morning.",
    "page.html": "<html><title>Tides</title><body><article><h1>Tides</h1><p>High water at Port "
    "Aurelia comes at noon on the day of the regatta.</p></article></body></html>",
}
LINES = [
    {"url": "https://example.com/old/a", "title": "A", "text": "The old pier has nine bollards."},
    {"url": "https://example.com/new/b", "title": "B", "text": "The new pier has four cranes."},
]


def write_pages(folder: Path) -> Path:
    """The pages as files of a new folder."""
    folder.mkdir(parents=True)
    for name, text in PAGES.items():
        (folder / name).write_text(text, "utf-8")
    return folder


def write_lines(path: Path) -> Path:
    """The two documents as JSON lines."""
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES), "utf-8")
    return path


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path, tmp_path / "data")


@pytest.fixture(scope="session")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """Pages in `default`, the JSON lines in `piers`; tests only read it."""
    folder = tmp_path_factory.mktemp("filled")
    shell = Shell(folder, folder / "data")
    assert shell.run("add", str(write_pages(folder / "pages"))).code == 0
    lines = write_lines(folder / "piers.jsonl")
    assert shell.run("add", str(lines), "--collection", "piers").code == 0
    return shell
