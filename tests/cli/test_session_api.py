"""`perplexity-webui-scraper-api`: the server of web sessions as it is started."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.running import Shell, serving

COMMAND = [sys.executable, "-c", "from hydrophone.cli.session_api import main; main()"]
CHAT = "/v1/chat/completions"
BODY = {"messages": [{"role": "user", "content": "Which?"}]}
NOT_HERE = ("The page", "hydrophone add", "hydrophone ask", "Traceback")


@pytest.fixture
def service() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


def shell_of(folder: Path, service: WebService) -> Shell:
    fast = {"HYDROPHONE_SESSION_REQUESTS_PER_SECOND": "0"}
    return Shell(folder, folder / "data", {"HYDROPHONE_SESSION_ORIGIN": service.origin, **fast})


def test_each_request_brings_its_session(tmp_path: Path, service: WebService) -> None:
    command = [*COMMAND, "-H", "0.0.0.0", "--log-level", "critical"]
    with serving(shell_of(tmp_path, service), command=command) as server:
        token = service.state.accounts[0].token
        assert server.request(CHAT, BODY).status == 401
        answer = server.request(CHAT, BODY, key=token)
        assert answer.json["choices"][0]["message"]["content"] == "Hello world."
        told = server.log.read_text("utf-8")
        assert f"http://localhost:{server.port}/docs" in told
    assert "web session alone" in told
    assert "Bearer TOKEN" in told
    assert [words for words in NOT_HERE if words in server.log.read_text("utf-8")] == []
    assert token not in server.log.read_text("utf-8")
    assert not (tmp_path / "data" / "index.db").exists()


def test_with_a_session_of_its_own_nothing_is_to_be_brought(
    tmp_path: Path, service: WebService
) -> None:
    own = {"PERPLEXITY_SESSION_TOKEN": service.state.accounts[0].token}
    with serving(shell_of(tmp_path, service), command=COMMAND, **own) as server:
        assert server.request(CHAT, BODY).status == 200
        told = server.log.read_text("utf-8")
    assert "Bearer" not in told
    assert "the server's own session answers" in told
    assert [words for words in NOT_HERE if words in told] == []


def test_its_options_are_those_of_the_reference(tmp_path: Path) -> None:
    told = Shell(tmp_path, tmp_path / "data").run_argv([*COMMAND, "--help"]).out
    for option in ("--host", "-H", "--port", "-p", "--reload", "--log-level"):
        assert option in told


@pytest.mark.parametrize("level", ["loud", "trace"])
def test_a_level_that_is_none_is_told_with_those_there_are(tmp_path: Path, level: str) -> None:
    done = Shell(tmp_path, tmp_path / "data").run_argv([*COMMAND, "--log-level", level])
    assert done.code == 1
    for known in ("debug", "info", "warning", "error", "critical"):
        assert known in done.err
