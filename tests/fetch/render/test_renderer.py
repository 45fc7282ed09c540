"""Rendering in a real Chromium: pages that scripts make, and how little those scripts can reach."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiohttp import web

from hydrophone.errors import DocumentError
from hydrophone.fetch.client import Fetched, Fetcher
from hydrophone.fetch.errors import RenderFailed
from hydrophone.fetch.guard import Guard
from hydrophone.fetch.pool import ExtractionPool
from hydrophone.fetch.reader import Reader
from hydrophone.fetch.render.browser import find_chromium
from hydrophone.fetch.render.renderer import Renderer
from hydrophone.fetch.robots import RobotsCache
from tests.fetch.conftest import FakeResolver, MiniWeb

_CHROMIUM = find_chromium()
_DEADLINE_S = 10.0
Open = Callable[..., Renderer]

pytestmark = [
    pytest.mark.skipif(_CHROMIUM is None, reason="no Chromium is installed"),
    pytest.mark.slow,
    pytest.mark.timeout(120),
]


@pytest.fixture
async def open_renderer(make_fetcher: Callable[..., Fetcher]) -> AsyncIterator[Open]:
    opened: list[Renderer] = []

    def open_(guard: Guard | None = None, *, polite: bool = False, **options: float) -> Renderer:
        resolver = FakeResolver(other_example=[["127.0.0.1"]], inner_example=[["127.0.0.1"]])
        fetcher = make_fetcher(guard, resolver)
        assert _CHROMIUM is not None
        robots = RobotsCache(fetcher) if polite else None
        deadline_s = options.get("deadline_s", _DEADLINE_S)
        opened.append(Renderer(fetcher, _CHROMIUM, robots=robots, deadline_s=deadline_s))
        return opened[-1]

    yield open_
    for renderer in opened:
        await renderer.close()


def _page(url: str, script: str) -> Fetched:
    body = f"<html><body><p id=x>empty</p><script>{script}</script></body></html>"
    return Fetched(
        url=url,
        final_url=url,
        status=200,
        media_type="text/html",
        charset="utf-8",
        body=body.encode(),
        headers={},
        fetched_at=datetime.now(UTC),
    )


def _children() -> set[int]:
    children: set[int] = set()
    for task in Path("/proc/self/task").iterdir():
        with suppress(FileNotFoundError):  # a thread that has just ended
            children.update(map(int, (task / "children").read_text("ascii").split()))
    return children


async def test_page_comes_back_as_its_scripts_made_it(
    mini_web: MiniWeb, open_renderer: Open
) -> None:
    mini_web.page("/app.js", "load()", headers={"Content-Type": "text/javascript"})
    mini_web.page("/data.json", '{"text": "Wale singen über Höhlen"}')
    script = """
    async function load() {
      const data = await (await fetch('/data.json?a=1')).json();
      setTimeout(() => { x.textContent = data.text; }, 100);
    }
    const link = document.createElement('link');
    link.rel = 'stylesheet'; link.href = '/style.css';
    link.onload = () => {
      const tag = document.createElement('script');
      tag.src = '/app.js'; document.body.append(tag);
    };
    document.head.append(link);"""
    renderer = open_renderer()
    page = _page(mini_web.url("/"), script)
    rendered = await renderer.render(page)
    assert '<p id="x">Wale singen über Höhlen</p>' in rendered.body.decode()
    assert (rendered.final_url, rendered.charset) == (page.final_url, "utf-8")
    # The page itself is not fetched again, and style sheets not at all.
    assert [request.path_qs for request in mini_web.seen] == ["/app.js", "/data.json?a=1"]
    assert {request.headers["User-Agent"] for request in mini_web.seen} == {"hydrophone-test/1"}
    assert all("Cookie" not in request.headers for request in mini_web.seen)


# Every way out of a page that there is; TARGETS is replaced by URLs, PLACE by one's host and port.
_ESCAPE = """
const tries = [];
const element = (tag, parent, values) =>
  parent.append(Object.assign(document.createElement(tag), values));
