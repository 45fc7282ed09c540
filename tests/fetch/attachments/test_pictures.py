"""What the first bytes of a picture say."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from hydrophone.fetch.attachments.pictures import PictureHead, picture_head
from tests.fetch.pictures import encoded


@pytest.mark.parametrize(
    ("form", "options"),
    [
        ("PNG", {}),
        ("GIF", {}),
        ("JPEG", {}),
        ("JPEG", {"progressive": True, "comment": b"x" * 5_000}),
        ("WEBP", {}),
        ("WEBP", {"lossless": True}),
        ("WEBP", {"exif": b"Exif\x00\x00II*\x00\x08\x00\x00\x00\x00\x00\x00\x00\x00\x00"}),
    ],
)
def test_type_and_size_are_those_of_the_file(form: str, options: dict[str, object]) -> None:
    body = encoded(Image.new("RGB", (317, 23), "navy"), form, **options)
    assert picture_head(body) == PictureHead(f"image/{form.lower()}", 317, 23)


@given(st.binary(max_size=40))
def test_cut_off_and_foreign_bytes_are_no_pictures(tail: bytes) -> None:
    for start in (b"", b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"RIFF....WEBP", b"GIF89a", b"BM"):
        head = picture_head(start + tail)
        assert head is None or head.width >= 0
    assert picture_head(b"%PDF-1.7") is None
    assert picture_head(b"") is None


def test_frame_of_a_jpeg_is_found_behind_any_segments() -> None:
    body = encoded(Image.new("RGB", (40, 30)), "JPEG")
    padded = body[:2] + b"\xff\xff\xff\xe1\x00\x06abcd" * 300 + body[2:]
    assert picture_head(padded) == PictureHead("image/jpeg", 40, 30)
    assert picture_head(body[:2] + b"\xff\xe1\xff\xff" + body[2:]) is None
