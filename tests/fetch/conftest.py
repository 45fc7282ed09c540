"""A web server on loopback and a resolver that knows only what a test tells it."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from hydrophone.fetch.client import Fetcher, FetchLimits
from hydrophone.fetch.guard import Guard

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class FakeResolver(AbstractResolver):
    """Gives the answers of each name one after the other, the last one for ever."""

    def __init__(self, **answers: list[list[str]]) -> None:
        self.answers = {name.replace("_", "."): answer for name, answer in answers.items()}
        self.asked: list[str] = []

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.asked.append(host)
        answers = self.answers.get(host)
        if answers is None:
            raise OSError(None, "Name or service not known")
        addresses = answers.pop(0) if len(answers) > 1 else answers[0]
        return [_result(host, port, address) for address in addresses]

    async def close(self) -> None:
        return


def _result(host: str, port: int, address: str) -> ResolveResult:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return ResolveResult(
        hostname=host, host=address, port=port, family=family, proto=0, flags=socket.AI_NUMERICHOST
    )


@dataclass
class MiniWeb:
    """Pages by path on 127.0.0.1; `seen` holds every request."""

    port: int = 0
    pages: dict[str, Handler] = field(default_factory=dict)
    seen: list[web.Request] = field(default_factory=list)

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"

    def page(self, path: str, body: bytes | str = b"", **options: object) -> str:
        async def handle(request: web.Request) -> web.StreamResponse:
            data = body.encode() if isinstance(body, str) else body
            headers = {"Content-Type": "text/html; charset=utf-8"}
            headers.update(options.get("headers", {}))  # type: ignore[call-overload]
            return web.Response(body=data, status=int(options.get("status", 200)), headers=headers)  # type: ignore[call-overload]

        self.pages[path] = handle
        return self.url(path)

    def redirect(self, path: str, target: str, status: int = 302) -> str:
        return self.page(path, status=status, headers={"Location": target})

    async def answer(self, request: web.Request) -> web.StreamResponse:
        self.seen.append(request)
        handler = self.pages.get(request.path)
        return await handler(request) if handler else web.Response(status=404)


@pytest.fixture
async def mini_web() -> AsyncIterator[MiniWeb]:
    site = MiniWeb()
    app = web.Application()
    app.router.add_route("*", "/{tail:.*}", site.answer)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    server = web.TCPSite(runner, "127.0.0.1", 0)
    await server.start()
    site.port = runner.addresses[0][1]
    yield site
    await runner.cleanup()


@pytest.fixture
async def make_fetcher() -> AsyncIterator[Callable[..., Fetcher]]:
    made: list[Fetcher] = []

    def make(
        guard: Guard | None = None,
        resolver: AbstractResolver | None = None,
        **limits: float,
    ) -> Fetcher:
        fetcher = Fetcher(
            guard or Guard(allow_loopback=True),
            user_agent="hydrophone-test/1",
            limits=FetchLimits(**limits),  # type: ignore[arg-type]
            resolver=resolver or FakeResolver(),
        )
        made.append(fetcher)
        return fetcher

    yield make
    for fetcher in made:
        await fetcher.close()
