"""`hydrophone crawl` as people run it, and what `hydrophone sources` says of it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.cli.test_terminal import at_a_terminal, lasting
from tests.crawl.site import words_about
from tests.running import COMMAND_S, Shell

STOPPED = "error: stopped; what was crawled is kept, and the same command goes on from there\n"


@contextmanager
def pages(**links: list[str]) -> Iterator[str]:
    """A site on loopback: a page for each name, with links to others; `front` is at /."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            name = self.path.strip("/") or "front"
            body = b""
            if name in links:
                anchors = "".join(f'<p><a href="/{n}">{n}</a></p>' for n in links[name])
                text = (
                    f"<title>{name}</title><article><p>{words_about(name)}</p></article>{anchors}"
                )
                body = text.encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            return

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server, ThreadPoolExecutor(1) as thread:
        thread.submit(server.serve_forever, 0.05)
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()


@pytest.fixture
def crawler(tmp_path: Path) -> Shell:
    return Shell(tmp_path, tmp_path / "data", {"HYDROPHONE_ALLOW_LOOPBACK": "1"})


def test_crawled_pages_are_found_and_told_of(crawler: Shell) -> None:
    with pages(front=["a", "missing"], a=[]) as root:
        done = crawler.run("crawl", root, "-c", "web", "--delay", "0")
    assert done.code == 0, done.err
    assert done.out.startswith("indexed 2 pages (")
    assert "1 answered 404" in done.out
    assert f"{root}/missing: answered 404" in done.err
    (info,) = crawler.run("sources", "--json").json["collections"]
    assert (info["name"], info["documents"], info["vectors_pending"]) == ("web", 2, 0)
    assert info["crawl"]["pages"] == 2
    assert info["crawl"]["unfinished"] == 0
    assert info["crawl"]["fetched_last"] < info["crawl"]["next_due"]
    assert "next due" in crawler.run("sources").out
    found = crawler.run("search", "this page tells of a", "--json").json["results"]
    assert f"{root}/a" in [page["url"] for page in found]


def test_json_lines_tell_of_each_url_and_the_end(crawler: Shell) -> None:
    with pages(front=["a"], a=[]) as root:
        lines = crawler.run("crawl", root, "--json", "--delay", "0").json_lines
    lines = [one for one in lines if one["state"] != "embedding"]
    assert {(one["state"], one["url"]) for one in lines if one["kind"] != "sitemap"} == {
        ("indexed", f"{root}/"),
        ("indexed", f"{root}/a"),
        ("done", ""),
    }
    last = lines[-1]
    assert (last["state"], last["indexed"], last["waiting"]) == ("done", 2, 0)


def test_ctrl_c_keeps_what_was_crawled_and_the_command_goes_on(crawler: Shell) -> None:
    names = [f"p{n}" for n in range(60)]
    with pages(front=names, **{name: [] for name in names}) as root:
        arguments = ("crawl", root, "--no-wait", "--json")
        process = crawler.start(*arguments, "--delay", "0.05")
        assert process.stdout is not None
        for _ in range(10):
            process.stdout.readline()
        os.killpg(process.pid, signal.SIGINT)
        _, said = process.communicate(timeout=COMMAND_S)
        assert (process.returncode, said) == (130, STOPPED)
        (info,) = crawler.run("sources", "--json").json["collections"]
        assert info["crawl"]["unfinished"] == 1
        again = crawler.run(*arguments, "--delay", "0").json_lines
    assert 0 < again[-1]["indexed"] < 61
    (info,) = crawler.run("sources", "--json").json["collections"]
    assert (info["documents"], info["crawl"]["unfinished"]) == (61, 0)


def test_deleted_pages_do_not_come_back(crawler: Shell) -> None:
    with pages(front=["a"], a=[]) as root:
        command = ("crawl", root, "--no-wait", "--delay", "0")
        crawler.run(*command)
        assert crawler.run("sources", "--delete", f"{root}/a").out == "deleted 1 document\n"
        crawler.run(*command, "--again")
    (info,) = crawler.run("sources", "--json").json["collections"]
    assert info["documents"] == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["ftp://example.com"], "no URL that can be crawled"),
        (["example.com", "--include", "re:("], "no regular expression"),
        (["example.com", "--bytes", "many"], "--bytes takes a size"),
        (["example.com", "--every", "soon"], "--every takes a time"),
    ],
)
def test_wrong_use_says_what_to_do(crawler: Shell, arguments: list[str], said: str) -> None:
    done = crawler.run("crawl", *arguments)
    assert (done.code, done.out) == (2, "")
    assert said in done.err


def test_offline_crawls_nothing(crawler: Shell) -> None:
    done = crawler.run("crawl", "example.com", HYDROPHONE_OFFLINE="1")
    assert (done.code, done.out) == (1, "")
    assert "HYDROPHONE_OFFLINE" in done.err


def test_help_has_an_example(crawler: Shell) -> None:
    assert "hydrophone crawl https://docs.example.com" in crawler.run("crawl", "--help").out


def test_terminal_shows_where_the_crawl_is_and_keeps_the_summary(crawler: Shell) -> None:
    names = [f"p{n}" for n in range(30)]
    with pages(front=[*names, "missing"], **{name: [] for name in names}) as root:
        arguments = ("crawl", root, "--no-wait", "--delay", "0.06")
        code, written = at_a_terminal(crawler, *arguments)
    assert code == 0
    for shown in ("pages", "a second", "queue", "hosts", root.removeprefix("http://")):
        assert shown in written
    first, second = lasting(written)
    assert first.startswith("indexed 31 pages (")
    assert second == "problems: 1 answered 404"
