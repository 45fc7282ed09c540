"""From a URL or a path to a document."""

from __future__ import annotations

import gzip
import os
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from hydrophone.errors import DocumentError, NotConfigured
from hydrophone.fetch.client import Fetcher
from hydrophone.fetch.errors import (
    BadStatus,
    Refused,
    RobotsRefused,
    TooManyRedirects,
    Unreachable,
)
from hydrophone.fetch.identity import READER
from hydrophone.fetch.pool import ExtractionPool
from hydrophone.fetch.reader import Reader
from hydrophone.fetch.robots import RobotsCache
from hydrophone.types import LineError
from tests.fetch.conftest import FakeResolver, MiniWeb
from tests.permissions import bound_by_permissions, open_folder


@pytest.fixture
async def reader(make_fetcher: Callable[..., Fetcher]) -> AsyncIterator[Reader]:
    async with ExtractionPool(workers=1) as pool:
        yield Reader(make_fetcher(), pool, file_limit_bytes=1_000_000)


async def test_page_is_read_under_the_url_where_it_was_found(
    mini_web: MiniWeb, reader: Reader
) -> None:
    mini_web.page(
        "/whales",
        "<html lang=en><title>Whales</title><p>They sing.</p></html>",
        headers={"Last-Modified": "Tue, 05 Mar 2024 10:00:00 GMT"},
    )
    document = await reader.read_url(mini_web.redirect("/old", "/whales"))
    assert document.url == mini_web.url("/whales")
    assert (document.title, document.text) == ("Whales", "They sing.")
    assert document.modified == datetime(2024, 3, 5, 10, tzinfo=UTC)


async def test_charset_of_the_header_reaches_the_text(mini_web: MiniWeb, reader: Reader) -> None:
    url = mini_web.page(
        "/k",
        "Гидрофон слушает море".encode("koi8-r"),
        headers={"Content-Type": "text/plain; charset=koi8-r"},
    )
    assert (await reader.read_url(url)).text == "Гидрофон слушает море"


async def test_missing_page_is_an_error(mini_web: MiniWeb, reader: Reader) -> None:
    with pytest.raises(BadStatus, match="404"):
        await reader.read_url(mini_web.url("/nothing"))


@pytest.fixture
async def polite_reader(make_fetcher: Callable[..., Fetcher]) -> AsyncIterator[Reader]:
    async with ExtractionPool(workers=1) as pool:
        resolver = FakeResolver(other_example=[["127.0.0.1"]], inner_example=[["10.0.0.1"]])
        fetcher = make_fetcher(resolver=resolver)
        yield Reader(fetcher, pool, robots=RobotsCache(fetcher, READER))


async def test_page_that_robots_txt_forbids_is_read_only_when_it_was_typed(
    mini_web: MiniWeb, polite_reader: Reader, reader: Reader
) -> None:
    mini_web.page("/robots.txt", "User-agent: Hydrophone-User\nDisallow: /private")
    url = mini_web.page("/private/a", "<p>Whales sing in the deep sea.</p>")
    for same in (url, mini_web.url("/x/../private/a"), mini_web.url("/%70rivate/a")):
        with pytest.raises(RobotsRefused, match="its site forbids it"):
            await polite_reader.read_url(same)
    assert [request.path for request in mini_web.seen] == ["/robots.txt"]
    assert "Whales" in (await polite_reader.read_url(url, typed=True)).text
    assert "Whales" in (await reader.read_url(url)).text
    mini_web.page("/public", "<p>Boats hum.</p>")
    assert "Boats" in (await polite_reader.read_url(mini_web.url("/public"))).text


async def test_redirect_to_a_forbidden_page_is_not_followed(
    mini_web: MiniWeb, polite_reader: Reader
) -> None:
    async def robots(request: web.Request) -> web.StreamResponse:
        other = request.host.startswith("other.example")
        return web.Response(text="User-agent: *\nDisallow: /x" if other else "")

    mini_web.pages["/robots.txt"] = robots
    mini_web.page("/x", "<p>secret</p>")
    url = mini_web.redirect("/to-other", mini_web.url("/x", "other.example"))
    with pytest.raises(RobotsRefused, match=r"other\.example"):
        await polite_reader.read_url(url)
    assert "/x" not in [request.path for request in mini_web.seen]
    here = await polite_reader.read_url(mini_web.redirect("/here", "/x"))
    assert here.url == mini_web.url("/x")
    with pytest.raises(TooManyRedirects):
        await polite_reader.read_url(mini_web.redirect("/round", "/round"))


async def test_page_is_not_read_while_its_robots_txt_cannot_be(
    mini_web: MiniWeb, polite_reader: Reader
) -> None:
    mini_web.page("/robots.txt", status=503)
    with pytest.raises(Unreachable, match=r"robots\.txt.*503") as caught:
        await polite_reader.read_url(mini_web.page("/a", "x"))
    assert caught.value.retryable
    for url in ("http://10.0.0.1/", "http://inner.example/"):
        with pytest.raises(Refused, match="private network"):
            await polite_reader.read_url(url)


async def test_offline_reader_opens_no_socket_but_reads_files(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Words.")
    async with ExtractionPool(workers=1) as pool:
        reader = Reader(None, pool)
        with pytest.raises(NotConfigured, match="OFFLINE"):
            await reader.read_url("http://127.0.0.1:1/")
        assert (await reader.read_file(path)).text == "Words."


async def test_file_is_read_under_its_uri(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "wal e.md"
    path.write_text("# Whales\n\nThey sing.")
    os.utime(path, (1_700_000_000, 1_700_000_000))
    document = await reader.read_file(path)
    assert document.url == path.as_uri()
    assert document.title == "Whales"
    assert document.modified == datetime.fromtimestamp(1_700_000_000, UTC)


async def test_what_is_no_readable_file_says_so(reader: Reader, tmp_path: Path) -> None:
    big = tmp_path / "big.txt"
    big.write_bytes(b"x" * 1_000_001)
    os.mkfifo(tmp_path / "pipe")
    for name, said in (
        ("missing.md", "does not exist"),
        ("", "is a folder"),
        ("pipe", "no regular file"),
        ("big.txt", "larger than 1 MB"),
    ):
        with pytest.raises(DocumentError, match=said):
            await reader.read_file(tmp_path / name)


@pytest.fixture
def locked_file() -> Iterator[Path]:
    """A file that nobody may read, in a folder that everybody may enter."""
    with open_folder() as folder:
        path = folder / "locked.md"
        path.write_text("x")
        path.chmod(0)
        yield path


async def test_file_without_permission_says_so(reader: Reader, locked_file: Path) -> None:
    with bound_by_permissions(), pytest.raises(DocumentError, match="no permission"):
        await reader.read_file(locked_file)


async def test_json_lines_come_one_by_one(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "lines.jsonl"
    good = b'{"url": "u:1", "title": "T", "text": "words"}\n'
    path.write_bytes(good * 150 + b"{bad\n" + good)
    lines = [line async for line in reader.read_lines(path)]
    assert len(lines) == 152
    assert [line.line for line in lines if isinstance(line, LineError)] == [151]
    path.write_bytes(gzip.compress(good * 3))
    assert len([line async for line in reader.read_lines(path)]) == 3
    path.write_bytes(gzip.compress(good * 3)[:-9])
    with pytest.raises(DocumentError, match="to its end"):
        _ = [line async for line in reader.read_lines(path)]
    with pytest.raises(DocumentError, match="does not exist"):
        _ = [line async for line in reader.read_lines(tmp_path / "no")]
