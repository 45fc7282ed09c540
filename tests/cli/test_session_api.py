"""`perplexity-webui-scraper-api`: the server of web sessions as it is started."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

from tests.running import Shell

START = "from hydrophone.cli.session_api import main; main()"


def test_it_serves_web_sessions_alone(tmp_path: Path) -> None:
    shell = Shell(tmp_path, tmp_path / "data")
    process = subprocess.Popen(
        [sys.executable, "-c", START, "-H", "127.0.0.1", "-p", "0", "--log-level", "info"],
        cwd=tmp_path,
        env=shell.environment,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    told = ""
    ends_at = time.monotonic() + 30
    while "Ctrl-C" not in told and time.monotonic() < ends_at:
        told += process.stderr.readline()
    process.terminate()
    rest = process.communicate(timeout=30)[1]
    assert "web session alone" in told
    assert "Traceback" not in rest
    assert not (tmp_path / "data" / "index.db").exists()


def test_its_options_are_those_of_the_reference(tmp_path: Path) -> None:
    told = Shell(tmp_path, tmp_path / "data").run_argv([sys.executable, "-c", START, "--help"]).out
    for option in ("--host", "-H", "--port", "-p", "--reload", "--log-level"):
        assert option in told
