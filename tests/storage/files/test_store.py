"""Files are kept for their owner, within limits, and leave nothing behind."""

from __future__ import annotations

import asyncio
import os
import stat
import time
from pathlib import Path

import pytest

from hydrophone.errors import InvalidRequest, NotFound, PayloadTooLarge, StorageError
from hydrophone.jobs.batches.rows import insert_batch
from hydrophone.ports import Batch, BatchOrder, StoredFile
from hydrophone.storage.files.incoming import GATHER_BYTES
from hydrophone.storage.files.store import FileStore
from hydrophone.storage.state import State
from hydrophone.types import Principal

ADA, BOB = Principal("key", "ada"), Principal("key", "bob")
DAY_S = 24 * 3600


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.now_s = 1_790_000_000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "files"


@pytest.fixture
def store(state: State, folder: Path, clock: Clock) -> FileStore:
    return FileStore(
        state, folder, most_bytes=1_000_000, most_bytes_in_all=2_500_000, keep_days=7, clock=clock
    )


async def put(
    store: FileStore,
    content: bytes = b"one\n",
    *,
    name: str = "lines.jsonl",
    principal: Principal = ADA,
    keep_s: float | None = None,
) -> StoredFile:
    async with store.incoming() as incoming:
        await incoming.write(content)
        return await incoming.keep(name, "batch", principal, keep_s=keep_s)


async def read(store: FileStore, file_id: str, principal: Principal = ADA) -> bytes:
    async with store.content(file_id, principal) as pieces:
        return b"".join([piece async for piece in pieces])


async def break_off(store: FileStore) -> None:
    async with store.incoming() as incoming:
        await incoming.write(b"x")
        raise RuntimeError("the caller went away")


def names(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


def sizes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.iterdir())


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


async def test_a_file_comes_back_as_it_was_sent(store: FileStore, folder: Path) -> None:
    content = os.urandom(3 * GATHER_BYTES + 7)
    async with store.incoming() as incoming:
        for first in range(0, len(content), 50_001):
            await incoming.write(content[first : first + 50_001])
        file = await incoming.keep("lines.jsonl", "batch", ADA)
    assert file.size_bytes == len(content)
    assert await read(store, file.id) == content
    assert await store.file(file.id, ADA) == file
    assert names(folder) == [file.id]


async def test_only_the_owner_of_the_process_may_read_it(store: FileStore, folder: Path) -> None:
    file = await put(store)
    assert mode(folder / file.id) == 0o600
    assert mode(folder) == 0o700


async def test_a_file_of_another_caller_does_not_exist(store: FileStore) -> None:
    file = await put(store)
    with pytest.raises(NotFound):
        await store.file(file.id, BOB)
    with pytest.raises(NotFound):
        await read(store, file.id, BOB)
    with pytest.raises(NotFound):
        await store.delete(file.id, BOB)
    assert (await store.files(BOB)).files == ()
    assert await read(store, file.id) == b"one\n"


async def test_a_file_that_was_not_kept_leaves_nothing(store: FileStore, folder: Path) -> None:
    async with store.incoming() as incoming:
        await incoming.write(b"x" * 2 * GATHER_BYTES)
    with pytest.raises(RuntimeError):
        await break_off(store)
    assert names(folder) == []
    assert (await store.files(ADA)).files == ()


async def test_a_file_that_is_too_large_is_refused_while_it_comes(
    store: FileStore, folder: Path
) -> None:
    async with store.incoming() as incoming:
        for _ in range(10):
            await incoming.write(b"x" * 100_000)
        with pytest.raises(PayloadTooLarge, match="HYDROPHONE_MAX_FILE_BYTES"):
            await incoming.write(b"x")
    assert names(folder) == []


async def test_all_files_together_have_a_limit_that_counts_those_on_the_way(
    store: FileStore, folder: Path
) -> None:
    first = await put(store, b"x" * 1_000_000)
    async with store.incoming() as waiting:
        await waiting.write(b"x" * 1_000_000)
        with pytest.raises(PayloadTooLarge, match="HYDROPHONE_MAX_FILES_BYTES"):
            await put(store, b"x" * 600_000)
        await put(store, b"x" * 400_000)
    await put(store, b"x" * 1_000_000)
    with pytest.raises(PayloadTooLarge):
        await put(store, b"x" * 200_000)
    await store.delete(first.id, ADA)
    await put(store, b"x" * 200_000)
    assert sizes(folder) == 1_600_000


