"""Signing in at a terminal and from a program; the token is seen once, and never stays in view."""

from __future__ import annotations

import json
import os
import pty
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.running import COMMAND_S, Shell, python_module

EMAIL = "someone@example.org"
_ENTERED, _LEFT, _CLEARED = "\x1b[?1049h", "\x1b[?1049l", "\x1b[2J"


@pytest.fixture
def service() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


@pytest.fixture
def shell(service: WebService, tmp_path: Path) -> Shell:
    settings = {"HYDROPHONE_SESSION_ORIGIN": service.origin}
    return Shell(tmp_path, tmp_path / "data", settings)


class Typing:
    """A person at a terminal, who types what is asked for."""

    def __init__(self, shell: Shell, *argv: str | Path) -> None:
        self._ours, theirs = pty.openpty()
        self._process = subprocess.Popen(
            argv,
            cwd=shell.folder,
            env={**shell.environment, "TERM": "xterm-256color", "NO_COLOR": ""},
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            start_new_session=True,
        )
        os.close(theirs)
        self.seen, self._passed = "", 0

    def wait_for(self, words: str) -> None:
        """Read until these words were written, behind those that were waited for before."""
        while (at := self.seen.find(words, self._passed)) < 0:
            self.seen += os.read(self._ours, 65536).decode()
        self._passed = at + len(words)

    def type(self, text: str) -> None:
        """Type a line."""
        os.write(self._ours, f"{text}\n".encode())

    def end(self) -> int:
        """The exit code, when all has been read."""
        while True:
            try:
                piece = os.read(self._ours, 65536)
            except OSError:
                break
            if not piece:
                break
            self.seen += piece.decode()
        os.close(self._ours)
        return self._process.wait(COMMAND_S)


def test_a_person_signs_in_and_the_token_does_not_stay_in_view(
    service: WebService, shell: Shell, tmp_path: Path
) -> None:
    service.state.accounts[0].totp = "111222"
    person = Typing(shell, *python_module(), "login")
    person.wait_for("Mail address")
    person.type(EMAIL)
    person.wait_for("six digits")
    person.type("000000" if service.state.outbox[-1]["code"] != "000000" else "000001")
    person.wait_for("once more")
    person.wait_for("six digits")
    person.type(service.state.outbox[-1]["link"])
    person.wait_for("second factor")
    person.type("111222")
    person.wait_for("to be kept")
    person.type("env")
    assert person.end() == 0
    token = service.state.accounts[0].token
    assert_it_was_shown_and_cleared(person.seen, token)
    assert f'PERPLEXITY_SESSION_TOKEN="{token}"' in (tmp_path / ".env").read_text()


def test_a_person_types_the_same_again_when_the_service_was_busy(
    service: WebService, shell: Shell
) -> None:
    service.state.accounts[0].totp = "111222"
    busy = {"status": 429, "headers": {"Retry-After": "7"}}
    service.state.refusals["/api/auth/otp-redirect-link"] = [{"status": 503}, busy]
    service.state.refusals[service.state.totp_path] = [busy]
    person = Typing(shell, *python_module(), "login", "--email", EMAIL, "--store", "file")
    for told in ("the service failed", "again in 7 s", "second factor"):
        person.wait_for("six digits")
        person.type(service.state.outbox[-1]["code"])
        person.wait_for(told)
    person.type("111222")
    person.wait_for("again in 7 s")
    person.wait_for("second factor")
    person.type("111222")
    assert person.end() == 0, person.seen
    assert len(service.state.asked("/api/auth/signin/email")) == 1


def test_a_program_is_told_that_the_service_was_busy(service: WebService, shell: Shell) -> None:
    service.state.refusals["/api/auth/otp-redirect-link"] = [{"status": 503}]
    done = subprocess.run(
        [*python_module(), "login", "--email", EMAIL],
        cwd=shell.folder,
        env=shell.environment,
        input="123456\n123456\n",
        capture_output=True,
        text=True,
        timeout=COMMAND_S,
        check=False,
    )
    assert done.returncode == 1
    assert "HTTP 503" in done.stderr
    assert "once more" not in done.stderr


def assert_it_was_shown_and_cleared(seen: str, token: str) -> None:
    """The token was on a screen of its own alone, and that was cleared."""
    before, screens, after = re.fullmatch(
        f"(.*?){re.escape(_ENTERED)}(.*){re.escape(_LEFT)}(.*)", seen, re.DOTALL
    ).groups()  # type: ignore[union-attr]
    assert token in re.sub(r"\s", "", screens)
    assert token not in re.sub(r"\s", "", before + after)
    assert token not in re.sub(r"\s", "", screens.rpartition(_CLEARED)[2])


def test_the_tool_of_the_reference_puts_the_token_into_a_env_file(
    service: WebService, shell: Shell, tmp_path: Path
) -> None:
    tool = Path(sys.executable).with_name("get-perplexity-session-token")
    (tmp_path / ".env").write_bytes(b"# mine\r\nexport A='b'\r\nPERPLEXITY_SESSION_TOKEN=old")
    (tmp_path / "data").write_text("where the folder is to be")
    person = Typing(shell, tool)
    person.wait_for("Mail address")
    person.type(EMAIL)
    person.wait_for("six digits")
    person.type("")
    person.wait_for("on its way")
    person.wait_for("six digits")
    assert len(service.state.outbox) == 2
    person.type(service.state.outbox[-1]["code"])
    person.wait_for("to be kept")
    person.type("sofa")
    person.wait_for("to be kept")
    person.type("")
    person.wait_for("cannot be kept")
    person.wait_for("another place")
    person.type("")
    person.wait_for("to be kept")
    person.type("env")
    assert person.end() == 0, person.seen
    token = service.state.accounts[0].token
    assert_it_was_shown_and_cleared(person.seen, token)
    wanted = f"# mine\r\nexport A='b'\r\nPERPLEXITY_SESSION_TOKEN=\"{token}\"\r\n"
    assert (tmp_path / ".env").read_bytes().decode() == wanted


