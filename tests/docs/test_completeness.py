"""The documentation names all there is, and its links lead somewhere."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from hydrophone.cli.program import program
from hydrophone.settings import Settings
from hydrophone.settings.description import describe
from tests.docs.markdown import PAGES, ROOT, anchors, links
from tests.running import Server

DOCS = ROOT / "docs"


def test_generated_pages_are_up_to_date() -> None:
    done = subprocess.run(
        [sys.executable, "scripts/generate.py", "--check"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=50,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_setting_is_documented_with_its_older_names() -> None:
    text = (DOCS / "configuration.md").read_text("utf-8")
    example = (ROOT / ".env.example").read_text("utf-8")
    for line in describe(Settings.model_construct()):
        assert f"\n## {line.variable}\n" in text
        assert f"# {line.variable}=" in example
        for older in line.older:
            assert f"`{older}`" in text


def test_every_command_is_documented() -> None:
    text = (DOCS / "cli.md").read_text("utf-8")
    tree = typer.main.get_command(program)
    for name, command in tree.commands.items():  # type: ignore[attr-defined]
        assert f"hydrophone {name}" in text
        for below in getattr(command, "commands", {}):
            assert f"`{below}`" in text or f"hydrophone {name} {below}" in text


def test_every_path_of_the_api_is_documented(server: Server) -> None:
    text = (DOCS / "http-api.md").read_text("utf-8")
    paths = server.request("/openapi.json").json["paths"]
    assert "/v1/chat/completions" in paths
    for path in paths:
        named = re.sub(r"\{\w+(:\w+)?\}", "{id}", path)
        assert f"`{path}`" in text or f"`{named}`" in text, path


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_inside_the_project_lead_somewhere(page: Path) -> None:
    for target in links(page):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        found = (page.parent / path).resolve() if path else page
        assert found.exists(), f"{page.name}: {target}"
        if anchor:
            assert anchor in anchors(found), f"{page.name}: {target}"


def test_documentation_uses_no_words_of_this_machine() -> None:
    for page in PAGES:
        assert str(ROOT) not in page.read_text("utf-8"), page.name
