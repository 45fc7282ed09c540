"""Reads the ledger and the kept pages of a data folder, as an operator could."""

from __future__ import annotations

import sqlite3
import time
import zlib
from contextlib import closing
from pathlib import Path
from typing import NamedTuple


class Row(NamedTuple):
    """What a test looks at."""

    door: str
    model: str
    outcome: str
    request_id: str


def rows(data_dir: Path) -> list[Row]:
    """All rows in the order of their requests."""
    query = "SELECT door, model, outcome, request_id FROM ledger ORDER BY started_at_ms, rowid"
    with closing(sqlite3.connect(data_dir / "state.db")) as connection:
        return [Row(*row) for row in connection.execute(query)]


def rows_when(data_dir: Path, count: int, *, patience_s: float = 20.0) -> list[Row]:
    """The rows once there are `count`, or what there is when patience has run out."""
    end_s = time.monotonic() + patience_s
    while len(found := rows(data_dir)) < count and time.monotonic() < end_s:
        time.sleep(0.02)
    return found


def stored_bytes(data_dir: Path) -> bytes:
    """The database of keys and ledger byte for byte, with its journal."""
    return b"".join(path.read_bytes() for path in sorted(data_dir.glob("state.db*")))


def kept_pages(data_dir: Path) -> dict[str, str]:
    """The texts of pages that were cited, by address."""
    query = "SELECT url, packed FROM cited_pages JOIN page_texts USING (version)"
    with closing(sqlite3.connect(data_dir / "state.db")) as connection:
        return {url: zlib.decompress(packed).decode() for url, packed in connection.execute(query)}


def kept_pages_when(data_dir: Path, url: str, *, patience_s: float = 20.0) -> dict[str, str]:
    """These texts once that of `url` is among them, or what there is when patience has run out."""
    end_s = time.monotonic() + patience_s
    while url not in (found := kept_pages(data_dir)) and time.monotonic() < end_s:
        time.sleep(0.02)
    return found
