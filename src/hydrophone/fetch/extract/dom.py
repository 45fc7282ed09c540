"""An element tree into blocks. Knows HTML's elements and those of trafilatura's own tree."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

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
_LISTS = frozenset({"ul", "ol", "list", "menu", "dir"})
_SIGN_LINKS = frozenset({"¶", "#", "§", "🔗", ""})


def render(root: Element, out: TextBuilder, *, skip: frozenset[Element] = frozenset()) -> None:
    """Add the blocks of `root` to `out`, leaving out the elements in `skip`."""
    _Renderer(out, skip).render(root)


class _Renderer:
    def __init__(self, out: TextBuilder, skip: frozenset[Element]) -> None:
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
        self._inline.append(_collapse(element.text))
        for child in element:
            if isinstance(child.tag, str) and child not in self._skip:
                self._enter(child, child.tag)
            self._inline.append(_collapse(child.tail))

    def _enter(self, element: Element, tag: str) -> None:
        if tag in _SKIPPED or _is_sign_link(element, tag):
            return
        if tag in _HEADINGS or tag == "head":
            self._heading(element, tag)
        elif tag in ("br", "lb"):
            self._inline.append("\n")
        elif tag in ("pre", "listing") or (tag == "code" and self._is_block_code(element)):
            self._flush()
            self._out.code("".join(_own_texts(element)))
        elif tag == "table":
            self._table(element)
        elif tag in _LISTS:
            self._list(element)
        elif tag in ("li", "item"):
            self._item(element)
        elif tag in ("dt", "dd"):
            self._described(element, tag)
        elif tag in _BLOCKS or tag == "dl":
            self._flush()
            self._walk(element)
            self._flush()
        else:
            self._walk(element)

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

    def _heading(self, element: Element, tag: str) -> None:
        self._flush()
        self._marker = ""
        level = _HEADINGS.get(tag) or _HEADINGS.get(element.get("rend", ""), 2)
        self._out.heading(level, _inline_text(element))

    def _is_block_code(self, element: Element) -> bool:
        return not "".join(self._inline).strip() and "\n" in "".join(element.itertext()).strip()

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

    def _described(self, element: Element, role: str) -> None:
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
                self._out.paragraph(_inline_text(row))
                continue
            cells = [cell for cell in row if cell.tag in ("td", "th", "cell")]
            self._out.row([_inline_text(cell) for cell in cells])


def _is_layout(table: Element) -> bool:
    """Tables that only place things, not tables of values, are read as if they were not there."""
    inner = table.iter("table", "h1", "h2", "h3", "head", "pre", "ul", "ol", "list", "dl", "form")
    if any(element is not table for element in inner):
        return True
    widest = max((sum(1 for _ in row) for row in table.iter("tr", "row")), default=0)
    return widest < 2


def _is_sign_link(element: Element, tag: str) -> bool:
    if tag != "a" or len(element):
        return False
    return (element.text or "").strip() in _SIGN_LINKS


def _collapse(text: str | None) -> str:
    """Line ends in the source are blanks; those that <br> means are added afterwards."""
    return " ".join(f"|{text}|".split())[1:-1] if text and not text.isspace() else " " * bool(text)


def _own_texts(element: Element) -> Iterator[str]:
    """The texts of preformatted lines, <br> as a line feed, sign links left out."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _SKIPPED:
            if child.tag in ("br", "lb"):
                yield "\n"
            elif not _is_sign_link(child, child.tag):
                yield from _own_texts(child)
        yield child.tail or ""


def _inline_text(element: Element) -> str:
    """All of the element's text on one line, blocks inside it set apart by blanks."""
    parts = [element.text or ""]
    for child in element:
        if isinstance(child.tag, str) and child.tag not in _SKIPPED:
            apart = " " if child.tag in _BLOCKS or child.tag in ("br", "lb", "li", "item") else ""
            if not _is_sign_link(child, child.tag):
                parts += [apart, _inline_text(child), apart]
        parts.append(child.tail or "")
    return "".join(parts)
