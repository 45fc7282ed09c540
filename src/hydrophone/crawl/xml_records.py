"""Lists in XML, read record by record, whatever else the file may be.

No entity is replaced and nothing is loaded, so a file that is a trap is only a file without
records. A broken one gives the records before the defect, and often those after it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import islice

from hydrophone.fetch.errors import BadEncoding
from hydrophone.fetch.inflate import inflater_for

_GZIP_MAGIC = b"\x1f\x8b"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff")
_DECLARATION = re.compile(r"\A\s*<\?xml[^>]*\?>")
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r"))
_TAIL_BYTES = 1024 * 1024
_CHUNK_BYTES = 64 * 1024
_FIELDS = 100
_FIELD_CHARS = 20_000
_ELEMENTS = 1_000_000
_LEVELS = 100


@dataclass(frozen=True, slots=True)
class Field:
    """A child of a record: its text and attributes, and its name without a namespace."""

    name: str
    text: str
    attributes: dict[str, str]


@dataclass(frozen=True, slots=True)
class Record:
    """An element of a list with its children, in their order; names without namespaces."""

    name: str
    attributes: dict[str, str]
    fields: tuple[Field, ...]

    def text(self, *names: str) -> str:
        """The text of the first field with one of the names, the earlier name first; or ""."""
        for name in names:
            for field in self.fields:
                if field.name == name and field.text:
                    return field.text
        return ""


def unpack(body: bytes, limit_bytes: int) -> bytes:
    """The body in UTF-8 or as it was, without gzip around it, cut at the limit.

    Of a broken gzip file, what can be had.
    """
    body = _gunzip(body, limit_bytes) if body.startswith(_GZIP_MAGIC) else body[:limit_bytes]
    if body.startswith(_WIDE_MARKS):
        text = body.decode("utf-16", "replace")
        return _DECLARATION.sub("", text, count=1).encode("utf-8", "replace")
    return body.removeprefix(_BYTE_ORDER_MARK)


def _gunzip(body: bytes, limit_bytes: int) -> bytes:
    content = bytearray()
    try:
        for piece in inflater_for("gzip").feed(body):
            content += piece
            if len(content) >= limit_bytes:
                break
    except BadEncoding:
        pass
    return bytes(content[:limit_bytes])


def read_records(body: bytes, names: tuple[str, ...]) -> Iterator[Record]:
    """The elements with these names, in any namespace or none. Never raises."""
    from lxml import etree

    body = _without_cut_record(body.translate(None, _CONTROLS).lstrip(), names)
    collector = _Collector(frozenset(names))
    parser = etree.XMLParser(
        target=collector, recover=True, resolve_entities=False, load_dtd=False, no_network=True
    )
    for start in range(0, len(body), _CHUNK_BYTES):
        try:
            parser.feed(body[start : start + _CHUNK_BYTES])
        except (etree.XMLSyntaxError, _Enough):
            yield from collector.take()
            return
        yield from collector.take()


class _Enough(Exception):
    """The file has more elements, or deeper ones, than any list."""


class _Collector:
    """Takes what the parser tells, without a tree: a hostile file grows no larger in memory."""

    def __init__(self, names: frozenset[str]) -> None:
        self._names = names
        self._records: list[Record] = []
        self._elements = self._level = 0
        self._record: Record | None = None
        self._fields: list[Field] = []
        self._depth = 0
        self._field = Field("", "", {})
        self._text: list[str] = []
        self._chars = 0

    def take(self) -> list[Record]:
        """The records that have been read since the last time."""
        records, self._records = self._records, []
        return records

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        """An element begins. Raises _Enough when no honest file would go on."""
        self._elements += 1
        self._level += 1
        if self._elements > _ELEMENTS or self._level > _LEVELS:
            raise _Enough
        if self._record is not None:
            self._depth += 1
            if self._depth == 1:
                self._field = Field(_local(tag), "", _attributes(attributes))
                self._text, self._chars = [], 0
        elif (name := _local(tag)) in self._names:
            self._record = Record(name, _attributes(attributes), ())
            self._fields, self._depth = [], 0

    def data(self, text: str) -> None:
        """Text, in pieces."""
        if self._depth and self._chars < _FIELD_CHARS:
            self._text.append(text)
            self._chars += len(text)

    def end(self, tag: str) -> None:
        """An element ends."""
        self._level -= 1
        if self._record is None:
            return
        if self._depth == 0:
            self._records.append(replace(self._record, fields=tuple(self._fields)))
            self._record = None
            return
        if self._depth == 1 and len(self._fields) < _FIELDS:
            self._fields.append(replace(self._field, text="".join(self._text).strip()))
        self._depth -= 1

    def close(self) -> None:
        """The file ends."""


def _without_cut_record(body: bytes, names: tuple[str, ...]) -> bytes:
    """The body up to its last whole record: the parser would end one that was cut in the middle."""
    closing = re.compile(rb"</(?:[\w.-]+:)?(?:%s)\s*>" % "|".join(names).encode(), re.IGNORECASE)
    start = max(0, len(body) - _TAIL_BYTES)
    end = max((found.end() for found in closing.finditer(body, start)), default=None)
    return body[:end]


def _attributes(given: Mapping[str, str]) -> dict[str, str]:
    return {_local(name): value for name, value in islice(given.items(), _FIELDS)}


def _local(name: str) -> str:
    return name.rpartition("}")[2].lower()
