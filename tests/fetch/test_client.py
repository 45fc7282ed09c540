"""The client against a real server on loopback."""

from __future__ import annotations

import asyncio
import gzip
from collections.abc import Callable

import pytest
from aiohttp import web

from hydrophone.fetch.client import ANY_TYPE, Conditions, Fetcher
from hydrophone.fetch.errors import (
    BadEncoding,
    BadStatus,
    FetchError,
    Refused,
    TooLarge,
    TooManyRedirects,
    TooSlow,
    Unreachable,
    WrongType,
)
from hydrophone.fetch.guard import Guard
from tests.fetch.conftest import FakeResolver, MiniWeb

Make = Callable[..., Fetcher]


async def test_page_comes_with_what_the_server_says(mini_web: MiniWeb, make_fetcher: Make) -> None:
    url = mini_web.page("/a", "<p>grün</p>", headers={"ETag": '"1"', "Server": "x"})
    page = await make_fetcher().get(url + "#part")
    assert page.body == "<p>grün</p>".encode()
    assert (page.url, page.final_url) == (url + "#part", url)
    assert (page.status, page.media_type, page.charset) == (200, "text/html", "utf-8")
    assert dict(page.headers) == {"etag": '"1"'}
    assert page.fetched_at.tzinfo is not None


async def test_request_names_us_and_carries_no_cookie_or_proxy(
    mini_web: MiniWeb, make_fetcher: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    url = mini_web.page("/c", "x", headers={"Set-Cookie": "a=b; Path=/"})
    fetcher = make_fetcher()
    await fetcher.get(url)
    await fetcher.get(url)
    assert [r.headers["User-Agent"] for r in mini_web.seen] == ["hydrophone-test/1"] * 2
    assert all("Cookie" not in r.headers and "Referer" not in r.headers for r in mini_web.seen)


async def test_redirects_are_followed_and_the_last_url_told(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    mini_web.page("/dir/end", "done")
    mini_web.redirect("/dir/b", "end", 307)
    url = mini_web.redirect("/a", "/dir/b", 301)
    page = await make_fetcher().get(url)
    assert (page.body, page.final_url) == (b"done", mini_web.url("/dir/end"))


@pytest.mark.parametrize(
    "target",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://10.0.0.1/",
        "http://2130706433.@10.0.0.1/",
        "//192.168.1.1/",
        "file:///etc/passwd",
        "gopher://127.0.0.1:6379/_x",
        "http://internal.example/",
    ],
)
async def test_redirect_to_an_internal_place_is_refused(
    mini_web: MiniWeb, make_fetcher: Make, target: str
) -> None:
    url = mini_web.redirect("/r", target)
    resolver = FakeResolver(internal_example=[["10.1.2.3"]])
    with pytest.raises(Refused):
        await make_fetcher(resolver=resolver).get(url)
    assert len(mini_web.seen) == 1


async def test_redirect_to_loopback_is_refused_when_it_is_not_allowed(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    with pytest.raises(Refused, match="this machine"):
        await make_fetcher(Guard()).get(mini_web.page("/x", "secret"))
    assert mini_web.seen == []


async def test_redirect_loops_and_long_chains_end(mini_web: MiniWeb, make_fetcher: Make) -> None:
    mini_web.redirect("/1", "/2")
    url = mini_web.redirect("/2", "/1")
    with pytest.raises(TooManyRedirects, match="circle"):
        await make_fetcher().get(url)
    for n in range(20):
        mini_web.redirect(f"/chain{n}", f"/chain{n + 1}")
    mini_web.seen.clear()
    with pytest.raises(TooManyRedirects, match="more than 10"):
        await make_fetcher().get(mini_web.url("/chain0"))
    assert len(mini_web.seen) == 11


async def test_rebinding_name_is_connected_to_the_checked_address(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    mini_web.page("/page", "from the checked address", headers={"Connection": "close"})
    resolver = FakeResolver(rebind_example=[["127.0.0.1"], ["169.254.169.254"]])
    fetcher = make_fetcher(resolver=resolver)
    url = mini_web.url("/page", "rebind.example")
    page = await fetcher.get(url)
    assert page.body == b"from the checked address"
    assert resolver.asked == ["rebind.example"]
    assert mini_web.seen[0].headers["Host"] == f"rebind.example:{mini_web.port}"
    # The next connection asks again, and what it hears is checked again.
    with pytest.raises(Refused, match="metadata"):
        await fetcher.get(url)
    assert resolver.asked == ["rebind.example"] * 2


async def test_name_with_one_internal_address_is_never_connected_to(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    resolver = FakeResolver(mixed_example=[["127.0.0.1", "10.0.0.1"]])
    mini_web.page("/", "x")
    with pytest.raises(Refused, match=r"mixed\.example resolves to 10\.0\.0\.1"):
        await make_fetcher(resolver=resolver).get(mini_web.url("/", "mixed.example"))
    assert mini_web.seen == []


async def test_unknown_name_and_closed_port_are_unreachable(make_fetcher: Make) -> None:
    with pytest.raises(Unreachable, match="no address"):
        await make_fetcher().get("http://nowhere.example/")
    with pytest.raises(Unreachable, match="no connection") as caught:
        await make_fetcher().get("http://127.0.0.1:1/")
    assert caught.value.retryable


async def test_slow_drip_is_cut_at_the_total_time(mini_web: MiniWeb, make_fetcher: Make) -> None:
    ended = asyncio.Event()

    async def drip(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        try:
            while True:
                await response.write(b".")
                await asyncio.sleep(0.02)
        finally:
            ended.set()

    mini_web.pages["/drip"] = drip
    with pytest.raises(TooSlow, match=r"0\.3 s") as caught:
        await make_fetcher(total_s=0.3).get(mini_web.url("/drip"))
    assert caught.value.retryable
    await asyncio.wait_for(ended.wait(), 10)


async def test_declared_and_undeclared_oversize_are_cut(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(headers={"Content-Type": "text/html"})
        await response.prepare(request)
        while True:
            await response.write(bytes(65536))
            sent += 65536

    mini_web.pages["/endless"] = endless
    fetcher = make_fetcher(wire_bytes=100_000)
    with pytest.raises(TooLarge):
        await fetcher.get(mini_web.page("/big", bytes(100_001)))
    with pytest.raises(TooLarge):
        await fetcher.get(mini_web.url("/endless"))
    assert sent < 50_000_000
    assert len((await fetcher.get(mini_web.page("/fits", bytes(100_000)))).body) == 100_000


async def test_gzip_bomb_is_cut_early(mini_web: MiniWeb, make_fetcher: Make) -> None:
    bomb = gzip.compress(bytes(200_000_000), 9)
    assert len(bomb) < 1_000_000
    url = mini_web.page("/bomb", bomb, headers={"Content-Encoding": "gzip"})
    with pytest.raises(TooLarge, match="unpacked"):
        await make_fetcher(body_bytes=1_000_000).get(url)


async def test_compressed_page_is_unpacked(mini_web: MiniWeb, make_fetcher: Make) -> None:
    body = gzip.compress(b"<p>packed</p>")
    good = mini_web.page("/good", body, headers={"Content-Encoding": "gzip"})
    cut = mini_web.page("/cut", body[:-6], headers={"Content-Encoding": "gzip"})
    odd = mini_web.page("/odd", b"x", headers={"Content-Encoding": "zstd"})
    assert (await make_fetcher().get(good)).body == b"<p>packed</p>"
    for url in (cut, odd):
        with pytest.raises(BadEncoding):
            await make_fetcher().get(url)


async def test_wrong_type_is_refused_before_its_body_is_read(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    url = mini_web.page("/v", b"x", headers={"Content-Type": "video/mp4"})
    with pytest.raises(WrongType, match="video/mp4"):
        await make_fetcher().get(url)
    text = mini_web.page("/t", b"x", headers={"Content-Type": "text/markdown"})
    assert (await make_fetcher().get(text)).media_type == "text/markdown"
    with pytest.raises(WrongType):
        await make_fetcher().get(text, accept=frozenset({"application/pdf"}))


async def test_page_that_has_not_changed_comes_without_its_body(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        same = request.headers.get("If-None-Match") == '"1"'
        headers = {"ETag": '"2"', "Content-Type": "text/html"}
        return web.Response(
            status=304 if same else 200, body=b"" if same else b"x", headers=headers
        )

    mini_web.pages["/p"] = answer
    fetcher, url = make_fetcher(), mini_web.url("/p")
    kept = await fetcher.get(url, conditions=Conditions(etag='"1"', modified="yesterday"))
    assert (kept.status, kept.body, kept.headers["etag"]) == (304, b"", '"2"')
    assert mini_web.seen[0].headers["If-Modified-Since"] == "yesterday"
    changed = await fetcher.get(url, conditions=Conditions(etag='"0"'))
    assert (changed.status, changed.body) == (200, b"x")
    assert "If-Modified-Since" not in mini_web.seen[1].headers


async def test_not_modified_is_an_error_when_nobody_asked_for_it(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    url = mini_web.page("/p", status=304)
    for conditions in (None, Conditions()):
        with pytest.raises(BadStatus, match="304"):
            await make_fetcher().get(url, conditions=conditions)


@pytest.mark.parametrize("etag", ['"\u20ac"', '"a\r\nX: y"', '"\udcff"', ""])
async def test_condition_that_is_no_header_is_left_out(
    mini_web: MiniWeb, make_fetcher: Make, etag: str
) -> None:
    url = mini_web.page("/p", "x")
    page = await make_fetcher().get(url, conditions=Conditions(etag=etag))
    assert page.status == 200
    assert "If-None-Match" not in mini_web.seen[0].headers


async def test_robots_tags_that_come_several_times_are_all_told(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    async def answer(request: web.Request) -> web.StreamResponse:
        response = web.Response(text="x")
        response.headers.add("X-Robots-Tag", "otherbot: noindex, nofollow")
        response.headers.add("X-Robots-Tag", "nofollow")
        return response

    mini_web.pages["/p"] = answer
    page = await make_fetcher().get(mini_web.url("/p"))
    assert page.headers["x-robots-tag"] == "otherbot: noindex, nofollow\nnofollow"


async def test_redirect_can_be_given_back_instead_of_followed(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    url = mini_web.redirect("/a", "b?x= 1#part", 301)
    page = await make_fetcher().get(url, follow=False)
    assert (page.status, page.body, page.final_url) == (301, b"", url)
    assert page.location == mini_web.url("/b?x=+1")
    assert len(mini_web.seen) == 1
    found = await make_fetcher().get(mini_web.page("/c", "x"), follow=False)
    assert (found.status, found.location) == (200, None)
    # One that leads back to itself is not a circle yet: that is for who follows it.
    again = await make_fetcher().get(mini_web.redirect("/self", "/self"), follow=False)
    assert again.location == mini_web.url("/self")


async def test_redirect_that_is_given_back_was_seen_by_the_guard(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    for target in ("http://169.254.169.254/", "javascript:alert(1)"):
        with pytest.raises(Refused):
            await make_fetcher().get(mini_web.redirect("/r", target), follow=False)


async def test_body_can_be_cut(mini_web: MiniWeb, make_fetcher: Make) -> None:
    packed = gzip.compress(b"x" * 500_000)
    url = mini_web.page("/r", packed, headers={"Content-Encoding": "gzip"})
    fetcher = make_fetcher(body_bytes=1000, wire_bytes=100)
    assert (await fetcher.get(url, cut_bytes=10)).body == b"x" * 10
    with pytest.raises(TooLarge):
        await fetcher.get(url)


async def test_any_type_is_read_when_asked_for(mini_web: MiniWeb, make_fetcher: Make) -> None:
    url = mini_web.page("/v", b"x", headers={"Content-Type": "video/mp4"})
    assert (await make_fetcher().get(url, accept=ANY_TYPE)).media_type == "video/mp4"


async def test_error_statuses_are_told_with_when_to_come_again(
    mini_web: MiniWeb, make_fetcher: Make
) -> None:
    gone = mini_web.page("/gone", status=410)
    busy = mini_web.page("/busy", status=429, headers={"Retry-After": "17"})
    with pytest.raises(BadStatus, match="410 Gone") as caught:
        await make_fetcher().get(gone)
    assert (caught.value.answered, caught.value.retryable) == (410, False)
    with pytest.raises(BadStatus) as caught:
        await make_fetcher().get(busy)
    assert (caught.value.retry_after_s, caught.value.retryable) == (17.0, True)


async def test_whatever_the_server_does_is_one_of_our_errors(make_fetcher: Make) -> None:
    answers = [
        b"",
        b"rubbish\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nshort",
        b"HTTP/1.1 302 Found\r\nLocation: http://[bad/\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nLocation: /\xff\xfe\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ]

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(current)
        await writer.drain()
        writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    async with server:
        for current in answers:  # noqa: B007
            with pytest.raises(FetchError):
                await make_fetcher(total_s=5.0).get(f"http://127.0.0.1:{port}/")
