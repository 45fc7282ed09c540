"""Lists that trafilatura left out although the paragraphs beside them are text.

Where no element of a page says that it holds the text, trafilatura collects paragraphs from all of
the page, but no headings and no lists: points of a manual and notes of a release are lost. What is
put back stands beside a paragraph that was taken, is not mostly links, and no part of it is in the
text already.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from itertools import islice, zip_longest
from typing import TypeAlias

from lxml import etree
from lxml.html import HtmlElement

from hydrophone.fetch.extract.html.content import squeezed

_LISTS = ("ul", "ol", "dl")
_ITEMS = frozenset({"li", "dd", "dt", *_LISTS})
_MARKS = frozenset({"p", *_LISTS})
_OTHER = "\n"
_KEY_CHARS = 80
# A shorter run of text may well be said elsewhere on the page, too.
_PART_CHARS = 20
_PROSE_CHARS = 40
_REACH = 3
_LINK_SHARE = 0.5
# What a page that is made of lists may cost.
_LISTS_LIMIT = 300
_SIBLINGS_LIMIT = 20
_PARTS_LIMIT = 20
_APPARATUS = re.compile(
    r"\b(?:shar(?:e|ing)|social|tags?|related|breadcrumbs?|nav(?:igation)?|menu|meta|comments?|"
    r"pag(?:er|ination)|footer|widget|promo|toolbar)(?:\b|_)|display:\s*none",
    re.IGNORECASE,
)
_Places: TypeAlias = dict[str, etree._Element | None]


def restore_lists(tree: HtmlElement, body: etree._Element) -> None:
    """Put the lists of the page that belong to the text into it, where they stand on the page."""
    if next(body.iter("head", "list"), None) is not None:
        return
    places, said = _places(body), squeezed(body)
    outer = (found for found in tree.iter(*_LISTS) if not _is_inner(found))
    for found in islice(outer, _LISTS_LIMIT):
        beside = [(places.get(key), before) for key, before in _keys_beside(found)]
        known = [(place, before) for place, before in beside if place is not None]
        if any(_is_prose(place) for place, _ in known) and _is_lost_text(found, said):
            place, before = known[0]
            places[_key(found)] = _insert(found, place, before=before)


def _places(body: etree._Element) -> _Places:
    """The paragraphs of the text by how they begin; None where several begin alike."""
    places: _Places = {}
    for block in body.iter("p"):
        key = _key(block)
        places[key] = block if key and key not in places else None
    return places


def _is_prose(place: etree._Element) -> bool:
    return place.tag == "p" and len(squeezed(place)) >= _PROSE_CHARS


def _keys_beside(found: HtmlElement) -> Iterator[tuple[str, bool]]:
    """Beginnings of the elements around, the nearest first, and whether they come before it."""
    before, after = (
        islice(filter(None, map(_mark, islice(siblings, _SIBLINGS_LIMIT))), _REACH)
        for siblings in (found.itersiblings(preceding=True), found.itersiblings())
    )
    for earlier, later in zip_longest(before, after, fillvalue=""):
        yield earlier, True
        yield later, False


def _is_lost_text(found: HtmlElement, said: str) -> bool:
    marks = " ".join(found.get(name, "") for name in ("class", "id", "role", "style"))
    if "hidden" in found.attrib or _APPARATUS.search(marks):
        return False
    words = squeezed(found)
    links_chars = sum(len(squeezed(link)) for link in found.iter("a"))
    if not words or links_chars >= len(words) * _LINK_SHARE or words[:_KEY_CHARS] in said:
        return False
    parts = ("".join(part.split()) for part in found.itertext())
    long = (part for part in parts if len(part) >= _PART_CHARS)
    return not any(part in said for part in islice(long, _PARTS_LIMIT))


def _insert(found: HtmlElement, place: etree._Element, *, before: bool) -> etree._Element:
    """A copy of the list, put behind `place` if that comes `before` it on the page."""
    copied = deepcopy(found)
    copied.tail = None
    parent = place.getparent()
    if parent is not None:
        parent.insert(parent.index(place) + before, copied)
    return copied


def _is_inner(found: HtmlElement) -> bool:
    parent = found.getparent()
    return parent is None or parent.tag in _ITEMS


def _mark(beside: HtmlElement) -> str:
    """The key of what may stand in the text, nothing if it is empty."""
    return _key(beside) if beside.tag in _MARKS else _OTHER


def _key(element: etree._Element) -> str:
    """How the element begins."""
    return squeezed(element)[:_KEY_CHARS]
