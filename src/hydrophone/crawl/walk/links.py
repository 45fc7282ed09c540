"""From what a page says to URLs of the crawl: normalised, in scope, no trap, and new."""

from __future__ import annotations

from collections import Counter
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from urllib.parse import urlsplit

from hydrophone.crawl.plan import Plan
from hydrophone.crawl.sitemap import SitemapEntry
from hydrophone.crawl.urls import Traps, looks_like_document, normalise
from hydrophone.crawl.walk.rhythm import listed_interval_us
from hydrophone.storage.index_db_filter import to_us
from hydrophone.storage.index_db_frontier import FoundPage, FrontierPage

_REMEMBERED = 100_000
MOST_HOPS = 10


class Links:
    """Admits what belongs to a crawl. What was met lately is passed over without a look.

    It is right to pass it over: what was admitted is written down before, or together with, all
    that comes later.
    """

    def __init__(self, plan: Plan) -> None:
        self._scope = plan.scope()
        self._seed_hosts = frozenset(host_of(seed) for seed in plan.seeds)
        self._max_depth = plan.max_depth
        self._traps = Traps()
        self._met: dict[str, str | None] = {}
        self._counted: Counter[str] = Counter()

    async def remember(self, read: Callable[[int], Awaitable[Sequence[tuple[int, str]]]]) -> None:
        """Count the pages that earlier runs took, so that no trap gets a second chance.

        `read` gives the next ids and URLs behind an id.
        """
        last = 0
        while known := await read(last):
            for _, url in known:
                self._traps.admits(url)
            last = known[-1][0]

    def follow(self, page: FrontierPage, urls: Iterable[str]) -> tuple[FoundPage, ...]:
        """The links of a page that are to be crawled."""
        depth = page.depth + 1
        if self._max_depth is not None and depth > self._max_depth:
            return ()
        found = []
        for link in urls:
            if link not in self._met:
                url = normalise(link)
                if url is not None and url != link and url in self._met:
                    self._meet(link, self._met[url])
                elif url is not None and self._admits(url, depth):
                    found.append(FoundPage(url, host_of(url), "page", depth))
                    self._meet(url, url)
                    self._meet(link, url)
                else:
                    self._meet(link, None)
            target = self._met[link]
            if page.fresh and target is not None and target != page.url:
                self._counted[target] += 1
        return tuple(found)

    def take_counted(self, least: int = 0) -> Mapping[str, int]:
        """How many links to which URLs were met, since the last time; nothing below `least`."""
        if len(self._counted) <= least:
            return {}
        counted, self._counted = self._counted, Counter()
        return counted

    def lead(self, page: FrontierPage, target: str) -> FoundPage | None:
        """Where a redirect or a canonical link leads, None when that is not part of the crawl."""
        url = normalise(target)
        if url is None or page.hops >= MOST_HOPS or not self._admits(url, page.depth):
            return None
        return FoundPage(url, host_of(url), page.kind, page.depth, page.hops + 1)

    def feeds(self, page: FrontierPage, urls: Iterable[str]) -> tuple[FoundPage, ...]:
        """Feeds that a page names."""
        found = []
        for link in urls:
            url = normalise(link)
            if self._max_depth is None and url is not None and url not in self._met:
                if self._scope.admits(url, 0) and self._traps.admits(url):
                    found.append(FoundPage(url, host_of(url), "feed", page.depth))
                self._meet(url, None)
        return tuple(found)

    def sitemaps(self, urls: Iterable[str], *, hops: int = 0) -> tuple[FoundPage, ...]:
        """Sitemaps that a robots.txt or another sitemap names; they may stand on other hosts."""
        if self._max_depth is not None or hops >= MOST_HOPS:
            return ()
        found = [url for link in urls if (url := normalise(link)) is not None]
        return tuple(FoundPage(url, host_of(url), "sitemap", 0, hops) for url in found)

    def listed(self, entries: Iterable[SitemapEntry]) -> tuple[FoundPage, ...]:
        """The pages of a sitemap or feed, one link away from the seeds."""
        found = []
        for entry in entries:
            url = normalise(entry.url)
            if url is not None and self._admits(url, 1):
                found.append(
                    FoundPage(
                        url,
                        host_of(url),
                        "page",
                        1,
                        interval_us=listed_interval_us(entry.change_frequency),
                        listed_us=None if entry.modified is None else to_us(entry.modified),
                    )
                )
        return tuple(found)

    def is_seed_site(self, url: str) -> bool:
        """Whether a URL is of the site of a seed, apart from which no sitemaps are looked for."""
        return host_of(url) in self._seed_hosts

    def _admits(self, url: str, depth: int) -> bool:
        return (
            looks_like_document(url) and self._scope.admits(url, depth) and self._traps.admits(url)
        )

    def _meet(self, link: str, url: str | None) -> None:
        """Remember what a link leads to; None: to nothing that is crawled."""
        self._met[link] = url
        if len(self._met) > _REMEMBERED:
            for old in list(self._met)[: _REMEMBERED // 10]:
                del self._met[old]


def host_of(url: str) -> str:
    """Host and port: what is asked politely."""
    return urlsplit(url).netloc
