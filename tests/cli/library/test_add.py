"""`hydrophone add`, with what people really hand it."""

from __future__ import annotations

import gzip
import os
import re
import sqlite3
import sys
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.cli.conftest import PAGES, write_lines, write_pages
from tests.running import COMMAND_S, Done, Shell, python_module

# PR_CAPBSET_DROP of CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH: root loses its right to read all.
BIND = """
import ctypes, os, sys
for capability in (1, 2):
    assert ctypes.CDLL(None).prctl(24, capability, 0, 0, 0) == 0
os.execv(sys.argv[1], sys.argv[1:])
"""


def documents(shell: Shell) -> dict[str, int]:
    """How many documents each collection holds."""
    found = shell.run("sources", "--json").json["collections"]
    return {info["name"]: info["documents"] for info in found}


def vectors(shell: Shell) -> list[tuple[object, ...]]:
    """Every stored vector, byte for byte, with its row."""
    with closing(sqlite3.connect(shell.data_dir / "index.db")) as connection:
        return connection.execute("SELECT rowid, * FROM vectors ORDER BY rowid").fetchall()


def encrypted_pdf(path: Path) -> Path:
    canvas = Canvas(str(path), encrypt="secret")
    canvas.drawString(72, 720, "Nobody may read this without the password.")
    canvas.save()
    return path


def test_folder_and_lines_are_added_and_counted(shell: Shell, tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "pages")
    (folder / ".hidden.md").write_text("not me")
    lines = write_lines(tmp_path / "piers.jsonl")
    packed = tmp_path / "more.jsonl.gz"
    packed.write_bytes(gzip.compress(b'{"url": "u:1", "title": "P", "text": "Packed words."}\n'))
    done = shell.run("add", "pages", str(lines), packed.name)
    assert (done.code, done.out) == (0, f"added {len(PAGES) + 3} documents\n")
    assert done.err == "1 hidden or unsupported file was skipped\n"
    assert documents(shell) == {"default": len(PAGES) + 3}


def test_adding_again_changes_nothing_and_embeds_nothing(shell: Shell, tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "pages")
    first = shell.run("add", str(folder), "--json").json_lines
    assert [step["state"] for step in first].count("added") == len(PAGES)
    assert first[-1]["state"] == "done"
    before = vectors(shell)
    assert before
    again = shell.run("add", str(folder), "--json")
    states = [step["state"] for step in again.json_lines]
    assert (again.code, states) == (0, ["unchanged"] * len(PAGES) + ["done"])
    assert vectors(shell) == before


def test_without_waiting_the_vectors_are_left_to_the_next(shell: Shell, tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "pages")
    assert shell.run("add", str(folder), "--no-wait").code == 0
    assert vectors(shell) == []
    assert shell.run("search", "lighthouse", "--json").json["results"]
    again = shell.run("add", str(folder))
    assert (again.code, again.out) == (0, f"added 0 documents, {len(PAGES)} unchanged\n")
    assert len(vectors(shell)) >= len(PAGES)


def test_what_cannot_be_read_is_named_and_the_rest_is_added(shell: Shell, tmp_path: Path) -> None:
    good = write_pages(tmp_path / "pages")
    (tmp_path / "rubbish.pdf").write_bytes(bytes(range(256)) * 20)
    (tmp_path / "rubbish.bin").write_bytes(os.urandom(4096))
    (tmp_path / "lines.jsonl").write_text('{"url": "u:1", "title": "T", "text": "ok"}\n{bad\n')
    encrypted_pdf(tmp_path / "locked.pdf")
    (tmp_path / "empty.txt").write_text("")
    items = ["rubbish.pdf", "rubbish.bin", "locked.pdf", "empty.txt", "missing.md", "lines.jsonl"]
    done = shell.run("add", *items, str(good))
    assert done.code == 1
    assert done.out == f"added {len(PAGES) + 1} documents, 6 failed\n"
    lines = [line.removeprefix(f"{tmp_path}/") for line in done.err.splitlines()]
    named = dict(re.split(r":? ", line, maxsplit=1) for line in lines)
    assert set(named) == {*items[:-1], "lines.jsonl:2"}
    assert "password" in named["locked.pdf"] or "encrypted" in named["locked.pdf"]
    assert "no such file or folder" in named["missing.md"]
    assert "JSON" in named["lines.jsonl:2"]
    assert documents(shell) == {"default": len(PAGES) + 1}


def test_file_and_folder_without_permission_are_named(shell: Shell, tmp_path: Path) -> None:
    folder = write_pages(tmp_path / "pages")
    locked_file, locked_folder = folder / "locked.md", folder / "locked"
    locked_file.write_text("secret")
    locked_folder.mkdir()
    (locked_folder / "a.md").write_text("secret")
    locked_file.chmod(0)
    locked_folder.chmod(0)
    try:
        done = run_without_overruling(shell, "add", "pages")
    finally:
        locked_folder.chmod(0o700)
    assert done.code == 1, done.err
    assert done.out == f"added {len(PAGES)} documents, 2 failed\n"
    for path in (locked_file, locked_folder):
        (line,) = [
            line for line in done.err.splitlines() if line.startswith((f"{path}:", f"{path} "))
        ]
        assert "no permission" in line
        assert line.count(str(path)) == 1


def run_without_overruling(shell: Shell, *arguments: str) -> Done:
    """Run a command that permissions bind, also when the tests run as root."""
    argv = [*python_module(), *arguments]
    return shell.run_argv([sys.executable, "-c", BIND, *argv] if os.geteuid() == 0 else argv)


@pytest.fixture
def site() -> Iterator[str]:
    """A web site on loopback with one page, /tides."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = PAGES["page.html"].encode() if self.path == "/tides" else b""
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_page_is_added_by_its_url(shell: Shell, site: str) -> None:
    done = shell.run("add", f"{site}/tides", f"{site}/gone", HYDROPHONE_ALLOW_LOOPBACK="1")
    assert (done.code, done.out) == (1, "added 1 document, 1 failed\n")
    assert done.err.startswith(f"{site}/gone")
    assert "404" in done.err
    (found,) = shell.run("search", "high water", "--json").json["results"]
    assert (found["url"], found["title"]) == (f"{site}/tides", "Tides")


def test_page_of_this_machine_is_refused_by_default(shell: Shell, site: str) -> None:
    done = shell.run("add", f"{site}/tides")
    assert (done.code, done.out) == (1, "added 0 documents, 1 failed\n")
    assert "127.0.0.1 is this machine" in done.err


def test_offline_no_page_is_fetched(shell: Shell, site: str) -> None:
    settings = {"HYDROPHONE_ALLOW_LOOPBACK": "1", "HYDROPHONE_OFFLINE": "1"}
    done = shell.run("add", f"{site}/tides", **settings)
    assert done.code == 1
    assert "HYDROPHONE_OFFLINE" in done.err


@pytest.mark.slow
def test_two_adds_at_once_lose_nothing(shell: Shell, tmp_path: Path) -> None:
    for part in ("one", "two"):
        folder = tmp_path / part
        folder.mkdir()
        for number in range(30):
            (folder / f"{number}.md").write_text(f"# {part} {number}\n\nBuoy {part}{number}.\n")
    running = [shell.start("add", part, "--no-wait") for part in ("one", "two")]
    ended = [(*process.communicate(timeout=COMMAND_S), process.returncode) for process in running]
    assert ended == [("added 30 documents\n", "", 0)] * 2
    assert documents(shell) == {"default": 60}
    for word in ("one29", "two29"):
        (best, *_) = shell.run("search", word, "--json").json["results"]
        assert best["title"] == f"{word[:3]} 29"
