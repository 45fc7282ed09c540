"""What may be given as a file, and whether the service would take it."""

from __future__ import annotations

import mimetypes
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from os import PathLike
from pathlib import Path
from typing import BinaryIO, TypeAlias

from hydrophone.perplexity.errors import FileValidationError

FileInput: TypeAlias = (
    str | PathLike[str] | bytes | tuple[bytes, str] | tuple[bytes, str, str] | BinaryIO
)
MOST_FILES = 30
MOST_BYTES = 50 * 1024 * 1024
_UNKNOWN = "application/octet-stream"
_UNNAMED = "file"
_SHOWN_CHARS = 80


@dataclass(frozen=True, slots=True)
class FileToSend:
    """A file: of `path`, or of `data`. `name` is all of its path that the service sees."""

    name: str
    media_type: str
    size_bytes: int
    path: Path | None = None
    data: bytes = field(default=b"", repr=False)

    @property
    def is_image(self) -> bool:
        """Whether the service is to look at it rather than read it."""
        return self.media_type.startswith("image/")


def files_to_send(inputs: Sequence[FileInput]) -> list[FileToSend]:
    """The files, each once. Raises FileValidationError for one that the service would not take."""
    if isinstance(inputs, str | bytes | PathLike):
        raise FileValidationError(repr(inputs)[:_SHOWN_CHARS], "give a list of files")
    found: dict[object, FileToSend] = {}
    for number, one in enumerate(inputs):
        file = _file(one)
        found.setdefault(file.path if isinstance(one, str | PathLike) else number, file)
    if len(found) > MOST_FILES:
        raise FileValidationError(
            "the files", f"{len(found)} were given; {MOST_FILES} at once are possible"
        )
    return list(found.values())


def _file(one: FileInput) -> FileToSend:
    if isinstance(one, bytes | bytearray | memoryview):
        return _of_bytes(bytes(one), _UNNAMED, _UNKNOWN)
    if isinstance(one, str | PathLike):
        return _of_path(Path(one).expanduser())
    match one:
        case (bytes(data), str(name)):
            return _of_bytes(data, name, None)
        case (bytes(data), str(name), str(media_type)):
            return _of_bytes(data, name, media_type)
    if not hasattr(one, "read"):
        raise FileValidationError(
            type(one).__name__,
            "a file is a path, bytes, (bytes, name), (bytes, name, media type) or an open file",
        )
    return _of_stream(one)


def _of_path(path: Path) -> FileToSend:
    if not path.exists():
        raise FileValidationError(str(path), "there is no such file")
    if not path.is_file():
        raise FileValidationError(str(path), "this is no file")
    size_bytes = path.stat().st_size
    _check_size(str(path), size_bytes)
    return FileToSend(path.name, _media_type(path.name), size_bytes, path=path.resolve())


def _of_bytes(data: bytes, name: str, media_type: str | None) -> FileToSend:
    plain = Path(name.replace("\\", "/")).name
    plain = plain if plain.strip(".") else _UNNAMED
    _check_size(plain, len(data))
    return FileToSend(plain, media_type or _media_type(plain), len(data), data=data)


def _of_stream(stream: BinaryIO) -> FileToSend:
    """Of an open file: from the disk where it stands there, else what it has still to give."""
    name = getattr(stream, "name", None)
    if (path := _path_of(stream, name)) is not None:
        return _of_path(path)
    data = stream.read(MOST_BYTES + 1)
    if not isinstance(data, bytes):
        raise FileValidationError(str(name or _UNNAMED), "open it for bytes: mode 'rb'")
    return _of_bytes(data, name if isinstance(name, str) else _UNNAMED, None)


def _path_of(stream: BinaryIO, name: object) -> Path | None:
    """Where an open file stands, when it is read from its beginning; None when that is not sure."""
    try:
        there = Path(name) if isinstance(name, str) and stream.mode == "rb" else None
        if there is None or stream.tell() or not there.is_file():
            return None
        same = os.path.samestat(os.fstat(stream.fileno()), there.stat())
    except (AttributeError, OSError, ValueError):
        return None
    return there if same else None


def _check_size(name: str, size_bytes: int) -> None:
    if not size_bytes:
        raise FileValidationError(name, "this file is empty")
    if size_bytes > MOST_BYTES:
        raise FileValidationError(name, f"this file has more than {MOST_BYTES >> 20} MiB")


def _media_type(name: str) -> str:
    return mimetypes.guess_type(name)[0] or _UNKNOWN
