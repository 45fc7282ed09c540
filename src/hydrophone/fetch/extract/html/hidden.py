"""Text of a page that its readers do not see is taken out before anything is read.

What a page hides from people is at best a duplicate and at worst an instruction to the machine that
reads it. Hidden is what `styles` can see: not displayed or invisible, as clear as glass, too
small to be read, of the colour of its background, out of sight, cut to nothing; also what is
hidden from everybody or from screen readers by attributes, and what is for these alone.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from lxml import etree
from lxml.etree import ParseError, ParserError
from lxml.html import HtmlElement, fragment_fromstring

from hydrophone.fetch.extract.html.content import squeezed
from hydrophone.fetch.extract.html.styles.css import Declarations, declarations, has_hint
from hydrophone.fetch.extract.html.styles.sheet import Sheet

# Of all text, and of that in paragraphs.
_MOST_SHARE = 0.5
_PROSE_SHARE = 0.33
_MUCH_CHARS = 200
_TINY_PX = 2.0
_OUT_OF_SIGHT_PX = 500.0
_FOR_SCREEN_READERS = frozenset(
    {"sr-only", "visually-hidden", "visuallyhidden", "screen-reader-text"}
)
_READ_ALOUD = re.compile("|".join(_FOR_SCREEN_READERS))
_NEVER_SHOWN = frozenset({"script", "style", "template", "noscript", "title", "head"})
_MATHS = re.compile(r"katex|mathjax|mjx", re.IGNORECASE)
_NUMBER = re.compile(r"(-?\d*\.?\d+)(px|pt|em|rem|ex|ch|vw|vh|%)?")
_PX_BY_UNIT = {"": 1.0, "px": 1.0, "pt": 1.33, "em": 16.0, "rem": 16.0, "%": 0.16, "vw": 12.0}
_RGB = re.compile(r"rgba?\(\s*(\d+)[\s,]+(\d+)[\s,]+(\d+)(?:[\s,/]+([\d.]+%?))?\s*\)")
_COLOURS = {"white": (255, 255, 255), "black": (0, 0, 0), "snow": (255, 250, 250)}
_SAME_COLOUR = 12
_CUT = re.compile(
    r"rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)"
    r"|inset\(\s*(?:50|100)%|circle\(\s*0|polygon\(\s*0(?:px)?\s+0"
)
_SHRUNK = re.compile(r"scale[xy3d]*\(\s*0(?:\.0+)?\s*[,)]")
_SIDES = ("left", "right", "top", "bottom")
_SIZES = ("width", "height", "max-width", "max-height")
_PLACED = ("absolute", "fixed", "relative")
# Sites say the same few sizes and colours again and again.
_VALUES = 4096
_Colour = tuple[int, int, int]


def drop_hidden(tree: HtmlElement, styles: Sequence[str], *, plain: bool) -> None:
    """Take out of the page what its readers do not see, by these style sheets of its own. `plain`:
    it has no others, so its ground is white."""
    elements = list(tree.iter(etree.Element))
    sheet = Sheet(elements, styles, _may_hide)
    marked = _marked(elements, sheet)
    if not marked:
        return
    dropped: set[HtmlElement] = set()
    for element in marked:
        if element in dropped:
            continue
        declared = sheet.declared(element)
        if _is_gone(element, declared):
            if not _is_most(element, tree):
                dropped.update(element.iter())
                _drop(element)
        elif _is_faint(element, declared, sheet, plain=plain) and not _is_most(element, tree):
            _blank(element, sheet)


def hides(tag: str) -> bool:
    """Whether an opening tag, as it is written, hides what is in its element."""
    try:
        element = fragment_fromstring(tag)
    except (ParserError, ParseError, ValueError):
        return False
    if element.tag in _NEVER_SHOWN:
        return True
    declared = declarations(element.get("style") or "")
    return _is_gone(element, declared) or _may_hide(declared)


def _marked(elements: Sequence[HtmlElement], sheet: Sheet) -> list[HtmlElement]:
    """The elements that may be hidden by what they or the style sheet say, the outer ones first."""
    suspects = sheet.suspects
    aloud = {names for names in set(sheet.classes) if names and _READ_ALOUD.search(names)}
    found = []
    for element, names in zip(elements, sheet.classes, strict=True):
        get = element.get
        style = get("style")
        if (
            (style and has_hint(style.lower()))
            or get("hidden") is not None
            or get("aria-hidden") is not None
            or names in aloud
            or element in suspects
        ):
            found.append(element)
    return found


def _may_hide(rule: Declarations) -> bool:
    declared = {name: value.removesuffix("!important").strip() for name, value in rule.items()}
    if declared.get("display") == "none" or declared.get("visibility") in ("hidden", "collapse"):
        return True
    if any(_is_far(declared.get(side)) for side in _SIDES):
        return True
    return _is_out_of_sight(declared) or _is_tiny(declared) or _is_pale(declared)


def _is_pale(declared: Declarations) -> bool:
    """Whether the colour could be that behind the text: white or clear, or said to be it."""
    colour = _colour(declared.get("color", ""))
    behind = _colour(declared.get("background-color") or declared.get("background") or "")
    if colour is not None and isinstance(behind, tuple):
        return _is_same(colour, behind)
    return colour == "clear" or (colour is not None and _is_same(colour, _COLOURS["white"]))


def _drop(element: HtmlElement) -> None:
    if element.getparent() is not None and element.tag not in ("html", "body", "head"):
        element.drop_tree()


def _is_most(element: HtmlElement, tree: HtmlElement) -> bool:
    """Whether so much of the page's text is in the element that scripts, or a style sheet that we
    do not see, must show it."""
    if _size_chars(element) < _MUCH_CHARS:
        return False
    body = tree.find("body")
    whole = tree if body is None else body
    if _size_chars(element) > _size_chars(whole) * _MOST_SHARE:
        return True
    prose = sum(map(_size_chars, element.iter("p")))
    return prose > _MUCH_CHARS and prose > sum(map(_size_chars, whole.iter("p"))) * _PROSE_SHARE


def _size_chars(element: HtmlElement) -> int:
    return len(squeezed(element))


def _is_gone(element: HtmlElement, declared: Declarations) -> bool:
    """Whether the element is not to be seen with all that is in it."""
    if element.get("hidden", "until-found") != "until-found":
        return True
    classes = element.get("class") or ""
    if element.get("aria-hidden") == "true" and not _MATHS.search(classes):
        return True
    if not _FOR_SCREEN_READERS.isdisjoint(classes.split()):
        return True
    if not declared:
        return False
    return declared.get("display") == "none" or _is_out_of_sight(declared)


def _is_out_of_sight(declared: Declarations) -> bool:
    get = declared.get
    opacity = _px(get("opacity", "1"))
    if opacity is not None and opacity < 0.05:
        return True
    if get("position") in _PLACED and any(_is_far(get(side)) for side in _SIDES):
        return True
    if _is_far(get("text-indent")):
        return True
    if _CUT.search(f"{get('clip')} {get('clip-path')}"):
        return True
    cut = get("overflow", "").startswith(("hidden", "clip"))
    if cut and any(_is_nothing(get(size)) for size in _SIZES):
        return True
    return "transform" in declared and _SHRUNK.search(declared["transform"]) is not None


def _is_far(value: str | None) -> bool:
    """Whether a place is beyond the upper or left edge."""
    place = _px(value) if value else None
    return place is not None and place < -_OUT_OF_SIGHT_PX


def _is_nothing(value: str | None) -> bool:
    size = _px(value) if value else None
    return size is not None and 0 <= size <= 1


@lru_cache(_VALUES)
def _px(value: str) -> float | None:
    number = _NUMBER.fullmatch(value.strip())
    return float(number[1]) * _PX_BY_UNIT.get(number[2] or "", 16.0) if number else None


def _is_faint(element: HtmlElement, declared: Declarations, sheet: Sheet, *, plain: bool) -> bool:
    """Whether the element's own text cannot be seen, although what is in it may be."""
    if declared.get("visibility") in ("hidden", "collapse"):
        return True
    if _is_tiny(declared):
        return True
    clipped = f"{declared.get('background-clip')} {declared.get('-webkit-background-clip')}"
    if "color" not in declared or "text" in clipped:
        return False
    if declared["color"] == "transparent":
        return True
    return _is_on_its_colour(element, declared["color"], sheet, plain=plain)


