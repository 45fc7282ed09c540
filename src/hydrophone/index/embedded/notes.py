"""What the appliers and the readers of all processes tell each other, kept in `index.db`."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from hydrophone.index.embedded.words import SCHEMA_VERSION
from hydrophone.storage.index_db_changes import read_notes, write_notes

# Keys of the table `meta`. An empty folder means that the words must be built again.
FOLDER = "words_folder"
SCHEMA = "words_schema"
APPLIED = "words_applied"
WANTED = "words_wanted"
REBUILD = "rebuild_wanted"
WORDS_REBUILT = "words_rebuilt"
VECTORS_REBUILT = "vectors_rebuilt"
WORDS_PROGRESS = "words_progress"
VECTORS_PROGRESS = "vectors_progress"


@dataclass(frozen=True, slots=True)
class Notes:
    """All notes at one moment.

    `folder` is the generation of words in use and `applied` the last change in it; `wanted` is
    the change that somebody waits for. The rebuild counters are compared with each other.
    """

    folder: str
    applied: int
    wanted: int
    rebuild_wanted: int
    words_rebuilt: int
    vectors_rebuilt: int
    words_progress: tuple[int, int]
    vectors_progress: tuple[int, int]


def load_notes(connection: sqlite3.Connection) -> Notes:
    """The notes; a folder of another schema counts as none."""
    raw = read_notes(connection)
    current = raw.get(SCHEMA) == str(SCHEMA_VERSION)
    return Notes(
        folder=raw.get(FOLDER, "") if current else "",
        applied=int(raw.get(APPLIED, "0")),
        wanted=int(raw.get(WANTED, "0")),
        rebuild_wanted=int(raw.get(REBUILD, "0")),
        words_rebuilt=int(raw.get(WORDS_REBUILT, "0")),
        vectors_rebuilt=int(raw.get(VECTORS_REBUILT, "0")),
        words_progress=_read_progress(raw.get(WORDS_PROGRESS, "0/0")),
        vectors_progress=_read_progress(raw.get(VECTORS_PROGRESS, "0/0")),
    )


def use_folder(connection: sqlite3.Connection, folder: str, applied: int) -> None:
    """Let readers take this generation of words from now on."""
    write_notes(
        connection,
        {FOLDER: folder, SCHEMA: str(SCHEMA_VERSION), APPLIED: str(applied)},
    )


def give_up_folder(connection: sqlite3.Connection, folder: str) -> None:
    """Ask for another generation of words, unless there already is one."""
    if read_notes(connection).get(FOLDER) == folder:
        write_notes(connection, {FOLDER: ""})


def want_change(connection: sqlite3.Connection, seq: int) -> None:
    """Ask for this change to be applied at once."""
    if load_notes(connection).wanted < seq:
        write_notes(connection, {WANTED: str(seq)})


def want_rebuild(connection: sqlite3.Connection) -> int:
    """Ask for everything derived to be built again; the number of the wish."""
    number = load_notes(connection).rebuild_wanted + 1
    write_notes(connection, {REBUILD: str(number)})
    return number


def write_progress(connection: sqlite3.Connection, key: str, done: int, total: int) -> None:
    """Tell how far a rebuild has come."""
    write_notes(connection, {key: f"{done}/{total}"})


def _read_progress(value: str) -> tuple[int, int]:
    done, _, total = value.partition("/")
    return int(done), int(total)
