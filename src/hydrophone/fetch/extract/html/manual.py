"""Pages of manuals: the tools that write them mark where the text is, so nothing is guessed."""

from __future__ import annotations

import re
from functools import partial

from lxml.html import HtmlElement

from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.html.dom import Element, render

_MANUAL_TOOLS = re.compile(
    r"docutils|sphinx|docbook|mkdocs|docusaurus|groff|mandoc|man2html|doxygen|asciidoc|texinfo"
    r"|makeinfo|javadoc|rustdoc|latex2html|hevea|pdoc|antora|vitepress|mdbook|gtk-doc|pod2html"
    r"|gi-docgen|mediawiki",
    re.IGNORECASE,
)
_MANUAL_ROOTS = (
    ".//*[@role='main']",
    ".//main",
    ".//div[@class='body']",
    ".//article",
    ".//*[@id='mw-content-text']",
)
_FURNITURE_ROLES = frozenset({"navigation", "search", "banner", "contentinfo"})
_FURNITURE_CLASSES = frozenset(
    {"navheader", "navfooter", "sphinxsidebar", "related", "headerlink", "footer"}
)
_CONTENTS_CLASSES = frozenset({"toc", "contents"})
# Of MediaWiki: buttons, boxes about the page rather than its subject, lists of references.
_WIKI_NAMES = (
    "mw-editsection mw-jump-link mw-portlet mw-indicators vector-dropdown vector-page-toolbar "
    "printfooter catlinks navbox metadata noprint references"
)
_WIKI_CLASSES = frozenset(_WIKI_NAMES.split())
_FURNITURE_IDS = frozenset({"footer", "siteSub", "contentSub", "jump-to-nav"})
_MUCH_CHARS = 500


def find_tool(tree: HtmlElement) -> str | None:
    """The tool for manuals that has left its mark, in lower case; None for other pages."""
    for meta in tree.iter("meta"):
        generated = (meta.get("name") or "").lower() == "generator"
        found = _MANUAL_TOOLS.search(meta.get("content") or "") if generated else None
        if found:
            return found[0].lower()
    marked = any(_is_from_sphinx(element) for element in tree.iter("script", "div"))
    return "sphinx" if marked else None


def _is_from_sphinx(element: HtmlElement) -> bool:
    if element.tag == "script":
        return bool(element.get("id") == "documentation_options")
    return bool(element.get("class") == "manual-text")


def find_root(tree: HtmlElement) -> HtmlElement:
    """The element that holds the text."""
    found = (element for path in _MANUAL_ROOTS for element in tree.xpath(path))
    body = tree.find("body")
    return next(found, tree if body is None else body)


def render_manual(root: HtmlElement, tool: str) -> TextBuilder:
    """All below `root` but navigation; tables of contents only when there is little else."""
    unwanted = _FURNITURE_CLASSES | (_WIKI_CLASSES if tool == "mediawiki" else frozenset())
    out = TextBuilder()
    render(root, out, skip=partial(_is_marked, unwanted | _CONTENTS_CLASSES))
    if out.size_chars < _MUCH_CHARS:
        # A page that is hardly more than its table of contents is read with it.
        out = TextBuilder()
        render(root, out, skip=partial(_is_marked, unwanted))
    return out


def _is_marked(unwanted: frozenset[str], element: Element) -> bool:
    classes = element.get("class")
    if classes and not unwanted.isdisjoint(classes.split()):
        return True
    if element.tag == "sup" and classes and "reference" in classes:
        return True
    return element.get("role") in _FURNITURE_ROLES or element.get("id") in _FURNITURE_IDS
