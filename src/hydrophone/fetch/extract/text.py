"""Plain text and Markdown into documents."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.charset import decode
from hydrophone.fetch.extract.clean import clean_line, clean_text
from hydrophone.fetch.extract.dates import parse_date
from hydrophone.fetch.extract.html.curtain import Curtain
from hydrophone.fetch.extract.language import detect_language
from hydrophone.fetch.extract.link_texts import telling
from hydrophone.fetch.extract.resolver import Resolver
from hydrophone.fetch.page import IMAGES_LIMIT, Page
from hydrophone.types import Document, Heading, ImageRef

if TYPE_CHECKING:
    from markdown_it.token import Token

_TITLE_CHARS = 120
# More than one character in this many that no encoding could read: no text.
_NONSENSE_FACTOR = 10
_FRONT = re.compile(r"\A(---|\+\+\+)[ ]*\n(.*?)\n(?:\1|\.\.\.)[ ]*(?:\n|\Z)", re.DOTALL)
_FIELD = re.compile(r"([A-Za-z_-]+)\s*:\s*(.*)")


def read_text(body: bytes, url: str, charset: str | None = None, name: str = "") -> Document:
    """The document of a plain text, line by line as it is. Raises DocumentError when empty."""
    text = clean_text(decode(body, charset)).strip("\n")
    if text.count("\ufffd") * _NONSENSE_FACTOR > len(text):
        raise DocumentError("this is binary data, or text in an unknown encoding; save it as UTF-8")
    if not text.strip():
        raise DocumentError("the document has no text")
    first_line = clean_line(text.lstrip().partition("\n")[0])
    title = first_line if 0 < len(first_line) <= _TITLE_CHARS else name or first_line[:_TITLE_CHARS]
    return Document(url=url, title=title, text=text, language=detect_language(text))


def read_markdown(body: bytes, url: str, charset: str | None = None, name: str = "") -> Document:
    """The document of a Markdown text without its marks; front matter gives title and dates.

    Raises DocumentError when there is no text in it.
    """
    return _read_markdown(body, url, charset, name)[0]


def read_markdown_page(body: bytes, url: str, charset: str | None = None, name: str = "") -> Page:
    """The document of a Markdown text, and its links. Raises DocumentError as above."""
    document, references = _read_markdown(body, url, charset, name)
    return Page(document, links=Resolver(url).links(references))


def _read_markdown(
    body: bytes, url: str, charset: str | None, name: str
) -> tuple[Document, Sequence[str]]:
    """The document, and what its links refer to."""
    source = clean_text(decode(body, charset))
    front, source = _split_front(source)
    out = TextBuilder()
    tokens = _parse(source)
    _Writer(out).write(tokens)
    text, headings = out.build()
    if not text:
        raise DocumentError("the document has no text")
    document = Document(
        url=url,
        title=clean_line(front.get("title", "")) or _first_title(headings) or name or text[:80],
        text=text,
        headings=headings,
        author=clean_line(front.get("author", "")) or None,
        published=parse_date(front.get("date") or front.get("published") or ""),
        modified=parse_date(front.get("updated") or front.get("lastmod") or ""),
        language=detect_language(text, front.get("lang") or front.get("language")),
        media_type="text/markdown",
        images=_images(tokens, Resolver(url)),
        link_texts=telling(_link_texts(tokens)),
    )
    inner = (child for token in tokens for child in token.children or ())
    return document, [str(child.attrs["href"]) for child in inner if "href" in child.attrs]


def _images(tokens: Sequence[Token], resolver: Resolver) -> tuple[ImageRef, ...]:
    inner = (child for token in tokens for child in token.children or ())
    pictures = (child for child in inner if child.type == "image" and child.content.strip())
    found = ((resolver.resolve(str(child.attrs["src"])), child.content) for child in pictures)
    images = {url: ImageRef(url, clean_line(alt)) for url, alt in found if url is not None}
    return tuple(images.values())[:IMAGES_LIMIT]


def _link_texts(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        text: list[str] | None = None
        for child in token.children or ():
            if child.type == "link_open":
                text = [] if not str(child.attrs.get("href", "#")).startswith("#") else None
            elif child.type == "link_close" and text is not None:
                yield "".join(text)
                text = None
            elif text is not None:
                text.append(child.content)


def _first_title(headings: Sequence[Heading]) -> str:
    """The first of the highest headings."""
    return min(headings, key=lambda heading: heading.level).text if headings else ""


def _split_front(source: str) -> tuple[dict[str, str], str]:
    """The plain fields of YAML or TOML front matter, by lower-case name, and what follows it."""
    match = _FRONT.match(source)
    if match is None:
        return {}, source
    if match[1] == "+++":
        try:
            fields = tomllib.loads(match[2])
        except tomllib.TOMLDecodeError:
            return {}, source
        return {key.lower(): str(value) for key, value in fields.items()}, source[match.end() :]
    found = (_FIELD.match(line) for line in match[2].split("\n"))
    front = {field[1].lower(): field[2].strip().strip("\"'") for field in found if field}
    return (front, source[match.end() :]) if front else ({}, source)


def _parse(source: str) -> Sequence[Token]:
    from markdown_it import MarkdownIt

    return MarkdownIt("commonmark").enable("table").parse(source)


class _Writer:
    """Walks over the tokens that markdown-it gives and adds blocks."""

    def __init__(self, out: TextBuilder) -> None:
        self._out = out
        self._markers: list[str] = []
        self._fresh = False
        self._cells: list[str] | None = None
        self._level = 0
        self._curtain = Curtain()

    def write(self, tokens: Sequence[Token]) -> None:
        for token in tokens:
            self._take(token)

    def _take(self, token: Token) -> None:
        if token.type == "heading_open":
            self._level = int(token.tag[1:])
        elif token.type in ("bullet_list_open", "ordered_list_open"):
            self._markers.append("-")
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            self._markers.pop()
        elif token.type == "list_item_open":
            self._fresh = True
            self._markers[-1] = f"{token.info}{token.markup}" if token.info else "-"
        elif token.type == "list_item_close":
            self._fresh = False
        elif token.type == "tr_open":
            self._cells = []
        elif token.type == "tr_close":
            self._out.row(self._cells or [])
            self._cells = None
        elif token.type in ("fence", "code_block"):
            self._out.code("" if self._curtain.drawn else token.content)
        elif token.type == "html_block":
            self._out.paragraph(self._curtain.shown(token.content))
        elif token.type == "inline":
            self._inline("" if self._curtain.drawn else _inline_text(token.children or []))

    def _inline(self, text: str) -> None:
        if self._cells is not None:
            self._cells.append(text)
        elif self._level:
            self._out.heading(self._level, text)
            self._level = 0
        elif self._fresh:
            self._out.item(text, depth=len(self._markers) - 1, marker=self._markers[-1])
            self._fresh = False
        else:
            self._out.paragraph(text)


def _inline_text(tokens: Sequence[Token]) -> str:
    """The words of a line that are shown; links by their text, pictures by their description."""
    parts: list[str] = []
    curtain = Curtain()
    for token in tokens:
        if token.type == "html_inline":
            parts.append(curtain.shown(token.content))
        elif curtain.drawn:
            continue
        elif token.type == "softbreak":
            parts.append(" ")
        else:
            parts.append("\n" if token.type == "hardbreak" else token.content)
    return "".join(parts)
