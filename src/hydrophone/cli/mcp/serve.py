"""The server that a program starts for itself: standard output holds nothing but the protocol."""

from __future__ import annotations

import logging
import os
import sys
from functools import partial

from hydrophone.cli.output import err, run

KEY_VARIABLE = "HYDROPHONE_KEY"


def serve_stdio(url: str | None) -> None:
    """Serve until standard input ends: here, or by the server at `url`."""
    if sys.stdin.isatty():
        err().print(
            "Serving MCP on standard input and output, for a program to talk to. "
            "`hydrophone mcp install --client NAME` tells one how; Ctrl-C stops."
        )
    if url is not None:
        run(_relay(url))
        return
    run(_serve())


async def _serve() -> None:
    from hydrophone.app.doors.mcp import open_house
    from hydrophone.mcp.assembly import build_server
    from hydrophone.settings import load_settings

    settings = load_settings()
    logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", stream=sys.stderr)
    logging.getLogger("hydrophone").setLevel(settings.log_level.upper())
    server = build_server(partial(open_house, settings), sessions_alone=settings.mode == "session")
    await server.run_stdio_async()


async def _relay(url: str) -> None:
    from hydrophone.mcp.relay import relay

    await relay(url, os.environ.get(KEY_VARIABLE), sys.stdin.buffer, sys.stdout.buffer)
