"""`hydrophone serve`: the server with the API and the page."""

from __future__ import annotations

import asyncio
import os
from typing import Annotated

import typer

from hydrophone.cli.output import err, errors_as_messages, fail


def serve(
    host: Annotated[str | None, typer.Option("--host", "-H", help="Address to bind to.")] = None,
    port: Annotated[int | None, typer.Option("--port", "-p", help="Port to bind to.")] = None,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again when the source changes.")
    ] = False,
    log_level: Annotated[str | None, typer.Option(help="debug, info, warning or error.")] = None,
) -> None:
    """Start the server: the API, and the page at /.

    Example: hydrophone serve --port 8080
    """
    with errors_as_messages():
        from hydrophone.app.server import check_may_start
        from hydrophone.settings import load_settings

        settings = load_settings(
            host=host, port=port, log_level=log_level.lower() if log_level else None
        )
        asyncio.run(check_may_start(settings))
        # The application is built from the environment, also in a process that --reload starts.
        os.environ["HYDROPHONE_HOST"] = settings.host
        os.environ["HYDROPHONE_PORT"] = str(settings.port)
        os.environ["HYDROPHONE_LOG_LEVEL"] = settings.log_level
        _run(settings.host, settings.port, settings.log_level, reload)


def _run(host: str, port: int, log_level: str, reload: bool) -> None:
    import uvicorn

    shown = "localhost" if host in ("127.0.0.1", "::1") else host
    err().print(_welcome(f"http://{shown}:{port}"), highlight=False)
    try:
        uvicorn.run(
            "hydrophone.app.server:server",
            factory=True,
            host=host,
            port=port,
            reload=reload,
            log_level="warning" if log_level == "info" else log_level,
            access_log=log_level == "debug",
            timeout_graceful_shutdown=5,
            server_header=False,
        )
    except SystemExit as error:
        if error.code:
            fail(f"the server could not start on {host}:{port}; is the port taken?")


def _welcome(address: str) -> str:
    return f"""
[bold]Hydrophone[/] is starting on [bold cyan]{address}[/]

  The page        {address}/
  API reference   {address}/docs

Try next, in another terminal:

  hydrophone ask "How do I add my own documents?"
  hydrophone add ./my-documents
  curl {address}/v1/chat/completions -H 'Content-Type: application/json' \\
    -d '{{"model": "sonar", "messages": [{{"role": "user", "content": "What is Hydrophone?"}}]}}'

Ctrl-C stops the server.
"""
