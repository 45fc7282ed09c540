"""The bytes of an HTML page into its document and its links, parsed once for both."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import partial

from lxml.etree import ElementDefaultClassLookup, ParserError
from lxml.html import HtmlComment, HtmlElement, HTMLParser, document_fromstring, tostring

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.charset import decode
from hydrophone.fetch.extract.clean import clean_line
from hydrophone.fetch.extract.directives import Directives
from hydrophone.fetch.extract.html.article import discard_furniture, render_article
from hydrophone.fetch.extract.html.content import text_of
from hydrophone.fetch.extract.html.hidden import drop_hidden
from hydrophone.fetch.extract.html.images import read_images
from hydrophone.fetch.extract.html.links import base_href, read_outlook
from hydrophone.fetch.extract.html.manual import find_root, find_tool, render_manual
from hydrophone.fetch.extract.html.metadata import documentation_metadata, read_metadata
from hydrophone.fetch.extract.html.styles.css import has_no_other_sheets, sheets_in
from hydrophone.fetch.extract.html.videos import read_videos
from hydrophone.fetch.extract.language import detect_language
from hydrophone.fetch.extract.link_texts import telling
from hydrophone.fetch.extract.resolver import Resolver
from hydrophone.fetch.page import Page
from hydrophone.types import Document

# One class for every element. The parser's own choice, which has others for the parts of forms, is
# made in Python, anew whenever an element is met: it is a tenth of all the time.
_ELEMENTS = ElementDefaultClassLookup(element=HtmlElement, comment=HtmlComment)
_CLOSED_HTML = re.compile(
    r"\A([^<>]{0,100}(?:<[!?][^>]*>[^<>]{0,100})*<html\b[^>]{0,999}?)\s*/>", re.IGNORECASE
)


def read_html(body: bytes, url: str, charset: str | None = None) -> Document:
    """The document of an HTML page. Raises DocumentError when there is no text in it."""
    source = decode(body, charset, markup=True)
    tree = _parse(source)
    document = _document(tree, source, Resolver(url, base_href(tree)), url)
    if document is None:
        raise DocumentError("the page has no text")
    return document


def read_html_page(
    body: bytes, url: str, charset: str | None, *, agent: str, said: Directives
) -> Page:
    """Document and links of an HTML page; `said` is what its HTTP header forbids.

    Raises DocumentError when it cannot be parsed.
    """
    source = decode(body, charset, markup=True)
    tree = _parse(source)
    # Before the text is looked for: that takes the tree apart.
    resolver = Resolver(url, base_href(tree))
    page = read_outlook(tree, resolver, agent)
    noindex = page.noindex or said.noindex
    document = None if noindex else _document(tree, source, resolver, url)
    return replace(
        page, document=document, noindex=noindex, nofollow=page.nofollow or said.nofollow
    )


def _parse(source: str) -> HtmlElement:
    """A whole `<html>`, whatever the source lacks. Raises DocumentError when nothing is in it."""
    # The parser takes `<html/>` for all of the page; browsers take it for its beginning.
    source = _CLOSED_HTML.sub(r"\1>", source, count=1).replace("\0", "")
    parser = HTMLParser(
        collect_ids=False,
        default_doctype=False,
        encoding="utf-8",
        remove_comments=True,
        remove_pis=True,
        huge_tree=True,  # else what stands below 256 elements is lost
    )
    parser.set_element_class_lookup(_ELEMENTS)
    try:
        return document_fromstring(source.encode("utf-8", "replace"), parser=parser)
    except ParserError as error:
        raise DocumentError("the page has no text") from error


def _shown(source: str) -> str:
    """The source again without what the page hides, for readers that parse it themselves."""
    tree = _parse(source)
    drop_hidden(tree, sheets_in(tree), plain=has_no_other_sheets(tree))
    return str(tostring(tree, encoding="unicode"))


def _document(tree: HtmlElement, source: str, resolver: Resolver, url: str) -> Document | None:
    """None when there is no text."""
    styles, plain = sheets_in(tree), has_no_other_sheets(tree)
    videos = read_videos(tree, resolver.resolve)  # players are furniture to what follows
    if tool := find_tool(tree):
        root, metadata = find_root(tree), documentation_metadata(tree)
        drop_hidden(root, styles, plain=plain)
        out = render_manual(root, tool)
    else:
        root, metadata = tree, read_metadata(tree, url)
        discard_furniture(tree)
        drop_hidden(tree, styles, plain=plain)
        out = render_article(tree, partial(_shown, source), url)
    text, headings = out.build()
    if not text:
        return None
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
        images=read_images(root, resolver.resolve),
        videos=videos,
        link_texts=telling(text_of(link) for link in root.iter("a") if _leads_away(link)),
    )


def _leads_away(link: HtmlElement) -> bool:
    return not link.get("href", "#").startswith("#")
