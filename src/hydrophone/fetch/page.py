"""What a crawler needs of a page besides its text: where it leads and what it allows."""

from __future__ import annotations

from dataclasses import dataclass

from hydrophone.types import Document

IMAGES_LIMIT = 32  # of one document


@dataclass(frozen=True, slots=True)
class Link:
    """An absolute http(s) URL without its fragment; `nofollow`: the page does not vouch for it."""

    url: str
    nofollow: bool = False


@dataclass(frozen=True, slots=True)
class Page:
    """A body that was read, for a crawler.

    `document` is None when there is no text, and when the page forbids to index it (`noindex`).
    `links` come in the order of the page, each URL once. `canonical`, `feeds` and `refresh` (where
    a `<meta>` sends the browser, if elsewhere) are absolute http(s) URLs without fragments.
    """

    document: Document | None
    links: tuple[Link, ...] = ()
    canonical: str | None = None
    noindex: bool = False
    nofollow: bool = False
    feeds: tuple[str, ...] = ()
    refresh: str | None = None
