"""Sitemaps: lists of pages that a site makes for crawlers (the protocol of sitemaps.org).

XML, lists of URLs in plain text, feeds; gzipped or not. A file that is broken or cut off gives
what stands before the defect. Large ones take a while: call from a thread.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from hydrophone.crawl.feed import read_feed
from hydrophone.crawl.urls import normalise
from hydrophone.crawl.xml_records import Record, read_records, unpack
from hydrophone.fetch.extract.dates import parse_date

ENTRY_LIMIT = 50_000
SIZE_LIMIT_BYTES = 50 * 1024 * 1024

_FREQUENCIES = frozenset({"always", "hourly", "daily", "weekly", "monthly", "yearly", "never"})
_MONTH = re.compile(r"\d{4}(?:-\d\d)?\Z")


@dataclass(frozen=True, slots=True)
class SitemapEntry:
    """A page and what its site says of it: last change (UTC), and how often there is one."""

    url: str
    modified: datetime | None = None
    change_frequency: str | None = None


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a file lists: pages, and, when it is an index, further sitemaps."""

    pages: tuple[SitemapEntry, ...] = ()
    sitemaps: tuple[str, ...] = ()


def read_sitemap(body: bytes, url: str) -> Sitemap:
    """The URLs in the file that came from `url`, in normal form, each once. Never raises.

    At most 50,000 of them out of 50 MB, the bounds of the protocol; URLs of any site come back.
    """
    body = unpack(body, SIZE_LIMIT_BYTES)
    if body[:64].lstrip()[:4].lower() == b"http":
        return Sitemap(pages=_unique(_read_text(body, url)))
    pages: dict[str, SitemapEntry] = {}
    sitemaps: dict[str, None] = {}
    for record in islice(read_records(body, ("url", "sitemap")), ENTRY_LIMIT):
        place = record.text("loc")
        found = normalise(place, url) if place else None
        if found is None:
            continue
        if record.name == "sitemap":
            sitemaps.setdefault(found)
        else:
            pages.setdefault(found, _entry(found, record))
    if not pages and not sitemaps:
        return Sitemap(pages=_unique(_read_feed(body, url)))
    return Sitemap(tuple(pages.values()), tuple(sitemaps))


def _entry(url: str, record: Record) -> SitemapEntry:
    frequency = record.text("changefreq").lower()
    return SitemapEntry(
        url,
        _parse_modified(record.text("lastmod")),
        frequency if frequency in _FREQUENCIES else None,
    )


def _parse_modified(text: str) -> datetime | None:
    """A W3C date: a year or a month alone, too, which mean their first day."""
    if not text:
        return None
    return parse_date(f"{text}-01-01"[:10] if _MONTH.match(text) else text)


def _read_text(body: bytes, url: str) -> Iterator[SitemapEntry]:
    for line in body.decode("utf-8-sig", "replace").splitlines():
        if line.strip().lower().startswith(("http://", "https://")):
            found = normalise(line, url)
            if found is not None:
                yield SitemapEntry(found)


def _read_feed(body: bytes, url: str) -> Iterator[SitemapEntry]:
    return (SitemapEntry(entry.url, entry.published) for entry in read_feed(body, url))


def _unique(entries: Iterator[SitemapEntry]) -> tuple[SitemapEntry, ...]:
    found = {entry.url: entry for entry in islice(entries, ENTRY_LIMIT)}
    return tuple(found.values())