async def test_what_comes_at_the_same_moment_is_counted_when_it_is_kept(
    state: State, folder: Path
) -> None:
    one, other = (
        FileStore(state, folder, most_bytes=100, most_bytes_in_all=150, keep_days=1)
        for _ in range(2)
    )
    async with one.incoming() as mine, other.incoming() as theirs:
        await mine.write(b"x" * 100)
        await theirs.write(b"x" * 100)
        await mine.keep("a", "batch", ADA)
        with pytest.raises(PayloadTooLarge):
            await theirs.keep("b", "batch", ADA)
    assert len(names(folder)) == 1


@pytest.mark.parametrize(
    ("sent", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\work\\lines.jsonl", "lines.jsonl"),
        ("a\r\nb\0c.jsonl", "abc.jsonl"),
        ("..", "file"),
        ("", "file"),
        ("folder/", "file"),
        ("wal\N{LATIN SMALL LETTER E WITH ACUTE} \N{SPOUTING WHALE}.jsonl",) * 2,
        ("x" * 300, "x" * 255),
        ("a\ud800.jsonl", "a.jsonl"),
    ],
)
async def test_of_a_name_only_the_last_part_is_kept(
    store: FileStore, folder: Path, sent: str, kept: str
) -> None:
    file = await put(store, name=sent)
    assert file.name == kept
    assert names(folder) == [file.id]


async def test_a_file_expires_and_is_gone_from_the_disk(
    store: FileStore, folder: Path, clock: Clock
) -> None:
    short, long = await put(store, keep_s=3600), await put(store, keep_s=30 * DAY_S)
    assert short.expires_at_ms - short.created_at_ms == 3600 * 1000
    assert long.expires_at_ms - long.created_at_ms == 7 * DAY_S * 1000
    clock.now_s += 3601
    with pytest.raises(NotFound):
        await store.file(short.id, ADA)
    age(folder)
    await store.purge()
    assert names(folder) == [long.id]


async def test_what_a_crash_has_left_is_removed_when_it_is_old(
    store: FileStore, folder: Path
) -> None:
    file = await put(store)
    (folder / "file-unknown").write_bytes(b"moved, but its row was not written")
    (folder / "file-half.part").write_bytes(b"half of it")
    (folder / "notes.txt").write_bytes(b"somebody else's")
    await store.purge()
    assert len(names(folder)) == 4
    age(folder)
    await store.purge()
    assert set(names(folder)) == {file.id, "notes.txt"}


def age(folder: Path) -> None:
    """Two hours pass for the disk."""
    before_s = time.time() - 7200
    for path in folder.iterdir():
        os.utime(path, (before_s, before_s))


async def test_files_are_listed_from_either_end_in_parts(store: FileStore) -> None:
    files = []
    for number in range(5):
        files.append(await put(store, name=f"{number}.jsonl"))
        await asyncio.sleep(0.002)  # their ids count milliseconds
    newest = await store.files(ADA, limit=2)
    assert [file.name for file in newest.files] == ["4.jsonl", "3.jsonl"]
    assert newest.more
    rest = await store.files(ADA, limit=3, after=newest.files[-1].id)
    assert [file.name for file in rest.files] == ["2.jsonl", "1.jsonl", "0.jsonl"]
    assert not rest.more
    oldest = await store.files(ADA, limit=1, after=files[0].id, oldest_first=True)
    assert [file.name for file in oldest.files] == ["1.jsonl"]
    assert (await store.files(ADA, purpose="batch_output")).files == ()


async def test_a_file_that_a_batch_reads_is_neither_deleted_nor_purged(
    store: FileStore, state: State, clock: Clock
) -> None:
    file = await put(store, keep_s=3600)
    order = BatchOrder(file.id, "/v1/responses")
    batch = Batch("batch_1", order, "validating", 0, 0)
    async with state.writing() as connection:
        await insert_batch(connection, batch, ADA, None)
    with pytest.raises(InvalidRequest, match="cancel the batch") as refusal:
        await store.delete(file.id, ADA)
    assert refusal.value.code == "file_in_use"
    clock.now_s += 7200
    await store.purge()
    assert store.path(file.id).exists()


async def test_a_folder_that_cannot_be_written_is_a_clear_error(
    state: State, tmp_path: Path
) -> None:
    (tmp_path / "taken").write_text("a file stands where the folder should be")
    store = FileStore(state, tmp_path / "taken", most_bytes=10, most_bytes_in_all=10, keep_days=1)
    with pytest.raises(StorageError, match="cannot be kept"):
        await put(store)
