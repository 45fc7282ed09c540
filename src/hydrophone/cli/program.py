"""The program: every command under its name. Only light modules are imported here."""

from __future__ import annotations

from typing import Annotated

import typer

from hydrophone import __version__
from hydrophone.cli import evaluation, keys, mcp
from hydrophone.cli.ask import ask
from hydrophone.cli.config import config
from hydrophone.cli.doctor import doctor
from hydrophone.cli.library import index
from hydrophone.cli.library.add import add
from hydrophone.cli.library.crawl import crawl
from hydrophone.cli.library.sources import sources
from hydrophone.cli.login import login
from hydrophone.cli.replay import replay
from hydrophone.cli.search import search
from hydrophone.cli.serve import serve

program = typer.Typer(
    name="hydrophone",
    no_args_is_help=True,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="An answer engine: ask your own documents and the web, with citations that are checked.",
)
for command in (serve, ask, replay, search, add, crawl, sources, doctor, config, login):
    program.command()(command)
program.add_typer(keys.commands, name="keys")
program.add_typer(index.commands, name="index")
program.add_typer(evaluation.commands, name="eval")
program.add_typer(mcp.commands, name="mcp")


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"hydrophone {__version__}")
        raise typer.Exit


@program.callback()
def hydrophone(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """An answer engine: ask your own documents, with citations that are checked."""
