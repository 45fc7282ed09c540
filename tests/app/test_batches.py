"""Batches of a real server that is killed again and again: each line ends once, with one row."""

from __future__ import annotations

import json
import random
import signal
import time
import urllib.request
from collections import Counter
from typing import Any

import pytest

from tests.app.ledger import rows
from tests.app.modelling import modelling, settings_for
from tests.emulators.openai_model import Reply
from tests.running import Server, Shell, serving

LINES = 12
KILLS = 5
PATIENCE_S = 120.0
ENDED = ("completed", "failed", "cancelled", "expired")
SAID = "Files are added with one command. [1]"
ASKED: dict[str, dict[str, Any]] = {
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "How are files added?"}]},
    "/v1/responses": {"preset": "fast", "input": "How are files added?"},
    "/v1/embeddings": {"model": "text-embedding-3-small", "input": "How are files added? " * 50},
}


def sent(server: Server, content: bytes) -> str:
    """The id of a new file."""
    head = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
    form = head % (b"purpose", b"batch") + head % (b"file", content) + b"--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    request = urllib.request.Request(f"{server.url}/v1/files", form, headers)
    with urllib.request.urlopen(request, timeout=30) as answer:
        file_id: str = json.load(answer)["id"]
    return file_id


def begun(server: Server, endpoint: str) -> str:
    """The id of a new batch."""
    lines = (
        {"custom_id": str(number), "method": "POST", "url": endpoint, "body": ASKED[endpoint]}
        for number in range(LINES)
    )
    content = "".join(f"{json.dumps(line)}\n" for line in lines).encode()
    order = {"input_file_id": sent(server, content), "endpoint": endpoint}
    batch_id: str = server.request("/v1/batches", order).json["id"]
    return batch_id


def ended(server: Server, batch_id: str) -> dict[str, Any]:
    """The batch when it has ended."""
    end_s = time.monotonic() + PATIENCE_S
    while (batch := server.request(f"/v1/batches/{batch_id}").json)["status"] not in ENDED:
        assert time.monotonic() < end_s, batch
        time.sleep(0.1)
    found: dict[str, Any] = batch
    return found


def read(server: Server, batch: dict[str, Any]) -> list[dict[str, Any]]:
    """The lines of both files of a batch."""
    files = [batch[name] for name in ("output_file_id", "error_file_id") if batch[name]]
    bodies = [server.request(f"/v1/files/{one}/content").body for one in files]
    return [json.loads(line) for body in bodies for line in body.splitlines()]


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_each_line_ends_once_however_often_the_server_is_killed(documented_shell: Shell) -> None:
    shell, chance = documented_shell, random.Random(7)
    with modelling() as model:
        model.choose = lambda _: Reply(SAID, delay_s=0.3)
        settings = settings_for(model)
        with serving(shell, **settings) as server:
            batches = [begun(server, endpoint) for endpoint in ASKED]
            server.stop(signal.SIGKILL)
        for _ in range(KILLS):
            with serving(shell, **settings) as server:
                time.sleep(2.0 + chance.random())
                server.stop(signal.SIGKILL)
        with serving(shell, **settings) as server:
            found = [ended(server, batch_id) for batch_id in batches]
            lines = [line for batch in found for line in read(server, batch)]
    assert [batch["status"] for batch in found] == ["completed"] * len(ASKED)
    names = Counter(line["custom_id"] for line in lines)
    assert names == {str(number): len(ASKED) for number in range(LINES)}
    # A line in whose middle the server was killed too often in a row is given up.
    told = {(line["response"]["body"].get("error") or {}).get("type") for line in lines}
    assert told <= {None, "interrupted"}
    written = Counter(row.request_id for row in rows(shell.data_dir))
    assert written == Counter(line["response"]["request_id"] for line in lines)
