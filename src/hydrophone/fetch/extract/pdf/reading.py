"""PDF into text: lines joined to paragraphs, larger type taken for headings, page furniture out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from statistics import median
from typing import Any

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.clean import clean_line
from hydrophone.fetch.extract.dates import parse_date
from hydrophone.fetch.extract.language import detect_language
from hydrophone.fetch.extract.pdf.unseen import address, unseen_texts
from hydrophone.fetch.extract.resolver import Resolver
from hydrophone.fetch.page import Page
from hydrophone.types import Document

_PAGES_LIMIT = 5000
_URI_LIMIT_BYTES = 2_000
_PDF_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d{2})(\d{2})(\d{2})?(\d{2})?(\d{2})?([+-]\d{2})?'?(\d{2})?"
)
_FILE_TITLE = re.compile(
    r"\.(docx?|indd|tex|dvi|pdf|qxd|pptx?|xlsx?)$|^Microsoft \w+ - ", re.IGNORECASE
)
# The dots between an entry of a table of contents and its page number.
_LEADER = re.compile(r"\s*(?:\.\s?){5,}")
_DIGITS = re.compile(r"\d+")
_BULLET = re.compile(r"\s*[•▪◦‣●■–]\s+")
_SENTENCE_END = (".", "!", "?", ":", ";", "。", "！", "？")
# A line this much further down than usual starts a new paragraph.
_GAP_FACTOR = 1.35
_MARGIN_SHARE = 0.09
_HEADING_FACTOR = 1.15
_HEADING_CHARS = 150
_HEADING_LEVELS = 3
# PDFium puts U+FFFE or U+0002 where it knows that a hyphen only breaks the word.
_SOFT_BREAKS = ("\ufffe", "\x02", "\xad")


@dataclass(frozen=True, slots=True)
class _Line:
    """A line of a page; `top` in points from the page's bottom, `size` of its type in points.

    `in_margin`: it stands where running heads, feet and page numbers do.
    """

    text: str
    top: float
    size: float
    in_margin: bool


def read_pdf(body: bytes, url: str) -> Document:
    """The document of a PDF. Raises DocumentError when encrypted, broken, or only pictures."""
    with _opened(body) as pdf:
        return _read(pdf, url)


def read_pdf_page(body: bytes, url: str) -> Page:
    """The document of a PDF, and where its links lead. Raises DocumentError as above."""
    with _opened(body) as pdf:
        document = _read(pdf, url)
        return Page(document, links=Resolver(url).links(_references(pdf)))


@contextmanager
def _opened(body: bytes) -> Iterator[Any]:
    from pypdfium2 import PdfDocument, PdfiumError

    try:
        pdf = PdfDocument(body)
    except PdfiumError as error:
        if "password" in str(error).lower():  # FPDF_ERR_PASSWORD, by its name
            message = "the PDF is encrypted; save it without a password and add it again"
            raise DocumentError(message) from error
        raise DocumentError("the PDF is broken and cannot be opened") from error
    try:
        yield pdf
    finally:
        pdf.close()


def _read(pdf: Any, url: str) -> Document:
    pages = [_lines(pdf, number) for number in range(min(len(pdf), _PAGES_LIMIT))]
    return _document(url, _without_furniture(pages), pdf.get_metadata_dict())


def _references(pdf: Any) -> Iterator[str]:
    """The URIs of the link annotations (ISO 32000-1, 12.6.4.7), page by page."""
    from pypdfium2 import PdfiumError

    for number in range(min(len(pdf), _PAGES_LIMIT)):
        try:
            page = pdf[number]
        except PdfiumError:
            continue
        try:
            yield from _uris(pdf, page)
        finally:
            page.close()


def _uris(pdf: Any, page: Any) -> Iterator[str]:
    from ctypes import byref, c_int, create_string_buffer

    from pypdfium2 import raw as pdfium

    position, link = c_int(0), pdfium.FPDF_LINK()
    while pdfium.FPDFLink_Enumerate(page, byref(position), byref(link)):
        action = pdfium.FPDFLink_GetAction(link)
        if not action or pdfium.FPDFAction_GetType(action) != pdfium.PDFACTION_URI:
            continue
        size_bytes = pdfium.FPDFAction_GetURIPath(pdf, action, None, 0)
        if 0 < size_bytes <= _URI_LIMIT_BYTES:
            uri = create_string_buffer(size_bytes)
            pdfium.FPDFAction_GetURIPath(pdf, action, uri, size_bytes)
            yield uri.value.decode("utf-8", "replace")


def _document(url: str, pages: Sequence[Sequence[_Line]], metadata: dict[str, str]) -> Document:
    out = TextBuilder()
    levels = _heading_levels([line for page in pages for line in page])
    for kind, text in _paragraphs(pages, levels):
        if kind:
            out.heading(kind, text)
        elif _BULLET.match(text):
            out.item(_BULLET.sub("", text, count=1))
        else:
            out.paragraph(text)
    text, headings = out.build()
    if not text:
        raise DocumentError(
            "the PDF has no text, only pictures of it; run text recognition (OCR) on it first"
        )
    first_line = text.partition("\n")[0][:200]
    return Document(
        url=url,
        title=_title(metadata) or (headings[0].text if headings else first_line),
        text=text,
        headings=headings,
        author=clean_line(metadata.get("Author", "")) or None,
        published=_date(metadata.get("CreationDate", "")),
        modified=_date(metadata.get("ModDate", "")),
        language=detect_language(text),
        media_type="application/pdf",
    )


def _lines(pdf: Any, number: int) -> list[_Line]:
    """The lines of one page; a page that PDFium cannot read has none."""
    from pypdfium2 import PdfiumError
    from pypdfium2 import raw as pdfium

    try:
        page = pdf[number]
    except PdfiumError:
        return []
    textpage = page.get_textpage()
    try:
        lines = []
        margin = page.get_height() * _MARGIN_SHARE
        for start, text in _split(textpage, unseen_texts(page)):
            _, bottom, _, top = textpage.get_charbox(start, loose=True)
            outside = bottom < margin or top > page.get_height() - margin
            size = pdfium.FPDFText_GetFontSize(textpage, start)
            lines.append(_Line(text, top, size, outside))
        return lines
    except PdfiumError:
        return []
    finally:
        textpage.close()
        page.close()


def _split(textpage: Any, unseen: frozenset[int]) -> Iterator[tuple[int, str]]:
    """Each line with the index of its first character that shows, without `unseen` objects."""
    from pypdfium2 import raw as pdfium

    start = -1
    letters: list[str] = []
    for index in range(textpage.count_chars()):
        if unseen and address(pdfium.FPDFText_GetTextObject(textpage, index)) in unseen:
            continue
        code = pdfium.FPDFText_GetUnicode(textpage, index)
        char = chr(code) if code < 0x110000 else ""
        if char in ("\n", "\r"):
            if letters and start >= 0:
                yield start, _joined(letters)
            start, letters = -1, []
            continue
        if start < 0 and not char.isspace():
            start = index
        letters.append(char)
    if letters and start >= 0:
        yield start, _joined(letters)


def _joined(letters: list[str]) -> str:
    """The line without dot leaders; PDFium gives rarer characters as surrogate pairs."""
    line = "".join(letters).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return _LEADER.sub(" … ", line).strip()


def _without_furniture(pages: list[list[_Line]]) -> list[list[_Line]]:
    """Pages without the running heads, feet and page numbers that most pages share."""
    if len(pages) < 3:
        return pages
    heading_sizes = _heading_levels([line for page in pages for line in page])
    seen = Counter(
        shape for page in pages for shape in {_shape(line) for line in page if line.in_margin}
    )
    common = {shape for shape, count in seen.items() if count >= max(3, len(pages) * 0.4)}
    return [
        [
            line
            for line in page
            if not (line.in_margin and _shape(line) in common) or round(line.size) in heading_sizes
        ]
        for page in pages
    ]


def _shape(line: _Line) -> str:
    """The line with all numbers alike, so that page numbers are."""
    return _DIGITS.sub("#", line.text)


def _heading_levels(lines: Sequence[_Line]) -> dict[int, int]:
    """Levels by type size in points, rounded: sizes clearly larger than most of the text."""
    by_size: Counter[int] = Counter()
    for line in lines:
        by_size[round(line.size)] += len(line.text)
    if not by_size:
        return {}
    body_size = by_size.most_common(1)[0][0]
    larger = sorted((size for size in by_size if size > body_size * _HEADING_FACTOR), reverse=True)
    return {size: min(rank, _HEADING_LEVELS) for rank, size in enumerate(larger, 1)}


def _paragraphs(
    pages: Sequence[Sequence[_Line]], levels: dict[int, int]
) -> Iterator[tuple[int, str]]:
    """Heading level (0 for running text) and text of each paragraph, in reading order."""
    pitch = _pitch(pages)
    text, level = "", 0
    for page in pages:
        above: _Line | None = None
        for line in page:
            line_level = levels.get(round(line.size), 0)
            if text and not _continues(text, level, line, line_level, above, pitch):
                yield _checked_level(level, text), text
                text = ""
            text, level = _append(text, line.text), line_level
            above = line
    if text:
        yield _checked_level(level, text), text


def _continues(
    text: str, level: int, line: _Line, line_level: int, above: _Line | None, pitch: float
) -> bool:
    """Whether the line goes on with the paragraph that `text` has been so far."""
    if level != line_level or _BULLET.match(line.text):
        return False
    if above is None:  # a new page: only an unfinished sentence goes on there
        return not level and not text.endswith(_SENTENCE_END)
    down = above.top - line.top
    if down < 0:  # the next column
        return not level and not text.endswith(_SENTENCE_END)
    return down <= max(pitch, line.size * 1.2 if level else 0) * _GAP_FACTOR


def _pitch(pages: Sequence[Sequence[_Line]]) -> float:
    """The usual distance from one line to the next of the same type, in points."""
    steps = [
        above.top - below.top
        for page in pages
        for above, below in pairwise(page)
        if round(above.size) == round(below.size)
        and above.size * 0.5 < above.top - below.top < above.size * 3
    ]
    return median(steps) if steps else 14.0


def _append(text: str, line: str) -> str:
    """The line set after the text, a word that was broken between them mended."""
    if not text:
        return line
    if text.endswith(_SOFT_BREAKS):
        return text[:-1] + line
    if text.endswith("-") and text[-2:-1].islower() and line[:1].islower():
        return text[:-1] + line
    return f"{text} {line}"


def _checked_level(level: int, text: str) -> int:
    """No heading is as long as a paragraph or without a letter."""
    short = len(text) <= _HEADING_CHARS and any(char.isalpha() for char in text)
    # An entry of a table of contents is not the heading that it points to.
    return level if short and "…" not in text else 0


def _title(metadata: dict[str, str]) -> str:
    """The title, unless it is the name of a file or a placeholder of the program that wrote it."""
    title = clean_line(metadata.get("Title", ""))
    placeholder = title.lower() in ("untitled", "anonymous", "(anonymous)", "title", "document")
    named = _FILE_TITLE.search(title)
    return "" if placeholder or named else title


def _date(text: str) -> datetime | None:
    """A PDF date, `D:YYYYMMDDHHmmSSOHH'mm` (ISO 32000-1, 7.9.4)."""
    match = _PDF_DATE.match(text.strip())
    if match is None:
        return None
    year, month, day, hour, minute, second, zone_h, zone_m = match.groups()
    zone = f"{zone_h}:{zone_m or '00'}" if zone_h else "+00:00"
    return parse_date(
        f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{zone}"
    )
