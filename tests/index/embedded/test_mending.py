"""Damaged, missing or outdated files are found when opened, and built again from index.db."""

import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from hydrophone.index.base import IndexNotReady
from hydrophone.index.embedded import words
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.storage.index_db import IndexDatabaseError
from hydrophone.types import Filter
from tests.index.support import HashEmbedder, document, hash_embedding, hash_vector


async def fill(folder: Path) -> None:
    index = await EmbeddedIndex.open(folder, embedding=hash_embedding())
    await index.put(
        [document(f"d{i}", f"Whales number{i} sing.") for i in range(50)], collection="c"
    )
    await index.settle()
    await index.vectors_settled()
    await index.close()


async def check(folder: Path, embedder: HashEmbedder | None = None) -> None:
    embedder = embedder or HashEmbedder()
    index = await EmbeddedIndex.open(folder, embedding=hash_embedding(embedder))
    await index.settle()
    await index.vectors_settled()
    for i in range(50):
        (match,) = await index.match_words(f"number{i}", 2, Filter())
        (near, *_) = await index.match_vectors(
            hash_vector(f"D{i} Whales number{i} sing"), 1, Filter()
        )
        assert match.passage_id == near.passage_id
    await index.close()
    assert embedder.texts == []


def generation(folder: Path) -> Path:
    (found,) = folder.glob("words-*")
    return found


def flip_byte(file: Path, position: float) -> None:
    data = bytearray(file.read_bytes())
    data[int(len(data) * position)] ^= 0x55
    file.write_bytes(data)


def flip_in_each_segment_file(folder: Path) -> None:
    for file in generation(folder).iterdir():
        if file.suffix in (".idx", ".term", ".store", ".fast", ".fieldnorm", ".pos"):
            flip_byte(file, 0.3)


def truncate_terms(folder: Path) -> None:
    for file in generation(folder).glob("*.term"):
        file.write_bytes(file.read_bytes()[:-10])


def empty_meta(folder: Path) -> None:
    (generation(folder) / "meta.json").write_bytes(b"")


def nonsense_meta(folder: Path) -> None:
    (generation(folder) / "meta.json").write_text('{"segments": 5}')


def remove_a_segment(folder: Path) -> None:
    for file in generation(folder).glob("*.term"):
        file.unlink()


def remove_the_words(folder: Path) -> None:
    shutil.rmtree(generation(folder))


def older_schema(folder: Path) -> None:
    connection = sqlite3.connect(folder / "index.db")
    connection.execute("UPDATE meta SET value = '0' WHERE key = 'words_schema'")
    connection.commit()
    connection.close()


def snapshot(folder: Path) -> Path:
    (found,) = folder.glob("vectors-*.usearch")
    return found


def flip_in_snapshot(folder: Path) -> None:
    flip_byte(snapshot(folder), 0.7)


def truncate_snapshot(folder: Path) -> None:
    snapshot(folder).write_bytes(snapshot(folder).read_bytes()[:-100])


def empty_snapshot(folder: Path) -> None:
    snapshot(folder).write_bytes(b"")


def remove_snapshot(folder: Path) -> None:
    snapshot(folder).unlink()


def leave_partial_files(folder: Path) -> None:
    (folder / "vectors-1-99.partial").write_bytes(b"half")
    shutil.copytree(generation(folder), folder / "words-77")


DAMAGES = [
    flip_in_each_segment_file,
    truncate_terms,
    empty_meta,
    nonsense_meta,
    remove_a_segment,
    remove_the_words,
    older_schema,
    flip_in_snapshot,
    truncate_snapshot,
    empty_snapshot,
    remove_snapshot,
    leave_partial_files,
]


@pytest.mark.parametrize("damage", DAMAGES)
async def test_damage_is_mended_without_embedding_anything(
    tmp_path: Path, damage: Callable[[Path], None]
) -> None:
    await fill(tmp_path)
    damage(tmp_path)
    await check(tmp_path)
    # What is left afterwards is whole, and nothing else is left.
    words.check_folder(generation(tmp_path))
    assert snapshot(tmp_path).stat().st_size > 0
    await check(tmp_path)


async def test_each_damaged_segment_file_alone_is_found(tmp_path: Path) -> None:
    await fill(tmp_path)
    files = [f for f in generation(tmp_path).iterdir() if not f.name.endswith((".json", ".lock"))]
    assert len(files) >= 5
    for file in files:
        whole = file.read_bytes()
        for damaged in (b"X" + whole[1:], whole[:-1] + b"X", whole[:-1], whole + b"X", b""):
            file.write_bytes(damaged)
            with pytest.raises(words.WordsTorn):
                words.check_folder(file.parent)
            file.write_bytes(whole)
    words.check_folder(generation(tmp_path))


async def test_words_damaged_while_another_reads_are_mended_by_the_applier(tmp_path: Path) -> None:
    await fill(tmp_path)
    applier = await EmbeddedIndex.open(tmp_path)
    await applier.settle()
    reader = await EmbeddedIndex.open(tmp_path)
    shutil.rmtree(generation(tmp_path))
    (match,) = await reader.match_words("number7", 2, Filter())
    assert (await reader.load([match.passage_id]))[0].url.endswith("d7")
    await reader.close()
    await applier.close()


async def test_another_embedding_model_embeds_anew_and_the_old_vectors_stay(
    tmp_path: Path,
) -> None:
    await fill(tmp_path)
    embedder = HashEmbedder()
    index = await EmbeddedIndex.open(tmp_path, embedding=hash_embedding(embedder, "other"))
    await index.vectors_settled()
    assert len(embedder.texts) == 50
    assert len(await index.match_vectors(hash_vector("number7"), 5, Filter())) == 5
    await index.close()
    await check(tmp_path)


async def test_a_rebuild_drops_the_vectors_of_other_models(tmp_path: Path) -> None:
    await fill(tmp_path)
    index = await EmbeddedIndex.open(tmp_path, embedding=hash_embedding(model="other"))
    await index.vectors_settled()
    await index.rebuild()
    await index.close()
    connection = sqlite3.connect(tmp_path / "index.db")
    assert connection.execute("SELECT name FROM models").fetchall() == [("other",)]
    assert connection.execute("SELECT count(*) FROM vectors").fetchone() == (50,)
    connection.close()
    assert snapshot(tmp_path).stat().st_size > 0


async def test_a_kill_during_a_rebuild_leaves_the_old_words_in_use(tmp_path: Path) -> None:
    await fill(tmp_path)
    old = generation(tmp_path)
    half = words.WordsWriter(tmp_path / "words-2", create=True)
    half.commit()
    half.close()
    await check(tmp_path)
    assert generation(tmp_path) == old


async def test_a_damaged_database_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "index.db").write_bytes(b"this is no database" * 1000)
    with pytest.raises(IndexDatabaseError, match=r"index\.db"):
        await EmbeddedIndex.open(tmp_path)


async def test_waiting_ends_when_the_index_is_closed(tmp_path: Path) -> None:
    import asyncio

    gate = asyncio.Event()

    async def never(texts: object) -> object:
        await gate.wait()
        return hash_vector("x")[None, :]

    from hydrophone.index.base import Embedding

    index = await EmbeddedIndex.open(tmp_path, embedding=Embedding("slow", 384, never))  # type: ignore[arg-type]
    await index.put([document("a", "Whales.")], collection="c")
    waiting = asyncio.create_task(index.vectors_settled())
    await asyncio.sleep(0.1)
    closing = asyncio.create_task(index.close())
    with pytest.raises(IndexNotReady):
        await waiting
    gate.set()
    await closing
