"""Killed while adding: whatever was told as added is there, whole, and found."""

import asyncio
import random
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from hydrophone.index.embedded.graph import Graph
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.types import Filter
from tests.index.embedded.processes import long_document, spawn
from tests.index.support import hash_embedding, hash_vector


async def add_until_killed(folder: Path, name: str, delay_s: float) -> list[str]:
    """Run an adder, kill it `delay_s` after its first report, and return what it reported."""
    child = await spawn("add", str(folder), name, "100000")
    assert child.stdout is not None
    first = await child.stdout.readline()
    assert first
    await asyncio.sleep(delay_s)
    child.kill()
    rest = await child.stdout.read()
    await child.wait()
    lines = (first + rest).decode().splitlines(keepends=True)
    return [line.split()[0] for line in lines if line.endswith("\n")]


def check_tables(folder: Path) -> None:
    """Every document has its version and passages that cover its text; nothing hangs loose."""
    connection = sqlite3.connect(folder / "index.db")
    try:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        rows = connection.execute(
            "SELECT d.id, d.passages, v.text FROM documents d "
            "LEFT JOIN versions v ON v.document_id = d.id AND v.sha256 = d.version"
        )
        for document_id, count, text in rows.fetchall():
            spans = connection.execute(
                'SELECT start, "end" FROM passages WHERE document_id = ? ORDER BY id',
                (document_id,),
            ).fetchall()
            assert len(spans) == count > 1
            covered = "".join(text[start:end] for start, end in spans)
            assert covered.split() == text.split() or covered.replace(" ", "") == text.replace(
                " ", ""
            )
        orphans = (
            "SELECT count(*) FROM vectors WHERE text_hash NOT IN (SELECT text_hash FROM passages)"
        )
        assert connection.execute(orphans).fetchone() == (0,)
    finally:
        connection.close()


async def check_index(folder: Path, reported: dict[str, list[str]]) -> None:
    index = await EmbeddedIndex.open(folder, embedding=hash_embedding())
    try:
        await index.settle()
        for name, urls in reported.items():
            assert urls == [long_document(name, n).url for n in range(len(urls))]
            for number in range(0, len(urls), max(1, len(urls) // 20)):
                for word in (f"start{name}{number}", f"end{name}{number}"):
                    (match,) = await index.match_words(word, 2, Filter())
                    (passage,) = await index.load([match.passage_id])
                    assert passage.url == urls[number]
        await index.vectors_settled()
        for name in reported:
            first = long_document(name, 0)
            matches = await index.match_vectors(hash_vector(first.text[:900]), 1, Filter())
            assert matches
    finally:
        await index.close()
    check_tables(folder)
    check_graph(folder)


def check_graph(folder: Path) -> None:
    """The snapshot holds exactly the vectors of the table."""
    connection = sqlite3.connect(folder / "index.db")
    name, size, crc32 = connection.execute(
        "SELECT snapshot_name, snapshot_bytes, snapshot_crc32 FROM models"
    ).fetchone()
    ids = [row[0] for row in connection.execute("SELECT id FROM vectors ORDER BY id")]
    connection.close()
    graph = Graph.restore(folder / name, size, crc32, 384, view=True)
    assert np.sort(graph.ids()).tolist() == ids


async def kill_many(folder: Path, kills: int, seed: int) -> None:
    moments = random.Random(seed)
    reported: dict[str, list[str]] = {}
    for kill in range(kills):
        name = f"run{chr(97 + kill)}"
        reported[name] = await add_until_killed(folder, name, moments.uniform(0, 1.2))
        check_tables(folder)
    await check_index(folder, reported)


async def test_five_kills_lose_nothing_that_was_reported(tmp_path: Path) -> None:
    await kill_many(tmp_path / "index", 5, seed=1)


async def test_a_kill_during_a_rebuild_loses_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "index"
    index = await EmbeddedIndex.open(folder, embedding=hash_embedding())
    documents = [long_document("kept", number) for number in range(40)]
    await index.put(documents, collection="c")
    await index.vectors_settled()
    await index.close()
    for delay_s in (0.0, 0.03, 0.15):
        child = await spawn("rebuild", str(folder))
        assert child.stdout is not None
        await child.stdout.readline()
        await asyncio.sleep(delay_s)
        child.kill()
        await child.communicate()
        await check_index(folder, {"kept": [d.url for d in documents]})


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_twenty_kills_lose_nothing_that_was_reported(tmp_path: Path) -> None:
    await kill_many(tmp_path / "index", 20, seed=2)
