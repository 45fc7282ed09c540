"""Every citation's quote stands, letter for letter, in the page that the server keeps for it."""

from __future__ import annotations

import hashlib
import html
import json
import random
import shutil
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.app.ledger import kept_pages
from tests.app.modelling import modelling, settings_for
from tests.emulators.openai_model import Reply
from tests.running import Server, Shell, serving

PAGES = 24
TOWNS = ["Port Aurelia", "Œsterby", "Zürich-Höngg", "Ṭāʾif", "São João", "北浜", "Кронштадт"]
NAMES = ["Ada Quill", "Zoë Müller", "Søren Ørsted", "Nguyễn Văn", "J. R. “Bob” O’Neil", "Ναυσικά"]
NOISE = [
    "Ships come and go 🚢 all day long, and at night as well.",
    "It costs 3.5 € a day (i.e. 1,277.50 € a year), e.g. in winter.",
    "Cafe\u0301s line the quay; co\u00adoperation is good. A non\u00a0breaking space stands here.",
    "The code x[1] = a && b; stays as it is.",
    "עברית עם English באמצע וגם 1234.",
    "👩‍👩‍👧‍👦 Families are welcome; 𝔉𝔯𝔞𝔨𝔱𝔲𝔯 signs show the way.",
]
FILLING = "The water is deep here, and boats of every size find a place to stay. "


def fact(number: int) -> str:
    town, name = TOWNS[number % len(TOWNS)], NAMES[number % len(NAMES)]
    return f"The keeper of lighthouse number {number} in {town} is called {name}."


def asked(number: int) -> str:
    return f"Who is the keeper of lighthouse number {number}?"


def page(number: int) -> str:
    """The fact among other things, marked up in one of several ways."""
    chance = random.Random(number)
    before = [chance.choice(NOISE) for _ in range(chance.randrange(6))]
    after = [chance.choice(NOISE) for _ in range(chance.randrange(6))]
    said = [html.escape(line) for line in (*before, fact(number), *after)]
    marked = [
        "".join(f"<p>{line}</p>" for line in said),
        "<ul>" + "".join(f"<li>{line}</li>" for line in said) + "</ul>",
        "<p>" + "<br>".join(said) + "</p>",
        "<p>" + "\r\n ".join(said) + "</p>",
        "".join(f"<h2>Part {n}</h2><p>{line}</p>" for n, line in enumerate(said)),
    ][number % 5]
    return (
        f"<!doctype html><title>Lighthouse {number} 🗼</title><article>"
        f"<p>{FILLING * 4}</p>{marked}<p>{FILLING * 4}</p></article>"
    )


