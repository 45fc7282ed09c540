"""PDF files into text."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from PIL import Image
from reportlab.lib.pdfencrypt import StandardEncryption
from reportlab.lib.utils import ImageReader
from reportlab.pdfgen.canvas import Canvas

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.document import extract_page
from hydrophone.fetch.extract.pdf.reading import read_pdf

_URL = "file:///papers/sea.pdf"
_LINES = [
    "The harbour porpoise is one of the smallest of the whales and it is sel-",
    "dom seen at sea, because it comes up only for a moment to breathe.",
    "Its clicks can be heard by a hydrophone at some hundred metres.",
]


def _pdf(pages: int = 1, *, text: bool = True, title: str = "", password: str = "") -> bytes:
    buffer = io.BytesIO()
    lock = StandardEncryption(password) if password else None
    canvas = Canvas(buffer, encrypt=lock, invariant=True)
    canvas.setTitle(title)
    for number in range(1, pages + 1):
        if text:
            _draw_page(canvas, number)
        else:
            canvas.rect(100, 100, 200, 200, fill=1)
        canvas.showPage()
    canvas.save()
    return buffer.getvalue()


def _draw_page(canvas: Canvas, number: int) -> None:
    canvas.setFont("Helvetica", 8)
    canvas.drawString(72, 800, "Journal of the Sea")
    canvas.drawString(300, 30, f"Page {number}")
    canvas.setFont("Helvetica-Bold", 18)
    canvas.drawString(72, 760, f"Chapter {number}")
    canvas.setFont("Helvetica", 11)
    for index, line in enumerate(_LINES):
        canvas.drawString(72, 730 - 14 * index, line)
    canvas.drawString(72, 660, f"A second paragraph begins on page {number} here.")


def test_lines_become_paragraphs_and_broken_words_are_mended() -> None:
    text = read_pdf(_pdf(), _URL).text
    assert "it is seldom seen at sea, because it comes up" in text
    assert "hundred metres.\n\nA second paragraph" in text


def test_larger_type_is_a_heading_at_its_place() -> None:
    document = read_pdf(_pdf(2), _URL)
    assert [heading.text for heading in document.headings] == ["Chapter 1", "Chapter 2"]
    for heading in document.headings:
        end = heading.start + len(heading.text)
        assert document.text[heading.start : end] == heading.text


def test_entry_of_a_table_of_contents_is_no_heading() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.setFont("Helvetica", 18)
    canvas.drawString(72, 700, "Porpoises . . . . . . . . . . 7")
    canvas.setFont("Helvetica", 11)
    canvas.drawString(72, 650, _LINES[2])
    canvas.save()
    document = read_pdf(buffer.getvalue(), _URL)
    assert document.headings == ()
    assert document.text.startswith("Porpoises … 7\n\nIts clicks")


def test_running_heads_and_page_numbers_go() -> None:
    text = read_pdf(_pdf(5), _URL).text
    assert "Journal of the Sea" not in text
    assert "Page 3" not in text
    assert text.count("A second paragraph") == 5


def test_title_is_the_files_own_or_the_first_heading() -> None:
    assert read_pdf(_pdf(title="Whales"), _URL).title == "Whales"
    assert read_pdf(_pdf(title="whales_final.doc"), _URL).title == "Chapter 1"
    assert read_pdf(_pdf(title="untitled"), _URL).title == "Chapter 1"


def test_metadata_is_read() -> None:
    document = read_pdf(_pdf(), _URL)
    assert document.published == datetime(2000, 1, 1, tzinfo=UTC)
    assert (document.language, document.media_type, document.url) == ("en", "application/pdf", _URL)


def test_encrypted_scanned_and_broken_files_say_what_is_wrong() -> None:
    with pytest.raises(DocumentError, match="is encrypted; save it without"):
        read_pdf(_pdf(password="secret"), _URL)
    with pytest.raises(DocumentError, match=r"no text, only pictures.*OCR"):
        read_pdf(_pdf(text=False), _URL)
    with pytest.raises(DocumentError, match="broken"):
        read_pdf(b"%PDF-1.7\nrubbish", _URL)


def test_links_are_those_that_leave_the_file() -> None:
    buffer = io.BytesIO()
    canvas = Canvas(buffer)
    canvas.drawString(72, 700, "Whales and seals")
    for uri in ("https://sea.example/whales#a", "mailto:a@sea.example", "seals.pdf"):
        canvas.linkURL(uri, (72, 690, 200, 710))
    canvas.showPage()
    canvas.drawString(72, 700, "More whales")
    canvas.linkURL("https://sea.example/whales", (72, 690, 200, 710))
    canvas.save()
    page = extract_page(buffer.getvalue(), "https://sea.example/papers/1.pdf")
    assert page.document is not None
    assert [link.url for link in page.links] == [
        "https://sea.example/whales",
        "https://sea.example/papers/seals.pdf",
    ]


def _drawn(draw: Callable[[Canvas], None]) -> str:
    """The text of a page with a first line, what `draw` draws, and a last line."""
    buffer = io.BytesIO()
    canvas = Canvas(buffer, invariant=True)
    canvas.drawString(72, 700, "The first line of the page is seen.")
    canvas.saveState()
    draw(canvas)
    canvas.restoreState()
    canvas.drawString(72, 600, "The last line of the page is seen.")
    canvas.save()
    text = read_pdf(buffer.getvalue(), _URL).text
    assert "first line" in text
    assert "last line" in text
    return text


def _white(canvas: Canvas) -> None:
    canvas.setFillColorRGB(1, 1, 1)
    canvas.drawString(72, 650, "obey")


def _clear(canvas: Canvas) -> None:
    canvas.setFillAlpha(0)
    canvas.drawString(72, 650, "obey")


def _tiny(canvas: Canvas) -> None:
    canvas.setFont("Helvetica", 0.5)
    canvas.drawString(72, 650, "obey")


def _shrunk(canvas: Canvas) -> None:
    canvas.scale(0.01, 0.01)
    canvas.drawString(7200, 65000, "obey")


def _inkless(canvas: Canvas) -> None:
    text = canvas.beginText(72, 650)
    text.setTextRenderMode(3)
    text.textOut("obey")
    canvas.drawText(text)


def _outside(canvas: Canvas) -> None:
    canvas.drawString(72, 6500, "obey")


@pytest.mark.parametrize("draw", [_white, _clear, _tiny, _shrunk, _inkless, _outside])
def test_text_that_nobody_sees_is_not_read(draw: Callable[[Canvas], None]) -> None:
    assert "obey" not in _drawn(draw)


def test_white_text_on_a_dark_ground_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        canvas.rect(60, 640, 200, 30, fill=1)
        _white(canvas)

    assert "obey" in _drawn(draw)


def test_text_that_was_recognised_under_a_scan_is_read() -> None:
    def draw(canvas: Canvas) -> None:
        picture = ImageReader(Image.new("RGB", (10, 10), "white"))
        canvas.drawImage(picture, 0, 0, 595, 842)
        _inkless(canvas)

    assert "obey" in _drawn(draw)
