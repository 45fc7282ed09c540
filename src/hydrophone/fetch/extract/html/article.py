"""The main text of pages that are no manuals, by trafilatura; resiliparse is a net below it.

trafilatura's quick way is taken first. Its whole cascade, which costs twice as much, is run only
when what came out does not fit the page. What is added to either is the lead of an article, which
stands outside the body on many sites, and lists that were lost between paragraphs. What is taken
away are headings that nothing follows.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.html.content import words_of
from hydrophone.fetch.extract.html.dom import render
from hydrophone.fetch.extract.html.lists import restore_lists

# What trafilatura never takes text from; without it there is a quarter less to copy and search.
_FURNITURE_NAMES = (
    "style svg template link canvas object embed iframe button select input textarea option "
    "optgroup datalist audio video map area noscript dialog picture source track param label "
    "progress menu menuitem nav footer aside"
)
_FURNITURE = tuple(_FURNITURE_NAMES.split())
_LITTLE_CHARS = 100
_MUCH_CHARS = 500
_LOST_SHARE = 0.1
# A text is suspect when it is short and a small part of all paragraphs, or much longer than they
# are and one block, or mostly a list.
_SHORT_CHARS = 1000
_SURPLUS_FACTOR = 1.5
# Shorter descriptions are subtitles; what is as long as this is the first paragraph.
_LEAD_CHARS = 150
_LEAD_KEY_CHARS = 40
_LEAD_TRIES = 20
_LEAD_TAGS = ("p", "div", "h2", "h3", "section", "strong", "b", "em", "span")
_LABEL_CHARS = 80


def discard_furniture(tree: HtmlElement) -> None:
    """Take out of the tree what is never text; the data of schema.org in scripts stays."""
    for script in tree.iter("script"):
        if "ld+json" not in (script.get("type") or ""):
            script.tag = "style"  # all are taken at once, which costs a tenth
    etree.strip_elements(tree, *_FURNITURE, with_tail=False)


def render_article(tree: HtmlElement, source: Callable[[], str], url: str) -> TextBuilder:
    """The main text of the page; `tree` is without furniture, `source` gives its whole markup."""
    paragraphs_chars = sum(len(words_of(paragraph)) for paragraph in tree.iter("p"))
    body = _find_main(tree, url, fast=True)
    if body is not None and _is_suspect(body, len(words_of(body)), paragraphs_chars):
        better = _find_main(tree, url, fast=False)
        body = better if better is not None else body
    out = TextBuilder()
    if body is not None:
        _add_lead(tree, body)
        restore_lists(tree, body)
        _drop_dangling(body)
        render(body, out)
    if out.size_chars >= _LITTLE_CHARS and out.size_chars >= paragraphs_chars * _LOST_SHARE:
        return out
    other = _render_main_content(source())
    lost = out.size_chars < other.size_chars * _LOST_SHARE and other.size_chars > _MUCH_CHARS
    little = out.size_chars < min(_LITTLE_CHARS, other.size_chars)
    return other if lost or little else out


def _find_main(tree: HtmlElement, url: str, *, fast: bool) -> etree._Element | None:
    """The body that trafilatura makes, in its own elements."""
    from trafilatura import bare_extraction

    # Any format but its own "python" spares it to write the text, which is not used.
    found = bare_extraction(
        tree, url=url or None, fast=fast, include_comments=False, output_format="txt"
    )
    return None if found is None or isinstance(found, dict) else found.body


def _is_suspect(body: etree._Element, size_chars: int, paragraphs_chars: int) -> bool:
    if size_chars < paragraphs_chars * _LOST_SHARE:
        return size_chars < _SHORT_CHARS
    if size_chars < paragraphs_chars * _SURPLUS_FACTOR:
        return False
    blocks, items = (sum(1 for _ in body.iter(tag)) for tag in ("p", "item"))
    return blocks <= 1 or items * 2 >= blocks


def _add_lead(tree: HtmlElement, body: etree._Element) -> None:
    """Put the page's description before the text if the page shows it, but the text lacks it."""
    description = _description(tree)
    key = description[:_LEAD_KEY_CHARS]
    if len(description) < _LEAD_CHARS or key in words_of(body):
        return
    begun = (
        element
        for element in tree.iter(*_LEAD_TAGS)
        if element.text and key.startswith(element.text.strip()[: _LEAD_KEY_CHARS // 4] or "\n")
    )
    for element in islice(begun, _LEAD_TRIES):
        shown = words_of(element)
        if shown.startswith(key) and len(shown) < 2 * len(description):
            lead = etree.Element("p")
            lead.text = shown
            title = next((i for i, block in enumerate(body) if block.tag != "head"), len(body))
            body.insert(title, lead)
            return


def _description(tree: HtmlElement) -> str:
    for meta in tree.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        if name in ("og:description", "description"):
            said = " ".join((meta.get("content") or "").split())
            if len(said) >= _LEAD_CHARS:
                return said
    return ""


def _drop_dangling(body: etree._Element) -> None:
    """Take away headings and labels at the end: what they announced was not taken."""
    while len(body):
        last = body[-1]
        words = words_of(last)
        label = last.tag == "p" and len(words) < _LABEL_CHARS and words.endswith(":")
        if (last.tag != "head" and not label) or len(body) == 1:
            return
        body.remove(last)


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
