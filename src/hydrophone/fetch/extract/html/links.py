"""Where a page leads and what it allows: links, feeds, canonical URL, refresh, robots tags."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from lxml.html import HtmlElement

from hydrophone.fetch.extract.directives import Directives, read_directives
from hydrophone.fetch.extract.resolver import Resolver
from hydrophone.fetch.page import Link, Page

_LINKS_LIMIT = 10_000
_REFRESH_CHARS = 2_000
_TAGS = ("a", "area", "link", "frame", "iframe", "meta")
_UNTRUSTED = frozenset({"nofollow", "ugc", "sponsored"})
_FEED_TYPES = frozenset(
    {"application/rss+xml", "application/atom+xml", "application/feed+json", "application/rdf+xml"}
)
_PAGED = frozenset({"next", "prev"})
_REFRESH = re.compile(r"\s*[\d.]*\s*[;,\s]\s*(?:url\s*=\s*)?(.+)", re.IGNORECASE | re.DOTALL)


def read_outlook(tree: HtmlElement, resolver: Resolver, agent: str) -> Page:
    """All of the page but its document; `agent` is the crawler's name in robots tags."""
    reading = _Reading(resolver, agent.lower())
    for element in tree.iter(*_TAGS):
        reading.take(element)
        if len(reading.links) >= _LINKS_LIMIT:
            break
    return Page(
        document=None,
        links=tuple(Link(target, nofollow) for target, nofollow in reading.links.items()),
        canonical=reading.canonical,
        noindex=reading.directives.noindex,
        nofollow=reading.directives.nofollow,
        feeds=tuple(dict.fromkeys(reading.feeds)),
        refresh=reading.refresh if reading.refresh != resolver.page else None,
    )


def base_href(tree: HtmlElement) -> str:
    """The first `<base href>`; later ones do not count (WHATWG HTML, 4.2.3)."""
    return next((href for base in tree.iter("base") if (href := base.get("href"))), "")


@dataclass(slots=True)
class _Reading:
    resolver: Resolver
    agent: str
    links: dict[str, bool] = field(default_factory=dict)
    feeds: list[str] = field(default_factory=list)
    canonical: str | None = None
    refresh: str | None = None
    directives: Directives = field(default_factory=Directives)

    def take(self, element: HtmlElement) -> None:
        tag = element.tag
        if tag == "a" or tag == "area":
            self._link(element.get("href"), element.get("rel"))
        elif tag == "link":
            self._relation(element)
        elif tag == "meta":
            self._meta(element)
        else:
            self._link(element.get("src"), None)

    def _link(self, written: str | None, rel: str | None) -> None:
        if not written or written[0] == "#":
            return
        url = self.resolver.resolve(written)
        if url is not None:
            nofollow = rel is not None and not _UNTRUSTED.isdisjoint(rel.lower().split())
            # A URL that is linked plainly, too, is one that the page vouches for.
            self.links[url] = nofollow and self.links.get(url, True)

    def _relation(self, link: HtmlElement) -> None:
        href = link.get("href")
        relations = (link.get("rel") or "").lower().split()
        if not href or not relations:
            return
        if "canonical" in relations:
            self.canonical = self.canonical or self.resolver.resolve(href)
        elif "alternate" in relations and _media_type(link) in _FEED_TYPES:
            self.feeds += filter(None, [self.resolver.resolve(href)])
        elif (
            "next" in relations
            or "prev" in relations
            or ("alternate" in relations and link.get("hreflang"))
        ):
            self._link(href, link.get("rel"))

    def _meta(self, meta: HtmlElement) -> None:
        content = meta.get("content")
        if not content:
            return
        name = (meta.get("name") or "").strip().lower()
        if name == "robots" or (name and name == self.agent):
            self.directives |= read_directives(content)
        elif (meta.get("http-equiv") or "").strip().lower() == "refresh":
            match = _REFRESH.fullmatch(content[:_REFRESH_CHARS])
            target = match[1].strip().strip("'\"") if match else ""
            self.refresh = self.refresh or (self.resolver.resolve(target) if target else None)


def _is_translation(link: HtmlElement, relations: list[str]) -> bool:
    return "alternate" in relations and bool(link.get("hreflang"))


def _media_type(link: HtmlElement) -> str:
    return (link.get("type") or "").partition(";")[0].strip().lower()
