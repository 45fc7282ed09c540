"""A picture into the text that can be seen in it (optical character recognition).

The models (PP-OCRv6, small) come inside the wheel of rapidocr; nothing is downloaded.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from hydrophone.errors import DocumentError
from hydrophone.fetch.attachments.pictures import picture_head
from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.language import detect_language
from hydrophone.types import Document

MOST_PIXELS = 50_000_000
# A page at 150 dpi is 1,754 high; more costs time and finds no more.
MOST_SIDE = 2_000
_LEAST_SCORE = 0.6
# Lines nearer than this share of their height belong to one paragraph.
_PARAGRAPH_GAP = 0.7
_FORMATS = ("PNG", "JPEG", "GIF", "WEBP")
_THREADS = 2
# Small pictures are enlarged to this before text is looked for; the models' own 736 takes four
# times as long and found no more.
_LEAST_SIDE = 320


@dataclass(frozen=True, slots=True)
class Line:
    """A line of text and its place, in pixels from the upper left corner."""

    text: str
    left: float
    top: float
    right: float
    bottom: float


def read_picture(body: bytes, url: str) -> Document:
    """The text in a PNG, JPEG, GIF (its first picture) or WEBP; empty when there is none.

    Raises DocumentError when it is broken or has over 50 million pixels. CPU work of seconds.
    """
    head = picture_head(body)
    if head is None:
        raise DocumentError("this is no picture that can be read; PNG, JPEG, GIF and WEBP can")
    if head.width * head.height > MOST_PIXELS:
        raise DocumentError(f"it has {head.width} x {head.height} pixels, over 50 million")
    pixels = _pixels(body)
    out = TextBuilder()
    for paragraph in paragraphs(_lines(pixels)):
        out.paragraph(paragraph)
    text, _ = out.build()
    return Document(
        url=url,
        title="",
        text=text,
        language=detect_language(text) if text else None,
        media_type=head.media_type,
    )


def paragraphs(lines: Sequence[Line]) -> Iterator[str]:
    """The lines in reading order, those on one height as one, near ones as one paragraph."""
    paragraph: list[str] = []
    last: Line | None = None
    for line in sorted(_rows(lines), key=lambda line: line.top):
        if last is not None and line.top - last.bottom > _PARAGRAPH_GAP * (last.bottom - last.top):
            yield " ".join(paragraph)
            paragraph = []
        paragraph.append(line.text)
        last = line
    if paragraph:
        yield " ".join(paragraph)


def _rows(lines: Sequence[Line]) -> list[Line]:
    """Pieces whose middles are on one height, from left to right, as one line."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: line.top + line.bottom):
        middle = (line.top + line.bottom) / 2
        if rows and rows[-1][0].top <= middle <= rows[-1][0].bottom:
            rows[-1].append(line)
        else:
            rows.append([line])
    return [_row(sorted(row, key=lambda line: line.left)) for row in rows]


def _row(pieces: Sequence[Line]) -> Line:
    return Line(
        " ".join(piece.text for piece in pieces),
        min(piece.left for piece in pieces),
        min(piece.top for piece in pieces),
        max(piece.right for piece in pieces),
        max(piece.bottom for piece in pieces),
    )


def _pixels(body: bytes) -> Any:
    """The picture as rows of blue, green, red; upright, on white, and no larger than needed."""
    import numpy as np
    from PIL import Image, ImageOps

    # Pillow refuses from twice this on, also where the picture's own head tells less.
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS // 2
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(body), formats=_FORMATS) as image:
                image.draft("RGB", (MOST_SIDE, MOST_SIDE))
                upright = ImageOps.exif_transpose(image).convert("RGBA")
    # Pillow's decoders let whatever a broken file causes fall through.
    except Exception as error:
        raise DocumentError("the picture is broken and cannot be opened") from error
    upright.thumbnail((MOST_SIDE, MOST_SIDE))
    white = Image.new("RGBA", upright.size, "white")
    white.alpha_composite(upright)
    return np.ascontiguousarray(np.asarray(white.convert("RGB"))[:, :, ::-1])


@cache
def _recogniser() -> Any:
    try:
        from rapidocr import RapidOCR
    except ImportError as error:
        raise DocumentError(
            "no text can be read in pictures here: pip install 'hydrophone[ocr]'"
        ) from error
    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Det.limit_side_len": _LEAST_SIDE,
            "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )


def _lines(pixels: Any) -> list[Line]:
    recognise = _recogniser()
    try:
        found = recognise(pixels)
    # The recogniser's three libraries each have errors of their own, for sizes and for memory.
    except Exception as error:
        raise DocumentError(f"its text could not be read ({type(error).__name__})") from error
    if found.txts is None:
        return []
    return [
        Line(text, *(float(edge) for edge in (*box.min(axis=0), *box.max(axis=0))))
        for text, box, score in zip(found.txts, found.boxes, found.scores, strict=True)
        if score >= _LEAST_SCORE and text.strip()
    ]
