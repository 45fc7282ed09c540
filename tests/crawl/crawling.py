"""A crawler whose clock can be moved on, and what it left in the database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from hydrophone.crawl.crawler import Crawler
from hydrophone.crawl.plan import make_plan
from hydrophone.crawl.walk.outcome import Progress
from hydrophone.crawl.walk.visit import Tools
from hydrophone.crawl.walk.walk import Pace
from hydrophone.fetch.client import Fetcher, FetchLimits
from hydrophone.fetch.guard import Guard
from hydrophone.fetch.pool import ExtractionPool
from hydrophone.fetch.robots import RobotsCache
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_documents import list_documents
from tests.crawl.site import Site
from tests.fetch.conftest import FakeResolver

COLLECTION = "web"


class Crawling:
    """A crawler for one site; `steps` are what it told, `moved` how far its clock is ahead."""

    def __init__(self, database: IndexDatabase, fetcher: Fetcher, pool: ExtractionPool, site: Site):
        self.database = database
        self.site = site
        self.steps: list[Progress] = []
        self.moved = timedelta()
        self.on_step: Callable[[], None] = lambda: None
        self._fetcher = fetcher
        self._pool = pool
        self.crawler = self.make_crawler()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, folder: Path, site: Site, *, total_s: float = 10.0
    ) -> AsyncIterator[Crawling]:
        """With loopback allowed, one reading process, and names that lead to loopback."""
        database = IndexDatabase(folder / "index.db")
        names = {f"{name}_test": [["127.0.0.1"]] for name in ("one", "two", "www_one", "sub_one")}
        fetcher = Fetcher(
            Guard(allow_loopback=True),
            user_agent="HydrophoneBot/test",
            limits=FetchLimits(total_s=total_s),
            resolver=FakeResolver(**names),
        )
        async with fetcher, ExtractionPool(workers=1) as pool:
            yield cls(database, fetcher, pool, site)
        await database.close()

    def make_crawler(
        self, *, pace: Pace | None = None, idle: Callable[[], Awaitable[None]] | None = None
    ) -> Crawler:
        """A crawler with an empty memory of robots.txt files."""
        tools = Tools(self._fetcher, self._pool, RobotsCache(self._fetcher))
        return Crawler(self.database, tools, pace=pace, idle=idle, now=self.now)

    def now(self) -> datetime:
        """The crawler's clock."""
        return datetime.now(UTC) + self.moved

    async def crawl(self, *urls: str, again: bool = False, **limits: object) -> Progress:
        """Crawl the site's front page, or these URLs, without delay; the steps are kept."""
        plan = make_plan(urls or [self.site.root], COLLECTION, **{"delay_s": 0.0, **limits})
        return await self.crawler.crawl(plan, self._tell, again=again)

    async def recrawl(self, **later: float) -> int:
        """What a server does, so much later, with the steps of it alone."""
        self.moved += timedelta(**later)
        self.steps.clear()
        self.crawler = self.make_crawler()
        return await self.crawler.recrawl(self._tell)

    async def documents(self) -> set[str]:
        """The indexed pages: path for those of the site, URL for others."""
        found = await self.database.read(lambda c: list_documents(c, COLLECTION, None, 10_000))
        return {info.url.removeprefix(self.site.root) for info in found}

    def told(self, path: str) -> list[str]:
        """The states that were told of a path, in order."""
        return [s.state for s in self.steps if s.url == self.site.url(path)]

    def reason(self, path: str) -> str:
        """The last reason that was told of a path."""
        return [s.reason for s in self.steps if s.url == self.site.url(path)][-1]

    def _tell(self, step: Progress) -> None:
        self.steps.append(step)
        self.on_step()
