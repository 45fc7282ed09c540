"""What a person at a terminal sees."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from pathlib import Path

from tests.cli.conftest import PAGES, write_pages
from tests.running import COMMAND_S, Shell, python_module

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


def at_a_terminal(shell: Shell, *arguments: str) -> tuple[int, str]:
    """Exit code, and everything that was written to the terminal."""
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [*python_module(), *arguments],
        cwd=shell.folder,
        env={**shell.environment, "TERM": "xterm-256color", "NO_COLOR": ""},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    written = b""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:  # how Linux ends a terminal whose last writer has gone
            break
        if not piece:
            break
        written += piece
    os.close(ours)
    return process.wait(timeout=COMMAND_S), written.decode()


def lasting(written: str) -> list[str]:
    """The lines that stay when all that was drawn over or erased is gone."""
    lines = [""]
    row = 0
    for part in re.split(r"(\r\n|\r|\x1b\[1A|\x1b\[2K)", written):
        if part == "\r\n":
            row += 1
            lines += [""] * (row + 1 - len(lines))
        elif part == "\x1b[1A":
            row -= 1
        elif part == "\x1b[2K":
            lines[row] = ""
        elif part != "\r":
            lines[row] += _CONTROL.sub("", part)
    return [line for line in lines if line]


def test_add_draws_bars_and_leaves_one_line(shell: Shell, tmp_path: Path) -> None:
    write_pages(tmp_path / "pages")
    code, written = at_a_terminal(shell, "add", "pages", "missing.md")
    assert code == 1
    assert "reading" in written
    missing = f"{tmp_path / 'missing.md'}: there is no such file or folder"
    assert lasting(written) == [missing, f"added {len(PAGES)} documents, 1 failed"]


def test_answer_leaves_no_trace_of_the_waiting(filled: Shell) -> None:
    code, written = at_a_terminal(filled, "ask", "Who is the harbour master of Port Aurelia?")
    assert code == 0
    assert "searching" in written
    lines = lasting(written)
    assert lines[0].startswith("The harbour master of Port Aurelia is Ada Quill. [1]")
    assert lines[1] == "Sources"
