"""`hydrophone mcp`: serve the Model Context Protocol, and tell other programs how."""

from __future__ import annotations

from typing import Annotated

import typer

from hydrophone.cli.mcp.install import install
from hydrophone.cli.mcp.serve import serve_stdio

commands = typer.Typer(help="Serve the Model Context Protocol on standard input and output.")
commands.command()(install)


@commands.callback(invoke_without_command=True)
def mcp(
    context: typer.Context,
    url: Annotated[
        str | None,
        typer.Option(
            help="Pass everything on to this running server instead of opening the index here; "
            "its key is read from HYDROPHONE_KEY."
        ),
    ] = None,
) -> None:
    """Serve the Model Context Protocol on standard input and output, until that ends.

    For programs that start their servers themselves. A running `hydrophone serve` has the same
    under /mcp.

    Example: hydrophone mcp install --client claude-desktop
    """
    if context.invoked_subcommand is None:
        serve_stdio(url)
