"""Reads a form with a file in it (RFC 7578) while it comes in, and never holds the whole file."""

from __future__ import annotations

from dataclasses import dataclass, field

from fastapi import Request

from hydrophone.errors import InvalidRequest
from hydrophone.ports import IncomingFile

MOST_PARTS = 16
MOST_FIELD_BYTES = 1_000
FILE = "file"


@dataclass(slots=True)
class Form:
    """What came beside the file's bytes: its name, and the other fields."""

    file_name: str | None = None
    fields: dict[str, str] = field(default_factory=dict)


async def read_form(request: Request, incoming: IncomingFile) -> Form:
    """The form, its file written to `incoming`.

    Raises InvalidRequest for what is no such form, and what `incoming` raises.
    """
    from python_multipart.exceptions import FormParserError

    try:
        reading = _Reading(request.headers.get("content-type"))
        async for chunk in request.stream():
            for piece in reading.take(chunk):
                await incoming.write(piece)
    except FormParserError as error:
        raise InvalidRequest(f"the form cannot be read: {error}") from None
    return reading.whole()


class _Reading:
    """A form as far as it has come."""

    def __init__(self, content_type: str | None) -> None:
        from python_multipart.multipart import MultipartParser, parse_options_header

        self._read_options = parse_options_header
        kind, options = parse_options_header(content_type)
        boundary = options.get(b"boundary")
        if kind != b"multipart/form-data" or not boundary:
            raise InvalidRequest("send a form (multipart/form-data) with the fields file, purpose")
        self._form = Form()
        self._ended = False
        self._parts = 0
        self._header = [b"", b""]
        self._disposition = b""
        self._name = ""
        self._value = bytearray()
        self._pieces: list[bytes] = []
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin_part,
                "on_part_data": self._add_data,
                "on_part_end": self._end_part,
                "on_header_field": self._add_header_name,
                "on_header_value": self._add_header_value,
                "on_header_end": self._end_header,
                "on_headers_finished": self._end_headers,
                "on_end": self._end,
            },
        )

    def take(self, chunk: bytes) -> list[bytes]:
        """The pieces of the file that the chunk brings."""
        self._parser.write(chunk)
        pieces, self._pieces = self._pieces, []
        return pieces

    def whole(self) -> Form:
        """The form, when all of it has come. Raises InvalidRequest when it has not."""
        if not self._ended:
            raise InvalidRequest("the form breaks off: its last boundary has not come")
        if self._form.file_name is None:
            raise InvalidRequest("the form has no file", param=FILE)
        return self._form

    def _begin_part(self) -> None:
        self._parts += 1
        if self._parts > MOST_PARTS:
            raise InvalidRequest(f"the form has more than {MOST_PARTS} fields")
        self._disposition, self._value = b"", bytearray()

    def _add_header_name(self, data: bytes, start: int, end: int) -> None:
        self._header[0] += data[start:end]

    def _add_header_value(self, data: bytes, start: int, end: int) -> None:
        self._header[1] += data[start:end]

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._header = [b"", b""]

    def _end_headers(self) -> None:
        _, options = self._read_options(self._disposition)
        self._name = options.get(b"name", b"").decode("utf-8", "replace")
        if self._name == FILE:
            if self._form.file_name is not None:
                raise InvalidRequest("the form has two files; send one", param=FILE)
            self._form.file_name = options.get(b"filename", b"").decode("utf-8", "replace")

    def _add_data(self, data: bytes, start: int, end: int) -> None:
        if self._name == FILE:
            self._pieces.append(data[start:end])
            return
        self._value += data[start:end]
        if len(self._value) > MOST_FIELD_BYTES:
            raise InvalidRequest(
                f"a field of the form has at most {MOST_FIELD_BYTES} bytes", param=self._name
            )

    def _end_part(self) -> None:
        if self._name != FILE:
            self._form.fields[self._name] = self._value.decode("utf-8", "replace")

    def _end(self) -> None:
        self._ended = True
