"""Pictures with text in them."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw, ImageFont


def picture_of(
    *lines: str, size: tuple[int, int] = (760, 200), form: str = "PNG", ink: str = "black"
) -> bytes:
    """The lines in black on white, as a file of this format."""
    return encoded(drawn(lines, size, ink), form)


def drawn(lines: Sequence[str], size: tuple[int, int], ink: str = "black") -> Image.Image:
    """The lines, one under the other."""
    image = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(image)
    font = ImageFont.load_default(28)
    for number, line in enumerate(lines):
        pen.text((20, 20 + 42 * number), line, fill=ink, font=font)
    return image


def encoded(image: Image.Image, form: str = "PNG", **options: object) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()