@dataclass
class Site:
    """A site on loopback that makes its pages."""

    port: int

    def url(self, number: int) -> str:
        return f"http://127.0.0.1:{self.port}/light/{number}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = self.path.rpartition("/")[2]
            known = number.isdecimal()
            self.send_response(200 if known else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(page(int(number)).encode() if known else b"")

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield Site(server.server_address[1])
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def lasting(documented: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("cited")
    shutil.copytree(documented, folder / "data")
    return Shell(folder, folder / "data", {"HYDROPHONE_ALLOW_LOOPBACK": "1"})


@pytest.fixture(scope="module")
def server(lasting: Shell) -> Iterator[Server]:
    with serving(lasting) as running:
        yield running


def citations(server: Server, question: str, **more: object) -> list[dict[str, Any]]:
    """The citations of an answer, in the waist's own dialect."""
    answer = server.request("/v1/events", {"question": question, **more})
    lines = answer.body.decode().splitlines()
    events = [json.loads(line.removeprefix("data: ")) for line in lines if line.startswith("data")]
    assert events[-1]["type"] == "finished", events[-1]
    return [event for event in events if event["type"] == "citation"]


def check(server: Server, cited: list[dict[str, Any]]) -> int:
    """How many citations there are; each is proven by the kept page."""
    for citation in cited:
        span = citation["source_span"]
        found = server.request(f"/v1/pages/{span['version']}")
        assert found.status == 200, found.body
        text = found.json["text"]
        assert hashlib.sha256(text.encode()).hexdigest() == span["version"]
        assert text[span["start"] : span["end"]] == citation["quote"]
        query = f"start={span['start']}&end={span['end']}"
        piece = server.request(f"/v1/pages/{span['version']}?{query}").json
        assert piece["text"] == citation["quote"]
        assert piece["before"] + piece["text"] + piece["after"] in text
    return len(cited)


def test_quotes_from_pages_of_the_web_stand_in_the_kept_pages(server: Server, site: Site) -> None:
    found = 0
    for number in range(PAGES):
        cited = citations(server, f"{asked(number)} {site.url(number)}")
        assert any(fact(number) in " ".join(one["quote"].split()) for one in cited)
        found += check(server, cited)
    assert found >= PAGES


def test_quotes_from_own_documents_stand_in_their_versions(server: Server, lasting: Shell) -> None:
    folder = lasting.folder / "own"
    folder.mkdir()
    for number in range(100, 108):
        lines = ["# Lighthouse 🗼", "", *NOISE, fact(number), "", FILLING * 5]
        ending = "\r\n" if number % 2 else "\n"
        name = f"{number}.{'md' if number % 3 else 'txt'}"
        (folder / name).write_bytes(ending.join(lines).encode())
    assert lasting.run("add", str(folder), "--collection", "lights").code == 0
    found = 0
    for number in range(100, 108):
        found += check(server, citations(server, asked(number), collections=["lights"]))
    assert found >= 8


def test_what_a_language_model_cites_stands_in_the_kept_pages(lasting: Shell, site: Site) -> None:
    said = f"{fact(3)} [1] Ships come and go all day long. [1]"
    with modelling(Reply(said)) as model, serving(lasting, **settings_for(model)) as server:
        assert check(server, citations(server, f"{asked(3)} {site.url(3)}")) >= 1


def test_a_page_has_its_address_title_and_time(server: Server, site: Site) -> None:
    [citation, *_] = citations(server, f"{asked(5)} {site.url(5)}")
    found = server.request(f"/v1/pages/{citation['source_span']['version']}").json
    assert found["object"] == "page"
    assert found["url"] == site.url(5)
    assert "Lighthouse 5" in found["title"]
    assert found["read_at"].endswith("+00:00")


def test_pages_outlive_a_restart_and_old_own_versions_outlive_changes(
    server: Server, lasting: Shell, site: Site, shell: Shell
) -> None:
    web = citations(server, f"{asked(7)} {site.url(7)}")
    note = lasting.folder / "note.md"
    cited = []
    for change in range(4):
        note.write_text(f"# Note\n\nThe keeper of buoy number 88 is called Ida {change}.\n")
        assert lasting.run("add", str(note), "--collection", "notes").code == 0
        cited += citations(server, "Who is the keeper of buoy number 88?", collections=["notes"])
    assert {one["quote"] for one in cited} >= {
        f"The keeper of buoy number 88 is called Ida {change}." for change in range(4)
    }
    with serving(lasting) as again:
        assert check(again, [*web, *cited]) >= 5


def test_a_deleted_document_takes_its_proof_along(server: Server, lasting: Shell) -> None:
    note = lasting.folder / "gone.md"
    note.write_text("# Gone\n\nThe keeper of raft number 99 is called Uma.\n")
    assert lasting.run("add", str(note), "--collection", "gone").code == 0
    [citation, *_] = citations(server, "Who is the keeper of raft 99?", collections=["gone"])
    version = citation["source_span"]["version"]
    assert server.request(f"/v1/pages/{version}").status == 200
    lasting.run("sources", "--collection", "gone", "--delete-collection")
    assert server.request(f"/v1/pages/{version}").status == 404


def test_only_the_caller_who_was_given_a_page_can_read_it(shell: Shell, site: Site) -> None:
    settings = {"HYDROPHONE_ALLOW_LOOPBACK": "1", "HYDROPHONE_API_KEYS": "key-of-ada,key-of-bob"}
    with serving(shell, **settings) as server:
        body = {"question": f"{asked(2)} {site.url(2)}"}
        lines = server.request("/v1/events", body, key="key-of-ada").body.decode().splitlines()
        version = next(
            json.loads(line.removeprefix("data: "))["source_span"]["version"]
            for line in lines
            if '"type":"citation"' in line
        )
        path = f"/v1/pages/{version}"
        assert server.request(path, key="key-of-ada").status == 200
        assert server.request(path, key="key-of-bob").status == 404
        assert server.request(path).status == 401


def test_nothing_is_kept_when_nothing_is_to_be_kept(shell: Shell, site: Site) -> None:
    settings = {"HYDROPHONE_ALLOW_LOOPBACK": "1", "HYDROPHONE_KEEP_PAGES_DAYS": "0"}
    with serving(shell, **settings) as server:
        [citation, *_] = citations(server, f"{asked(2)} {site.url(2)}")
        version = citation["source_span"]["version"]
        assert server.request(f"/v1/pages/{version}").status == 404
    assert kept_pages(shell.data_dir) == {}


def test_attachments_are_not_kept(server: Server, lasting: Shell) -> None:
    before = kept_pages(lasting.data_dir)
    file = {"type": "file_url", "file_url": {"url": SECRET_FILE}}
    turn = {"role": "user", "content": [{"type": "text", "text": "What is in the file?"}, file]}
    answer = server.request("/v1/chat/completions", {"model": "sonar", "messages": [turn]})
    assert "walrus" in answer.json["choices"][0]["message"]["content"]
    [note, *_] = answer.json["choices"][0]["message"]["annotations"]
    text_version = hashlib.sha256(b"The password is walrus.").hexdigest()
    assert note
    assert server.request(f"/v1/pages/{text_version}").status == 404
    assert kept_pages(lasting.data_dir) == before


SECRET_FILE = "data:text/plain;base64,VGhlIHBhc3N3b3JkIGlzIHdhbHJ1cy4="
