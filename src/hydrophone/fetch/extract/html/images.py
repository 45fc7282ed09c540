"""The pictures of a page that mean something, with what the page says they show."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from itertools import islice

from lxml.html import HtmlElement

from hydrophone.fetch.extract.clean import clean_line
from hydrophone.fetch.page import IMAGES_LIMIT
from hydrophone.types import ImageRef

_ALT_CHARS = 500
_LOOKED_AT = 500
_SMALLEST_PX = 50
# Where pages that load pictures late keep their addresses; `src` then holds a stand-in.
_SOURCES = ("data-src", "data-original", "data-lazy-src", "src")
_DECORATION = re.compile(
    r"\A(?:logo|icon|avatar|spacer|pixel|banner|advert\w*|image|img|photo|picture|thumbnail"
    r"|gravatar|emoji|smiley|arrow|share|prev\w*|next|up|home|contents|note|tip|warning|caution|facebook|twitter|rss|\W*|\d+|[\w-]+\.(?:jpe?g|png|gif))\Z"
    r"|\b(?:logo|icon|avatar)\Z",
    re.IGNORECASE,
)
_DECORATIVE_PATH = re.compile(
    r"(?:^|[/_.-])(?:spacer|pixel|blank|sprite|icons?|logo|avatars?|emoji|smil(?:ey|ies)|gravatar)"
    r"(?:[/_.@-]|\d|$)",
    re.IGNORECASE,
)


def read_images(root: HtmlElement, resolve: Callable[[str], str | None]) -> tuple[ImageRef, ...]:
    """At most 32 pictures below `root` in order, each once; those without a text are left out."""
    images: dict[str, ImageRef] = {}
    for element in islice(root.iter("img"), _LOOKED_AT):
        alt = _text_of(element)
        written = next((value for name in _SOURCES if (value := element.get(name))), "")
        if not alt or not written or _is_decorative(element, alt, written):
            continue
        url = resolve(written)
        if url is not None and url not in images:
            images[url] = ImageRef(url, alt)
            if len(images) == IMAGES_LIMIT:
                break
    return tuple(images.values())


def _text_of(element: HtmlElement) -> str:
    """The alternative text, or the caption of the figure that the picture is alone in."""
    alt = clean_line(element.get("alt") or "")
    if not alt or _DECORATION.search(alt):
        figure = next(element.iterancestors("figure"), None)
        caption = figure.find(".//figcaption") if figure is not None else None
        if caption is not None and figure is not None and len(figure.findall(".//img")) == 1:
            alt = clean_line(caption.text_content())
    return alt[:_ALT_CHARS]


def _is_decorative(element: HtmlElement, alt: str, written: str) -> bool:
    if element.get("role") in ("presentation", "none") or element.get("aria-hidden") == "true":
        return True
    if any(size < _SMALLEST_PX for size in _sizes_px(element)):
        return True
    path = written.partition("?")[0]
    return bool(_DECORATION.search(alt) or _DECORATIVE_PATH.search(path))


def _sizes_px(element: HtmlElement) -> Iterator[int]:
    for name in ("width", "height"):
        digits = (element.get(name) or "").removesuffix("px")
        if digits.isascii() and digits.isdigit():
            yield int(digits[:6])
