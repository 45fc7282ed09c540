"""Bytes into characters: what they prove first, then what server and page claim, then a guess."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable, Iterator

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
_SAMPLE_CHARS = 4000
_NO_WORDS = re.compile(r"<[^>]{0,1000}>|[!-~]+")
_HANGUL = re.compile("[\uac00-\ud7a3]")
# What the detector has no name for, likeliest first.
_UNNAMED = ("windows-1251", "euc-kr", "windows-1252", "windows-1250")


def decode(body: bytes, declared: str | None = None, *, markup: bool = False) -> str:
    """The text of `body`; `declared` is the charset of the HTTP header.

    A claim that the bytes contradict is not believed. Never raises: at worst, bytes that make no
    sense become U+FFFD.
    """
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace")
    text = _try(body, wide_encoding(body) or "utf-8")
    # Other encodings make valid UTF-8 by accident only, whatever is claimed; ISO 2022 looks like
    # ASCII, though.
    if text is not None and not (body.isascii() and b"\x1b" in body):
        return text
    if text is not None and (found := _detect(body) or "").startswith("iso2022"):
        return body.decode(found, "replace")
    if text is None and (text := _nearly(body, "utf-8", factor=20)) is not None:
        return text
    claimed = (declared, *(_declared_inside(body) if markup else ()))
    names = list(dict.fromkeys(_known(name for name in claimed if name)))
    fitting = {name: text for name in names if (text := _try(body, name)) is not None}
    if len(fitting) > 1:
        found = _detect(body) or ""
        # Many servers say Latin-1 of every page that they have.
        fitting = {found: fitting[found]} if found in fitting else fitting
        fitting = {name: text for name, text in fitting.items() if name != "cp1252"} or fitting
    return next(iter(fitting.values())) if fitting else _guess(body, names)


def wide_encoding(body: bytes) -> str | None:
    """UTF-16 without a mark, told by the zero bytes beside each character of ASCII."""
    head = body[: _HEAD_BYTES & ~1]
    even, odd = head[::2].count(0), head[1::2].count(0)
    if min(even, odd) or max(even, odd) * 8 <= len(head):
        return None
    name = "utf-16-le" if odd else "utf-16-be"
    text = head.decode(name, "replace")
    controls = sum(char < " " and char not in "\t\n\r\f" for char in text)
    return name if controls * 50 < len(text) else None


def _declared_inside(body: bytes) -> list[str]:
    head = body[:_HEAD_BYTES]
    found = (_META.search(head), _XML.search(head))
    # A declaration that one can read as ASCII cannot be UTF-16 (WHATWG HTML, 13.2.3.2).
    names = (match[1].decode("ascii").lower() for match in found if match)
    return ["utf-8" if name.startswith("utf-16") else name for name in names]


def _known(names: Iterable[str]) -> Iterator[str]:
    """Python's names of those encodings that the web knows (WHATWG Encoding, 4.2)."""
    from resiliparse.parse.encoding import map_encoding_to_html5

    for name in names:
        known = map_encoding_to_html5(name.strip(), fallback_utf8=False)
        if known:
            try:
                yield codecs.lookup(known).name
            except LookupError:
                continue


def _try(body: bytes, name: str) -> str | None:
    """The text when every byte fits the encoding."""
    try:
        return body.decode(name)
    except (LookupError, UnicodeError):
        return None


def _detect(body: bytes) -> str | None:
    """The encoding that the bytes look like; None when the detector does not know."""
    from resiliparse.parse.encoding import detect_encoding

    return next(_known([detect_encoding(body) or ""]), None)


def _guess(body: bytes, claims: list[str]) -> str:
    """The likeliest text; an encoding that fits all but a few bytes beats the detector."""
    for name in (*claims, "utf-8"):
        if (text := _nearly(body, name, factor=4)) is not None:
            return text
    found = _detect(body)
    if found is None or found == "utf-8":
        found = _by_language(body)
    return body.decode(found, "replace")


def _nearly(body: bytes, name: str, *, factor: int) -> str | None:
    """The text when there are `factor` characters beyond ASCII for each one that makes no sense."""
    text = body.decode(name, "replace")
    wrong = text.count("\ufffd")
    beyond_ascii = len(text) - len(text.encode("ascii", "ignore"))
    return text if wrong * 200 < len(text) and wrong * factor < beyond_ascii - wrong else None


def _by_language(body: bytes) -> str:
    """Of the encodings without a name, the one in which the bytes are most like a language."""
    from resiliparse.parse.lang import detect_fast

    ranks: dict[str, int] = {}
    for name in _UNNAMED:
        text = _try(body, name)
        if text is None:
            continue
        words = " ".join(_NO_WORDS.sub(" ", text[: 5 * _SAMPLE_CHARS]).split())[:_SAMPLE_CHARS]
        language, rank = detect_fast(words)
        # Korean in few words is like any language, but no other text is all of its syllables.
        if len(_HANGUL.findall(words)) * 2 > len(words):
            return name
        if language != "unknown":
            ranks[name] = rank
    return min(ranks, key=lambda name: ranks[name], default="windows-1252")
