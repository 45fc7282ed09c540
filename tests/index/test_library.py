import asyncio
import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hydrophone.errors import InvalidRequest
from hydrophone.index.base import PutResult
from hydrophone.index.library import IndexLibrary
from hydrophone.index.memory import MemoryIndex
from hydrophone.ports import IngestProgress
from hydrophone.types import Document, Filter
from tests.index.support import TextReader, document, hash_embedding
from tests.permissions import bound_by_permissions, open_folder


@pytest.fixture
def index() -> MemoryIndex:
    return MemoryIndex(embedding=hash_embedding())


@pytest.fixture
def reader() -> TextReader:
    return TextReader()


@pytest.fixture
def library(index: MemoryIndex, reader: TextReader) -> IndexLibrary:
    return IndexLibrary(index, reader)


async def run(library: IndexLibrary, *items: str) -> list[IngestProgress]:
    return [p async for p in library.ingest(items, collection="c")]


def states(progress: Sequence[IngestProgress]) -> list[tuple[str, str]]:
    return [(p.state, Path(p.item).name) for p in progress]


async def test_a_folder_is_read_in_the_order_of_names(
    library: IndexLibrary, tmp_path: Path
) -> None:
    for name in ("b.txt", "a.md", "sub/c.txt", ".hidden.txt", ".git/x.txt", "image.png"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(f"Text of {name}.")
    told = await run(library, str(tmp_path))
    assert states(told) == [
        ("added", "a.md"),
        ("added", "b.txt"),
        ("added", "c.txt"),
        ("done", ""),
    ]
    assert told[-1].documents == 3
    assert told[-1].failures == 0
    assert told[-1].message == "2 hidden or unsupported files were skipped"


async def test_what_was_added_is_found(
    library: IndexLibrary, index: MemoryIndex, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Whales sing.")
    await run(library, str(tmp_path / "a.txt"))
    assert len(await index.match_words("whales", 5, Filter())) == 1
    assert [c.name for c in await library.collections()] == ["c"]


async def test_json_lines_are_read_and_bad_lines_are_named(
    library: IndexLibrary, tmp_path: Path
) -> None:
    rows = [json.dumps({"url": f"u{i}", "title": "t", "text": f"Text {i}."}) for i in range(3)]
    lines = "\n".join([rows[0], "{broken", rows[1], '{"url": "x"}', rows[2]])
    (tmp_path / "a.jsonl").write_text(lines)
    (tmp_path / "b.ndjson.gz").write_bytes(gzip.compress(lines.encode()))
    told = await run(library, str(tmp_path / "a.jsonl"))
    assert {p.item.rsplit("/", 1)[-1] for p in told if p.state == "failed"} == {
        "a.jsonl:2",
        "a.jsonl:4",
    }
    assert (told[-1].documents, told[-1].failures) == (3, 2)
    again = await run(library, str(tmp_path / "b.ndjson.gz"))
    assert [p.state for p in again].count("unchanged") == 3


async def test_pages_are_read_by_their_urls(library: IndexLibrary, reader: TextReader) -> None:
    reader.pages["https://a.org/x"] = document("x", "Whales.", url="https://a.org/x")
    told = await run(library, "https://a.org/x", "https://a.org/gone")
    assert sorted((p.state, p.item) for p in told) == [
        ("added", "https://a.org/x"),
        ("done", ""),
        ("failed", "https://a.org/gone"),
    ]
    assert "404" in next(p.message for p in told if p.state == "failed")


async def test_a_broken_file_fails_and_the_others_go_on(
    library: IndexLibrary, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_bytes(b"\0\1")
    (tmp_path / "b.txt").write_text("Fine.")
    (tmp_path / "c.txt").write_text("  ")
    (tmp_path / "d.txt").symlink_to(tmp_path / "nowhere")
    told = await run(library, str(tmp_path), str(tmp_path / "missing"))
    failed = {Path(p.item).name: p.message for p in told if p.state == "failed"}
    assert set(failed) == {"a.txt", "c.txt", "d.txt", "missing"}
    assert "no text" in failed["a.txt"]
    assert failed["c.txt"] == "it has no text"
    assert failed["missing"] == "there is no such file or folder"
    assert (told[-1].documents, told[-1].failures) == (1, 4)


async def test_files_and_folders_without_permission_fail_clearly(library: IndexLibrary) -> None:
    with open_folder() as folder:
        (folder / "a.txt").write_text("Text.")
        (folder / "a.txt").chmod(0)
        (folder / "shut").mkdir(mode=0)
        with bound_by_permissions():
            told = await run(library, str(folder))
    assert {p.message for p in told if p.state == "failed"} == {"no permission to read it"}
    assert told[-1].failures == 2


async def test_a_reader_that_may_not_read_is_told_as_such(
    index: MemoryIndex, tmp_path: Path
) -> None:
    class Shut(TextReader):
        async def read_file(self, path: Path) -> Document:
            raise PermissionError(13, "Permission denied")

    (tmp_path / "a.txt").write_text("Text.")
    told = await run(IndexLibrary(index, Shut()), str(tmp_path))
    assert (told[0].state, told[0].message) == ("failed", "no permission to read it")


async def test_one_unfit_document_does_not_spoil_its_batch(
    library: IndexLibrary, tmp_path: Path
) -> None:
    rows = [{"url": f"u{i}", "title": "t", "text": f"Text {i}."} for i in range(4)]
    rows[2]["text"] = "half \ud800 a pair"
    (tmp_path / "a.jsonl").write_text("\n".join(json.dumps(row) for row in rows))
    told = await run(library, str(tmp_path / "a.jsonl"))
    assert [p.item for p in told if p.state == "failed"] == ["u2"]
    assert told[-1].documents == 3


async def test_added_is_told_only_after_it_is_stored(reader: TextReader, tmp_path: Path) -> None:
    stored: set[str] = set()

    class Watched(MemoryIndex):
        async def put(
            self, documents: Sequence[Document], *, collection: str
        ) -> Sequence[PutResult]:
            results = await super().put(documents, collection=collection)
            stored.update(d.url for d in documents)
            return results

    for i in range(100):
        (tmp_path / f"{i}.txt").write_text(f"Text {i}.")
    library = IndexLibrary(Watched(), reader)
    async for progress in library.ingest([str(tmp_path)], collection="c"):
        if progress.state == "added":
            assert Path(progress.item).as_uri() in stored
    assert len(stored) == 100


async def test_only_a_few_files_are_read_ahead(index: MemoryIndex, tmp_path: Path) -> None:
    running, most = 0, 0

    class Slow(TextReader):
        async def read_file(self, path: Path) -> Document:
            nonlocal running, most
            running += 1
            most = max(most, running)
            await asyncio.sleep(0.001)
            running -= 1
            return await super().read_file(path)

    for i in range(30):
        (tmp_path / f"{i}.txt").write_text(f"Text {i}.")
    await run(IndexLibrary(index, Slow()), str(tmp_path))
    assert 1 < most <= 4


async def test_leaving_an_ingest_early_stops_the_reading(
    library: IndexLibrary, reader: TextReader, tmp_path: Path
) -> None:
    for i in range(300):
        (tmp_path / f"{i:03}.txt").write_text(f"Text {i}.")
    told = library.ingest([str(tmp_path)], collection="c")
    await anext(told)
    await told.aclose()  # type: ignore[attr-defined]
    assert len(reader.read) < 200


async def test_an_ingest_that_waits_tells_of_its_vectors(
    index: MemoryIndex, reader: TextReader, tmp_path: Path
) -> None:
    (tmp_path / "a.txt").write_text("Whales sing.")
    library = IndexLibrary(index, reader, wait_for_vectors=True)
    told = await run(library, str(tmp_path))
    assert [p.state for p in told] == ["added", "embedding", "done"]
    assert (told[-1].vectors_done, told[-1].vectors_total) == (1, 1)
    assert await index.vectors_pending() == 0


async def test_nothing_to_add_and_nothing_to_delete_are_refused(library: IndexLibrary) -> None:
    with pytest.raises(InvalidRequest):
        await run(library)
    with pytest.raises(InvalidRequest):
        [p async for p in library.ingest(["x"], collection=" ")]
    with pytest.raises(InvalidRequest):
        await library.delete()


async def test_deleting_by_prefix(library: IndexLibrary, index: MemoryIndex) -> None:
    await index.put([document("a", "Whales.")], collection="c")
    assert await library.delete(url_prefix="https://example.com/") == 1
    assert await library.collections() == []
