"""A server that records: a file for each answer, which plays again."""

from __future__ import annotations

import gzip

from tests.running import Shell, serving

QUESTION = "How do I add my own documents?"


def test_every_answer_of_a_server_becomes_a_recording(shell: Shell) -> None:
    folder = shell.folder / "recordings"
    settings = {"HYDROPHONE_OFFLINE": "1", "HYDROPHONE_RECORD_DIR": str(folder)}
    with serving(shell, **settings) as server:
        for _ in range(2):
            assert server.ask(QUESTION).status == 200
    files = sorted(folder.iterdir())
    assert len(files) == 2
    assert folder.stat().st_mode & 0o77 == 0
    assert QUESTION in gzip.decompress(files[0].read_bytes()).decode()
    assert shell.run("replay", str(files[0]), "--json").json["same"] is True
