"""When the server does not start, and how it ends."""

from __future__ import annotations

import signal
import socket

import pytest

from tests.app.ledger import rows
from tests.app.modelling import modelling, settings_for
from tests.emulators.openai_model import Reply
from tests.running import Shell, serving

QUESTION = "How do I add my own documents?"


def test_it_refuses_to_listen_to_all_without_keys(shell: Shell) -> None:
    done = shell.run("serve", "--host", "0.0.0.0", "--port", "0")
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("error: refusing to listen on 0.0.0.0 without keys")
    assert "hydrophone keys create" in done.err
    assert len(done.err.splitlines()) == 1


def test_taken_port_is_said_before_anything_else(shell: Shell) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = shell.run("serve", "--port", str(port))
    assert done.code == 1
    assert done.err.startswith(f"error: cannot listen on 127.0.0.1:{port} (Address already in use)")
    assert not (shell.data_dir / "index.db").exists()


@pytest.mark.parametrize(
    ("arguments", "settings", "said"),
    [
        (["--log-level", "loud"], {}, "HYDROPHONE_LOG_LEVEL"),
        (["--port", "70000"], {}, "HYDROPHONE_PORT"),
        ([], {"HYDROPHONE_MODEL_URL": "http://127.0.0.1:9"}, "HYDROPHONE_MODEL; set both"),
    ],
)
def test_wrong_settings_stop_the_start_without_a_traceback(
    shell: Shell, arguments: list[str], settings: dict[str, str], said: str
) -> None:
    done = shell.run("serve", "--port", "0", *arguments, **settings)
    assert done.code == 1
    assert said in done.err
    assert "Traceback" not in done.err


def test_sigterm_while_streaming_ends_in_time_and_leaves_the_row(shell: Shell) -> None:
    slow = Reply("Slowly, word by word. " * 50, pieces=200, delay_s=0.2)
    with modelling(slow) as model, serving(shell, **settings_for(model)) as server:
        connection, response = server.stream(QUESTION)
        assert response.readline().startswith(b"data: ")
        # Raises when the server takes longer than the test allows it.
        server.stop()
        connection.close()
    (row,) = rows(shell.data_dir)
    assert row.outcome in ("cancelled", "disconnected", "failed")
    assert "Traceback" not in server.log.read_text("utf-8")


def test_ctrl_c_ends_an_idle_server_with_zero(shell: Shell) -> None:
    with serving(shell, HYDROPHONE_OFFLINE="1") as server:
        assert server.stop(signal.SIGINT) == 0
        assert "Traceback" not in server.log.read_text("utf-8")
