"""JSON lines into documents: one object `{"url", "title", "text"[, "date", "language"]}` a line."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

import orjson

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.clean import clean_line, clean_text
from hydrophone.fetch.extract.dates import parse_date
from hydrophone.fetch.extract.language import detect_language
from hydrophone.types import Document, LineError

LINE_LIMIT_BYTES = 64 * 1024 * 1024


def parse_lines(lines: Iterable[bytes]) -> Iterator[Document | LineError]:
    """A result for each line that is not blank, as the lines come; never raises for bad ones."""
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                yield parse_line(line)
            except DocumentError as error:
                yield LineError(number, error.message)


def parse_line(line: bytes) -> Document:
    """The document of one line. Raises DocumentError, naming the field that is wrong."""
    if len(line) > LINE_LIMIT_BYTES:
        raise DocumentError("longer than 64 MB")
    try:
        fields = orjson.loads(line.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise DocumentError(f"no valid JSON ({error})") from error
    if not isinstance(fields, dict):
        raise DocumentError("no JSON object")
    url, text = _text(fields, "url").strip(), clean_text(_text(fields, "text")).strip("\n")
    if not url or not text.strip():
        raise DocumentError(f"{'url' if not url else 'text'} is empty")
    return Document(
        url=url,
        title=clean_line(_text(fields, "title", required=False)) or url,
        text=text,
        published=_date(_text(fields, "date", required=False)),
        language=_language(_text(fields, "language", required=False)) or detect_language(text),
    )


def _text(fields: dict[str, object], name: str, *, required: bool = True) -> str:
    value = fields.get(name)
    if value is None:
        if required:
            raise DocumentError(f"{name} is missing")
        return ""
    if not isinstance(value, str):
        raise DocumentError(f"{name} is not a string")
    return value


def _date(text: str) -> datetime | None:
    if not text.strip():
        return None
    moment = parse_date(text)
    if moment is None:
        raise DocumentError(f"date {text!r} is not a date like 2026-01-31")
    return moment


def _language(text: str) -> str | None:
    code = text.replace("_", "-").split("-")[0].strip().lower()
    return code if len(code) == 2 and code.isalpha() else None
