"""HTML into text: manuals as they stand, other pages by trafilatura, and resiliparse as a net."""

from __future__ import annotations

import re

from lxml.html import HtmlElement

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.charset import decode
from hydrophone.fetch.extract.clean import clean_line
from hydrophone.fetch.extract.dom import render
from hydrophone.fetch.extract.language import detect_language
from hydrophone.fetch.extract.metadata import (
    PageMetadata,
    documentation_metadata,
    read_metadata,
)
from hydrophone.types import Document

# Tools that write manuals mark where the text is; guessing it would only lose tables and synopses.
_MANUAL_TOOLS = re.compile(
    r"docutils|sphinx|docbook|mkdocs|docusaurus|groff|mandoc|man2html|doxygen|asciidoctor|texinfo"
    r"|makeinfo|javadoc|rustdoc|latex2html|hevea|pdoc|antora|vitepress|mdbook|gtk-doc|pod2html",
    re.IGNORECASE,
)
_MANUAL_ROOTS = (
    ".//*[@role='main']",
    ".//main",
    ".//div[@class='body']",
    ".//article",
)
_MANUAL_FURNITURE = (
    ".//nav | .//*[@role='navigation' or @role='search' or @role='banner' or @role='contentinfo']"
    " | .//*[contains(concat(' ', @class, ' '), ' navheader ')"
    " or contains(concat(' ', @class, ' '), ' navfooter ')"
    " or contains(concat(' ', @class, ' '), ' sphinxsidebar ')"
    " or contains(concat(' ', @class, ' '), ' related ')"
    " or contains(concat(' ', @class, ' '), ' headerlink ')"
    " or contains(concat(' ', @class, ' '), ' footer ')]"
)
_CONTENTS = (
    ".//*[contains(concat(' ', @class, ' '), ' toc ')"
    " or contains(concat(' ', @class, ' '), ' contents ')]"
)
_LITTLE_CHARS = 100
_MUCH_CHARS = 500
_LOST_SHARE = 0.1


def read_html(body: bytes, url: str, charset: str | None = None) -> Document:
    """The document of an HTML page. Raises DocumentError when there is no text in it."""
    from trafilatura.utils import load_html

    source = decode(body, charset, markup=True)
    tree = load_html(source)
    if tree is None:  # trafilatura wants a whole document
        tree = load_html(f"<html><body>{source}</body></html>")
    if tree is None:
        raise DocumentError("the page is not HTML that can be parsed")
    if _is_manual(tree):
        metadata, out = documentation_metadata(tree), _render_manual(tree)
    else:
        metadata, out = read_metadata(tree, url), _render_article(tree, source, url)
    return _document(url, metadata, out)


def _document(url: str, metadata: PageMetadata, out: TextBuilder) -> Document:
    text, headings = out.build()
    if not text:
        raise DocumentError("the page has no text")
    first_line = text.partition("\n")[0][:200]
    return Document(
        url=url,
        title=clean_line(metadata.title) or (headings[0].text if headings else first_line),
        text=text,
        headings=headings,
        author=clean_line(metadata.author or "") or None,
        published=metadata.published,
        modified=metadata.modified,
        language=detect_language(text, metadata.language),
        media_type="text/html",
    )


def _is_manual(tree: HtmlElement) -> bool:
    for meta in tree.iter("meta"):
        generated = (meta.get("name") or "").lower() == "generator"
        if generated and _MANUAL_TOOLS.search(meta.get("content") or ""):
            return True
    return bool(tree.xpath(".//script[@id='documentation_options'] | .//div[@class='manual-text']"))


def _render_manual(tree: HtmlElement) -> TextBuilder:
    found = (element for path in _MANUAL_ROOTS for element in tree.xpath(path))
    root = next(found, None)
    if root is None:
        root = tree.find("body") if tree.find("body") is not None else tree
    furniture = frozenset(root.xpath(_MANUAL_FURNITURE))
    out = TextBuilder()
    render(root, out, skip=furniture | frozenset(root.xpath(_CONTENTS)))
    if out.size_chars < _MUCH_CHARS:
        # A page that is hardly more than its table of contents is read with it.
        out = TextBuilder()
        render(root, out, skip=furniture)
    return out


def _render_article(tree: HtmlElement, source: str, url: str) -> TextBuilder:
    from trafilatura import bare_extraction

    out = TextBuilder()
    found = bare_extraction(tree, url=url or None, fast=True, include_comments=False)
    if found is not None and not isinstance(found, dict) and found.body is not None:
        render(found.body, out)
    other = _render_main_content(source)
    lost = out.size_chars < other.size_chars * _LOST_SHARE and other.size_chars > _MUCH_CHARS
    little = out.size_chars < min(_LITTLE_CHARS, other.size_chars)
    return other if lost or little else out


def _render_main_content(source: str, *, everything: bool = False) -> TextBuilder:
    """What resiliparse takes for the main content; all of the text when that is nothing."""
    from lxml.html import fromstring
    from resiliparse.extract.html2text import extract_plain_text

    markup = extract_plain_text(
        source, preserve_formatting="minimal_html", main_content=not everything, alt_texts=False
    )
    out = TextBuilder()
    if markup.strip():
        render(fromstring(f"<body>{markup}</body>"), out)
    if not out.size_chars and not everything:
        return _render_main_content(source, everything=True)
    return out