def _is_tiny(declared: Declarations) -> bool:
    size = _px(declared["font-size"]) if "font-size" in declared else None
    return size is not None and size < _TINY_PX


def _is_on_its_colour(element: HtmlElement, color: str, sheet: Sheet, *, plain: bool) -> bool:
    """Whether the colour is that behind the element: of the nearest background that is known, or,
    for a colour of its own, white where no other style sheet could give it another one."""
    wanted = _colour(color)
    if wanted is None or wanted == "clear":
        return wanted is not None
    for around in (element, *element.iterancestors()):
        declared = sheet.declared(around)
        said = declared.get("background-color") or declared.get("background")
        if around.get("bgcolor"):
            said = said or around.get("bgcolor")
        if said:
            behind = _colour(said)
            return isinstance(behind, tuple) and _is_same(wanted, behind)
    own = declarations(element.get("style") or "")
    return plain and "color" in own and _is_same(wanted, _COLOURS["white"])


@lru_cache(_VALUES)
def _colour(value: str) -> _Colour | str | None:
    """Red, green and blue; "clear" for a colour that is none; None for what is half of one, or not
    understood."""
    value = value.strip().lower()
    if value in _COLOURS:
        return _COLOURS[value]
    if value == "transparent":
        return "clear"
    if re.fullmatch(r"#[0-9a-f]{3,4}", value):
        value = "#" + "".join(2 * digit for digit in value[1:])
    if re.fullmatch(r"#[0-9a-f]{6}(?:[0-9a-f]{2})?", value):
        if value[7:9] == "00":
            return "clear"
        return int(value[1:3], 16), int(value[3:5], 16), int(value[5:7], 16)
    found = _RGB.fullmatch(value)
    if found is None:
        return None
    opaque = 1.0 if found[4] is None else float(found[4].rstrip("%")) / (100 ** found[4].count("%"))
    if opaque < 0.9:
        return "clear" if opaque < 0.05 else None
    return int(found[1]), int(found[2]), int(found[3])


def _is_same(one: _Colour | str, other: _Colour) -> bool:
    return isinstance(one, tuple) and all(
        abs(a - b) <= _SAME_COLOUR for a, b in zip(one, other, strict=True)
    )


def _blank(element: HtmlElement, sheet: Sheet) -> None:
    """Take the element's text, and that in it but for what is set to be seen again."""
    element.text = None
    for child in element:
        child.tail = None
        if isinstance(child.tag, str) and not _is_seen_again(sheet.declared(child)):
            _blank(child, sheet)


def _is_seen_again(declared: Declarations) -> bool:
    if declared.get("visibility") == "visible" or "color" in declared:
        return True
    size = _px(declared["font-size"]) if "font-size" in declared else None
    return size is not None and size >= _TINY_PX
