"""DOCX into text: headings by style, lists, tables."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.clean import clean_line
from hydrophone.fetch.extract.dates import plausible
from hydrophone.fetch.extract.language import detect_language
from hydrophone.types import Document

MEDIA_TYPE = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"

_UNPACKED_LIMIT_BYTES = 300 * 1024 * 1024
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
# What a run may be hidden by; styles are looked at one by one.
_MAY_HIDE = re.compile(
    r"<w:(?:vanish|specVanish|webHidden|rStyle)\b|<w:sz w:val=\"[1-4]\"|w:val=\"F[EF]F[EF]F[EF]\"",
    re.IGNORECASE,
)
_WHITES = frozenset({"FFFFFF", "FEFEFE", "FFFFFE"})
_TINY_PT = 2.0
_WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"


def read_docx(body: bytes, url: str) -> Document:
    """The document of a DOCX file. Raises DocumentError when it is broken or empty."""
    _check_size(body)
    try:
        import docx

        file = docx.Document(io.BytesIO(body))
        out = TextBuilder()
        title = _render(file.iter_inner_content(), out)
        properties = file.core_properties
        title = clean_line(properties.title or "") or title
        author = clean_line(properties.author or "")
        dates = _moment(properties.created), _moment(properties.modified)
    # python-docx lets whatever a broken part causes fall through: KeyError, lxml's, its own.
    except Exception as error:
        raise DocumentError(f"the DOCX file is broken ({type(error).__name__})") from error
    text, headings = out.build()
    if not text:
        raise DocumentError("the DOCX file has no text")
    return Document(
        url=url,
        title=title or (headings[0].text if headings else text.partition("\n")[0][:200]),
        text=text,
        headings=headings,
        author=author if author and author != "python-docx" else None,
        published=dates[0],
        modified=dates[1],
        language=detect_language(text),
        media_type=MEDIA_TYPE,
    )


def _check_size(body: bytes) -> None:
    """No more is unpacked than the archive's own list says, so the list is enough to refuse by."""
    try:
        with zipfile.ZipFile(io.BytesIO(body)) as archive:
            infos = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError) as error:
        raise DocumentError("the DOCX file is broken: it is no ZIP archive") from error
    if any(info.flag_bits & 1 for info in infos):
        raise DocumentError("the DOCX file is encrypted; save it without a password")
    if sum(info.file_size for info in infos) > _UNPACKED_LIMIT_BYTES:
        raise DocumentError("the DOCX file unpacks to more than 300 MB")


def _render(blocks: Iterator[Any], out: TextBuilder) -> str:
    """Add the blocks and return the text of the one in the style `Title`, if there is one."""
    title = ""
    for block in blocks:
        if hasattr(block, "rows"):
            _render_table(block, out)
            continue
        style = (block.style.name if block.style is not None else "") or ""
        text = _shown(block)
        level = _HEADING.match(style)
        if style == "Title":
            title = title or clean_line(text)
            out.heading(1, text)
        elif level:
            out.heading(int(level[1]), text)
        elif _is_item(block, style):
            out.item(text, depth=_depth(block))
        else:
            out.paragraph(text)
    return title


def _render_table(table: Any, out: TextBuilder) -> None:
    for row in table.rows:
        cells, seen = [], set()
        for cell in row.cells:
            # A merged cell comes once for each column that it covers.
            if id(cell._tc) not in seen:
                seen.add(id(cell._tc))
                cells.append("\n".join(map(_shown, cell.paragraphs)))
        out.row(cells)


def _shown(paragraph: Any) -> str:
    """The paragraph's text without what Word does not show, or shows as nobody can read it."""
    if not _MAY_HIDE.search(paragraph._p.xml) and not _hides(paragraph.style):
        return str(paragraph.text)
    if _hides(paragraph.style):
        return ""
    runs = (run for part in paragraph.iter_inner_content() for run in getattr(part, "runs", [part]))
    return "".join(run.text for run in runs if not _is_hidden(run))


def _is_hidden(run: Any) -> bool:
    font = run.font
    white = font.color is not None and str(font.color.rgb or "") in _WHITES
    return bool(
        font.hidden
        or (font.size is not None and font.size.pt < _TINY_PT)
        or (white and run._r.find(f".//{_WORD}shd") is None and font.highlight_color is None)
        or _hides(run.style)
    )


def _hides(style: Any) -> bool:
    while style is not None:
        if style.font.hidden is not None:
            return bool(style.font.hidden)
        style = style.base_style
    return False


def _is_item(paragraph: Any, style: str) -> bool:
    return style.startswith("List") or _numbering(paragraph) is not None


def _depth(paragraph: Any) -> int:
    numbering = _numbering(paragraph)
    level = numbering.find(f"{_WORD}ilvl") if numbering is not None else None
    return int(level.get(f"{_WORD}val", "0")) if level is not None else 0


def _numbering(paragraph: Any) -> Any:
    properties = paragraph._p.pPr
    return properties.numPr if properties is not None else None


def _moment(moment: datetime | None) -> datetime | None:
    # python-docx's own template, with which many files begin, is from 2013.
    if moment is None or moment.replace(tzinfo=None) == datetime(2013, 12, 23, 23, 15):
        return None
    return plausible(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
