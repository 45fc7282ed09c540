"""Pages that are made when they are asked for: without end, busy, or never answered."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

RETRY_AFTER_S = 1
_HANG_S = 60.0


class _Maker(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.closing = threading.Event()
        self.lock = threading.Lock()
        self.asked: set[str] = set()


class _Handler(BaseHTTPRequestHandler):
    server: _Maker

    def do_GET(self) -> None:
        url = urlsplit(self.path)
        name = url.path.removeprefix("/made/").partition("/")[0]
        make = getattr(self, f"_{name}", None)
        if make is None:
            self._send(404, "no such page")
        else:
            make(url.path, {key: value[0] for key, value in parse_qs(url.query).items()})

    def _calendar(self, path: str, query: dict[str, str]) -> None:
        """Every month links to the one before and the one after it."""
        year, month = (int(part) for part in query.get("month", "2026-11").split("-"))
        number = year * 12 + month - 1
        around = [f"{n // 12:04}-{n % 12 + 1:02}" for n in (number - 1, number + 1)]
        links = "".join(f'<p><a href="?month={one}">{one}</a></p>' for one in around)
        self._send(200, f"<h1>{year}-{month}</h1><p>Nothing happens in month {number}.</p>{links}")

    def _shop(self, path: str, query: dict[str, str]) -> None:
        """Every visit has another session, which all links of the page carry."""
        with self.server.lock:
            self.server.asked.add(f"{path}?{query}")
            session = f"{len(self.server.asked):032x}"
        links = "".join(
            f'<p><a href="/made/shop/{n}?PHPSESSID={session}">Article {n}</a></p>' for n in range(5)
        )
        self._send(200, f"<h1>Shop</h1><p>Shelf {path[-1]} of the shop has articles.</p>{links}")

    def _growing(self, path: str, query: dict[str, str]) -> None:
        """A relative link that leads one folder deeper each time."""
        self._send(200, f'<p>A page of depth {path.count("/")}.</p><a href="deeper/">deeper</a>')

    def _busy(self, path: str, query: dict[str, str]) -> None:
        """Sends the first visitor away for a second."""
        with self.server.lock:
            first = path not in self.server.asked
            self.server.asked.add(path)
        if first:
            self._send(429, "later", ("Retry-After", str(RETRY_AFTER_S)))
        else:
            self._send(200, "<h1>Busy</h1><p>The busy page has been reached at the second try.</p>")

    def _hangs(self, path: str, query: dict[str, str]) -> None:
        """Never answers."""
        self.server.closing.wait(_HANG_S)

    def _send(self, status: int, body: str, *headers: tuple[str, str]) -> None:
        data = f"<!doctype html><html><body>{body}</body></html>".encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """nginx keeps the log."""


@contextmanager
def making_pages() -> Iterator[int]:
    """The server on a port of 127.0.0.1, in a thread."""
    with _Maker() as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield int(server.server_address[1])
        finally:
            server.closing.set()
            server.shutdown()
            thread.join()
