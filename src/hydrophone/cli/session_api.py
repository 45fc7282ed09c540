"""`perplexity-webui-scraper-api`: `hydrophone serve` with web sessions alone."""

from __future__ import annotations

import os
from typing import Annotated

import typer

from hydrophone.cli.serve import serve


def api(
    host: Annotated[
        str | None, typer.Option("--host", "-H", help="Address to bind to; 127.0.0.1 without it.")
    ] = None,
    port: Annotated[
        int | None, typer.Option("--port", "-p", help="Port; 8000 without it, 0: a free one.")
    ] = None,
    reload: Annotated[
        bool, typer.Option("--reload", help="Start again when the source changes.")
    ] = False,
    log_level: Annotated[
        str | None, typer.Option(help="debug, info, warning, error or critical.")
    ] = None,
) -> None:
    """Serve Perplexity's web session as an OpenAI-compatible API.

    Every request brings its session token as `Authorization: Bearer …`, unless the server has one
    of its own (PERPLEXITY_SESSION_TOKEN).
    """
    # The application reads the environment, also in a process of --reload.
    os.environ["HYDROPHONE_MODE"] = "session"
    serve(host, port, reload, log_level)


def main() -> None:
    """The entry point of the `perplexity-webui-scraper-api` command."""
    program = typer.Typer(rich_markup_mode=None, pretty_exceptions_enable=False)
    program.command()(api)
    program()
