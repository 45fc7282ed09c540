"""An element tree into blocks. Knows HTML's elements and those of trafilatura's own tree."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Protocol, TypeAlias

from hydrophone.fetch.extract.blocks import TextBuilder


class Element(Protocol):
    """What is used of an lxml element; comments and instructions have a `tag` that is no text."""

    tag: object
    text: str | None
    tail: str | None

    def get(self, key: str, default: str = "") -> str: ...
    def iter(self, *tags: str) -> Iterator[Element]: ...
    def itertext(self) -> Iterator[str]: ...
    def __iter__(self) -> Iterator[Element]: ...
    def __len__(self) -> int: ...


Skip: TypeAlias = Callable[[Element], bool] | None
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_SKIPPED_NAMES = (
    "script style template noscript svg math button select textarea input iframe object embed "
    "audio video canvas map nav dialog graphic"
)
_SKIPPED = frozenset(_SKIPPED_NAMES.split())
_BLOCKS_NAMES = (
    "address article aside blockquote body center details div fieldset figcaption figure footer "
    "form header hgroup hr html legend main p quote section summary tbody td th thead tfoot tr "
    "caption row cell ab"
)
_BLOCKS = frozenset(_BLOCKS_NAMES.split())
_KINDS = {
    **dict.fromkeys(_BLOCKS, "block"),
    "dl": "block",
    **dict.fromkeys(_SKIPPED, "skipped"),
    **dict.fromkeys((*_HEADINGS, "head"), "heading"),
    **dict.fromkeys(("br", "lb"), "break"),
    **dict.fromkeys(("pre", "listing", "code"), "code"),
    "table": "table",
    **dict.fromkeys(("ul", "ol", "list", "menu", "dir"), "list"),
    **dict.fromkeys(("li", "item"), "item"),
    **dict.fromkeys(("dt", "dd"), "described"),
}
_SIGN_LINKS = frozenset({"¶", "#", "§", "🔗", ""})


def render(root: Element, out: TextBuilder, *, skip: Skip = None) -> None:
    """Add the blocks of `root` to `out`, leaving out the elements of which `skip` is true."""
    _Renderer(out, skip).render(root)


class _Renderer:
    def __init__(self, out: TextBuilder, skip: Skip) -> None:
        self._out = out
        self._skip = skip
        self._inline: list[str] = []
        self._depth = -1
        self._marker = ""
        self._role = ""

    def render(self, root: Element) -> None:
        self._walk(root)
        self._flush()

    def _walk(self, element: Element) -> None:
        inline, skip = self._inline, self._skip
        if text := element.text:
            inline.append(_collapse(text))
        for child in element:
            tag = child.tag
            if isinstance(tag, str) and not (skip is not None and skip(child)):
                self._enter(child, tag)
            if tail := child.tail:
                inline.append(_collapse(tail))

    def _enter(self, element: Element, tag: str) -> None:
        kind = _KINDS.get(tag)
        if kind is None:
            if tag != "a" or not _is_sign_link(element):
                self._walk(element)
        elif kind == "block":
            self._flush()
            self._walk(element)
            self._flush()
        elif kind == "break":
            self._inline.append("\n")
        elif kind == "code":
            self._code(element, tag)
        elif kind != "skipped":
            _STRUCTURES[kind](self, element)

    def _flush(self) -> None:
        """End the block that the collected text makes."""
        text = "".join(self._inline)
        self._inline.clear()
        if not text.strip():
            return
        if self._marker:
            self._out.item(text, depth=max(self._depth, 0), marker=self._marker)
            self._marker = ""
        elif self._role == "dt":
            self._out.term(text)
        elif self._role == "dd":
            self._out.definition(text)
            self._role = ""
        else:
            self._out.paragraph(text)

    def _heading(self, element: Element) -> None:
        self._flush()
        self._marker = ""
        level = _HEADINGS.get(str(element.tag)) or _HEADINGS.get(element.get("rend", ""), 2)
        self._out.heading(level, _inline_text(element, self._skip))

    def _code(self, element: Element, tag: str) -> None:
        if tag == "code" and not self._is_block_code(element):
            self._walk(element)
            return
        self._flush()
        self._out.code("".join(_own_texts(element)))

    def _is_block_code(self, element: Element) -> bool:
        return "\n" in "".join(element.itertext()).strip() and not "".join(self._inline).strip()

    def _list(self, element: Element) -> None:
        self._flush()
        self._depth += 1
        self._walk(element)
        self._flush()
        self._depth -= 1

    def _item(self, element: Element) -> None:
        role = element.get("rend", "")[:2]
        if role in ("dt", "dd"):
            self._described(element, role)
            return
        self._flush()
        self._marker = "-"
        self._walk(element)
        self._flush()
        self._marker = ""

    def _described(self, element: Element, role: str = "") -> None:
        role = role or str(element.tag)
        self._flush()
        outer, self._role = self._role, role
        self._walk(element)
        self._flush()
        self._role = outer

    def _table(self, table: Element) -> None:
        self._flush()
        if _is_layout(table):
            self._walk(table)
            self._flush()
            return
        for row in table.iter("tr", "row", "caption"):
            if row.tag == "caption":
                self._out.paragraph(_inline_text(row, self._skip))
                continue
            cells = [cell for cell in row if cell.tag in ("td", "th", "cell")]
            self._out.row([_inline_text(cell, self._skip) for cell in cells])


_STRUCTURES: dict[str, Callable[[_Renderer, Element], None]] = {
    "heading": _Renderer._heading,
    "table": _Renderer._table,
    "list": _Renderer._list,
    "item": _Renderer._item,
    "described": _Renderer._described,
}


def _is_layout(table: Element) -> bool:
    """Tables that only place things, not tables of values, are read as if they were not there."""
    inner = table.iter("table", "h1", "h2", "h3", "head", "pre", "ul", "ol", "list", "dl", "form")
    if any(element is not table for element in inner):
        return True
    widest = max((sum(1 for _ in row) for row in table.iter("tr", "row")), default=0)
    return widest < 2


def _is_sign_link(link: Element) -> bool:
    return not len(link) and (link.text or "").strip() in _SIGN_LINKS


def _collapse(text: str) -> str:
    """Line ends in the source are blanks; those that <br> means are added afterwards."""
    return text if text.isprintable() else " ".join(f"|{text}|".split())[1:-1]


def _own_texts(element: Element) -> Iterator[str]:
    """The texts of preformatted lines, <br> as a line feed, sign links left out."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _SKIPPED:
            if child.tag in ("br", "lb"):
                yield "\n"
            elif child.tag != "a" or not _is_sign_link(child):
                yield from _own_texts(child)
        yield child.tail or ""


def _inline_text(element: Element, skip: Skip) -> str:
    """All of the element's text on one line, blocks inside it set apart by blanks."""
    parts = [element.text or ""]
    for child in element:
        tag = child.tag
        if isinstance(tag, str) and tag not in _SKIPPED and not (skip is not None and skip(child)):
            apart = " " if tag in _BLOCKS or tag in ("br", "lb", "li", "item") else ""
            if tag != "a" or not _is_sign_link(child):
                parts += [apart, _inline_text(child, skip), apart]
        parts.append(child.tail or "")
    return "".join(parts)
