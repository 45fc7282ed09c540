"""/mcp: the MCP server as streamable HTTP, behind the same keys and guards as every other path."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from fastapi import APIRouter
from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from hydrophone.errors import NotConfigured
from hydrophone.mcp.scope import PRINCIPAL, SESSION, SESSION_HEADER
from hydrophone.ports import SESSION_HEADER as WEB_SESSION_HEADER
from hydrophone.ports import Credentials, House

if TYPE_CHECKING:
    from mcp.server.streamable_http_manager import StreamableHTTPSessionManager

    from hydrophone.mcp.calls import Calls, HouseSource

PATH = "/mcp"


def mcp_router(endpoint: McpEndpoint) -> APIRouter:
    """The router. The server tells nothing unasked, so there is no stream to GET."""
    router = APIRouter(include_in_schema=False)
    router.add_route(PATH, endpoint, methods=["POST", "DELETE"])  # type: ignore[arg-type]
    return router


class McpEndpoint:
    """An ASGI application for one path. The protocol's library is imported and its server built by
    the first request; `close` ends them.

    Each request stands by itself, so any process answers it, also one that was started anew. A
    client that lets go of a stream stops the work on it.
    """

    def __init__(self, house: House, *, default_model: str, max_body_bytes: int) -> None:
        self._house = house
        self._default_model = default_model
        self._max_body_bytes = max_body_bytes
        self._starting = asyncio.Lock()
        self._closing = asyncio.Event()
        self._life: asyncio.Task[None] | None = None
        self._manager: StreamableHTTPSessionManager | None = None
        self._calls: Calls | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take a message, or the end of a session.

        Raises what the port `Accounts` raises, and NotConfigured without the protocol's library.
        """
        headers = Headers(scope=scope)
        credentials = Credentials.of_header(
            headers.get("authorization"), headers.get(WEB_SESSION_HEADER)
        )
        principal = await self._house.accounts.identify(credentials)
        session = headers.get(SESSION_HEADER)
        if scope["method"] == "DELETE":
            if self._calls is not None and session is not None:
                self._calls.stop_all(principal, session)
            await Response(status_code=204)(scope, receive, send)
            return
        manager = await self._started()
        sending = send if session is not None else _naming_a_session(send)
        await manager.handle_request(
            {**scope, PRINCIPAL: principal, SESSION: credentials.session_of(principal)},
            receive,
            sending,
        )

    async def close(self) -> None:
        """Stop what still runs."""
        self._closing.set()
        if self._life is not None:
            await asyncio.gather(self._life, return_exceptions=True)

    async def _started(self) -> StreamableHTTPSessionManager:
        async with self._starting:
            if self._manager is None:
                begun: asyncio.Future[None] = asyncio.get_running_loop().create_future()
                self._life = asyncio.create_task(self._live(begun))
                await asyncio.wait({begun, self._life}, return_when=asyncio.FIRST_COMPLETED)
                if self._manager is None:
                    await self._life
        if self._manager is None:
            raise NotConfigured("the server is closing")
        return self._manager

    async def _live(self, begun: asyncio.Future[None]) -> None:
        """The server's life, all of it in this task: who opens its scope has to close it."""
        try:
            from mcp.server.transport_security import TransportSecuritySettings

            from hydrophone.mcp.assembly import build_server
            from hydrophone.mcp.calls import Calls
        except ModuleNotFoundError as error:
            raise NotConfigured(
                f"the part for MCP is not installed ({error.name} is missing): "
                "pip install 'hydrophone[mcp]'"
            ) from error
        self._calls = Calls()
        alone = self._house.sessions_alone
        server = build_server(self._opening, self._calls, sessions_alone=alone)
        server.streamable_http_app(
            stateless_http=True,
            max_request_body_size=self._max_body_bytes,
            # Hosts and origins are checked before any path is looked at.
            transport_security=TransportSecuritySettings(enable_dns_rebinding_protection=False),
        )
        async with server.session_manager.run():
            self._manager = server.session_manager
            begun.set_result(None)
            await self._closing.wait()
            self._manager = None

    @asynccontextmanager
    async def _opening(self) -> AsyncIterator[tuple[HouseSource, str]]:
        async def house() -> House:
            return self._house

        yield house, self._default_model


def _naming_a_session(send: Send) -> Send:
    """Gives a client a name for its calls; sent again with each request, it lets the client stop
    one of them by another request."""

    async def naming(message: Message) -> None:
        if message["type"] == "http.response.start":
            MutableHeaders(scope=message).setdefault(SESSION_HEADER, uuid.uuid4().hex)
        await send(message)

    return naming
