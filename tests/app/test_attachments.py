"""Files and pictures over HTTP, against a server as people run it."""

from __future__ import annotations

import base64
import importlib.util
import io
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import docx
import pytest
from reportlab.pdfgen.canvas import Canvas

from tests.app.modelling import modelling, settings_for
from tests.emulators.openai_model import ModelServer, Reply
from tests.fetch.pictures import picture_of
from tests.running import Answer, Server, Shell, serving

SECRET = "zanzibar-walrus-4711"
SAID = f"The password of the lighthouse is {SECRET} and was set in May."
ASKED = "What is the password of the lighthouse?"
has_ocr = importlib.util.find_spec("rapidocr") is not None


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("attached")
    return Shell(folder, folder / "data", {"HYDROPHONE_ALLOW_LOOPBACK": "1"})


@pytest.fixture(scope="module")
def server(shell: Shell) -> Iterator[Server]:
    with serving(shell) as running:
        yield running


def coded(data: bytes) -> str:
    return base64.b64encode(data).decode()


def pdf() -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(72, 700, SAID)
    canvas.save()
    return file.getvalue()


def word() -> bytes:
    file = io.BytesIO()
    document = docx.Document()
    document.add_paragraph(SAID)
    document.save(file)
    return file.getvalue()


def ask(server: Server, *parts: dict[str, Any], text: str = ASKED, **more: object) -> Answer:
    content = [{"type": "text", "text": text}, *parts]
    body = {"model": "sonar", "messages": [{"role": "user", "content": content}], **more}
    return server.request("/v1/chat/completions", body)


def file_part(data: bytes, name: str) -> dict[str, Any]:
    return {"type": "file_url", "file_url": {"url": coded(data)}, "file_name": name}


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (pdf(), "light.pdf"),
        (word(), "light.docx"),
        (rb"{\rtf1\ansi " + SAID.encode() + rb"\par}", "light.rtf"),
        (SAID.encode(), "light.txt"),
        (f"<html><body><p>{SAID}</p></body></html>".encode(), "light.html"),
    ],
)
def test_file_is_quoted_and_cited_as_an_attachment(server: Server, data: bytes, name: str) -> None:
    answer = ask(server, file_part(data, name), disable_search=True)
    assert answer.status == 200
    body = answer.json
    assert body["choices"][0]["message"]["content"] == f"{SAID} [1]"
    assert body["citations"] == [f"attachment:{name}"]
    [result] = body["search_results"]
    assert (result["source"], result["title"]) == ("attachment", name)


def test_document_in_a_data_uri_of_an_image_part_is_read(server: Server) -> None:
    uri = f"data:application/pdf;name=light.pdf;base64,{coded(pdf())}"
    answer = ask(server, {"type": "image_url", "image_url": {"url": uri}})
    assert answer.json["choices"][0]["message"]["content"].startswith(f"{SAID} [1]")


def test_address_is_fetched_as_the_users_agent(server: Server) -> None:
    seen: list[tuple[str, str]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            seen.append((self.path, self.headers["User-Agent"]))
            self.send_response(200)
            self.send_header("Content-Type", "application/octet-stream")
            self.end_headers()
            self.wfile.write(pdf())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    site = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=site.serve_forever, daemon=True).start()
    try:
        url = f"http://127.0.0.1:{site.server_address[1]}/docs/light"
        body = ask(server, {"type": "pdf_url", "pdf_url": {"url": url}}, disable_search=True).json
    finally:
        site.shutdown()
        site.server_close()
    assert body["citations"] == [url]
    assert SECRET in body["choices"][0]["message"]["content"]
    assert [path for path, _ in seen] == ["/docs/light"]
    assert "Hydrophone-User" in seen[0][1]


def test_nothing_of_a_file_stays_on_disk_or_in_the_index(server: Server, shell: Shell) -> None:
    assert SECRET in ask(server, file_part(pdf(), "light.pdf")).body.decode()
    later = server.ask(ASKED).json
    assert SECRET not in json.dumps(later["search_results"])
    assert "attachment" not in {result["source"] for result in later["search_results"]}
    kept = [path for path in shell.folder.rglob("*") if path.is_file()]
    assert kept
    assert [path for path in kept if SECRET.encode() in path.read_bytes()] == []


@pytest.mark.parametrize("stream", [False, True])
def test_unreadable_file_is_400_that_names_it(server: Server, stream: bool) -> None:
    old = file_part(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600, "old.doc")
    answer = ask(server, old, stream=stream)
    assert answer.status == 400
    error = answer.json["error"]
    assert (error["type"], error["code"]) == ("invalid_message", 400)
    assert "old.doc" in error["message"]
    video = {"type": "video_url", "video_url": {"url": "https://sea.example/v.mp4"}}
    assert ask(server, video, stream=stream).status == 400


def image_part(data: bytes) -> dict[str, Any]:
    uri = f"data:image/png;base64,{coded(data)}"
    return {"type": "image_url", "image_url": {"url": uri}}


@pytest.mark.skipif(not has_ocr, reason="hydrophone[ocr] is not installed")
def test_text_in_a_picture_is_quoted_and_said_to_be_read(server: Server) -> None:
    shot = picture_of("The gauge was", "replaced on 4 May.", size=(420, 120))
    body = ask(server, image_part(shot), text="Can you describe this image?").json
    assert body["choices"][0]["message"]["content"] == "The gauge was replaced on 4 May. [1]"
    assert "read_by_ocr" in {notice["type"] for notice in body["notices"]}
    assert body["usage"]["prompt_tokens"] >= 420 * 120 // 750


def test_picture_for_deep_research_is_400(server: Server) -> None:
    answer = ask(server, image_part(picture_of(size=(9, 9))), model="sonar-deep-research")
    assert (answer.status, "deep research" in answer.json["error"]["message"]) == (400, True)


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with modelling(Reply("It is a gauge.", usage_place="nowhere")) as running:
        yield running


def test_model_that_sees_is_shown_the_picture(tmp_path: Path, model: ModelServer) -> None:
    shot = picture_of(size=(300, 250))
    settings = {**settings_for(model), "HYDROPHONE_MODEL_SEES": "1"}
    with serving(Shell(tmp_path, tmp_path / "data"), **settings) as server:
        body = ask(server, image_part(shot), text="What is it?", disable_search=True).json
    assert body["choices"][0]["message"]["content"] == "It is a gauge."
    [message] = model.requests[-1].body["messages"]
    assert message["content"] == [{"type": "text", "text": "What is it?"}, image_part(shot)]
    assert body["usage"]["prompt_tokens"] >= 100
