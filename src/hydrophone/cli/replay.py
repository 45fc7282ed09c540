"""`hydrophone replay`: the engine once more, on what a recording holds."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hydrophone.cli.output import Json, err, out, print_json, run
from hydrophone.types import JsonValue

if TYPE_CHECKING:
    from hydrophone.engine.recording.comparison import Replayed

_SHOWN_CHARS = 400


def replay(
    file: Annotated[Path, typer.Argument(help="A recording, made with ask --record.")],
    update: Annotated[
        bool, typer.Option("--update", help="Write the recording anew, with what comes out now.")
    ] = False,
    json: Json = False,
) -> None:
    """Run the engine on a recording again and compare the answers.

    Example: hydrophone replay answer.jsonl.gz
    """
    replayed = run(_replay(file, update))
    if json:
        print_json(_as_object(replayed))
    else:
        _show(replayed)
    if not (replayed.same or update):
        raise typer.Exit(1)


async def _replay(file: Path, update: bool) -> Replayed:
    from hydrophone.app.recording import replay

    return await replay(file, update=update)


def _show(replayed: Replayed) -> None:
    for note in replayed.notes:
        err().print(f"note: {note}", markup=False, style="yellow")
    if replayed.same:
        out().print(f"The same {replayed.events} events came out.")
        return
    for difference in replayed.differences:
        out().print(f"From event {difference.at + 1} on:", style="bold")
        for line in difference.recorded:
            out().print(f"- {_cut(line)}", markup=False, style="red")
        for line in difference.replayed:
            out().print(f"+ {_cut(line)}", markup=False, style="green")


def _cut(line: str) -> str:
    return line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]} …"


def _as_object(replayed: Replayed) -> dict[str, JsonValue]:
    return {
        "same": replayed.same,
        "events": replayed.events,
        "differences": [
            {"at": one.at, "recorded": list(one.recorded), "replayed": list(one.replayed)}
            for one in replayed.differences
        ],
        "notes": list(replayed.notes),
    }
