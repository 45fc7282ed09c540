"""News of other processes wake the appliers; without any, nobody looks into the database."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from hydrophone.index.embedded import signals
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.index.embedded.signals import LOOKS, Signals
from hydrophone.storage.index_db import IndexDatabase
from tests.index.support import document, hash_embedding


async def woken(stamps: list[int], monkeypatch: pytest.MonkeyPatch) -> int:
    """How often the appliers are woken while the stamps are looked at."""
    monkeypatch.setattr(signals, "POLL_S", 0.001)
    left = iter(stamps)
    news = Signals(lambda: next(left))
    times = 0

    async def follow() -> None:
        nonlocal times
        while True:
            await news.wait_vectors()
            times += 1

    following = asyncio.create_task(follow())
    with pytest.raises(RuntimeError):  # the stamps are used up
        await news.watch()
    following.cancel()
    return times


@pytest.mark.parametrize(
    ("stamps", "times"),
    [
        ([1], 1),
        ([1] * LOOKS, 1),
        ([1] * (LOOKS + 1), 2),
        ([1, 2, 2, 3, 3, 3], 3),
    ],
)
async def test_appliers_are_woken_by_news_and_now_and_then(
    stamps: list[int], times: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert await woken(stamps, monkeypatch) == times


async def test_closing_ends_the_watch() -> None:
    news = Signals(lambda: 1)
    watching = asyncio.create_task(news.watch())
    await asyncio.sleep(0)
    news.close()
    await asyncio.wait_for(watching, 5)
    assert news.closing


async def test_an_index_that_nobody_uses_hardly_reads_its_database(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    index = await EmbeddedIndex.open(tmp_path, embedding=hash_embedding())
    await index.put([document("a", "Whales sing.")], collection="c")
    await index.settle()
    await index.vectors_settled()
    reads = 0
    read = IndexDatabase.read

    async def counting(self: IndexDatabase, function: object) -> object:
        nonlocal reads
        reads += 1
        return await read(self, function)  # type: ignore[arg-type]

    monkeypatch.setattr(IndexDatabase, "read", counting)
    await asyncio.sleep(2)
    await index.close()
    assert reads <= 16  # three or four of them a second


async def test_the_stamp_changes_with_the_commits_of_others(tmp_path: Path) -> None:
    ours, theirs = IndexDatabase(tmp_path / "index.db"), IndexDatabase(tmp_path / "index.db")
    await ours.write(lambda c: c.execute("INSERT INTO collections (name) VALUES ('b')"))
    before = ours.stamp()
    await theirs.read(lambda c: c.execute("SELECT 1").fetchone())
    assert ours.stamp() == before
    await theirs.write(lambda c: c.execute("INSERT INTO collections (name) VALUES ('c')"))
    assert ours.stamp() != before
    await ours.close()
    await theirs.close()
