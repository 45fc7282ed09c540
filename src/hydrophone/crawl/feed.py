"""Feeds: the newest pages of a site. RSS 0.9 to 2.0, Atom 0.3 and 1.0, JSON Feed.

Only what leads to pages is read: links and dates. Call from a thread, as with sitemaps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from hydrophone.crawl.urls import normalise
from hydrophone.crawl.xml_records import Record, read_records, unpack
from hydrophone.fetch.extract.dates import parse_date

ENTRY_LIMIT = 10_000
SIZE_LIMIT_BYTES = 20 * 1024 * 1024

_DATES = ("published", "pubdate", "issued", "date", "created", "updated", "modified")


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """A page that a feed tells of; `published` in UTC, or the last change when nothing else."""

    url: str
    published: datetime | None = None


def read_feed(body: bytes, url: str) -> tuple[FeedEntry, ...]:
    """The pages in the feed that came from `url`, in its order, each once. Never raises."""
    body = unpack(body, SIZE_LIMIT_BYTES)
    entries = _read_json(body, url) if body.lstrip()[:1] == b"{" else _read_xml(body, url)
    found: dict[str, FeedEntry] = {}
    for entry in islice(entries, ENTRY_LIMIT):
        found.setdefault(entry.url, entry)
    return tuple(found.values())


def _read_xml(body: bytes, url: str) -> Iterator[FeedEntry]:
    for record in read_records(body, ("item", "entry")):
        found = normalise(link, url) if (link := _link(record)) else None
        if found is not None:
            yield FeedEntry(found, parse_date(record.text(*_DATES)))


def _link(record: Record) -> str:
    """RSS has the link as text, or as a GUID; RSS 1.0 as a name; Atom as an attribute."""
    for field in record.fields:
        relation = field.attributes.get("rel", "alternate")
        if field.name == "link" and relation == "alternate" and field.attributes.get("href"):
            return field.attributes["href"]
    if text := record.text("link"):
        return text
    for field in record.fields:
        if field.name == "guid" and field.attributes.get("ispermalink", "true") != "false":
            return field.text
    return record.attributes.get("about", "")


def _read_json(body: bytes, url: str) -> Iterator[FeedEntry]:
    """JSON Feed, versions 1 and 1.1."""
    import orjson

    try:
        feed = orjson.loads(body)
    except orjson.JSONDecodeError:
        return
    items = feed.get("items") if isinstance(feed, dict) else None
    for item in items if isinstance(items, list) else ():
        if not isinstance(item, dict):
            continue
        link = item.get("url") or item.get("external_url")
        found = normalise(link, url) if isinstance(link, str) else None
        if found is not None:
            date = item.get("date_published") or item.get("date_modified")
            yield FeedEntry(found, parse_date(date) if isinstance(date, str) else None)
