"""The MCP server that runs by itself: `fastmcp run` and `fastmcp dev` start it from this file."""

from __future__ import annotations

import logging
import pkgutil
from contextlib import AbstractAsyncContextManager
from typing import Any

from mcp.server.mcpserver import MCPServer

from hydrophone.mcp.assembly import Opening, build_server
from hydrophone.mcp.calls import Desk, HouseSource

_log = logging.getLogger(__name__)


class StandardInputServer(MCPServer[Desk]):
    """Serves on standard input and output only, where nobody else can come in.

    Over HTTP it would ask for no key; `hydrophone serve` does. `fastmcp run` starts servers of the
    official SDK over HTTP unless it is told otherwise, and means this one's standard input.
    """

    async def run_streamable_http_async(self, **options: Any) -> None:
        """Serve on standard input and output."""
        _log.info("serving on standard input and output; for HTTP start `hydrophone serve`")
        await self.run_stdio_async()

    async def run_sse_async(self, **options: Any) -> None:
        """Serve on standard input and output."""
        await self.run_streamable_http_async(**options)


def _own_opening() -> AbstractAsyncContextManager[tuple[HouseSource, str]]:
    # A door is given its house. Who runs this file by its path runs no program of ours that could
    # give one, so the composition root is asked for it by name.
    opening: Opening = pkgutil.resolve_name("hydrophone.app.doors.mcp:open_house")
    return opening()


def _is_of_sessions_alone() -> bool:
    return bool(pkgutil.resolve_name("hydrophone.app.doors.mcp:is_of_sessions_alone")())


mcp = build_server(_own_opening, kind=StandardInputServer, sessions_alone=_is_of_sessions_alone())
