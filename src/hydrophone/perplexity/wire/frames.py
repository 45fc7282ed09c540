"""Server-sent events out of bytes, however they are cut (WHATWG HTML, section 9.2)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from hydrophone.perplexity.errors import ResponseParsingError

# The largest frames that were seen have 607 KB.
MOST_FRAME_BYTES = 32 * 1024 * 1024
END = "end_of_stream"
_SHOWN_BYTES = 500


@dataclass(frozen=True, slots=True)
class Frame:
    """An event: its name, and the JSON object of its data."""

    event: str
    data: dict[str, Any]


class FrameReader:
    """Bytes in, frames out. A frame that is not whole when the bytes end is none."""

    def __init__(self) -> None:
        self._held: list[bytes] = []
        self._held_bytes = 0
        self._event = ""
        self._data: list[bytes] = []
        self._after_cr = False

    def feed(self, chunk: bytes) -> Iterator[Frame]:
        """The frames that are whole with these bytes. Raises ResponseParsingError for data that is
        no JSON object, and for a frame without an end."""
        if self._after_cr and chunk:
            chunk = chunk.removeprefix(b"\n")
            self._after_cr = False
        lines = _cut(chunk)
        *whole, rest = lines
        for line in whole:
            if self._held:
                line = b"".join((*self._held, line))
                self._held, self._held_bytes = [], 0
            if (frame := self._take(line)) is not None:
                yield frame
        self._after_cr = chunk.endswith(b"\r")
        if rest:
            self._held.append(rest)
            self._held_bytes += len(rest)
        if self._held_bytes > MOST_FRAME_BYTES:
            raise ResponseParsingError(f"a frame has more than {MOST_FRAME_BYTES} bytes")

    def _take(self, line: bytes) -> Frame | None:
        if not line:
            return self._dispatch()
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            self._data.append(value)
        elif name == b"event":
            self._event = value.decode("utf-8", "replace")
        return None

    def _dispatch(self) -> Frame | None:
        event, data = self._event or "message", b"\n".join(self._data)
        self._event, self._data = "", []
        if not data and event != END:
            return None
        return Frame(event, _object(data))


def _cut(chunk: bytes) -> list[bytes]:
    """The lines of the bytes, which may end with LF, CR or both; the last one has no end yet."""
    if b"\r" in chunk:
        chunk = chunk.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return chunk.split(b"\n")


def _object(data: bytes) -> dict[str, Any]:
    if not data.strip():
        return {}
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        told = f"a frame is not JSON: {error}"
    else:
        if isinstance(value, dict):
            return value
        told = "a frame is no JSON object"
    # Raised out here, since the error of the JSON has the whole text with it.
    raise ResponseParsingError(told, data[:_SHOWN_BYTES].decode("utf-8", "replace"))
