"""Sites on loopback for the tests of the crawler: pages by path, and a log of every request."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

_WORDS = "harbour tide buoy ferry pilot anchor signal current vessel depth sounding chart"
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Request:
    """A request that came; `at_s` of the monotonic clock."""

    path: str
    at_s: float
    headers: Mapping[str, str]


@dataclass
class Site:
    """Pages on 127.0.0.1; its `names` are further hosts that lead to the same server."""

    port: int = 0
    pages: dict[str, Answer] = field(default_factory=dict)
    requests: list[Request] = field(default_factory=list)

    @property
    def root(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """What was asked for, robots.txt and the usual sitemap apart, in order."""
        return [r.path for r in self.requests if r.path not in ("/robots.txt", "/sitemap.xml")]

    def times(self) -> Counter[str]:
        """How often each path was asked for."""
        return Counter(self.paths())

    def page(
        self,
        path: str,
        *links: str,
        text: str = "",
        title: str = "",
        head: str = "",
        body: str | None = None,
        status: int = 200,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        """A page with links; its text is unique to its path unless it is given."""
        text = text or words_about(path)
        anchors = "".join(f'<p><a href="{link}">see {link}</a></p>' for link in links)
        html = (
            f"<html><head><title>{title or 'About ' + path}</title>{head}</head><body><article>"
            f"<h1>{title or 'About ' + path}</h1><p>{text}</p></article><nav>{anchors}</nav>"
            "</body></html>"
        )
        content = (html if body is None else body).encode()
        given = {"Content-Type": "text/html; charset=utf-8", **(headers or {})}

        async def answer(request: web.Request) -> web.StreamResponse:
            etag = given.get("ETag")
            if etag is not None and request.headers.get("If-None-Match") == etag:
                return web.Response(status=304, headers={"ETag": etag})
            return web.Response(body=content, status=status, headers=given)

        self.pages[path] = answer

    def redirect(self, path: str, target: str, status: int = 302) -> None:
        self.page(path, body="", status=status, headers={"Location": target})

    def file(self, path: str, text: str, media_type: str = "text/plain") -> None:
        self.page(path, body=text, headers={"Content-Type": media_type})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(Request(request.path_qs, time.monotonic(), dict(request.headers)))
        handler = self.pages.get(request.path_qs) or self.pages.get(request.path)
        return await handler(request) if handler else web.Response(status=404)


def words_about(path: str) -> str:
    """Two hundred words that no other path has in the same order."""
    seed = sum(ord(c) * (i + 7) for i, c in enumerate(path))
    pool = _WORDS.split()
    chosen = []
    for number in range(200):
        seed = (seed * 6364136223846793005 + 1442695040888963407) % 2**64
        chosen.append(
            f"{pool[seed >> 33 & 7]}{seed >> 40 & 63}" + ("." if number % 12 == 11 else "")
        )
    return f"This page tells of {path}. " + " ".join(chosen)


@asynccontextmanager
async def serving(site: Site | None = None) -> AsyncIterator[Site]:
    """The site on a free port of loopback."""
    site = site or Site()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    server = web.TCPSite(runner, "127.0.0.1", site.port)
    await server.start()
    site.port = runner.addresses[0][1]
    try:
        yield site
    finally:
        await runner.cleanup()
