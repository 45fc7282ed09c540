"""`hydrophone index`: care for the index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from hydrophone.cli.output import err, out, run

if TYPE_CHECKING:
    from hydrophone.index.base import RebuildProgress

commands = typer.Typer(no_args_is_help=True, help="Care for the index.")


@commands.callback()
def _group() -> None:
    """Care for the index."""


@commands.command()
def rebuild() -> None:
    """Build the index again from the stored documents.

    Readers go on with the old ones until the new ones are whole.

    Example: hydrophone index rebuild
    """
    run(_rebuild())


async def _rebuild() -> None:
    from rich.progress import Progress

    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings()) as rooms:
        index = await rooms.index()
        with Progress(console=err()) as bars:
            tasks = {name: bars.add_task(name, total=None) for name in ("words", "vectors")}

            def show(step: RebuildProgress) -> None:
                if step.stage in tasks:
                    bars.update(tasks[step.stage], completed=step.done, total=step.total)

            await index.rebuild(show)
    out().print("the index has been built again")
