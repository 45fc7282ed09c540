"""What an HTML page says of itself: title, author, dates, language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_PUBLISHED_NAMES = (
    "article:published_time og:published_time datepublished citation_publication_date "
    "citation_date dc.date dc.date.issued dcterms.issued dcterms.created dcterms.date pubdate "
    "publishdate publish_date publish-date publication_date parsely-pub-date sailthru.date "
    "article.published date"
)
_PUBLISHED = frozenset(_PUBLISHED_NAMES.split())
_MODIFIED_NAMES = (
    "article:modified_time og:updated_time og:modified_time datemodified last-modified "
    "dcterms.modified dc.date.modified lastmod revised last_modified"
)
_MODIFIED = frozenset(_MODIFIED_NAMES.split())
_JSON_LD = re.compile(r'"date(Published|Modified)"\s*:\s*"([^"]{8,40})"')
_DAY = re.compile(r"(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2}))?[.,\d]*)?(.*)")
_ZONE = re.compile(r"\s*([+-]\d{2}):?(\d{2})")
_EARLIEST_YEAR = 1970
# Between a page's own title and its site's name. A plain hyphen stands in too many titles.
_TITLE_BREAK = re.compile(r"\s+[—|·«»]\s+")


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What the page says; None and empty where it says nothing."""

    title: str
    author: str | None
    published: datetime | None
    modified: datetime | None
    language: str | None


def read_metadata(tree: HtmlElement, url: str) -> PageMetadata:
    """Read the head of the page, JSON-LD, and what trafilatura finds in the body."""
    from trafilatura.metadata import extract_metadata

    published, modified = _dates(tree)
    known = {"original_date": True, "extensive_search": False, "max_date": _today()}
    found = extract_metadata(tree, default_url=url or None, date_config=known)
    if published is None and found.date:
        published = parse_date(found.date)
    return PageMetadata(
        title=found.title or _head_title(tree),
        author=found.author or None,
        published=published,
        modified=modified,
        language=tree.get("lang") or tree.get("xml:lang"),
    )


def documentation_metadata(tree: HtmlElement) -> PageMetadata:
    """Read the head only: manuals have no bylines, and dates in their text are not theirs."""
    published, modified = _dates(tree)
    title = _TITLE_BREAK.split(_head_title(tree))[0]
    return PageMetadata(title, None, published, modified, tree.get("lang") or tree.get("xml:lang"))


def parse_date(text: str) -> datetime | None:
    """A date or time that starts as in ISO 8601; without a zone it is taken as UTC.

    None when it is no such date, before 1970, or more than a day ahead of now.
    """
    match = _DAY.match(text.strip())
    if match is None:
        return _parse_mail_date(text)
    year, month, day, hour, minute, second = (int(part or 0) for part in match.groups()[:6])
    zone = _ZONE.match(match[7])
    try:
        iso = f"{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}"
        return plausible(datetime.fromisoformat(iso + (f"{zone[1]}:{zone[2]}" if zone else "")))
    except ValueError:
        return None


def _parse_mail_date(text: str) -> datetime | None:
    from email.utils import parsedate_to_datetime

    try:
        return plausible(parsedate_to_datetime(text))
    except (ValueError, IndexError):
        return None


def plausible(moment: datetime) -> datetime | None:
    """The moment in UTC; None when it is before 1970 or more than a day ahead of now."""
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    try:
        moment = moment.astimezone(UTC)
    except OverflowError:
        return None
    ahead_days = (moment.date() - date.today()).days
    return moment if moment.year >= _EARLIEST_YEAR and ahead_days <= 1 else None


def _dates(tree: HtmlElement) -> tuple[datetime | None, datetime | None]:
    published = modified = None
    for name, value in _claims(tree):
        if name in _PUBLISHED:
            published = published or parse_date(value)
        elif name in _MODIFIED:
            modified = modified or parse_date(value)
    return published, modified


def _claims(tree: HtmlElement) -> Iterator[tuple[str, str]]:
    """Names and values of the page's own statements, the most reliable ones first."""
    for meta in tree.iter("meta"):
        name = meta.get("property") or meta.get("name") or meta.get("itemprop")
        name = name or meta.get("http-equiv") or ""
        yield name.strip().lower(), meta.get("content", "")
    for script in tree.iter("script"):
        if "ld+json" in script.get("type", ""):
            for which, value in _JSON_LD.findall(script.text or ""):
                yield f"date{which.lower()}", value
    for moment in tree.iter("time"):
        yield moment.get("itemprop", "").lower(), moment.get("datetime", "")


def _head_title(tree: HtmlElement) -> str:
    for title in tree.iter("title"):
        return " ".join(title.text_content().split())
    return ""


def _today() -> str:
    return date.today().isoformat()
