"""Answers while the SearXNG fails in each of its ways: from the rest, in time, and told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from hydrophone.app import open_rooms
from hydrophone.settings import load_settings
from hydrophone.types import Notice, RequestContext, Text, ask

SLOW_S = 30
FACT = "The harbour master of Port Aurelia is called Ada Quill."
QUESTION = ask("What is the harbour master of Port Aurelia called?")


@pytest.fixture(scope="module")
def failing() -> Iterator[str]:
    """A service whose paths fail each in its way."""
    closing = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            way = self.path.split("/")[1]
            if way == "slow":
                closing.wait(SLOW_S)
            self.send_response(500 if way == "error" else 200)
            kind = "text/html" if way == "html" else "application/json"
            self.send_header("Content-Type", kind)
            self.end_headers()
            self.wfile.write(b"<html></html>" if way == "html" else b'{"results": []}')

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    closing.set()
    server.shutdown()
    server.server_close()


@pytest.mark.parametrize(
    ("way", "reason"),
    [
        ("stopped", "could not be reached"),
        ("slow", "did not answer within 1 s"),
        ("html", "add json to search.formats in its settings.yml"),
        ("error", "answered 500"),
    ],
)
async def test_the_answer_comes_from_the_rest_and_says_what_was_missing(
    failing: str, way: str, reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "harbour.txt").write_text(FACT, "utf-8")
    (tmp_path / "none").mkdir()
    settings = load_settings(
        data_dir=tmp_path / "data",
        models_dir=tmp_path / "none",
        searxng_url="http://127.0.0.1:1" if way == "stopped" else f"{failing}/{way}",
        web_search=True,
        metasearch=False,
        search_deadline_s=1.0,
        deadline_s=SLOW_S / 2,
    )
    async with open_rooms(settings) as rooms:
        library = await rooms.library()
        async for _ in library.ingest(["harbour.txt"], collection="default"):
            pass
        await (await rooms.index()).settle()
        answerer = await rooms.answerer()
        async with answerer.answer(QUESTION, RequestContext()) as stream:
            events = [event async for event in stream]
    text = "".join(event.delta for event in events if isinstance(event, Text))
    assert FACT in text
    missing = [
        event.message
        for event in events
        if isinstance(event, Notice) and event.kind == "unresponsive_engine"
    ]
    assert len(missing) == 1
    assert "searxng" in missing[0]
    assert reason in missing[0]
