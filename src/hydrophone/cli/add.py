"""`hydrophone add`: documents into the index, with progress."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from hydrophone.cli.output import Json, err, out, print_json, run
from hydrophone.ports import IngestProgress

COLLECTION = "default"


def add(
    items: Annotated[
        list[str], typer.Argument(metavar="PATH…", help="Files, folders, URLs, .jsonl files.")
    ],
    collection: Annotated[str, typer.Option(help="Where the documents go.")] = COLLECTION,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Stay until all vectors are made.")
    ] = True,
    json: Json = False,
) -> None:
    """Add documents to the index: HTML, PDF, DOCX, Markdown, text; JSON lines of
    {url, title, text[, date, language]}.

    They are found by their words at once. Vectors follow; stopping while they are made loses
    nothing, the server or the next `add` goes on. Works while the server runs.

    Examples: hydrophone add ./notes report.pdf
              hydrophone add https://example.com/page --collection web
    """
    if run(_add([_absolute(item) for item in items], collection, wait, json)):
        raise typer.Exit(1)


def _absolute(item: str) -> str:
    return item if "://" in item else str(Path(item).expanduser().absolute())


async def _add(items: list[str], collection: str, wait: bool, as_json: bool) -> int:
    """Add and tell; how many documents could not be read."""
    from hydrophone.app import open_rooms
    from hydrophone.settings import load_settings

    async with open_rooms(load_settings(), embeds=wait) as rooms:
        library = await rooms.library(wait_for_vectors=wait)
        shown: _Lines = _JsonLines() if as_json else _bars_or_lines()
        with shown:
            return await _follow(library.ingest(items, collection=collection), shown)


async def _follow(progress: AsyncIterator[IngestProgress], shown: _Lines) -> int:
    failures = 0
    async for step in progress:
        shown.show(step)
        failures = max(failures, step.failures)
    return failures


class _Lines:
    """Plain lines, for files and pipes: one for each failure, and a summary."""

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, step: IngestProgress) -> None:
        if step.state == "failed":
            err().print(f"{step.item}: {step.message}", style="red", markup=False)
        elif step.state == "done":
            out().print(_summary(step), markup=False)


class _JsonLines(_Lines):
    """An event a line."""

    def show(self, step: IngestProgress) -> None:
        print_json(
            {
                "state": step.state,
                "item": step.item,
                "message": step.message,
                "documents": step.documents,
                "failures": step.failures,
                "vectors_done": step.vectors_done,
                "vectors_total": step.vectors_total,
            }
        )


class _Bars(_Lines):
    """Bars on a terminal."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
        )

        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
            console=err(),
        )
        self._reading = self._progress.add_task("reading", total=None, counts="")
        self._vectors = self._progress.add_task("vectors", total=None, counts="", visible=False)

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def show(self, step: IngestProgress) -> None:
        if step.state == "embedding":
            self._progress.update(
                self._vectors,
                visible=True,
                completed=step.vectors_done,
                total=step.vectors_total,
                counts=f"{step.vectors_done:,} of {step.vectors_total:,} passages",
            )
            self._progress.update(self._reading, completed=1, total=1)
            return
        if step.state == "failed":
            self._progress.console.print(f"{step.item}: {step.message}", style="red", markup=False)
        counts = f"{step.documents:,} documents"
        self._progress.update(self._reading, counts=counts)
        if step.state == "done":
            self._progress.update(self._reading, completed=1, total=1)
            self._progress.console.print(_summary(step), markup=False)


def _bars_or_lines() -> _Lines:
    return _Bars() if sys.stderr.isatty() else _Lines()


def _summary(step: IngestProgress) -> str:
    failed = f", {step.failures:,} failed" if step.failures else ""
    return f"{step.documents:,} documents in the index{failed}"
