"""The program as a whole: help, version, exit codes, and that it starts light."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from hydrophone import __version__
from hydrophone.cli.program import program
from tests.running import Shell

COMMANDS = (
    "serve",
    "ask",
    "search",
    "add",
    "sources",
    "doctor",
    "config",
    "keys create",
    "keys list",
    "keys revoke",
    "index rebuild",
)
HEAVY = {
    "aiohttp",
    "alembic",
    "fastapi",
    "numpy",
    "onnxruntime",
    "pydantic",
    "rich.progress",
    "sqlalchemy",
    "tantivy",
    "tokenizers",
    "trafilatura",
    "usearch",
    "uvicorn",
}
LIST_MODULES = """
import json, runpy, sys
sys.argv = ["hydrophone", *sys.argv[1:]]
try:
    runpy.run_module("hydrophone", run_name="__main__")
except SystemExit:
    print("\\n" + json.dumps(sorted(sys.modules)))
"""


def test_version_is_shown(shell: Shell) -> None:
    done = shell.run("--version")
    assert (done.code, done.out.strip()) == (0, f"hydrophone {__version__}")


def test_help_names_every_command_in_whole_sentences(shell: Shell) -> None:
    done = shell.run("--help", COLUMNS="80")
    assert done.code == 0
    for command in COMMANDS:
        assert f"\n  {command.split()[0]} " in done.out
    assert "..." not in done.out.partition("Commands:")[2]


def heavy_modules(shell: Shell, *arguments: str) -> set[str]:
    done = shell.run_argv([sys.executable, "-c", LIST_MODULES, *arguments])
    modules = set(json.loads(done.out.splitlines()[-1]))
    assert "hydrophone.cli.program" in modules
    return modules & HEAVY


def test_help_imports_nothing_heavy(shell: Shell) -> None:
    assert heavy_modules(shell, "--help") == set()


def test_help_of_a_command_imports_nothing_heavy_of_ours(shell: Shell) -> None:
    # Typer itself brings pydantic for a command with parameters.
    assert heavy_modules(shell, "add", "--help") <= {"pydantic"}


def test_every_command_shows_an_example_that_is_a_line() -> None:
    for command in COMMANDS:
        text = CliRunner().invoke(program, [*command.split(), "--help"]).output
        lines = [line.strip() for line in text.splitlines()]
        example = next(line for line in lines if line.startswith("Example"))
        assert example.partition(": ")[2].startswith(f"hydrophone {command}"), text
        assert example.count("hydrophone ") == 1, text


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask"], "Missing argument"),
        (["nonsense"], "No such command"),
        (["ask", "x", "--top", "0"], "Invalid value for '--top'"),
        (["sources", "--delete", ""], "beginning of a URL"),
        (["sources", "--delete-collection"], "--collection NAME"),
        (["add"], "Missing argument"),
        (["keys"], "create"),
    ],
)
def test_wrong_command_line_exits_with_2_and_says_why(arguments: list[str], said: str) -> None:
    # In this process: nothing of it reaches the settings or the data.
    done = CliRunner().invoke(program, arguments)
    assert done.exit_code == 2
    assert said in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ask", "x", "--model", "nope"], "there is no model 'nope'; there are: "),
        (["ask", "  "], "there is no question"),
        (["search", ""], "query"),
        (["add", "x", "--collection", " "], "collection needs a name"),
    ],
)
def test_what_cannot_be_asked_exits_with_2_and_one_line(
    filled: Shell, arguments: list[str], said: str
) -> None:
    done = filled.run(*arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err
    assert len(done.err.splitlines()) == 1


def test_wrong_setting_is_named_by_its_variable(shell: Shell) -> None:
    done = shell.run("sources", HYDROPHONE_PORT="many")
    assert done.code == 1
    assert done.err.startswith("error: a setting is wrong: HYDROPHONE_PORT: ")


def test_data_folder_that_cannot_be_made_is_explained(shell: Shell, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    done = shell.run("sources", HYDROPHONE_DATA_DIR=str(tmp_path / "file" / "data"))
    assert done.code == 1
    assert "HYDROPHONE_DATA_DIR" in done.err
    assert len(done.err.splitlines()) == 1
