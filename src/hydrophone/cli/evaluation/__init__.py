"""`hydrophone eval`: measuring on data."""

from __future__ import annotations

import typer

from hydrophone.cli.evaluation.answers import answers
from hydrophone.cli.evaluation.retrieval import retrieval

commands = typer.Typer(no_args_is_help=True, help="Measure how good it is, on data.")


@commands.callback()
def _group() -> None:
    """Measure how good it is, on data."""


for command in (retrieval, answers):
    commands.command()(command)
