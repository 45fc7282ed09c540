"""Several processes on one folder."""

import asyncio
from pathlib import Path

from hydrophone.index.base import RebuildProgress
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.types import Filter
from tests.index.embedded.processes import long_document, spawn
from tests.index.support import document, hash_embedding, hash_vector


def generations(folder: Path) -> list[str]:
    return sorted(found.name for found in folder.glob("words-*"))


async def test_two_adders_and_a_reader_during_a_rebuild_lose_nothing(tmp_path: Path) -> None:
    folder, stop = tmp_path / "index", tmp_path / "stop"
    index = await EmbeddedIndex.open(folder, embedding=hash_embedding())
    await index.put(
        [document(f"first{i}", f"First {i} sea sentence.") for i in range(300)], collection="base"
    )
    await index.settle()
    await index.vectors_settled()
    reader = await spawn("read", str(folder), str(stop))
    adders = [await spawn("add", str(folder), name, "60") for name in ("left", "right")]
    for adder in adders:
        assert adder.stdout is not None
        assert await adder.stdout.readline()
    seen: list[RebuildProgress] = []
    await index.rebuild(seen.append)
    await index.rebuild()
    for adder in adders:
        await adder.communicate()
    stop.touch()
    printed, _ = await reader.communicate()
    assert [adder.returncode for adder in adders] == [0, 0]
    assert reader.returncode == 0
    assert int(printed) > 0
    assert seen[-1].stage == "done"
    await index.settle()
    infos = {info.name: info.documents for info in await index.collections()}
    assert infos == {"base": 300, "left": 60, "right": 60}
    for name in ("left", "right"):
        for number in range(60):
            (match,) = await index.match_words(f"start{name}{number}", 2, Filter())
            (passage,) = await index.load([match.passage_id])
            assert passage.url == long_document(name, number).url
    await index.close()


async def test_a_second_index_on_the_folder_sees_everything_after_settle(tmp_path: Path) -> None:
    async def open_one() -> EmbeddedIndex:
        return await EmbeddedIndex.open(tmp_path, embedding=hash_embedding())

    first, second = await open_one(), await open_one()
    for writer, reader in ((first, second), (second, first)):
        name = f"w{id(writer)}"
        await writer.put([document(name, f"Word{name} here.")], collection="c")
        await reader.settle()
        assert await reader.match_words(f"word{name}", 1, Filter())
        await reader.vectors_settled()
        (best,) = await reader.match_vectors(hash_vector(f"{name} word{name} here"), 1, Filter())
        (passage,) = await reader.load([best.passage_id])
        assert passage.url.endswith(name)
        assert await writer.delete(collection="c") == 1
        assert await reader.match_words(f"word{name}", 1, Filter()) == []
        assert await reader.match_vectors(hash_vector(f"word{name}"), 1, Filter()) == []
    await first.close()
    await second.close()


async def test_the_next_process_takes_over_when_the_applier_leaves(tmp_path: Path) -> None:
    first = await EmbeddedIndex.open(tmp_path, embedding=hash_embedding())
    await first.settle()
    second = await EmbeddedIndex.open(tmp_path, embedding=hash_embedding())
    await first.close()
    await second.put([document("a", "Whales sing.")], collection="c")
    await second.settle()
    await second.vectors_settled()
    assert await second.match_words("whales", 1, Filter())
    await second.close()


async def test_a_rebuild_may_be_asked_by_any_process(tmp_path: Path) -> None:
    first = await EmbeddedIndex.open(tmp_path, embedding=hash_embedding())
    await first.put([document("a", "Whales sing.")], collection="c")
    await first.settle()
    second = await EmbeddedIndex.open(tmp_path, embedding=hash_embedding())
    before = generations(tmp_path)
    await asyncio.wait_for(second.rebuild(), 30)
    assert generations(tmp_path) != before
    assert await second.match_words("whales", 1, Filter())
    assert await first.match_words("whales", 1, Filter())
    await second.close()
    await first.close()
