"""The shipped application in session mode, over the emulated service, in this process."""

from __future__ import annotations

import asyncio
import gc
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn

from hydrophone.app.server import Server
from hydrophone.settings import load_settings
from tests.api.serving import LoopServer
from tests.app.sessions.asking import bearing
from tests.emulators.perplexity_web.service import WebService

Starter = Callable[..., Awaitable[httpx.AsyncClient]]
_NOT_OURS = ("PERPLEXITY_SESSION_TOKEN", "OPENAI_API_KEY", "API_KEYS", "HOST", "PORT", "LOG_LEVEL")
_NOT_OURS += ("REQUESTS_PER_MINUTE", "ENABLE_RATE_LIMITING", "DEFAULT_MODEL")
_NOT_OURS += ("DEFAULT_CITATION_MODE", "CONVERSATION_TIMEOUT", "MAX_CONVERSATIONS_PER_USER")


@pytest.fixture
async def service() -> AsyncIterator[WebService]:
    async with WebService() as one:
        yield one


@pytest.fixture
async def start(
    service: WebService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Starter]:
    """Starts a server with these settings; what it gives is a client of it."""
    for name in _NOT_OURS:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)
    thresholds = gc.get_threshold()
    async with AsyncExitStack() as stack:
        stack.callback(gc.set_threshold, *thresholds)  # a server sets it for its process

        async def started(**settings: Any) -> httpx.AsyncClient:
            plain = {
                "data_dir": tmp_path / "data",
                "mode": "session",
                "session_origin": service.origin,
                "session_requests_per_second": 0,
                "web_search": False,
            }
            application = Server(load_settings(**{**plain, **settings}))
            server = LoopServer(uvicorn.Config(application, lifespan="on", log_config=None))
            listener = socket.create_server(("127.0.0.1", 0))
            stack.callback(listener.close)
            serving = asyncio.create_task(server.serve(sockets=[listener]))
            await server.begun.wait()
            url = f"http://127.0.0.1:{listener.getsockname()[1]}"

            async def end() -> None:
                server.ended.set()
                await serving

            stack.push_async_callback(end)
            return await stack.enter_async_context(httpx.AsyncClient(base_url=url, timeout=20))

        yield started


@pytest.fixture
def token(service: WebService) -> str:
    return service.state.accounts[0].token


@pytest.fixture
async def client(start: Starter, token: str) -> httpx.AsyncClient:
    """A caller with a session, of a server of web sessions alone."""
    one = await start()
    one.headers.update(bearing(token))
    return one