for (const url of TARGETS) {
  tries.push(fetch(url), fetch(url, {mode: 'no-cors'}), fetch(url, {method: 'POST', body: 'x'}));
  if (url.startsWith('http')) navigator.sendBeacon(url, 'x');
  for (const tag of ['img', 'iframe', 'script', 'video', 'embed', 'audio'])
    element(tag, document.body, {src: url});
  element('object', document.body, {data: url});
  for (const rel of ['stylesheet', 'preconnect', 'prefetch', 'dns-prefetch', 'icon', 'preload'])
    element('link', document.head, {rel, href: url, as: 'fetch'});
  new EventSource(url);
  new Worker(URL.createObjectURL(new Blob([`fetch('${url}')`])));
  window.open(url);
}
new WebSocket('ws://PLACE');
const peer = new RTCPeerConnection({iceServers: [{urls: 'stun:PLACE'}]});
peer.createDataChannel('x');
peer.createOffer().then(offer => peer.setLocalDescription(offer));
Promise.allSettled(tries).then(all => {
  x.textContent = 'reached ' + all.filter(one => one.status === 'fulfilled').length;
});"""


class _Packets(asyncio.DatagramProtocol):
    """Counts what arrives over UDP, where WebRTC would go past any proxy."""

    def __init__(self) -> None:
        self.received = 0
        self.close: Callable[[], None] = lambda: None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.close = transport.close

    def datagram_received(self, data: bytes, addr: object) -> None:
        self.received += 1


async def test_browser_reaches_nothing_that_the_guard_refuses(
    mini_web: MiniWeb, open_renderer: Open
) -> None:
    hosts = ("127.0.0.1", "localhost", "inner.example", "2130706433")
    targets = [mini_web.url("/secret", host) for host in hosts] + ["file:///etc/passwd"]
    packets = _Packets()
    await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: packets, local_addr=("127.0.0.1", mini_web.port)
    )
    place = f"127.0.0.1:{mini_web.port}"
    script = _ESCAPE.replace("TARGETS", str(targets)).replace("PLACE", place)
    rendered = await open_renderer(Guard()).render(_page("http://93.184.216.34/", script))
    packets.close()
    assert '<p id="x">reached 0</p>' in rendered.body.decode()
    assert mini_web.seen == []
    assert packets.received == 0


async def test_page_cannot_send_the_browser_elsewhere(
    mini_web: MiniWeb, open_renderer: Open
) -> None:
    script = f"location.href = '{mini_web.url('/other')}'"
    rendered = await open_renderer().render(_page(mini_web.url("/"), script))
    assert mini_web.seen == []
    assert "location.href" in rendered.body.decode()


async def test_only_get_is_asked_and_only_what_robots_txt_allows(
    mini_web: MiniWeb, open_renderer: Open
) -> None:
    mini_web.page("/robots.txt", "User-agent: HydrophoneBot\nDisallow: /private")
    for path in ("/private/data", "/public", "/order"):
        mini_web.page(path, "answer")
    script = """
    const ask = (url, options) => fetch(url, options).then(() => url, () => 'no');
    Promise.all([ask('/private/data'), ask('/public'), ask('/order', {method: 'POST'})])
      .then(all => { x.textContent = all.join(' '); });"""
    rendered = await open_renderer(polite=True).render(_page(mini_web.url("/"), script))
    assert '<p id="x">no /public no</p>' in rendered.body.decode()
    assert sorted(request.path for request in mini_web.seen) == ["/public", "/robots.txt"]


async def test_script_reads_of_other_sites_only_what_they_share(
    mini_web: MiniWeb, open_renderer: Open
) -> None:
    mini_web.page("/shared", "shared", headers={"Access-Control-Allow-Origin": "*"})
    mini_web.page("/closed", "closed")
    script = f"""
    const ask = path => fetch('{mini_web.url("", "other.example")}' + path)
      .then(answer => answer.text(), () => 'no');
    const all = Promise.all([ask('/shared'), ask('/closed')]);
    all.then(found => {{ x.textContent = found.join(' '); }});"""
    rendered = await open_renderer().render(_page(mini_web.url("/"), script))
    assert '<p id="x">shared no</p>' in rendered.body.decode()


async def test_pages_leave_nothing_behind_for_each_other(open_renderer: Open) -> None:
    script = """
    x.textContent = [document.cookie, localStorage.getItem('a')].join('|');
    document.cookie = 'a=b'; localStorage.setItem('a', 'b');"""
    renderer = open_renderer()
    for _ in range(2):
        rendered = await renderer.render(_page("http://93.184.216.34/", script))
        assert '<p id="x">|</p>' in rendered.body.decode()


async def test_page_that_never_rests_is_taken_as_it_is(
    mini_web: MiniWeb, open_renderer: Open
) -> None:
    async def hang(request: web.Request) -> web.StreamResponse:
        await asyncio.sleep(60)
        return web.Response()

    mini_web.pages["/hang"] = hang
    script = "x.textContent = 'so far'; alert('wait'); fetch('/hang')"
    rendered = await open_renderer(deadline_s=2.0).render(_page(mini_web.url("/"), script))
    assert '<p id="x">so far</p>' in rendered.body.decode()
    assert [request.path for request in mini_web.seen] == ["/hang"]


async def test_script_that_hangs_the_browser_costs_one_page(open_renderer: Open) -> None:
    renderer = open_renderer(deadline_s=1.0)
    before = _children()
    with pytest.raises(RenderFailed, match="in time"):
        await renderer.render(_page("http://93.184.216.34/", "for (;;) {}"))
    assert _children() == before
    rendered = await renderer.render(_page("http://93.184.216.34/", "x.textContent = 'up again'"))
    assert "up again" in rendered.body.decode()


async def test_cancelled_rendering_leaves_no_process(open_renderer: Open) -> None:
    renderer = open_renderer()
    before = _children()
    await renderer.render(_page("http://93.184.216.34/", ""))
    assert len(_children() - before) == 1
    task = asyncio.create_task(renderer.render(_page("http://93.184.216.34/", "for (;;) {}")))
    await asyncio.sleep(0.5)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert task.cancelled()
    assert _children() == before


async def test_browser_that_does_not_start_is_told(make_fetcher: Callable[..., Fetcher]) -> None:
    for executable in ("/nowhere/chromium", "/bin/true"):
        before = set(os.listdir("/proc/self/fd"))
        with pytest.raises(RenderFailed):
            await Renderer(make_fetcher(), executable).render(_page("http://93.184.216.34/", ""))
        assert set(os.listdir("/proc/self/fd")) == before


async def test_only_html_with_scripts_and_hardly_any_text_is_worth_it(open_renderer: Open) -> None:
    renderer, page = open_renderer(), _page("http://a.example/", "x()")
    assert renderer.may_help(page, "Loading…")
    assert not renderer.may_help(page, "words " * 100)
    assert not renderer.may_help(replace(page, body=b"<p>short</p>"), "short")
    assert not renderer.may_help(replace(page, media_type="text/plain"), "")


async def test_reader_renders_what_has_no_text_and_only_that(
    mini_web: MiniWeb, open_renderer: Open, make_fetcher: Callable[..., Fetcher]
) -> None:
    words = "Whales sing for hours on end, and each year the song is a new one. " * 5
    app = mini_web.page("/app", "<div id=root></div><script src=/app.js></script>")
    mini_web.page("/plain", f"<p>{words}</p><script src=/app.js></script>")
    mini_web.page(
        "/app.js",
        f"root.innerHTML = '<article><p>{words}</p></article>'",
        headers={"Content-Type": "text/javascript"},
    )
    empty = mini_web.page("/empty", "<div id=root></div><script src=/missing.js></script>")
    async with ExtractionPool(workers=1) as pool:
        reader = Reader(make_fetcher(), pool, renderer=open_renderer())
        assert (await reader.read_url(mini_web.url("/plain"))).text.startswith("Whales sing")
        assert [request.path for request in mini_web.seen] == ["/plain"]
        document = await reader.read_url(app)
        assert document.text.startswith("Whales sing")
        assert document.url == app
        with pytest.raises(DocumentError, match="no text"):
            await reader.read_url(empty)


def test_chromium_is_found_by_name_or_path() -> None:
    assert _CHROMIUM is not None
    assert find_chromium(_CHROMIUM) == _CHROMIUM
    assert find_chromium("no-such-browser") is None
