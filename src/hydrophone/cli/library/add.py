"""`hydrophone add`: documents into the index, with progress."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from hydrophone.cli.output import Json, err, out, print_json, run
from hydrophone.ports import IngestProgress

COLLECTION = "default"
FOUND_BY_WORDS = "all can be found by their words, vectors follow (Ctrl-C loses nothing)"
MANY_PASSAGES = 200
TELL_EVERY_S = 10.0


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
    """Add files, folders, URLs and JSON lines to the index.

    Reads HTML, PDF, DOCX, RTF, Markdown and text, and JSON lines of {url, title, text[, date,
    language]}, gzipped or not. Documents are found by their words at once; vectors follow.
    Stopping while they are made loses nothing: the server or the next `add` goes on. Works while
    the server runs.

    \b
    Examples: hydrophone add ./notes report.pdf
              hydrophone add https://example.com/page --collection web
    """
    work = _add([_absolute(item) for item in items], collection, wait, json)
    if run(
        work, stopped="stopped; what was added is kept, and the same command goes on from there"
    ):
        raise typer.Exit(1)


def _absolute(item: str) -> str:
    return item if "://" in item else str(Path(item).expanduser().absolute())


async def _add(items: list[str], collection: str, wait: bool, as_json: bool) -> int:
    """Add and tell; how many documents could not be read."""
    from hydrophone.app import open_rooms
    from hydrophone.app.models import threads
    from hydrophone.settings import load_settings

    settings = load_settings()
    embed_threads = threads(settings.model_threads) if wait else 0
    async with open_rooms(settings, embed_threads=embed_threads) as rooms:
        library = await rooms.library(wait_for_vectors=wait)
        shown = _JsonLines() if as_json else _bars_or_lines()
        with shown:
            return await _follow(library.ingest(items, collection=collection), shown)


async def _follow(progress: AsyncIterator[IngestProgress], shown: _Lines) -> int:
    failures = 0
    async for step in progress:
        shown.show(step)
        failures = max(failures, step.failures)
    return failures


class _Lines:
    """Plain lines, for files and pipes: failures, now and then how far it is, and a summary."""

    def __init__(self) -> None:
        self._unchanged = 0
        self._told_of_vectors = False
        self._told_at_s = time.monotonic()

    def __enter__(self) -> None:
        return None

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, step: IngestProgress) -> None:
        """Show one step; `done` is the last."""
        if step.state == "unchanged":
            self._unchanged += 1
        if step.state == "failed":
            named = step.message.startswith(step.item)
            self._say(step.message if named else f"{step.item}: {step.message}", "red")
        elif step.state == "done":
            self._end(step)
        else:
            if step.vectors_total >= MANY_PASSAGES and not self._told_of_vectors:
                self._told_of_vectors = True
                self._say(f"{self._counts(step)}; {FOUND_BY_WORDS}")
            self._advance(step)

    def _say(self, line: str, style: str | None = None) -> None:
        err().print(line, style=style, markup=False)

    def _advance(self, step: IngestProgress) -> None:
        if time.monotonic() - self._told_at_s < TELL_EVERY_S:
            return
        self._told_at_s = time.monotonic()
        vectors = f"vectors: {step.vectors_done:,} of {step.vectors_total:,} passages"
        self._say(vectors if step.state == "embedding" else self._counts(step))

    def _end(self, step: IngestProgress) -> None:
        out().print(self._counts(step), markup=False)
        if step.message:
            self._say(step.message)

    def _counts(self, step: IngestProgress) -> str:
        counts = [f"added {step.documents:,} document{'' if step.documents == 1 else 's'}"]
        counts += [f"{self._unchanged:,} unchanged"] if self._unchanged else []
        counts += [f"{step.failures:,} failed"] if step.failures else []
        return ", ".join(counts)


class _JsonLines(_Lines):
    """An event a line."""

    def show(self, step: IngestProgress) -> None:
        """Print the step as an object."""
        print_json(
            {
                "state": step.state,
                "item": step.item,
                "message": step.message,
                "documents": step.documents,
                "failures": step.failures,
                "vectors_done": step.vectors_done,
                "vectors_total": step.vectors_total,
            },
            indent=False,
        )


class _Bars(_Lines):
    """Bars on a terminal, gone when all is done."""

    def __init__(self) -> None:
        from rich.progress import (
            BarColumn,
            Progress,
            SpinnerColumn,
            TextColumn,
            TimeElapsedColumn,
            TimeRemainingColumn,
        )

        super().__init__()
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            TimeElapsedColumn(),
            TimeRemainingColumn(),
            console=err(),
            transient=True,
        )
        self._reading = self._progress.add_task("reading", total=None, counts="")
        self._vectors = self._progress.add_task("vectors", total=None, counts="", visible=False)

    def __enter__(self) -> None:
        self._progress.start()

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

    def _say(self, line: str, style: str | None = None) -> None:
        self._progress.console.print(line, style=style, markup=False)

    def _advance(self, step: IngestProgress) -> None:
        if step.state == "embedding":
            self._progress.update(self._reading, completed=1, total=1)
            self._progress.update(
                self._vectors,
                visible=True,
                completed=step.vectors_done,
                total=step.vectors_total,
                counts=f"{step.vectors_done:,} of {step.vectors_total:,} passages",
            )
        else:
            self._progress.update(self._reading, counts=self._counts(step))

    def _end(self, step: IngestProgress) -> None:
        self._progress.stop()
        super()._end(step)


def _bars_or_lines() -> _Lines:
    return _Bars() if sys.stderr.isatty() else _Lines()
