"""Any supported body into a document: recognise the format, then read it."""

from __future__ import annotations

from urllib.parse import unquote, urlsplit

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.formats import Format, gunzip, recognise, without_gz
from hydrophone.types import Document

UNPACKED_LIMIT_BYTES = 100 * 1024 * 1024


def extract_document(
    body: bytes, url: str, *, media_type: str | None = None, charset: str | None = None
) -> Document:
    """The document in `body`; `media_type` and `charset` are what its server said, if any.

    A gzip file is unpacked first. Raises DocumentError, and nothing else.
    """
    name = file_name(url)
    if body.startswith(b"\x1f\x8b"):
        body, name = gunzip(body, UNPACKED_LIMIT_BYTES), without_gz(name)
        media_type = None if media_type and "gzip" in media_type else media_type
    format_ = recognise(body, media_type, name)
    try:
        return _read(format_, body, url, charset, name)
    except RecursionError as error:
        raise DocumentError("the document is nested too deeply to be read") from error
    except DocumentError:
        raise
    # Whatever a parser does with hostile bytes concerns this document alone.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise DocumentError(f"the {format_} could not be read ({reason})") from error


def file_name(url: str) -> str:
    """The last part of the URL's path."""
    try:
        return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    except ValueError:
        return ""


def _read(format_: Format, body: bytes, url: str, charset: str | None, name: str) -> Document:
    if format_ == "html":
        from hydrophone.fetch.extract.html import read_html

        return read_html(body, url, charset)
    if format_ == "pdf":
        from hydrophone.fetch.extract.pdf import read_pdf

        return read_pdf(body, url)
    if format_ == "docx":
        from hydrophone.fetch.extract.docx import read_docx

        return read_docx(body, url)
    from hydrophone.fetch.extract.text import read_markdown, read_text

    return (read_markdown if format_ == "markdown" else read_text)(body, url, charset, name)
