"""Bytes into characters: byte order mark, then the server's word, then the page's, then a guess."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_META = re.compile(
    rb"""<meta[^>]{0,200}?charset\s*=\s*["']?\s*([a-z0-9_:.-]{2,40})""", re.IGNORECASE
)
_XML = re.compile(
    rb"""\A\s*<\?xml[^>]{0,100}?encoding\s*=\s*["']([a-z0-9_:.-]{2,40})""", re.IGNORECASE
)
_HEAD_BYTES = 4096


def decode(body: bytes, declared: str | None = None, *, markup: bool = False) -> str:
    """The text of `body`; `declared` is the charset of the HTTP header.

    A declaration that the bytes contradict is not believed. Never raises: at worst, bytes that
    make no sense become U+FFFD.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    inside = _declared_inside(body) if markup else []
    names = [name for name in (declared, *inside) if name]
    for name in (*names, "utf-8"):
        text = _try(body, name)
        if text is not None:
            return text
    return _guess(body, names)


def _declared_inside(body: bytes) -> list[str]:
    head = body[:_HEAD_BYTES]
    found = (_META.search(head), _XML.search(head))
    # A declaration that one can read as ASCII cannot be UTF-16 (WHATWG HTML, 13.2.3.2).
    names = (match[1].decode("ascii").lower() for match in found if match)
    return ["utf-8" if name.startswith("utf-16") else name for name in names]


def _try(body: bytes, name: str) -> str | None:
    """The text when every byte fits the encoding."""
    from resiliparse.parse.encoding import map_encoding_to_html5

    try:
        return body.decode(map_encoding_to_html5(name.strip(), fallback_utf8=False) or name)
    except (LookupError, UnicodeError, ValueError):
        return None


def _guess(body: bytes, claims: list[str]) -> str:
    """The likeliest text; a claim that fits all but a few bytes beats the detector."""
    from resiliparse.parse.encoding import detect_encoding, map_encoding_to_html5

    for claim in (*claims, "utf-8"):
        try:
            text = body.decode(
                map_encoding_to_html5(claim, fallback_utf8=False) or claim, "replace"
            )
        except (LookupError, ValueError):
            continue
        if text.count("\ufffd") * 200 < len(text):
            return text
    found = detect_encoding(body) or "windows-1252"
    return body.decode(found, "replace")
