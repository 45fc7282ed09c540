"""Visiting one URL: ask robots.txt, fetch, read, and say what came of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, TypeVar

from hydrophone.crawl.feed import read_feed
from hydrophone.crawl.sitemap import SitemapEntry, read_sitemap
from hydrophone.crawl.walk.hosts import LEFT_S, Host
from hydrophone.crawl.walk.links import Links
from hydrophone.crawl.walk.outcome import Outcome
from hydrophone.errors import DocumentError
from hydrophone.fetch.errors import BadStatus, FetchError, Refused, TooSlow, Unreachable, WrongType
from hydrophone.fetch.extract.dates import parse_date
from hydrophone.storage.index_db_frontier import FoundPage, FrontierPage

if TYPE_CHECKING:
    from hydrophone.fetch.client import Fetched, Fetcher
    from hydrophone.fetch.page import Page
    from hydrophone.fetch.pool import ExtractionPool
    from hydrophone.fetch.render.renderer import Renderer
    from hydrophone.fetch.robots import RobotsCache, SiteRules

_AT_A_TIME = 200
_T = TypeVar("_T")
_GONE = (404, 410)
_BUSY = (429, 503)
_AGENT = "hydrophonebot"
# A page that sends the browser on and has little to say is a redirect.
_LITTLE_TEXT_CHARS = 500
_LIST_TYPES = frozenset(
    {
        "text/*",
        "application/xml",
        "application/rss+xml",
        "application/atom+xml",
        "application/rdf+xml",
        "application/feed+json",
        "application/json",
        "application/gzip",
        "application/x-gzip",
        "application/octet-stream",
    }
)


@dataclass(frozen=True, slots=True)
class Tools:
    """What visits are made with; their owner closes them."""

    fetcher: Fetcher
    pool: ExtractionPool
    robots: RobotsCache
    renderer: Renderer | None = None


class Visitor:
    """Makes visits for one crawl."""

    def __init__(self, tools: Tools, links: Links, clock: Callable[[], float]) -> None:
        self._tools = tools
        self._links = links
        self._clock = clock

    async def rules(self, host: Host, url: str) -> SiteRules:
        """What the site allows; the host takes note of the delay that it asks for."""
        rules = await self._tools.robots.rules(url)
        host.asks_for(rules.crawl_delay_s)
        return rules

    async def fetch(self, host: Host, page: FrontierPage, rules: SiteRules) -> Fetched | Outcome:
        """The body of a page, or what came instead of one; the host's pace follows."""
        if rules.unreachable:
            host.give_up()
            return Outcome(page, "retry", "robots_unreachable", wait_s=LEFT_S)
        if not rules.allows(page.url) and page.url not in rules.sitemaps:
            return Outcome(page, "refused", "robots")
        began_s = self._clock()
        try:
            fetched = await self._get(page)
        except FetchError as error:
            return self._failed(host, page, error)
        host.answered(self._clock() - began_s)
        if fetched.status == 304:
            return Outcome(page, "unchanged")
        if fetched.location is not None:
            return self._redirected(page, fetched.location)
        return fetched

    async def read(self, page: FrontierPage, fetched: Fetched) -> Outcome:
        """What a body says."""
        if page.kind != "page":
            return await self._read_list(page, fetched)
        try:
            read = await self._read_page(page, fetched)
        except DocumentError as error:
            return Outcome(page, "failed", error.code, size_bytes=len(fetched.body))
        renderer = self._tools.renderer
        text = read.document.text if read.document is not None else ""
        if renderer is not None and not read.noindex and renderer.may_help(fetched, text):
            with suppress(DocumentError):
                read = await self._read_page(page, await renderer.render(fetched))
        links = [] if read.nofollow else [link.url for link in read.links if not link.nofollow]
        found = await _in_slices(links, lambda some: self._links.follow(page, some))
        return self._page(page, fetched, read, found)

    async def _read_page(self, page: FrontierPage, fetched: Fetched) -> Page:
        return await self._tools.pool.read_page(
            fetched.body,
            page.url,
            media_type=fetched.media_type,
            charset=fetched.charset,
            robots_tag=fetched.headers.get("x-robots-tag"),
            agent=_AGENT,
        )

    async def _get(self, page: FrontierPage) -> Fetched:
        from hydrophone.fetch.client import DOCUMENT_TYPES, Conditions

        conditions = None
        if page.etag or page.modified:
            conditions = Conditions(page.etag, page.modified)
        accept = DOCUMENT_TYPES if page.kind == "page" else _LIST_TYPES
        return await self._tools.fetcher.get(
            page.url, accept=accept, conditions=conditions, follow=False
        )

    def _failed(self, host: Host, page: FrontierPage, error: FetchError) -> Outcome:
        if isinstance(error, BadStatus):
            return self._refused(host, page, error)
        if isinstance(error, Unreachable | TooSlow):
            host.failed()
            return Outcome(page, "retry", error.code, wait_s=_wait_s(page))
        if isinstance(error, Refused):
            return Outcome(page, "refused", error.code)
        host.answered(0.0)
        return Outcome(page, "skipped" if isinstance(error, WrongType) else "failed", error.code)

    def _refused(self, host: Host, page: FrontierPage, error: BadStatus) -> Outcome:
        reason = f"status_{error.answered}"
        if error.answered in _BUSY:
            rest_s = host.is_busy(self._clock(), error.retry_after_s)
            return Outcome(page, "retry", reason, wait_s=max(rest_s, _wait_s(page)))
        host.answered(0.0)
        if error.answered in _GONE:
            return Outcome(page, "gone", reason)
        if error.retryable:
            return Outcome(page, "retry", reason, wait_s=_wait_s(page))
        return Outcome(page, "failed", reason)

    def _redirected(self, page: FrontierPage, location: str) -> Outcome:
        target = self._links.lead(page, location)
        if target is None:
            return Outcome(page, "redirect", "elsewhere", leads_to=location)
        if target.url == page.url:
            return Outcome(page, "failed", "redirects_to_itself")
        return Outcome(page, "redirect", target=target)

    def _page(
        self, page: FrontierPage, fetched: Fetched, read: Page, found: tuple[FoundPage, ...]
    ) -> Outcome:
        found += self._links.feeds(page, read.feeds)
        document = read.document
        if document is not None and not document.text.strip():
            document = None
        if read.refresh is not None and len(document.text if document else "") < _LITTLE_TEXT_CHARS:
            sent_on = self._links.lead(page, read.refresh)
            if sent_on is not None and sent_on.url != page.url:
                return Outcome(page, "redirect", "refresh", sent_on, found)
        canonical = None
        if read.canonical is not None:
            canonical = self._links.lead(page, read.canonical)
            if canonical is not None and canonical.url == page.url:
                canonical = None
        if document is not None and document.modified is None:
            modified = parse_date(fetched.headers.get("last-modified", ""))
            document = replace(document, modified=modified) if modified else document
        return Outcome(
            page,
            "page",
            target=canonical,
            found=found,
            document=document,
            noindex=read.noindex,
            etag=fetched.headers.get("etag"),
            modified=fetched.headers.get("last-modified"),
            size_bytes=len(fetched.body),
        )

    async def _read_list(self, page: FrontierPage, fetched: Fetched) -> Outcome:
        if page.kind == "feed":
            entries = await asyncio.to_thread(read_feed, fetched.body, page.url)
            listed = [SitemapEntry(entry.url, entry.published) for entry in entries]
            found = await _in_slices(listed, self._links.listed)
        else:
            sitemap = await asyncio.to_thread(read_sitemap, fetched.body, page.url)
            found = await _in_slices(sitemap.pages, self._links.listed)
            found += self._links.sitemaps(sitemap.sitemaps, hops=page.hops + 1)
        return Outcome(
            page,
            "list",
            found=found,
            etag=fetched.headers.get("etag"),
            modified=fetched.headers.get("last-modified"),
            size_bytes=len(fetched.body),
        )


async def _in_slices(
    items: Sequence[_T], admit: Callable[[Sequence[_T]], tuple[FoundPage, ...]]
) -> tuple[FoundPage, ...]:
    """What is admitted of many links, without holding the event loop for long."""
    found: list[FoundPage] = []
    for start in range(0, len(items), _AT_A_TIME):
        if start:
            await asyncio.sleep(0)
        found += admit(items[start : start + _AT_A_TIME])
    return tuple(found)


def _wait_s(page: FrontierPage) -> float:
    """How long before another try: 1 second, then 4."""
    return float(4**page.failures)
