"""The parts of a message: text, and images and files by address, data URI or base64."""

from __future__ import annotations

import re
from binascii import a2b_base64
from urllib.parse import unquote_to_bytes

from hydrophone.api.chat.schema import ContentPart, UrlObject
from hydrophone.errors import InvalidRequest
from hydrophone.types import MediaPart, Part, TextPart

MEBIBYTE = 1024 * 1024
MAX_FILE_BYTES = 50 * MEBIBYTE
MAX_FILES = 30
MAX_URL_CHARS = 8_192
PDF = "application/pdf"
# Decoded in pieces, between which other threads get their turn; a multiple of four characters.
_PIECE_CHARS = MEBIBYTE
_SHOWN_CHARS = 80
_URL = re.compile(r"https?://[^\s/?#]\S*", re.IGNORECASE)
_URLSAFE = str.maketrans("-_", "+/")


def read_part(part: ContentPart, place: str) -> Part:
    """The part as the waist has it; nothing is fetched.

    Raises InvalidRequest (`invalid_message`) with the place of what cannot be read.
    """
    try:
        return _read(part)
    except ValueError as error:
        message = f"{place}: {error}"
        raise InvalidRequest(message, param=place, code="invalid_message") from None


def _read(part: ContentPart) -> Part:
    if part.type == "text":
        if part.text is None:
            raise ValueError("a part of type 'text' has no text; send it in its field 'text'")
        return TextPart(part.text)
    if part.type == "refusal" and part.refusal is not None:
        return TextPart(part.refusal)
    if part.type == "image_url":
        return _image(_address(part.image_url, "image_url"), part.file_name)
    if part.type == "file_url":
        return _file(_address(part.file_url, "file_url"), part.file_name)
    if part.type == "pdf_url":
        return _file(_address(part.pdf_url, "pdf_url"), part.file_name, media_type=PDF)
    if part.type == "video_url":
        return _video(_address(part.video_url, "video_url"), part.file_name)
    if part.type == "file":
        given = part.file
        if given is None or given.file_data is None:
            raise ValueError("a part of type 'file' has no file_data; send the file in base64")
        return _file(given.file_data, given.filename)
    raise ValueError(
        f"a part of type {part.type[:_SHOWN_CHARS]!r} cannot be read; there are 'text', "
        "'image_url', 'file_url', 'pdf_url', 'video_url' and 'file'"
    )


def _address(given: str | UrlObject | None, field: str) -> str:
    address = given.url if isinstance(given, UrlObject) else given
    if not address or not address.strip():
        raise ValueError(f"a part of type {field!r} has no address; send it in its field {field!r}")
    return address.strip()


def _image(address: str, name: str | None) -> MediaPart:
    """An image; or a document, as chat front ends send these in the place of images."""
    if _is_url(address):
        return MediaPart("image", url=address, name=name)
    declared, embedded, data = _data(address)
    found = image_type(data)
    if found is not None:
        return MediaPart("image", found, data=data, name=name or embedded)
    if data.startswith(b"%PDF-"):
        return MediaPart("file", PDF, data=data, name=name or embedded)
    if declared is None or declared.startswith("image/"):
        raise ValueError("this image is not PNG, JPEG, WEBP or GIF")
    return MediaPart("file", declared, data=data, name=name or embedded)


def _file(address: str, name: str | None, media_type: str | None = None) -> MediaPart:
    if _is_url(address):
        return MediaPart("file", media_type, url=address, name=name)
    declared, embedded, data = _data(address)
    found = image_type(data)
    if found is not None:
        return MediaPart("image", found, data=data, name=name or embedded)
    return MediaPart("file", media_type or declared, data=data, name=name or embedded)


def _video(address: str, name: str | None) -> MediaPart:
    if _is_url(address):
        return MediaPart("video", url=address, name=name)
    declared, embedded, data = _data(address)
    return MediaPart("video", declared, data=data, name=name or embedded)


def _is_url(address: str) -> bool:
    if _URL.match(address) is None:
        return False
    if len(address) > MAX_URL_CHARS:
        raise ValueError(f"an address has at most {MAX_URL_CHARS} characters")
    return _URL.fullmatch(address) is not None


def image_type(data: bytes) -> str | None:
    """The media type of an image that can be read, by its first bytes."""
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return "image/png"
    if data.startswith(b"\xff\xd8\xff"):
        return "image/jpeg"
    if data.startswith((b"GIF87a", b"GIF89a")):
        return "image/gif"
    if data.startswith(b"RIFF") and data[8:12] == b"WEBP":
        return "image/webp"
    return None


def _data(address: str) -> tuple[str | None, str | None, bytes]:
    """Media type, name and bytes of a data URI (RFC 2397), or the bytes of bare base64."""
    if address[:5].lower() != "data:":
        return None, None, _sized(decode_base64(address))
    head, comma, payload = address[5:].partition(",")
    if not comma:
        raise ValueError("this data URI has no comma before its data")
    declared, *options = (item.strip() for item in head.split(";"))
    named = [item[len("name=") :] for item in options if item.lower().startswith("name=")]
    is_base64 = any(item.lower() == "base64" for item in options)
    data = decode_base64(payload) if is_base64 else unquote_to_bytes(payload)
    return declared.lower() or None, named[0] if named else None, _sized(data)


def _sized(data: bytes) -> bytes:
    if not data:
        raise ValueError("there is nothing in it")
    if len(data) > MAX_FILE_BYTES:
        raise ValueError(f"it is larger than {MAX_FILE_BYTES // MEBIBYTE} MB")
    return data


def decode_base64(text: str) -> bytes:
    """The bytes; white space, the URL-safe alphabet and missing padding are forgiven.

    Raises ValueError when it is no base64 or too large.
    """
    if any(space in text for space in " \r\n\t"):
        text = "".join(text.split())
    if "-" in text or "_" in text:
        text = text.translate(_URLSAFE)
    if len(text) % 4:
        text += "=" * (-len(text) % 4)
    if len(text) // 4 * 3 - 2 > MAX_FILE_BYTES:
        raise ValueError(f"it is larger than {MAX_FILE_BYTES // MEBIBYTE} MB")
    pieces = range(0, len(text), _PIECE_CHARS)
    try:
        if text.find("=", 0, len(text) - 2) >= 0:
            raise ValueError("padding in the middle")
        return b"".join(
            a2b_base64(text[start : start + _PIECE_CHARS], strict_mode=True) for start in pieces
        )
    except ValueError:
        shown = text[:_SHOWN_CHARS]
        raise ValueError(
            f"{shown!r} is neither an address (https://…) nor a data URI nor base64"
        ) from None
