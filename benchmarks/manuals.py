"""Manuals of Debian packages as a corpus: fetched by apt, unpacked, and added by `hydrophone add`.

Nothing is installed: `apt-get download` and `dpkg -x` put the files into the cache folder of the
benchmarks, which needs a Debian or Ubuntu machine and, the first time, the network.
"""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from platformdirs import user_cache_path

from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_documents import list_collections
from hydrophone.storage.index_db_passages import DocumentWords, load_words
from served import Served


@dataclass(frozen=True, slots=True)
class Manual:
    """A package and the folder in it that holds its HTML pages; `beside` is what is not wanted."""

    package: str
    folder: str
    beside: tuple[str, ...] = ()


# In the order in which they are added, until there are passages enough.
MANUALS = (
    Manual("postgresql-doc-15", "usr/share/doc/postgresql-doc-15/html"),
    Manual("sqlite3-doc", "usr/share/doc/sqlite3"),
    Manual("python-django-doc", "usr/share/doc/python-django-doc/html", ("_sources",)),
    Manual("octave-doc", "usr/share/doc/octave"),
    Manual("apache2-doc", "usr/share/doc/apache2-doc/manual/en"),
    Manual("python3.11-doc", "usr/share/doc/python3.11/html", ("_sources",)),
    Manual("linux-doc-6.1", "usr/share/doc/linux-doc-6.1/html", ("_sources", "translations")),
    Manual("erlang-doc", "usr/share/doc/erlang-doc"),
    Manual("openjdk-17-doc", "usr/share/doc/openjdk-17-jre-headless/api"),
)
# Kept out of the corpus: the folder that is embedded while questions are asked.
LATECOMER = Manual("git-doc", "usr/share/doc/git-doc")


def cache_folder() -> Path:
    """Where the manuals are kept between runs."""
    return user_cache_path("hydrophone-benchmarks", appauthor=False) / "manuals"


async def fetch(manual: Manual) -> Path:
    """The manual's folder, fetched and unpacked unless it is there. Raises RuntimeError."""
    unpacked = cache_folder() / manual.package
    pages = unpacked / manual.folder
    if not pages.is_dir():
        await _unpack(manual.package, unpacked)
        if not pages.is_dir():
            raise RuntimeError(f"the package {manual.package} has no folder {manual.folder}")
        for name in manual.beside:
            shutil.rmtree(pages / name, ignore_errors=True)
    return pages


async def _unpack(package: str, into: Path) -> None:
    for tool in ("apt-get", "dpkg"):
        if shutil.which(tool) is None:
            raise RuntimeError(f"{tool} is missing: the manuals come from Debian's packages")
    download = into.with_suffix(".download")
    shutil.rmtree(download, ignore_errors=True)
    download.mkdir(parents=True)
    try:
        await _run(("apt-get", "download", "-q", package), download)
        (archive,) = download.glob("*.deb")
        # Renamed when whole: what a break leaves behind is not taken for the manual.
        await _run(("dpkg", "-x", archive.name, "unpacked"), download)
        shutil.rmtree(into, ignore_errors=True)
        (download / "unpacked").rename(into)
    finally:
        shutil.rmtree(download, ignore_errors=True)


async def _run(command: Sequence[str], folder: Path) -> None:
    process = await asyncio.create_subprocess_exec(
        *command,
        cwd=folder,
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.PIPE,
    )
    _, err = await process.communicate()
    if process.returncode:
        hint = " (has `apt-get update` been run?)" if command[0] == "apt-get" else ""
        raise RuntimeError(f"{' '.join(command)} failed{hint}: {err.decode(errors='replace')}")


async def add(data_dir: Path, folder: Path, collection: str) -> None:
    """Add a folder by the command that users have, without making vectors."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "hydrophone", "add", str(folder)),
        *("--collection", collection, "--no-wait"),
        env=Served.environment(data_dir, {"HYDROPHONE_OFFLINE": "1"}),
        stdout=asyncio.subprocess.DEVNULL,
    )
    # 1: some page could not be read, for example an empty one; it was named on standard error.
    if await process.wait() not in (0, 1):
        raise RuntimeError(f"adding {folder} failed")


async def fill(data_dir: Path, manuals: Sequence[Manual], passages: int) -> int:
    """Add manuals that are not there until there are so many passages; how many there are."""
    for manual in manuals:
        counts = await count(data_dir)
        if sum(counts.values()) >= passages:
            break
        # A collection that is there may be half of one: unchanged pages cost little.
        folder = await fetch(manual)
        print(f"adding {manual.package} …", file=sys.stderr, flush=True)
        await add(data_dir, folder, manual.package)
    there = sum((await count(data_dir)).values())
    if there < passages:
        raise RuntimeError(f"all manuals together have {there:,} passages, not {passages:,}")
    return there


async def count(data_dir: Path) -> dict[str, int]:
    """The number of passages of each collection."""
    database = IndexDatabase(data_dir / "index.db")
    try:
        found = await database.read(lambda c: list_collections(c, None))
    finally:
        await database.close()
    return {one.name: one.passages for one in found}


async def documents(data_dir: Path) -> list[DocumentWords]:
    """All documents with their passages, in the order in which they were added."""
    database = IndexDatabase(data_dir / "index.db")
    try:
        ids = await database.read(
            lambda c: [row[0] for row in c.execute("SELECT id FROM documents ORDER BY id")]
        )
        loaded = await database.read(lambda c: [load_words(c, id_) for id_ in ids])
    finally:
        await database.close()
    return [words for words in loaded if words is not None]


def passages_of(loaded: Sequence[DocumentWords]) -> Iterator[tuple[int, str, str, str]]:
    """(passage id, title, headings, text) of every passage."""
    for document in loaded:
        for passage_id, headings, text in document.passages:
            yield passage_id, document.title, "\n".join(headings), text
