"""Crawls: begun, gone on with after any interruption, and looked at again when pages are due."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime

from filelock import FileLock, Timeout

from hydrophone.crawl.plan import Plan, plan_from_json
from hydrophone.crawl.walk.links import host_of
from hydrophone.crawl.walk.outcome import Progress, Tell
from hydrophone.crawl.walk.visit import Tools
from hydrophone.crawl.walk.walk import Pace, Walk
from hydrophone.errors import ServiceError
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_crawls import (
    CrawlRow,
    Freshness,
    begin_run,
    forget_pages,
    list_crawls,
    list_freshness,
    open_crawl,
)
from hydrophone.storage.index_db_filter import to_us
from hydrophone.storage.index_db_frontier import (
    FoundPage,
    add_pages,
    make_due,
    next_due_us,
    revive_pages,
)

_LOCK_WAIT_S = 10.0


class CrawlBusy(ServiceError):
    """Another process is at work on the same crawl."""

    retryable = True


async def _no_wait() -> None:
    return


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Crawler:
    """Crawls into the documents of one `index.db`; words and vectors follow as for others.

    A crawl is worked on by one process at a time. What a run has recorded is on disk, with the
    documents; a process that is killed has to fetch again only what it was just fetching.
    """

    def __init__(
        self,
        database: IndexDatabase,
        tools: Tools,
        *,
        pace: Pace | None = None,
        idle: Callable[[], Awaitable[None]] | None = None,
        now: Callable[[], datetime] = _utc_now,
    ) -> None:
        """`idle` is awaited before each visit, so that questions go first."""
        self._database = database
        self._tools = tools
        self._pace = pace or Pace()
        self._idle = idle or _no_wait
        self._now = now

    async def crawl(
        self, plan: Plan, tell: Tell = lambda _: None, *, again: bool = False
    ) -> Progress:
        """Begin a crawl or go on with it, until nothing is due; the last progress.

        `tell` is called for each URL when what became of it is on disk. With `again` pages that
        were fetched before are due now. Raises CrawlBusy, StorageError.
        """
        now_us = self._now_us()
        crawl = await self._database.write(
            lambda c: open_crawl(c, plan.collection, plan.key, plan.to_json(), now_us)
        )
        seeds = [FoundPage(url, host_of(url), "page", 0) for url in plan.seeds]
        async with self._locked(crawl, _LOCK_WAIT_S):

            def begin(connection: sqlite3.Connection) -> None:
                begin_run(connection, crawl.id, plan.to_json())
                add_pages(connection, crawl.id, seeds, now_us)
                revive_pages(connection, crawl.id, plan.seeds, now_us)
                make_due(connection, crawl.id, now_us, all_pages=again)

            await self._database.write(begin)
            return await self._walk(crawl.id, tell)

    async def recrawl(self, tell: Tell = lambda _: None) -> int:
        """Look again at the due pages of all finished crawls; how many crawls had any.

        Crawls that another process works on, and unfinished ones, are passed over.
        """
        count = 0
        for crawl in await self.crawls():
            if crawl.finished and await self._is_due(crawl):
                try:
                    async with self._locked(crawl, 0.0):
                        await self._walk(crawl.id, tell)
                    count += 1
                except CrawlBusy:
                    continue
        return count

    async def crawls(self, collection: str | None = None) -> Sequence[CrawlRow]:
        """All crawls, or those into one collection, the oldest first."""
        return await self._database.read(lambda c: list_crawls(c, collection))

    async def _is_due(self, crawl: CrawlRow) -> bool:
        due_us = await self._database.read(
            lambda c: [next_due_us(c, crawl.id, fresh=fresh) for fresh in (False, True)]
        )
        return any(due is not None and due <= self._now_us() for due in due_us)

    async def _walk(self, crawl_id: int, tell: Tell) -> Progress:
        crawls = await self.crawls()
        crawl = next(c for c in crawls if c.id == crawl_id)
        walk = Walk(
            self._database,
            self._tools,
            crawl,
            plan_from_json(crawl.plan),
            pace=self._pace,
            tell=tell,
            idle=self._idle,
            now_us=self._now_us,
        )
        try:
            return await walk.run()
        except BaseExceptionGroup as group:
            raise _first(group) from group

    @asynccontextmanager
    async def _locked(self, crawl: CrawlRow, wait_s: float) -> AsyncIterator[None]:
        """The system lets the lock go when its holder is killed."""
        path = self._database.path.with_name(f"crawl-{crawl.id}.lock")
        lock = FileLock(path, thread_local=False)
        try:
            await asyncio.to_thread(lock.acquire, timeout=wait_s)
        except Timeout as error:
            raise CrawlBusy(
                "another process is at work on this crawl (a server, or another "
                "`hydrophone crawl`); try again when it is done"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _now_us(self) -> int:
        return to_us(self._now())


async def read_freshness(database: IndexDatabase) -> list[Freshness]:
    """How fresh the crawled collections are, by name."""
    return await database.read(list_freshness)


async def forget(database: IndexDatabase, collection: str | None, url_prefix: str | None) -> None:
    """Keep crawls from bringing back what a user has deleted."""
    await database.write(lambda c: forget_pages(c, collection, url_prefix))


def _first(group: BaseExceptionGroup[BaseException]) -> BaseException:
    error = group.exceptions[0]
    return _first(error) if isinstance(error, BaseExceptionGroup) else error
