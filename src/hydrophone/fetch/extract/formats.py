"""Which format a body has: by its first bytes, then its media type, then its name."""

from __future__ import annotations

import re
import zlib
from typing import Literal, TypeAlias

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.charset import wide_encoding

Format: TypeAlias = Literal["html", "pdf", "docx", "rtf", "markdown", "text"]

MEDIA_TYPES: dict[Format, str] = {
    "html": "text/html",
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "rtf": "application/rtf",
    "markdown": "text/markdown",
    "text": "text/plain",
}
SUPPORTED = "HTML, PDF, DOCX, RTF, Markdown and plain text"

_BY_MEDIA_TYPE: dict[str, Format] = {
    **{media_type: format_ for format_, media_type in MEDIA_TYPES.items()},
    "application/xhtml+xml": "html",
    "text/rtf": "rtf",
    "text/x-markdown": "markdown",
}
_BY_SUFFIX: dict[str, Format] = {
    "html": "html",
    "htm": "html",
    "xhtml": "html",
    "pdf": "pdf",
    "docx": "docx",
    "rtf": "rtf",
    "md": "markdown",
    "markdown": "markdown",
    "mdown": "markdown",
    "mkd": "markdown",
}
_TEXT_SUFFIXES = frozenset({"txt", "text", "rst", "adoc"})
_MAGIC: tuple[tuple[bytes, str], ...] = (
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Microsoft Office file; save it as DOCX"),
    (b"\x89PNG\r\n", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "an SQLite database"),
    (b"%!PS", "PostScript; make a PDF of it"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"BZh", "bzip2 data"),
    (b"\xfd7zXZ\x00", "xz data"),
    (b"\x28\xb5\x2f\xfd", "Zstandard data"),
)
_HTML_START = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*"
    rb"<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_WIDE_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00\x00\xfe\xff")
# Control characters that no text file has; tab, newlines, form feed and escape may occur.
_BINARY = bytes(set(range(32)) - set(b"\t\n\r\f\x1b\x08"))
_SAMPLE_BYTES = 8192
_GZIP_MAGIC = b"\x1f\x8b\x08"


def recognise(body: bytes, media_type: str | None = None, name: str = "") -> Format:
    """The format of `body`; `name` is a file name or the path of a URL.

    Raises DocumentError, saying what was found and what is supported.
    """
    if not body.strip():
        raise DocumentError("the document is empty")
    if body[:1024].lstrip().startswith(b"%PDF-"):
        return "pdf"
    if body.startswith(b"PK\x03\x04"):
        return _recognise_zip(body)
    if body.startswith(b"{\\rtf"):
        return "rtf"
    for magic, found in _MAGIC:
        if body.startswith(magic):
            raise _unsupported(found)
    if _looks_binary(body):
        raise _unsupported(f"binary data{f' ({media_type})' if media_type else ''}")
    return _recognise_text(body, media_type, name)


def _recognise_text(body: bytes, media_type: str | None, name: str) -> Format:
    by_name = _BY_SUFFIX.get(_suffix(name), "text")
    claimed = _BY_MEDIA_TYPE.get(media_type or "", by_name)
    if claimed in ("pdf", "docx", "rtf"):
        raise _unsupported(f"text that calls itself {claimed.upper()}")
    if claimed == "text":
        # Servers send Markdown, and careless ones HTML, as plain text.
        starts_as_html = _HTML_START.match(body[:_SAMPLE_BYTES]) is not None
        return "html" if starts_as_html else by_name if by_name == "markdown" else "text"
    return claimed


def gunzip(body: bytes, limit_bytes: int) -> bytes:
    """The content of a gzip file, or `body` itself when it is none.

    Raises DocumentError when it is broken or unpacks to more than `limit_bytes`.
    """
    if not body.startswith(_GZIP_MAGIC):
        return body
    stream = zlib.decompressobj(31)
    try:
        content = stream.decompress(body, limit_bytes + 1)
    except zlib.error as error:
        raise DocumentError("the gzip file is broken") from error
    if len(content) > limit_bytes:
        raise DocumentError(f"the gzip file unpacks to more than {limit_bytes / 1e6:.3g} MB")
    if not stream.eof:
        raise DocumentError("the gzip file ends too early")
    return content


def without_gz(name: str) -> str:
    """The name that a gzipped file had before."""
    return name[:-3] if name.lower().endswith(".gz") else name


def _recognise_zip(body: bytes) -> Format:
    if b"word/" in body[:65536] or b"word/" in body[-65536:]:
        return "docx"
    raise _unsupported("a ZIP archive or an Office file that is not DOCX")


def _suffix(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[2].lower() if "." in name else ""


def _looks_binary(body: bytes) -> bool:
    if body.startswith(_WIDE_MARKS) or wide_encoding(body):
        return False
    sample = body[:_SAMPLE_BYTES]
    controls = len(sample) - len(sample.translate(None, _BINARY))
    return b"\x00" in sample or controls * 50 > len(sample)


def _unsupported(found: str) -> DocumentError:
    return DocumentError(f"this is {found}; {SUPPORTED} can be read")


def has_known_name(name: str) -> bool:
    """Whether a file's name looks like one of the formats, also when it is gzipped."""
    suffix = name.lower().removesuffix(".gz").rpartition(".")[2]
    return suffix in _BY_SUFFIX or suffix in _TEXT_SUFFIXES
