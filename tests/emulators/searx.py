"""Debian's own `searx` on loopback, over a small index that this process serves.

searx 1.1 speaks the JSON that SearXNG grew from. Its engines are ours: one that finds pages of a
corpus, one for images, one for videos; and when it is ailing, one that is too slow and one that is
broken.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

PROGRAM = shutil.which("searx-run")
PAGE_SIZE = 5
TRICKLES = 30
START_S = 40.0
_ENGINE = Path(__file__).with_name("searx_engine.py")
_EXAMPLE = Path("/usr/share/doc/searx/examples/settings.yml")
_SITE = re.compile(r"\bsite:(\S+)")


@dataclass(frozen=True)
class Page:
    """A page of the corpus; `published` is an ISO date."""

    url: str
    title: str
    text: str
    published: str | None = None


@dataclass
class Corpus:
    """What the index knows, and what it was asked."""

    pages: Sequence[Page] = ()
    asked: list[Mapping[str, str]] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)

    def find(self, query: str, page: int) -> list[dict[str, str]]:
        """Pages with most of the query's words first; `site:` is kept."""
        sites = _SITE.findall(query)
        words = set(_words(_SITE.sub("", query).replace(" OR ", " ")))
        scored = [
            (-len(words & set(_words(f"{one.title} {one.text}"))), n, one)
            for n, one in enumerate(self.pages)
            if not sites or (urlsplit(one.url).hostname or "") in sites
        ]
        best = [one for score, _, one in sorted(scored, key=lambda item: item[:2]) if score]
        shown = best[(page - 1) * PAGE_SIZE : page * PAGE_SIZE]
        found = [
            {"url": one.url, "title": one.title, "content": one.text}
            | ({"publishedDate": one.published} if one.published else {})
            for one in shown
        ]
        return [*found, *({"suggestion": text} for text in self.suggestions)]


@dataclass(frozen=True)
class Searx:
    """The running service."""

    url: str
    corpus: Corpus
    process: subprocess.Popen[bytes]

    def stop(self) -> None:
        """Kill it, as a crash would."""
        _kill(self.process)


@contextmanager
def running_searx(pages: Sequence[Page], *, ailing: bool = False) -> Iterator[Searx]:
    """searx over these pages, until the end of the block; `ailing` engines take their time."""
    assert PROGRAM is not None
    corpus = Corpus(pages)
    index = ThreadingHTTPServer(("127.0.0.1", 0), _handler(corpus))
    threading.Thread(target=index.serve_forever, daemon=True).start()
    # searx takes engine paths in lower case only, and pytest's own folders have capitals.
    folder = Path(tempfile.mkdtemp(prefix="searx-", dir="/tmp"))
    port = _free_port()
    try:
        process = _start(folder, port, index.server_address[1], ailing)
        try:
            _wait_until_up(f"http://127.0.0.1:{port}/healthz", process, folder)
            yield Searx(f"http://127.0.0.1:{port}", corpus, process)
        finally:
            _kill(process)
    finally:
        index.shutdown()
        index.server_close()
        shutil.rmtree(folder, ignore_errors=True)


def _start(folder: Path, port: int, index_port: int, ailing: bool) -> subprocess.Popen[bytes]:
    engine = folder / "loopback.py"
    engine.write_text(_ENGINE.read_text("utf-8"), "utf-8")
    settings = folder / "settings.yml"
    settings.write_text(_settings(engine, port, index_port, ailing), "utf-8")
    environment = {
        "PATH": os.environ.get("PATH", ""),
        "SEARX_SETTINGS_PATH": str(settings),
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    with (folder / "log").open("wb") as log:
        return subprocess.Popen(
            [str(PROGRAM)],
            env=environment,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )


def _settings(engine: Path, port: int, index_port: int, ailing: bool) -> str:
    """The package's example settings with engines and a port of our own."""
    head, _, rest = _EXAMPLE.read_text("utf-8").partition("\nengines:\n")
    tail = rest[re.search(r"^\w+ *:", rest, re.MULTILINE).start() :]  # type: ignore[union-attr]
    head = head.replace("port : 8888", f"port : {port}")
    head = head.replace("ultrasecretkey", secrets.token_hex(16))
    head = head.replace("ban_time_on_fail : 5", "ban_time_on_fail : 0")
    index = f"http://127.0.0.1:{index_port}"
    engines = [
        ("loopback", "general, news", "search", 6.0),
        ("papers", "science", "search", 3.0),
        ("posts", "social media", "search", 3.0),
        ("pictures", "images", "images", 3.0),
        ("films", "videos", "videos", 3.0),
        ("sluggish", "general", "slow", 0.5),
        ("broken", "general", "broken", 3.0),
    ]
    if not ailing:
        engines = engines[:-2]
    entries = [
        f"  - name: {name}\n    engine: {engine.with_suffix('')}\n    shortcut: {name[:3]}\n"
        f"    categories: {categories}\n    index_url: {index}/{path}\n"
        f"    enable_http: true\n    timeout: {timeout_s}\n"
        for name, categories, path, timeout_s in engines
    ]
    return f"{head}\nengines:\n{''.join(entries)}\n{tail}"


def _handler(corpus: Corpus) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
            if parts.path == "/broken":
                self.send_error(500)
                return
            body = json.dumps({"results": self._results(parts.path, asked)}).encode()
            if parts.path == "/slow":
                self._trickle(body)
                return
            try:
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            except OSError:
                pass  # searx went away: it does not wait for the slow one

        def _trickle(self, body: bytes) -> None:
            """Longer than searx waits for any engine, but never silent as long as that: a silent
            connection would time out together with searx's own wait, which then may stumble over
            the list of engines that gave nothing while it writes that list (a 500)."""
            try:
                self.send_response(200)
                self.send_header("Content-Length", str(len(body) + TRICKLES))
                self.end_headers()
                for _ in range(TRICKLES):
                    time.sleep(0.5)
                    self.wfile.write(b" ")
                self.wfile.write(body)
            except OSError:
                pass  # searx went away

        def _results(self, path: str, asked: Mapping[str, str]) -> list[dict[str, str]]:
            page = int(asked.get("page", "1"))
            if path == "/images":
                return [
                    {
                        "url": "https://pictures.example/whale",
                        "title": "A whale",
                        "content": "",
                        "template": "images.html",
                        "img_src": "https://pictures.example/whale.jpg",
                        "thumbnail_src": "https://pictures.example/whale-small.jpg",
                        "img_format": "800 x 600",
                    }
                ]
            if path == "/videos":
                return [
                    {
                        "url": "https://films.example/whale",
                        "title": "Whales in ten minutes",
                        "content": "A film.",
                        "template": "videos.html",
                        "thumbnail": "https://films.example/whale.jpg",
                        "length": "0:10:05",
                    }
                ]
            if path == "/slow":
                return []
            corpus.asked.append(asked)
            return corpus.find(asked.get("q", ""), page)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    return Handler


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.lower())


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def _wait_until_up(url: str, process: subprocess.Popen[bytes], folder: Path) -> None:
    until = time.monotonic() + START_S
    while time.monotonic() < until and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("searx did not start: " + (folder / "log").read_text("utf-8", "replace"))


def _kill(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
