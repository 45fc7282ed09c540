"""What may be given as a file; all else is refused before anything is sent."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import pytest

from hydrophone.perplexity.errors import FileValidationError
from hydrophone.perplexity.files.inputs import MOST_BYTES, MOST_FILES, files_to_send


def sized(path: Path, size_bytes: int) -> Path:
    """A file of this size, which takes no place on the disk."""
    with path.open("wb") as file:
        file.truncate(size_bytes)
    return path


def test_the_largest_file_is_taken_and_one_byte_more_is_not(tmp_path: Path) -> None:
    (one,) = files_to_send([sized(tmp_path / "most.bin", MOST_BYTES)])
    assert (one.size_bytes, MOST_BYTES) == (52_428_800, 52_428_800)
    more = sized(tmp_path / "more.bin", MOST_BYTES + 1)
    with pytest.raises(FileValidationError, match="more than 50 MiB") as refused:
        files_to_send([more])
    assert refused.value.file_path == str(more)
    with more.open("rb") as stream, pytest.raises(FileValidationError, match="more than 50 MiB"):
        files_to_send([stream])


def test_thirty_files_are_taken_and_one_more_is_not() -> None:
    files = [(b"x", f"{number}.txt") for number in range(31)]
    assert len(files_to_send(files[:MOST_FILES])) == 30
    with pytest.raises(FileValidationError, match="31 were given; 30 at once"):
        files_to_send(files)


def test_the_same_path_counts_once(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"a")
    same = [path, str(path), tmp_path / "x" / ".." / "a.txt"]
    (tmp_path / "x").mkdir()
    assert len(files_to_send(same)) == 1
    assert len(files_to_send([b"same", b"same"])) == 2


@pytest.mark.parametrize(
    ("given", "name", "media_type"),
    [
        (b"x", "file", "application/octet-stream"),
        (bytearray(b"x"), "file", "application/octet-stream"),
        ((b"x", "/home/somebody/tax.pdf"), "tax.pdf", "application/pdf"),
        ((b"x", "C:\\Users\\somebody\\whale.png"), "whale.png", "image/png"),
        ((b"x", "notes", "text/markdown"), "notes", "text/markdown"),
        ((b"x", "../"), "file", "application/octet-stream"),
        (io.BytesIO(b"x"), "file", "application/octet-stream"),
    ],
)
def test_of_a_name_its_last_part_is_sent(given: Any, name: str, media_type: str) -> None:
    (one,) = files_to_send([given])
    assert (one.name, one.media_type, one.size_bytes) == (name, media_type, 1)
    assert one.is_image is media_type.startswith("image/")


def test_an_open_file_is_sent_from_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "whale.txt"
    path.write_bytes(b"sing")
    with path.open("rb") as stream:
        (one,) = files_to_send([stream])
    assert (one.path, one.data, one.size_bytes) == (path.resolve(), b"", 4)


def test_of_an_open_file_that_was_begun_the_rest_is_sent(tmp_path: Path) -> None:
    path = tmp_path / "whale.txt"
    path.write_bytes(b"sing")
    with path.open("rb") as stream:
        stream.read(2)
        (one,) = files_to_send([stream])
    assert (one.name, one.path, one.data) == ("whale.txt", None, b"ng")


def test_an_open_file_whose_name_is_anothers_now_is_itself(tmp_path: Path) -> None:
    path = tmp_path / "whale.txt"
    path.write_bytes(b"sing")
    with path.open("rb") as stream:
        path.rename(tmp_path / "moved.txt")
        path.write_bytes(b"another")
        (one,) = files_to_send([stream])
    assert (one.path, one.data) == (None, b"sing")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ("no/such/file", "no such file"),
        (".", "no file"),
        (b"", "empty"),
        ((b"", "x.txt"), "empty"),
        (io.BytesIO(), "empty"),
        (io.StringIO("x"), "mode 'rb'"),
        (5, "a file is a path"),
        (None, "a file is a path"),
        (("text", "name"), "a file is a path"),
        ((b"x",), "a file is a path"),
        ((b"x", "n", "m", "z"), "a file is a path"),
    ],
)
def test_what_is_no_file_is_refused_with_the_reason(given: Any, why: str) -> None:
    with pytest.raises(FileValidationError, match=why):
        files_to_send([given])


@pytest.mark.parametrize("given", ["report.pdf", b"x", Path("report.pdf")])
def test_a_file_in_place_of_a_list_is_refused(given: Any) -> None:
    with pytest.raises(FileValidationError, match="a list of files"):
        files_to_send(given)
