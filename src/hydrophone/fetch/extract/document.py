"""Any supported body into a document: recognise the format, then read it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.directives import Directives, read_robots_tag
from hydrophone.fetch.extract.formats import Format, gunzip, recognise, without_gz
from hydrophone.fetch.page import Page
from hydrophone.types import Document

UNPACKED_LIMIT_BYTES = 100 * 1024 * 1024


def extract_document(
    body: bytes, url: str, *, media_type: str | None = None, charset: str | None = None
) -> Document:
    """The document in `body`; `media_type` and `charset` are what its server said, if any.

    A gzip file is unpacked first. Raises DocumentError, and nothing else.
    """
    body, format_, name = _unpack(body, url, media_type)
    with _translated(format_):
        if format_ == "html":
            from hydrophone.fetch.extract.html.reading import read_html

            return read_html(body, url, charset)
        return _read(format_, body, url, charset, name)


def extract_page(
    body: bytes,
    url: str,
    *,
    media_type: str | None = None,
    charset: str | None = None,
    robots_tag: str | None = None,
    agent: str = "hydrophonebot",
) -> Page:
    """Document and links in `body`, which was found at `url`, for the crawler `agent`.

    `robots_tag` is the value of the header `X-Robots-Tag`, several of them joined by line feeds
    (or commas). Raises DocumentError, and nothing else, when the body cannot be read.
    """
    said = read_robots_tag(robots_tag, agent) if robots_tag else Directives()
    body, format_, name = _unpack(body, url, media_type)
    with _translated(format_):
        if format_ == "html":
            from hydrophone.fetch.extract.html.reading import read_html_page

            return read_html_page(body, url, charset, agent=agent, said=said)
        page = _read_page(format_, body, url, charset, name)
        document = None if said.noindex else page.document
        return replace(page, document=document, noindex=said.noindex, nofollow=said.nofollow)


def file_name(url: str) -> str:
    """The last part of the URL's path."""
    try:
        return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]
    except ValueError:
        return ""


def _unpack(body: bytes, url: str, media_type: str | None) -> tuple[bytes, Format, str]:
    """The body, its format, and its name."""
    name = file_name(url)
    if body.startswith(b"\x1f\x8b"):
        body, name = gunzip(body, UNPACKED_LIMIT_BYTES), without_gz(name)
        media_type = None if media_type and "gzip" in media_type else media_type
    return body, recognise(body, media_type, name), name


@contextmanager
def _translated(format_: Format) -> Iterator[None]:
    """Turn what a parser raises into DocumentError."""
    try:
        yield
    except RecursionError as error:
        raise DocumentError("the document is nested too deeply to be read") from error
    except DocumentError:
        raise
    # Whatever a parser does with hostile bytes concerns this document alone.
    except Exception as error:
        reason = f"{type(error).__name__}: {error}"[:200]
        raise DocumentError(f"the {format_} could not be read ({reason})") from error


def _read_page(format_: Format, body: bytes, url: str, charset: str | None, name: str) -> Page:
    """Document and links; of DOCX, RTF and plain text no links."""
    if format_ == "markdown":
        from hydrophone.fetch.extract.text import read_markdown_page

        return read_markdown_page(body, url, charset, name)
    if format_ == "pdf":
        from hydrophone.fetch.extract.pdf.reading import read_pdf_page

        return read_pdf_page(body, url)
    return Page(_read(format_, body, url, charset, name))


def _read(format_: Format, body: bytes, url: str, charset: str | None, name: str) -> Document:
    if format_ == "pdf":
        from hydrophone.fetch.extract.pdf.reading import read_pdf

        return read_pdf(body, url)
    if format_ == "docx":
        from hydrophone.fetch.extract.docx import read_docx

        return read_docx(body, url)
    if format_ == "rtf":
        from hydrophone.fetch.extract.rtf.reading import read_rtf

        return read_rtf(body, url)
    from hydrophone.fetch.extract.text import read_markdown, read_text

    return (read_markdown if format_ == "markdown" else read_text)(body, url, charset, name)