def test_a_token_of_the_settings_is_named_when_it_counts_before_the_new_one(
    service: WebService, shell: Shell, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("PERPLEXITY_SESSION_TOKEN=an.old..one.x\n")
    assert "counts before" in signed_in(service, shell, "--store", "file", err=True)
    assert "counts before" not in signed_in(service, shell, "--store", "env", err=True)
    out = shell.run("login", "--logout", PERPLEXITY_SESSION_TOKEN="an.old..one.x")
    assert "counts before" in out.err
    assert "an.old" not in out.out + out.err


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("--email", "someone"), "no mail address"),
        (("--email", EMAIL, "--store", "keyring"), "no keyring"),
        ((), "--email"),
    ],
)
def test_what_cannot_work_is_said_before_a_mail_goes_out(
    service: WebService, shell: Shell, arguments: tuple[str, ...], told: str
) -> None:
    done = shell.run("login", *arguments, PYTHON_KEYRING_BACKEND="keyring.backends.fail.Keyring")
    assert done.code in (1, 2)
    assert told in done.err
    assert "Traceback" not in done.err
    assert not service.state.outbox


def test_what_is_no_token_is_told_and_not_shown(shell: Shell) -> None:
    done = shell.run("login", "--check", PERPLEXITY_SESSION_TOKEN="half a.secret")
    assert done.code == 2
    assert "PERPLEXITY_SESSION_TOKEN" in done.err
    assert "secret" not in done.err


def signed_in(service: WebService, shell: Shell, *arguments: str, err: bool = False) -> str:
    """Sign in with a pipe: the code is asked for on standard input. What it wrote to standard
    output, or to standard error when `err` is wanted."""
    process = subprocess.Popen(
        [*python_module(), "login", "--email", EMAIL, *arguments],
        cwd=shell.folder,
        env=shell.environment,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stderr is not None
    assert "on its way" in process.stderr.readline()
    told = process.communicate(service.state.outbox[-1]["code"] + "\n", timeout=COMMAND_S)
    assert process.returncode == 0, told
    assert service.state.accounts[0].token not in "".join(told)
    return told[err]


def test_a_program_signs_in_checks_and_signs_out(service: WebService, shell: Shell) -> None:
    assert shell.run("login", "--check").code == 2
    assert "session-token" in signed_in(service, shell, "--json")
    check = shell.run("login", "--check", "--json")
    assert check.json == {
        "valid": True,
        "kept_in": "file",
        "email": EMAIL,
        "subscription": "pro",
        "expires": "2027-01-01T00:00:00.000Z",
    }
    service.state.accounts.clear()
    ended = shell.run("login", "--check")
    assert (ended.code, "has ended" in ended.err) == (1, True)
    assert shell.run("login", "--logout", "--json").json["removed_from"]
    assert shell.run("login", "--logout").out.strip() == "no token was stored"


def test_a_capture_shows_shapes_and_nothing_of_anybody(
    service: WebService, shell: Shell, tmp_path: Path
) -> None:
    signed_in(service, shell)
    done = shell.run("doctor", "--web-session", "capture.json", "--question", "Who am I, really?")
    assert done.code == 0, done.err
    text = (tmp_path / "capture.json").read_text()
    account, (thread,) = service.state.accounts[0], service.state.threads.values()
    secrets = [
        *(account.token, account.email, account.id, "someone", "really", "one.example"),
        *(thread.read_write_token, thread.entries[0].backend_uuid, thread.title, "Hello"),
    ]
    assert not [secret for secret in secrets if secret in text]
    told = json.loads(text)
    assert told["/api/auth/session"]["user"]["subscription_tier"] == "pro"
    last = told["/rest/sse/perplexity_ask"][-1]
    assert (last["status"], last["final_sse_message"]) == ("COMPLETED", True)
    assert last["blocks"][0]["markdown_block"]["answer"] == "text of 16 characters"


@pytest.mark.parametrize(
    "command",
    [("login", "--email", EMAIL), ("login", "--check"), ("doctor", "--web-session", "x.json")],
)
def test_offline_binds_every_command_of_the_session(
    service: WebService, shell: Shell, command: tuple[str, ...]
) -> None:
    signed_in(service, shell)
    before = len(service.state.seen)
    done = shell.run(*command, HYDROPHONE_OFFLINE="1")
    assert done.code != 0
    assert "HYDROPHONE_OFFLINE" in done.err
    assert "Traceback" not in done.err
    assert len(service.state.seen) == before


def test_a_capture_that_cannot_be_written_asks_nothing(service: WebService, shell: Shell) -> None:
    signed_in(service, shell)
    before = len(service.state.seen)
    done = shell.run("doctor", "--web-session", "nowhere/x.json", "--question", "Who?")
    assert done.code != 0
    assert "nowhere/x.json" in done.err
    assert "Traceback" not in done.err
    assert len(service.state.seen) == before


def test_a_question_without_a_capture_is_refused(shell: Shell) -> None:
    done = shell.run("doctor", "--question", "Who?")
    assert done.code != 0
    assert "--web-session" in done.err
