"""From what a user names to what there is to read."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

_LINES_ENDINGS = (".jsonl", ".ndjson", ".jsonl.gz", ".ndjson.gz")


@dataclass(frozen=True, slots=True)
class Job:
    """One thing to read; `path` is set for files, `item` names it to the user."""

    kind: Literal["file", "lines", "url"]
    item: str
    path: Path = Path()


@dataclass(frozen=True, slots=True)
class Found:
    """What an item stands for. `problems` are (item, message), `skipped` counts files left out."""

    jobs: tuple[Job, ...] = ()
    problems: tuple[tuple[str, str], ...] = ()
    skipped: int = 0


def find_jobs(item: str, supports: Callable[[Path], bool]) -> Found:
    """The files, pages and JSON-lines files that an item names. Blocks.

    Folders are walked in the order of names, without hidden files, files of other types, and
    links to folders. A file that is named itself is read whatever its type.
    """
    if item.startswith(("http://", "https://")):
        return Found((Job("url", item),))
    if item.startswith("file://"):
        path = Path(unquote(urlsplit(item).path))
    else:
        path = Path(item).expanduser()
    try:
        if path.is_dir():
            return _walk(path, supports)
        if path.exists():
            return Found((_file_job(path, item),))
    except OSError as error:
        return Found(problems=((item, _explain(error)),))
    return Found(problems=((item, "there is no such file or folder"),))


def _walk(folder: Path, supports: Callable[[Path], bool]) -> Found:
    jobs: list[Job] = []
    problems: list[tuple[str, str]] = []
    skipped = 0

    def note(error: OSError) -> None:
        problems.append((str(error.filename), _explain(error)))

    for here, folders, names in os.walk(folder, onerror=note):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            path = Path(here, name)
            if name.startswith(".") or not (_holds_lines(path) or supports(path)):
                skipped += 1
            else:
                jobs.append(_file_job(path, str(path)))
    return Found(tuple(jobs), tuple(problems), skipped)


def _file_job(path: Path, item: str) -> Job:
    return Job("lines" if _holds_lines(path) else "file", item, path)


def _holds_lines(path: Path) -> bool:
    return path.name.lower().endswith(_LINES_ENDINGS)


def _explain(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "no permission to read it"
    return error.strerror or str(error)
