"""`hydrophone serve`: the server with the API and the page."""

from __future__ import annotations

import asyncio
import gc
import os
import socket
from contextlib import suppress
from importlib.util import find_spec
from typing import TYPE_CHECKING, Annotated

import typer

from hydrophone.cli.output import errors_as_messages, fail

if TYPE_CHECKING:
    from hydrophone.settings import Settings

GRACE_S = 5


def serve(
    host: Annotated[str | None, typer.Option("--host", "-H", help="Address to bind to.")] = None,
    port: Annotated[int | None, typer.Option("--port", "-p", help="Port; 0: a free one.")] = None,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again when the source changes.")
    ] = False,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning, error or critical.")
    ] = None,
) -> None:
    """Start the server: the API, and the page at /.

    Example: hydrophone serve --port 8080
    """
    # Imports make a million objects and no garbage; the server collects when it has started.
    gc.disable()
    with errors_as_messages():
        from hydrophone.app.server import check_may_start
        from hydrophone.settings import load_settings

        settings = load_settings(host=host, port=port, log_level=log_level)
        mode, is_open = asyncio.run(check_may_start(settings))
        with _listening(settings.host, settings.port) as listener:
            bound_port = listener.getsockname()[1]
            # The application is built from the environment, also in a process of --reload.
            os.environ["HYDROPHONE_HOST"] = settings.host
            os.environ["HYDROPHONE_PORT"] = str(bound_port)
            os.environ["HYDROPHONE_LOG_LEVEL"] = settings.log_level
            address = f"http://{_reachable(settings.host)}:{bound_port}"
            if mode == "session":
                _greet(_session_welcome(address, needs_token=not is_open))
            else:
                _greet(_welcome(address, needs_key=not is_open))
            _run(listener, settings, reload)


def _listening(host: str, port: int) -> socket.socket:
    """The listening socket; made first, so that a taken port is known before anything else."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        fail(
            f"cannot listen on {host}:{port} ({_reason(error)}); choose another address with "
            "--host and --port"
        )


def _reason(error: OSError) -> str:
    # `create_server` puts the address behind the reason, which is said already.
    return (error.strerror or str(error)).partition(" (while attempting")[0]


def _run(listener: socket.socket, settings: Settings, reload: bool) -> None:
    import uvicorn
    from uvicorn.supervisors import ChangeReload

    level = settings.log_level
    config = uvicorn.Config(
        "hydrophone.app.server:server",
        factory=True,
        host=settings.host,
        port=settings.port,
        reload=reload,
        log_level="warning" if level == "info" else level,
        access_log=level == "debug",
        timeout_graceful_shutdown=GRACE_S,
        server_header=False,
        proxy_headers=False,  # who asks is told by keys, never by addresses
    )
    server = uvicorn.Server(config)
    # uvicorn raises Ctrl-C and the exit of a failed start again when it has cleaned up.
    with suppress(KeyboardInterrupt, SystemExit):
        if config.should_reload:
            ChangeReload(config, target=server.run, sockets=[listener]).run()
            return
        server.run(sockets=[listener])
    if not server.started:
        fail("the server could not start; the reason stands above")


def _reachable(host: str) -> str:
    if host in ("", "0.0.0.0", "::"):  # noqa: S104 (compared, not bound)
        return "localhost"
    return f"[{host}]" if ":" in host else host


def _greet(text: str) -> None:
    # Not by rich, which would be a fortieth of a start.
    typer.echo(text, err=True, color=False if os.environ.get("NO_COLOR") else None)


def _title(address: str) -> str:
    name, where = typer.style("Hydrophone", bold=True), typer.style(address, "cyan", bold=True)
    return f"{name} is starting on {where}"


def _welcome(address: str, *, needs_key: bool) -> str:
    key = " -H 'Authorization: Bearer KEY'" if needs_key else ""
    return f"""
{_title(address)}

  The page        {address}/
  API reference   {address}/docs

Try next, in another terminal:

  hydrophone ask "How do I add my own documents?"
  hydrophone add ./my-documents
  curl {address}/v1/chat/completions{key} -H 'Content-Type: application/json' \\
    -d '{{"model": "sonar", "messages": [{{"role": "user", "content": "What is Hydrophone?"}}]}}'

Ctrl-C stops the server.
"""


def _session_welcome(address: str, *, needs_token: bool) -> str:
    header, whose = "", "; the server's own session answers whoever brings none"
    if needs_token:
        header = " -H 'Authorization: Bearer TOKEN'"
        whose = ", with your own session's token (hydrophone login gets one)"
    mcp = f"\n  MCP             {address}/mcp" if find_spec("mcp") else ""
    return f"""
{_title(address)}
for models of Perplexity's web session alone

  API reference   {address}/docs
  Models          {address}/v1/models{mcp}

Try next, in another terminal{whose}:

  curl {address}/v1/chat/completions{header} -H 'Content-Type: application/json' \\
    -d '{{"model": "perplexity-auto", "messages": [{{"role": "user", "content": "Hello!"}}]}}'

Ctrl-C stops the server.
"""
