"""A server that searches the web: the real searx, pages of a loopback site, and their failures."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.app.ledger import kept_pages_when, stored_bytes
from tests.emulators.searx import Page, Searx, running_searx
from tests.running import Server, Shell, serving

QUESTION = "What is the harbour master of Port Aurelia called?"
ANSWER = "The harbour master of Port Aurelia is called Ada Quill."
OWN_QUESTION = "How do I add my own documents?"

needs_searx = pytest.mark.skipif(
    shutil.which("searx-run") is None, reason="Debian's package searx is not installed"
)


@dataclass
class Site:
    """A site on loopback; `seen` are the paths that were asked for, with their user agents."""

    port: int = 0
    seen: list[tuple[str, str]] = field(default_factory=list)

    def url(self, path: str) -> str:
        return f"http://127.0.0.1:{self.port}{path}"


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    found = Site()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.seen.append((self.path, self.headers.get("User-Agent", "")))
            body = {
                "/robots.txt": "User-agent: *\nDisallow: /private/",
                "/harbour": f"<title>Harbour</title><article><p>{'Ships come and go. ' * 40}</p>"
                f"<p>{ANSWER}</p></article>",
                "/private/harbour": f"<title>Private</title><article><p>{ANSWER}</p></article>",
            }.get(self.path)
            self.send_response(200 if body else 404)
            kind = "text/plain" if self.path == "/robots.txt" else "text/html"
            self.send_header("Content-Type", f"{kind}; charset=utf-8")
            self.end_headers()
            self.wfile.write((body or "").encode())

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_address[1]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def searx(site: Site) -> Iterator[Searx]:
    pages = [Page(site.url("/harbour"), "Port Aurelia", "The harbour master of Port Aurelia …")]
    with running_searx(pages) as running:
        yield running


@pytest.fixture(scope="module")
def web_shell(documented: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("web")
    shutil.copytree(documented, folder / "data")
    settings = {
        "HYDROPHONE_WEB_SEARCH": "1",
        "HYDROPHONE_METASEARCH": "0",
        "HYDROPHONE_ALLOW_LOOPBACK": "1",
        "HYDROPHONE_SEARCH_DEADLINE_S": "2",
    }
    return Shell(folder, folder / "data", settings)


@pytest.fixture(scope="module")
def web_server(web_shell: Shell, searx: Searx) -> Iterator[Server]:
    with serving(web_shell, HYDROPHONE_SEARXNG_URL=searx.url) as running:
        yield running


def provider(server: Server, name: str) -> dict[str, object]:
    states = server.request("/stats").json["search_providers"]
    return next(state for state in states if state["name"] == name)


@needs_searx
def test_a_page_of_the_web_is_found_read_and_quoted(web_server: Server, site: Site) -> None:
    body = web_server.ask(QUESTION).json
    message = body["choices"][0]["message"]
    assert ANSWER in message["content"]
    [note] = [one["url_citation"] for one in message["annotations"] if ANSWER in str(one)]
    assert note["url"] == site.url("/harbour")
    assert note["verdict"] == "exact"
    assert "notices" not in body
    agent = dict(site.seen)["/harbour"]
    assert "Hydrophone-User" in agent


@needs_searx
def test_a_search_gives_the_text_of_the_page_itself(web_server: Server, site: Site) -> None:
    asked = {"query": QUESTION, "max_tokens_per_page": 100}
    by_url = {
        one["url"]: one["snippet"] for one in web_server.request("/search", asked).json["results"]
    }
    assert ANSWER in by_url[site.url("/harbour")]
    excerpts = web_server.request("/search", asked | {"search_type": "fast"}).json["results"]
    assert ANSWER not in {one["url"]: one["snippet"] for one in excerpts}[site.url("/harbour")]


@needs_searx
def test_how_the_providers_do_is_told(web_server: Server) -> None:
    web_server.ask(QUESTION)
    state = provider(web_server, "searxng")
    assert (state["state"], state["failures"]) == ("ok", 0)
    assert state["calls"] == 1 or state["from_cache"]
    assert state["kinds"] == ["academic", "social", "web"]
    assert provider(web_server, "arxiv")["state"] == "untried"


@needs_searx
def test_no_question_goes_to_disk_and_of_an_answer_only_the_pages_that_it_cites(
    web_server: Server, web_shell: Shell, site: Site
) -> None:
    asked = "What is the harbour master of xylocarp Port Aurelia called?"
    assert web_server.ask(asked).status == 200
    pages = kept_pages_when(web_shell.data_dir, site.url("/harbour"))
    assert ANSWER in pages[site.url("/harbour")]
    kept = stored_bytes(web_shell.data_dir) + web_server.log.read_bytes()
    for said in (b"xylocarp", b"Ada Quill"):
        assert said not in kept
    assert not any("xylocarp" in text for text in pages.values())


@needs_searx
def test_a_page_that_the_question_names_is_read_and_is_source_1(
    web_server: Server, site: Site
) -> None:
    body = web_server.ask(f"{QUESTION} {site.url('/private/harbour')}").json
    assert body["citations"][0] == site.url("/private/harbour")
    assert ANSWER in body["choices"][0]["message"]["content"]


@needs_searx
def test_when_searx_dies_the_own_index_answers_and_it_is_told(web_shell: Shell) -> None:
    with (
        running_searx([]) as dying,
        serving(web_shell, HYDROPHONE_SEARXNG_URL=dying.url) as server,
    ):
        dying.stop()
        for _ in range(4):
            body = server.ask(OWN_QUESTION).json
            assert "hydrophone add" in body["choices"][0]["message"]["content"]
            assert [one["type"] for one in body["notices"]] == ["unresponsive_engine"]
            assert "searxng" in body["notices"][0]["message"]
        state = provider(server, "searxng")
        assert (state["state"], state["calls"]) == ("resting", 3)


def test_metasearch_without_a_network_is_told_once_and_the_own_index_answers(
    shell: Shell,
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    settings = {"HYDROPHONE_WEB_SEARCH": "1", "DDGS_PROXY": f"http://127.0.0.1:{port}"}
    with serving(shell, **settings) as server:
        body = server.ask(OWN_QUESTION).json
        assert "hydrophone add" in body["choices"][0]["message"]["content"]
        [notice] = body["notices"]
        assert notice["type"] == "unresponsive_engine"
        assert "ddgs: the public search engines cannot be reached" in notice["message"]


def test_the_figures_are_for_those_who_may_ask(shell: Shell) -> None:
    key = shell.run("keys", "create", "laptop").out.strip()
    with serving(shell, HYDROPHONE_OFFLINE="1") as server:
        assert server.request("/stats").status == 401
        assert server.request("/stats", key=key).json["search_providers"] == []


@needs_searx
def test_the_doctor_asks_what_costs_nothing(web_shell: Shell, searx: Searx, tmp_path: Path) -> None:
    settings = {"HYDROPHONE_SEARXNG_URL": searx.url, "HYDROPHONE_BRAVE_API_KEY": "hush-hush"}
    done = web_shell.run("doctor", "--json", **settings)
    found = {one["about"]: one for one in done.json["findings"]}
    assert found["search: searxng"]["state"] in ("ok", "note")
    assert found["search: brave"]["message"] == "a key is set; not tried, as each question costs"
    assert "hush-hush" not in done.out + done.err
    broken = web_shell.run("doctor", "--json", HYDROPHONE_SEARXNG_URL="http://127.0.0.1:1")
    about = {one["about"]: one for one in broken.json["findings"]}
    assert about["search: searxng"]["state"] == "problem"
    assert broken.code == 1


def test_the_doctor_says_that_the_web_is_not_searched(shell: Shell) -> None:
    done = shell.run("doctor", "--json", HYDROPHONE_OFFLINE="1")
    found = {one["about"]: one["message"] for one in done.json["findings"]}
    assert "HYDROPHONE_OFFLINE" in found["web search"]
