"""A server looks again at crawled pages that are due."""

from __future__ import annotations

import sqlite3
import time
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

from tests.running import Shell, serving

WAIT_S = 40.0


def test_server_looks_again_at_what_is_due(tmp_path: Path) -> None:
    shell = Shell(tmp_path, tmp_path / "data", {"HYDROPHONE_ALLOW_LOOPBACK": "1"})
    text = ["The old harbour master is Ada Quill."]

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200 if self.path == "/" else 404)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(f"<title>Harbour</title><p>{text[0]}</p>".encode())

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as site:
        Thread(target=site.serve_forever, args=(0.05,)).start()
        try:
            done = shell.run("crawl", f"http://127.0.0.1:{site.server_port}/", "--no-wait")
            assert done.code == 0, done.err
            text[0] = "The new harbour master is Ben Reed."
            with closing(sqlite3.connect(shell.data_dir / "index.db")) as connection:
                with connection:
                    connection.execute("UPDATE frontier SET due_us = 1 WHERE kind = 'page'")
                with serving(shell, HYDROPHONE_PRELOAD="0"):
                    give_up_s = time.monotonic() + WAIT_S
                    while not _holds(connection, "Ben Reed") and time.monotonic() < give_up_s:
                        time.sleep(0.1)
                    assert _holds(connection, "Ben Reed")
        finally:
            site.shutdown()


def _holds(connection: sqlite3.Connection, words: str) -> bool:
    rows = connection.execute(
        "SELECT v.text FROM documents d JOIN versions v ON v.sha256 = d.version "
        "WHERE d.url LIKE 'http:%'"
    ).fetchall()
    return any(words in row[0] for row in rows)
