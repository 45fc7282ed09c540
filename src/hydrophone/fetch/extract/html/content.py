"""All of the text below an element."""

from __future__ import annotations

from lxml import etree

# Twice as quick as to join what `itertext` gives, and that is asked of whole pages.
_STRING = etree.XPath("string()", smart_strings=False)


def text_of(element: etree._Element) -> str:
    """The text of the element and of those in it, as written."""
    return str(_STRING(element)) if len(element) else element.text or ""


def words_of(element: etree._Element) -> str:
    """The same with single blanks between words."""
    return " ".join(text_of(element).split())


def squeezed(element: etree._Element) -> str:
    """The same without white space."""
    return "".join(text_of(element).split())
