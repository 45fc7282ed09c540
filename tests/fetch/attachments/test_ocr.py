"""Text that is seen in pictures."""

from __future__ import annotations

import importlib.util
import struct
import zlib

import pytest
from PIL import Image, ImageOps

from hydrophone.errors import DocumentError
from hydrophone.fetch.attachments.ocr import Line, paragraphs, read_picture
from tests.fetch.pictures import drawn, encoded, picture_of

needs_ocr = pytest.mark.skipif(
    importlib.util.find_spec("rapidocr") is None, reason="hydrophone[ocr] is not installed"
)
_URL = "attachment:gauge.png"
_WORDS = ("The tide gauge at Raoul Island", "was replaced on 4 May 2023.")


def _line(text: str, left: float, top: float, height: float = 20) -> Line:
    return Line(text, left, top, left + 100, top + height)


def test_near_lines_are_one_paragraph_and_those_on_one_height_one_line() -> None:
    lines = [
        _line("apart", 10, 140),
        _line("end", 10, 35),
        _line("right", 200, 12),
        _line("left", 10, 10),
    ]
    assert list(paragraphs(lines)) == ["left right end", "apart"]
    assert list(paragraphs([])) == []


def _png_head(width: int, height: int) -> bytes:
    body = struct.pack(">4sIIBBBBB", b"IHDR", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + body + struct.pack(">I", zlib.crc32(body))


def test_bombs_and_broken_pictures_are_refused_before_they_are_unpacked() -> None:
    with pytest.raises(DocumentError, match="30000 x 30000 pixels, over 50 million"):
        read_picture(_png_head(30_000, 30_000), _URL)
    for body in (_png_head(30, 30), picture_of("words")[:500], b"\xff\xd8\xff\xe0"):
        with pytest.raises(DocumentError, match=r"broken|no picture"):
            read_picture(body, _URL)
    with pytest.raises(DocumentError, match="PNG, JPEG, GIF and WEBP"):
        read_picture(b"BM no picture of a known kind", _URL)


@needs_ocr
@pytest.mark.parametrize("form", ["WEBP"])
def test_text_in_a_picture_is_read(form: str) -> None:
    document = read_picture(picture_of(*_WORDS, form=form), _URL)
    assert document.text == " ".join(_WORDS)
    assert (document.url, document.language) == (_URL, "en")
    assert document.media_type == f"image/{form.lower()}"


@needs_ocr
def test_text_on_nothing_and_lying_on_its_side_is_read_as_it_is_shown() -> None:
    clear = Image.new("RGBA", (760, 200), "black")
    clear.putalpha(ImageOps.invert(drawn(_WORDS, (760, 200)).convert("L")))
    assert read_picture(encoded(clear), _URL).text == " ".join(_WORDS)
    turned = drawn(_WORDS, (760, 200)).transpose(Image.Transpose.ROTATE_90)
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned clockwise by a quarter when it is shown
    assert read_picture(encoded(turned, "JPEG", exif=exif), _URL).text == " ".join(_WORDS)


@needs_ocr
def test_picture_without_text_is_a_document_without_text() -> None:
    assert read_picture(picture_of(size=(300, 200)), _URL).text == ""
    assert read_picture(encoded(Image.new("L", (1, 1))), _URL).text == ""
