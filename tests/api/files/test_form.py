"""A form is read as it comes, however it is cut into pieces."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from fastapi import Request

from hydrophone.api.files.form import Form, read_form
from hydrophone.errors import InvalidRequest
from hydrophone.ports import FilePurpose, StoredFile
from hydrophone.types import Principal

FILE = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.jsonl"\r\n\r\n%s\r\n'
FIELD = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
END = b"--b--\r\n"
CONTENT = b"line\r\n--b-not-the-end\r\nlast\r\n\r\n"


class Memory:
    """A file in memory."""

    def __init__(self) -> None:
        self.pieces: list[bytes] = []

    async def write(self, piece: bytes) -> None:
        self.pieces.append(piece)

    async def keep(
        self, name: str, purpose: FilePurpose, principal: Principal, *, keep_s: float | None = None
    ) -> StoredFile:
        raise AssertionError("a form is not kept by reading it")


async def read(content: bytes, step: int = 1 << 20) -> tuple[Form, bytes]:
    """The form, and the file's bytes."""
    pieces = [content[first : first + step] for first in range(0, len(content), step)]
    stream = _messages(pieces)
    scope = {
        "type": "http",
        "method": "POST",
        "headers": [(b"content-type", b'multipart/form-data; boundary="b"')],
    }
    file = Memory()
    form = await read_form(Request(scope, stream.__anext__), file)
    return form, b"".join(file.pieces)


async def _messages(pieces: list[bytes]) -> AsyncIterator[dict[str, object]]:
    for piece in pieces:
        yield {"type": "http.request", "body": piece, "more_body": True}
    yield {"type": "http.request", "body": b"", "more_body": False}


@pytest.mark.parametrize("step", [1, 2, 7, 64, 1 << 20])
async def test_the_bytes_are_the_same_however_they_come(step: int) -> None:
    for content in (
        FILE % CONTENT + FIELD % (b"purpose", b"batch") + END,
        FIELD % (b"purpose", b"batch") + FILE % CONTENT + END,
    ):
        form, read_bytes = await read(content, step)
        assert read_bytes == CONTENT
        assert (form.file_name, form.fields) == ("a.jsonl", {"purpose": "batch"})


async def test_a_name_may_be_any_text() -> None:
    name = "B\N{LATIN SMALL LETTER O WITH DIAERESIS}rse \N{SPOUTING WHALE}.jsonl"
    form, _ = await read((FILE % b"x").replace(b"a.jsonl", name.encode()) + END)
    assert form.file_name == name


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (FIELD % (b"purpose", b"batch") + END, "no file"),
        (FILE % b"x" + FILE % b"y" + END, "two files"),
        (FILE % b"x", "breaks off"),
        (FIELD % (b"purpose", b"x" * 1001) + END, "1000 bytes"),
        (FIELD % (b"a", b"b") * 17 + END, "16 fields"),
        (b"--b\r\nno header\r\n\r\n", "cannot be read"),
        (b"--b\r\nX: " + b"y" * 100_000, "cannot be read"),
    ],
)
async def test_what_is_wrong_with_a_form_is_told(content: bytes, told: str) -> None:
    with pytest.raises(InvalidRequest, match=told):
        await read(content, 1000)
