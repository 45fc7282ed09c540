"""Commands that are cut short: a reader that goes away, and Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.running import COMMAND_S, Shell

STOPPED = "error: stopped; what was added is kept, and the same command goes on from there\n"


@pytest.mark.parametrize(
    "arguments",
    [["ask", "Who is the harbour master?"], ["sources", "--json"]],
)
def test_reader_that_goes_away_is_no_error_to_talk_about(
    filled: Shell, arguments: list[str]
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    code = f"import runpy, sys; sys.argv = {['hydrophone', *arguments]!r}; "
    code += f"import os; os.dup2({writing}, 1); runpy.run_module('hydrophone', run_name='__main__')"
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=filled.environment,
        cwd=filled.folder,
        pass_fds=[writing],
        stderr=subprocess.PIPE,
        text=True,
        timeout=COMMAND_S,
    )
    os.close(writing)
    assert done.stderr == ""


def test_ctrl_c_during_add_loses_nothing_that_was_reported(shell: Shell, tmp_path: Path) -> None:
    lines = tmp_path / "many.jsonl"
    with lines.open("w") as file:
        for number in range(3000):
            text = f"Buoy {number} lies off the coast. " * 8
            row = {"url": f"https://example.com/{number}", "title": "B", "text": text}
            file.write(json.dumps(row) + "\n")
    process = shell.start("add", str(lines), "--json")
    assert process.stdout is not None
    reported = [json.loads(process.stdout.readline())]
    # The whole group gets it, the processes that read files too, as from a terminal.
    os.killpg(process.pid, signal.SIGINT)
    rest, said = process.communicate(timeout=COMMAND_S)
    reported += [json.loads(line) for line in rest.splitlines()]
    assert (process.returncode, said) == (130, STOPPED)
    added = [step["item"] for step in reported if step["state"] == "added"]
    assert 0 < len(added) < 3000
    (info,) = shell.run("sources", "--json").json["collections"]
    assert len(added) <= info["documents"] < 3000
    again = shell.run("add", str(lines), "--no-wait", "--json").json_lines
    unchanged = {step["item"] for step in again if step["state"] == "unchanged"}
    assert set(added) <= unchanged
    assert shell.run("sources", "--json").json["collections"][0]["documents"] == 3000


@pytest.mark.slow
def test_ctrl_c_while_vectors_are_made_stops_at_once(shell: Shell, tmp_path: Path) -> None:
    lines = tmp_path / "many.jsonl"
    with lines.open("w") as file:
        for number in range(400):
            row = {"url": f"u:{number}", "title": "B", "text": f"Buoy {number} is red. " * 60}
            file.write(json.dumps(row) + "\n")
    process = shell.start("add", str(lines), "--json")
    assert process.stdout is not None
    for line in process.stdout:
        if json.loads(line)["state"] == "embedding":
            break
    os.killpg(process.pid, signal.SIGINT)
    _, said = process.communicate(timeout=COMMAND_S)
    assert (process.returncode, said) == (130, STOPPED)
    (info,) = shell.run("sources", "--json").json["collections"]
    assert info["documents"] == 400
    assert info["vectors_pending"] > 0
