"""`hydrophone doctor`: what works here, what is missing, and what to do about it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from hydrophone.cli.output import Json, out, print_json, run
from hydrophone.types import JsonValue

if TYPE_CHECKING:
    from hydrophone.app.diagnosis import Finding

_MARKS = {"ok": "[green]ok     [/]", "note": "[yellow]note   [/]", "problem": "[red]problem[/]"}


def doctor(json: Json = False) -> None:
    """Say what works here, what is missing, and what to do.

    Looks at the settings, the models, the data folder, the index, and for language models on
    this machine. Exits with 1 when there is a problem.

    Example: hydrophone doctor
    """
    findings = run(_examine())
    if json:
        objects: list[JsonValue] = [
            {"state": one.state, "about": one.about, "message": one.message} for one in findings
        ]
        print_json({"findings": objects})
    else:
        console = out()
        width = max(len(one.about) for one in findings)
        for one in findings:
            console.print(f"{_MARKS[one.state]}  [bold]{one.about:<{width}}[/]  ", end="")
            console.print(one.message, markup=False)
    if any(one.state == "problem" for one in findings):
        raise typer.Exit(1)


async def _examine() -> Sequence[Finding]:
    from hydrophone.app.diagnosis import examine
    from hydrophone.settings import load_settings

    return await examine(load_settings())
