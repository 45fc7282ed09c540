"""Looks through the input file of a batch: where its lines are, and what is wrong with them.

Each line is an object with `custom_id`, `method` (POST), `url` (the batch's endpoint) and `body`,
as OpenAI's batch files have it. What only the endpoint can refuse, it refuses when the line's turn
has come.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO, TypeAlias

import orjson

from hydrophone.jobs.batches.line_rows import LinePlace
from hydrophone.ports import BatchError
from hydrophone.types import JsonValue

MOST_LINES = 50_000
MOST_ERRORS = 100
MOST_LINE_BYTES = 72_000_000
_ID_CHARS = 512
_SKIP_BYTES = 1_048_576
_MARK = b"\xef\xbb\xbf"

Found: TypeAlias = LinePlace | BatchError
Line: TypeAlias = dict[str, JsonValue]


class _Wrong(Exception):
    """A line that cannot be one of a batch."""

    def __init__(self, code: str, message: str, param: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.param = param


def look_through(
    file: BinaryIO, endpoint: str, *, most_line_bytes: int = MOST_LINE_BYTES
) -> Iterator[Found]:
    """Each line's place, or what is wrong with it; blank lines are none.

    Ends behind MOST_ERRORS errors. Raises OSError.
    """
    known: set[str] = set()
    lines = errors = 0
    for number, first_byte, raw in _numbered(file, most_line_bytes):
        lines += 1
        try:
            if lines > MOST_LINES:
                raise _Wrong("too_many_lines", f"a batch has at most {MOST_LINES} lines")
            custom_id = _checked(raw, endpoint, most_line_bytes, known)
        except _Wrong as wrong:
            yield BatchError(wrong.code, str(wrong), number, wrong.param)
            errors += 1
            if errors == MOST_ERRORS or lines > MOST_LINES:
                return
        else:
            known.add(custom_id)
            yield LinePlace(number, custom_id, first_byte, len(raw))
    if not lines:
        yield BatchError("empty_file", "the file has no lines")


def read_line(file: BinaryIO, place: LinePlace) -> Line:
    """The line at its place in a file that was looked through. Raises OSError and ValueError."""
    file.seek(place.first_byte)
    value: Line = orjson.loads(file.read(place.size_bytes))
    return value


def _numbered(file: BinaryIO, most_line_bytes: int) -> Iterator[tuple[int, int, bytes]]:
    """The number, place and bytes of each line that is not blank; of a long one the beginning."""
    number = first_byte = 0
    while raw := file.readline(most_line_bytes + 2):
        number += 1
        end = first_byte + len(raw)
        if not raw.endswith(b"\n"):
            end += _skip_line(file)
        mark = len(_MARK) if number == 1 and raw.startswith(_MARK) else 0
        if raw[mark:].strip():
            yield number, first_byte + mark, raw[mark:].rstrip(b"\r\n")
        first_byte = end


def _skip_line(file: BinaryIO) -> int:
    """Go to the next line; how many bytes were passed."""
    passed = 0
    while raw := file.readline(_SKIP_BYTES):
        passed += len(raw)
        if raw.endswith(b"\n"):
            break
    return passed


def _checked(raw: bytes, endpoint: str, most_line_bytes: int, known: set[str]) -> str:
    """The line's `custom_id`, when all is right with it."""
    if len(raw) > most_line_bytes:
        raise _Wrong("line_too_long", f"a line has at most {most_line_bytes} bytes")
    line = _read(raw)
    custom_id = _custom_id(line, known)
    if line.get("method") != "POST":
        raise _Wrong("invalid_method", "method must be POST", "method")
    if line.get("url") != endpoint:
        raise _Wrong("invalid_url", f"url must be {endpoint}, the batch's endpoint", "url")
    body = line.get("body")
    if not isinstance(body, dict):
        raise _Wrong("missing_required_parameter", "body must be a JSON object", "body")
    if body.get("stream"):
        raise _Wrong("invalid_value", "nothing is streamed in a batch", "body.stream")
    return custom_id


def _read(raw: bytes) -> Line:
    try:
        line = orjson.loads(raw)
    except orjson.JSONDecodeError as error:
        raise _Wrong("invalid_json_line", f"this is not JSON in UTF-8: {error}") from None
    if not isinstance(line, dict):
        raise _Wrong("invalid_json_line", "a line must be a JSON object")
    return line


def _custom_id(line: Line, known: set[str]) -> str:
    custom_id = line.get("custom_id")
    if not isinstance(custom_id, str) or not custom_id:
        code = "missing_required_parameter"
        raise _Wrong(code, "custom_id must be a text of your own, not empty", "custom_id")
    if len(custom_id) > _ID_CHARS or "\0" in custom_id:
        raise _Wrong("invalid_value", f"custom_id has at most {_ID_CHARS} characters", "custom_id")
    if custom_id in known:
        shown = custom_id[:80]
        raise _Wrong("duplicate_custom_id", f"custom_id {shown!r} was there before", "custom_id")
    return custom_id
