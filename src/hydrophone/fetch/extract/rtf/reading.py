"""RTF into text: headings by outline level, lists, tables, the title of its information.

Written after the RTF specification 1.9.1. Every byte is looked at once, whatever it says.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.clean import clean_line
from hydrophone.fetch.extract.language import detect_language
from hydrophone.fetch.extract.rtf.marks import (
    CHARACTERS,
    CHARSETS,
    CODECS,
    ENDS,
    HIDDEN,
    MARKERS,
)
from hydrophone.types import Document

MEDIA_TYPE = "application/rtf"

_TITLE_CHARS = 120
_DEPTH_LIMIT = 1_000
_TINY_HALF_POINTS = 4
_BODY_LEVELS = 9  # `\outlinelevel9` is running text
_TOKEN = re.compile(
    rb"\\([a-zA-Z]{1,32})(-?[0-9]{1,9})?[ ]?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|([^\\{}\r\n]+)|.",
    re.DOTALL,
)


def read_rtf(body: bytes, url: str) -> Document:
    """The document of an RTF file. Raises DocumentError when it has no text."""
    reading = _Reading(body)
    reading.run()
    text, headings = reading.out.build()
    if not text:
        raise DocumentError("the RTF file has no text")
    return Document(
        url=url,
        title=clean_line(reading.title) or text.partition("\n")[0][:_TITLE_CHARS],
        text=text,
        headings=headings,
        author=clean_line(reading.author) or None,
        language=detect_language(text),
        media_type=MEDIA_TYPE,
    )


@dataclass(frozen=True, slots=True)
class _Group:
    """What holds between two braces."""

    place: str = "text"  # or hidden, fonts, info, title, author
    font: int = -1
    fallback_bytes: int = 1  # how many stand behind a `\u` for readers without Unicode
    unseen: bool = False  # hidden text
    tiny: bool = False  # too small to be read


class _Reading:
    """One walk through a file."""

    def __init__(self, body: bytes) -> None:
        self.out = TextBuilder()
        self.title = ""
        self.author = ""
        self._body = body
        self._outer: list[_Group] = []
        self._group = _Group()
        self._codec = "cp1252"
        self._font_codecs: dict[int, str] = {}
        self._bytes = bytearray()
        self._pieces: list[str] = []
        self._cells: list[str] = []
        self._skip = 0
        self._starred = False
        self._level = _BODY_LEVELS
        self._item = False

    def run(self) -> None:
        """Add the blocks to `out`, up to the end of the outermost group."""
        position = 0
        while position < len(self._body):
            token = _TOKEN.match(self._body, position)
            assert token is not None  # the last alternative takes any byte
            position = token.end()
            word, number, code, symbol, brace, plain = token.groups()
            if plain is not None:
                self._take(plain)
            elif code is not None:
                self._take(bytes((int(code, 16),)))
            elif brace == b"{":
                self._open()
            elif brace == b"}":
                self._close()
                if not self._outer:
                    break
            elif word == b"bin":
                position += max(0, int(number or 0))
            elif word is not None:
                self._obey(word, None if number is None else int(number))
            elif symbol is not None:
                self._obey(symbol, None)
        self._end_row()
        self._end_paragraph()

    def _open(self) -> None:
        self._flush()
        self._skip = 0
        if len(self._outer) == _DEPTH_LIMIT:
            raise DocumentError("the RTF file is nested too deeply to be read")
        self._outer.append(self._group)

    def _close(self) -> None:
        self._flush()
        self._skip, self._starred = 0, False
        if self._outer:
            self._group = self._outer.pop()

    def _take(self, plain: bytes) -> None:
        """Bytes of text, without those that only stand for a character that was read."""
        skipped = min(self._skip, len(plain))
        self._skip -= skipped
        self._bytes += plain[skipped:]

    def _flush(self) -> None:
        if self._bytes:
            codec = self._font_codecs.get(self._group.font, self._codec)
            self._say(self._bytes.decode(codec, "replace"))
            self._bytes.clear()

    def _say(self, text: str) -> None:
        if self._group.unseen or self._group.tiny:
            return
        if self._group.place == "text":
            self._pieces.append(text)
        elif self._group.place == "title":
            self.title += text
        elif self._group.place == "author":
            self.author += text

    def _obey(self, word: bytes, number: int | None) -> None:
        if word == b"u" and number is not None:
            self._flush()
            self._say(chr(number & 0xFFFF))
            self._skip = self._group.fallback_bytes
            return
        self._skip = 0
        if word == b"*":
            self._starred = True
        elif word in CHARACTERS:
            self._flush()
            self._say(CHARACTERS[word])
        elif self._starred:
            self._flush()
            self._starred = False
            self._group = replace(self._group, place="hidden")
            self._item = self._item or word in MARKERS
        else:
            self._flush()
            self._move(word)
            self._set(word, number)

    def _move(self, word: bytes) -> None:
        """Enter another place, or end a part of the text."""
        place = self._group.place
        if word in HIDDEN or word in MARKERS:
            self._group = replace(self._group, place="hidden")
            self._item = self._item or word in MARKERS
        elif word in (b"fonttbl", b"info") and place == "text":
            self._group = replace(self._group, place="fonts" if word == b"fonttbl" else "info")
        elif word in (b"title", b"author") and place == "info":
            self._group = replace(self._group, place=word.decode())
        elif place == "text" and word in _PARTS:
            _PARTS[word](self)

    def _set(self, word: bytes, number: int | None) -> None:
        """Change what holds from here on."""
        if word == b"f" and number is not None:
            self._group = replace(self._group, font=number)
        elif word == b"fcharset" and number is not None and self._group.place == "fonts":
            self._font_codecs[self._group.font] = CHARSETS.get(number, self._codec)
        elif word == b"uc" and number is not None:
            self._group = replace(self._group, fallback_bytes=max(0, number))
        elif word == b"ansicpg" and number is not None:
            self._codec = _known_codec(f"cp{number}") or self._codec
        elif word == b"v":
            self._group = replace(self._group, unseen=number != 0)
        elif word == b"fs" and number is not None:
            self._group = replace(self._group, tiny=number < _TINY_HALF_POINTS)
        elif word == b"plain":
            self._group = replace(self._group, unseen=False, tiny=False)
        elif word in CODECS:
            self._codec = CODECS[word]
        elif word == b"outlinelevel" and number is not None:
            self._level = number

    def _paragraph(self) -> str:
        text = "".join(self._pieces)
        self._pieces.clear()
        # Characters beyond the first plane come as two halves, each written by itself.
        return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")

    def _end_paragraph(self) -> None:
        self._flush()
        text = self._paragraph()
        if 0 <= self._level < _BODY_LEVELS:
            self.out.heading(self._level + 1, text)
        elif self._item or text.lstrip().startswith("\u2022"):
            self.out.item(text.lstrip(" \t\u2022"))
        else:
            self.out.paragraph(text)
        self._item = False

    def _end_cell(self) -> None:
        self._cells.append(self._paragraph())

    def _end_row(self) -> None:
        if self._cells:
            self.out.row(self._cells)
            self._cells.clear()

    def _reset(self) -> None:
        self._level = _BODY_LEVELS


_PARTS: Mapping[bytes, Callable[[_Reading], None]] = {
    **dict.fromkeys(ENDS, _Reading._end_paragraph),
    **dict.fromkeys((b"cell", b"nestcell"), _Reading._end_cell),
    **dict.fromkeys((b"row", b"nestrow"), _Reading._end_row),
    b"pard": _Reading._reset,
}


def _known_codec(name: str) -> str | None:
    try:
        return codecs.lookup(name).name
    except LookupError:
        return None
