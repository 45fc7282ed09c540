"""`hydrophone doctor`: what works here, what is missing, and what to do about it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hydrophone.cli.output import Json, out, print_json, run
from hydrophone.errors import InvalidRequest
from hydrophone.types import JsonValue

if TYPE_CHECKING:
    from hydrophone.app.finding import Finding

_MARKS = {"ok": "[green]ok     [/]", "note": "[yellow]note   [/]", "problem": "[red]problem[/]"}


def doctor(
    json: Json = False,
    web_session: Annotated[
        Path | None,
        typer.Option(
            "--web-session",
            help="Write the shapes of what Perplexity's web service sends into this file, without "
            "their contents: for a bug report.",
        ),
    ] = None,
    question: Annotated[
        str | None,
        typer.Option(
            help="With --web-session: ask this, which costs quota, and look at its answer."
        ),
    ] = None,
) -> None:
    """Say what works here, what is missing, and what to do.

    Looks at the settings, the models, the data folder, the index, and for language models on
    this machine. Exits with 1 when there is a problem.

    Example: hydrophone doctor
    """
    if web_session is not None:
        run(_capture(web_session, question))
        return
    if question is not None:
        raise typer.BadParameter("give --web-session too: the file that the answer's shapes go to")
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


async def _capture(path: Path, question: str | None) -> None:
    import orjson

    from hydrophone.cli.own_session import own_client

    async with own_client() as client:
        await asyncio.to_thread(_check_writable, path)  # before a question costs quota
        told = await client.capture(question)
    try:
        await asyncio.to_thread(path.write_bytes, orjson.dumps(told, option=orjson.OPT_INDENT_2))
    except OSError as error:
        raise _unwritable(error) from None
    out().print(f"written to {path}; look through it before you send it to anybody", markup=False)


def _check_writable(path: Path) -> None:
    """Raise InvalidRequest unless the file can be written; what is there stays as it is."""
    is_new = not path.exists()
    try:
        path.open("ab").close()
        if is_new:
            path.unlink()
    except OSError as error:
        raise _unwritable(error) from None


def _unwritable(error: OSError) -> InvalidRequest:
    return InvalidRequest(f"the capture cannot be written: {error}", param="web-session")


async def _examine() -> Sequence[Finding]:
    from hydrophone.app.diagnosis import examine
    from hydrophone.settings import load_settings

    return await examine(load_settings())
