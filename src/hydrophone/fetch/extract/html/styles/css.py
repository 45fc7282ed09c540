"""Style sheets and `style` attributes into declarations."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TypeAlias

from lxml.html import HtmlElement

Declarations: TypeAlias = Mapping[str, str]

_PROPERTY_NAMES = (
    "display visibility opacity font-size color background background-color background-clip "
    "-webkit-background-clip position left right top bottom text-indent clip clip-path width "
    "height max-width max-height overflow transform"
)
PROPERTIES = frozenset(_PROPERTY_NAMES.split())
# No block hides without one of these; most blocks have none.
_HINT_WORDS = "none hidden collapse opacity clip font -1 -5 -9 scale( white #f rgb background tra"
_HINTS = tuple(_HINT_WORDS.split())
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_EVERY_SCREEN = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*", re.IGNORECASE)
_BRACE = re.compile(r"[{}]")
_SHEET_LIMIT_CHARS = 300_000


def sheets_in(tree: HtmlElement) -> list[str]:
    """The page's own style sheets for screens."""
    return [style.text for style in tree.iter("style") if style.text and _for_screens(style)]


def has_no_other_sheets(tree: HtmlElement) -> bool:
    """Whether nothing but the page itself says how it looks."""
    return not any("stylesheet" in (link.get("rel") or "").lower() for link in tree.iter("link"))


def declarations(text: str) -> dict[str, str]:
    """The declarations of a `style` attribute or a rule's block that can hide, in lower case;
    `!important` stays at the end of its value."""
    found: dict[str, str] = {}
    for declaration in _COMMENT.sub("", text).lower().split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip(), " ".join(value.split())
        if name == "font" and colon:
            name, value = (
                "font-size",
                next(iter(re.findall(r"[\d.]+(?:px|pt|em|rem|%)", value)), ""),
            )
        if name in PROPERTIES and value:
            found[name] = value
    return found


def has_hint(style: str) -> bool:
    """Whether a style, in lower case, could hide at all."""
    # A loop: this is asked of every block of every page.
    for hint in _HINTS:  # noqa: SIM110
        if hint in style:
            return True
    return False


def blocks_in(sheet: str) -> Iterator[tuple[str, str]]:
    """Selectors and declarations, the latter in lower case; what stands under conditions that do
    not hold on every screen is left out."""
    text = _COMMENT.sub("", sheet[:_SHEET_LIMIT_CHARS])
    position = inside = 0
    while (opened := text.find("{", position)) >= 0:
        prelude = text[position:opened].rpartition(";")[2].strip()
        while inside and prelude.startswith("}"):
            inside, prelude = inside - 1, prelude[1:].lstrip()
        if _EVERY_SCREEN.fullmatch(prelude):
            closed, inside = opened, inside + 1
        elif prelude.startswith("@"):
            closed = _end_of_block(text, opened)
        else:
            closed = text.find("}", opened)
            closed = len(text) if closed < 0 else closed
            yield prelude, text[opened + 1 : closed].lower()
        position = closed + 1


def _end_of_block(text: str, opened: int) -> int:
    depth = 0
    for brace in _BRACE.finditer(text, opened):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return len(text)


def _for_screens(style: HtmlElement) -> bool:
    return (style.get("media") or "all").strip().lower() in ("all", "screen", "only screen")
