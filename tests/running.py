"""Hydrophone as people run it: commands and servers in processes of their own."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

COMMAND_S = 50.0
START_S = 50.0
_OTHER_SETTINGS = ("PORT", "LOG_LEVEL", "API_KEYS", "DEFAULT_MODEL", "HOST")


@dataclass(frozen=True)
class Done:
    """A command that has ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """Standard output as one JSON document."""
        return json.loads(self.out)

    @property
    def json_lines(self) -> list[Any]:
        """Standard output as JSON lines."""
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Shell:
    """Runs commands in `folder` with the data in `data_dir`, without other settings."""

    folder: Path
    data_dir: Path
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def environment(self) -> dict[str, str]:
        """The environment of every command."""
        plain = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("HYDROPHONE_") and name not in _OTHER_SETTINGS
        }
        ours = {
            "HYDROPHONE_DATA_DIR": str(self.data_dir),
            # For a handful of files one process reads as well as many, and starts sooner.
            "HYDROPHONE_EXTRACTION_PROCESSES": "1",
            "HYDROPHONE_MODEL_THREADS": "1",
            # Tests reach loopback only; those that search the web say so.
            "HYDROPHONE_WEB_SEARCH": "0",
            "NO_COLOR": "1",
            "COLUMNS": "100",
        }
        return {**plain, **ours, **self.settings}

    def run(self, *arguments: str, **settings: str) -> Done:
        """`hydrophone ARGUMENTS` to its end; `settings` are further variables."""
        return self.run_argv([*python_module(), *arguments], **settings)

    def run_argv(self, argv: Sequence[str], **settings: str) -> Done:
        """Any program to its end, in the same folder and environment."""
        done = subprocess.run(
            argv,
            cwd=self.folder,
            env={**self.environment, **settings},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=COMMAND_S,
        )
        return Done(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str, **settings: str) -> subprocess.Popen[str]:
        """`hydrophone ARGUMENTS` in a process group of its own, as a terminal would start it.

        What runs the tests may be deaf to Ctrl-C, as background jobs are; this is not.
        """
        return subprocess.Popen(
            [*python_module(), *arguments],
            cwd=self.folder,
            env={**self.environment, **settings},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
            preexec_fn=_hear_ctrl_c,
        )


def _hear_ctrl_c() -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)


def python_module() -> list[str]:
    """The beginning of a command line."""
    return [sys.executable, "-m", "hydrophone"]


@dataclass(frozen=True)
class Answer:
    """What came back over HTTP."""

    status: int
    body: bytes

    @property
    def json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.body)


@dataclass(frozen=True)
class Server:
    """A running server; `log` is the file that its standard error goes to."""

    port: int
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def url(self) -> str:
        """The address, without a slash at the end."""
        return f"http://127.0.0.1:{self.port}"

    def request(self, path: str, body: object = None, *, key: str | None = None) -> Answer:
        """GET, or POST when there is a body."""
        request = urllib.request.Request(
            self.url + path,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"}
            | ({"Authorization": f"Bearer {key}"} if key else {}),
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as response:
                return Answer(response.status, response.read())
        except urllib.error.HTTPError as error:
            with error:
                return Answer(error.code, error.read())

    def ask(self, question: str, **more: object) -> Answer:
        """A chat completion."""
        turns = [{"role": "user", "content": question}]
        return self.request("/v1/chat/completions", {"model": "sonar", "messages": turns, **more})

    def stream(self, question: str) -> tuple[http.client.HTTPConnection, http.client.HTTPResponse]:
        """A streamed chat completion whose headers have come; the caller reads and closes."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        turns = [{"role": "user", "content": question}]
        body = {"model": "sonar", "stream": True, "messages": turns}
        connection.request(
            "POST",
            "/v1/chat/completions",
            json.dumps(body),
            {"Content-Type": "application/json"},
        )
        return connection, connection.getresponse()

    def stop(self, sent: signal.Signals = signal.SIGTERM) -> int:
        """Stop it and wait; its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(sent)
        return self.process.wait(timeout=30)


@contextmanager
def serving(
    shell: Shell, *, command: Sequence[str] | None = None, **settings: str
) -> Iterator[Server]:
    """`hydrophone serve`, or another command that serves, on a free port, healthy; leaving stops
    it."""
    shell.data_dir.mkdir(parents=True, exist_ok=True)
    log = shell.data_dir.parent / f"{shell.data_dir.name}.log"
    with log.open("wb") as stderr:
        process = subprocess.Popen(
            [*(command or [*python_module(), "serve"]), "--port", "0"],
            cwd=shell.folder,
            env={**shell.environment, **settings},
            stdin=subprocess.DEVNULL,
            stderr=stderr,
        )
    try:
        server = Server(_port_from(log, process), process, log)
        assert server.request("/health").status == 200
        yield server
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        process.wait(timeout=30)


def _port_from(log: Path, process: subprocess.Popen[bytes]) -> int:
    """The port that the server says it is starting on."""
    deadline_s = time.monotonic() + START_S
    while time.monotonic() < deadline_s:
        for line in log.read_text("utf-8").splitlines():
            if "is starting on" in line:
                return int(line.rpartition(":")[2])
        assert process.poll() is None, log.read_text("utf-8")
        time.sleep(0.05)
    raise AssertionError(f"the server said no port: {log.read_text('utf-8')}")
