"""What a page says of itself in the vocabulary of schema.org, written as JSON-LD."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from lxml.html import HtmlElement

# What hid scripts from the browsers and the XML parsers of old.
_BEGINNINGS = ("<!--", "//<![CDATA[", "/*<![CDATA[*/", "<![CDATA[")
_ENDS = ("//-->", "-->", "//]]>", "/*]]>*/", "]]>", ";")
_DATED = frozenset({"headline", "datePublished", "dateModified"})
_LIMIT_CHARS = 1_000_000
_NODES_LIMIT = 5_000


@dataclass(frozen=True, slots=True)
class Statements:
    """Of the first article that is described; empty where nothing is said. Dates as written."""

    headline: str = ""
    authors: tuple[str, ...] = ()
    published: str = ""
    modified: str = ""


def read_statements(tree: HtmlElement) -> Statements:
    """What the JSON-LD of the page says; what is no JSON says nothing."""
    nodes = [node for script in tree.iter("script") for node in _nodes(script)]
    described = sorted((node for node in nodes if _rank(node)), key=_rank)
    if not described:
        return Statements()
    by_id = {str(node["@id"]): node for node in nodes if "@id" in node and "name" in node}
    best = described[0]
    return Statements(
        headline=_text(best.get("headline"))
        or (_text(best.get("name")) if _rank(best) < 3 else ""),
        authors=tuple(dict.fromkeys(_names(best.get("author") or best.get("creator"), by_id))),
        published=_first(described, "datePublished", "dateCreated", "uploadDate"),
        modified=_first(described, "dateModified"),
    )


def _nodes(script: HtmlElement) -> Iterator[dict[str, Any]]:
    """All objects in the script, the outer ones first."""
    source = script.text or ""
    if "ld+json" not in (script.get("type") or "") or len(source) > _LIMIT_CHARS:
        return
    try:
        # Line ends inside strings are wrong, and common.
        waiting = [json.loads(_unwrapped(source), strict=False)]
    except (ValueError, RecursionError):
        return
    for _ in range(_NODES_LIMIT):
        if not waiting:
            return
        value = waiting.pop(0)
        if isinstance(value, dict):
            yield value
        inner = value.values() if isinstance(value, dict) else value
        waiting += [part for part in inner if isinstance(part, dict | list)]


def _unwrapped(source: str) -> str:
    source = source.strip()
    for beginning in _BEGINNINGS:
        source = source.removeprefix(beginning).strip()
    for end in _ENDS:
        source = source.removesuffix(end).strip()
    return source


def _rank(node: dict[str, Any]) -> int:
    """How much the node is what the page is about, 1 the most; 0 for what it only mentions."""
    types = node.get("@type")
    if types is None and not _DATED.isdisjoint(node):
        return 4
    for name in [types] if isinstance(types, str) else types if isinstance(types, list) else []:
        kind = str(name).rpartition("/")[2]
        if kind.endswith(("Article", "Posting", "Report")):
            return 1
        if kind in ("Recipe", "Review", "VideoObject", "Question", "CreativeWork", "Book"):
            return 2
        if kind.endswith("Page"):
            return 3
    return 0


def _first(nodes: list[dict[str, Any]], *names: str) -> str:
    return next((text for node in nodes for name in names if (text := _text(node.get(name)))), "")


def _names(value: object, by_id: dict[str, dict[str, Any]]) -> Iterator[str]:
    for author in value if isinstance(value, list) else [value]:
        named = author
        if isinstance(author, dict):
            node = by_id.get(str(author.get("@id"))) if not author.get("name") else None
            named = (node or author).get("name")
        for name in named if isinstance(named, list) else [named]:
            if text := _text(name):
                yield text


def _text(value: object) -> str:
    if isinstance(value, list) and value:
        value = value[0]
    return " ".join(value.split()) if isinstance(value, str) else ""
