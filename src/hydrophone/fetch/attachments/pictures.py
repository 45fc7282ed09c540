"""What a picture is, from its first bytes alone: nothing is unpacked, so nothing can burst."""

from __future__ import annotations

import struct
from dataclasses import dataclass

# Frames of a JPEG that hold its size; C4, C8 and CC are tables.
_JPEG_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_JPEG_BARE = frozenset((0x01, *range(0xD0, 0xD9)))


@dataclass(frozen=True, slots=True)
class PictureHead:
    """Media type and size in pixels."""

    media_type: str
    width: int
    height: int


def picture_head(body: bytes) -> PictureHead | None:
    """What the first bytes say of a PNG, JPEG, GIF or WEBP; None when it is none, or cut off."""
    try:
        if body.startswith(b"\x89PNG\r\n\x1a\n"):
            return PictureHead("image/png", *struct.unpack(">II", body[16:24]))
        if body.startswith((b"GIF87a", b"GIF89a")):
            return PictureHead("image/gif", *struct.unpack("<HH", body[6:10]))
        if body.startswith(b"\xff\xd8\xff"):
            return _jpeg(body)
        if body.startswith(b"RIFF") and body[8:12] == b"WEBP":
            return _webp(body)
    except (struct.error, IndexError):
        return None
    return None


def _jpeg(body: bytes) -> PictureHead | None:
    """Walk over the segments (ITU-T T.81, annex B) to the first frame."""
    position = 2
    while body[position] == 0xFF:
        marker = body[position + 1]
        if marker == 0xFF:  # fill
            position += 1
        elif marker in _JPEG_BARE:
            position += 2
        elif marker in _JPEG_FRAMES:
            height, width = struct.unpack(">HH", body[position + 5 : position + 9])
            return PictureHead("image/jpeg", width, height)
        else:
            (length,) = struct.unpack(">H", body[position + 2 : position + 4])
            position += 2 + length
    return None


def _webp(body: bytes) -> PictureHead | None:
    """The three kinds of first chunk (RFC 9649)."""
    kind = body[12:16]
    if kind == b"VP8 ":
        width, height = struct.unpack("<HH", body[26:30])
        return PictureHead("image/webp", width & 0x3FFF, height & 0x3FFF)
    if kind == b"VP8L":
        (bits,) = struct.unpack("<I", body[21:25])
        return PictureHead("image/webp", (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1)
    if kind == b"VP8X":
        width, height = (int.from_bytes(body[at : at + 3], "little") + 1 for at in (24, 27))
        return PictureHead("image/webp", width, height)
    return None
