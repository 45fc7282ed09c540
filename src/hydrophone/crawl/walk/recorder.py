"""Gathers what came of visits, writes it down in batches, and tells of it once it is on disk."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from hydrophone.crawl.plan import Plan
from hydrophone.crawl.walk.journal import Entry, Journal, Written, prepare
from hydrophone.crawl.walk.links import Links
from hydrophone.crawl.walk.outcome import Outcome, Progress, Tell
from hydrophone.crawl.walk.window import Window
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_crawls import CrawlRow
from hydrophone.storage.index_db_frontier import FrontierPage, count_links

BATCH = 32
MOST_WAITING = 3 * BATCH
_BATCH_WAIT_S = 0.3
# Links are counted in memory until they are to so many different pages.
_COUNTED_TOGETHER = 2_000
_KEPT = ("indexed", "unchanged")
_PROBLEMS = ("gone", "refused", "failed")


class Recorder:
    """`pages` and `size_bytes` are the crawl's totals, `open_…` what is not recorded yet."""

    def __init__(
        self,
        database: IndexDatabase,
        crawl: CrawlRow,
        plan: Plan,
        window: Window,
        links: Links,
        *,
        tell: Tell,
        moved: asyncio.Event,
        now_us: Callable[[], int],
        clock: Callable[[], float],
    ) -> None:
        self.pages = crawl.pages
        self.size_bytes = crawl.size_bytes
        self.open_pages = 0
        self.open_fresh = 0
        self.open_bytes = 0
        self.links_counted = False
        self._database = database
        self._crawl_id = crawl.id
        self._journal = Journal(crawl.id, plan)
        self._window = window
        self._links = links
        self._tell = tell
        self._moved = moved
        self._now_us = now_us
        self._clock = clock
        self._began_s = clock()
        self._flush = asyncio.Event()
        self._outcomes: list[Outcome] = []
        self._problems: Counter[str] = Counter()
        self._standing = Progress("")

    @property
    def has_room(self) -> bool:
        """Whether it keeps up."""
        return len(self._outcomes) < MOST_WAITING

    def opened(self, page: FrontierPage) -> None:
        """A visit has begun; its outcome will be added."""
        self.open_pages += 1
        self.open_fresh += _counts(page)

    def add(self, outcome: Outcome) -> None:
        """Record this soon."""
        self._outcomes.append(outcome)
        self.open_bytes += outcome.size_bytes
        if len(self._outcomes) >= BATCH:
            self._flush.set()

    def flush(self) -> None:
        """Record at once: others wait for what was found."""
        self._flush.set()

    def found(self, count: int) -> None:
        """So many URLs more are to be fetched."""
        self._standing = replace(self._standing, waiting=self._standing.waiting + count)

    def standing(self, state: str, **more: object) -> Progress:
        """How far the crawl has come."""
        return replace(
            self._standing,
            state=state,
            elapsed_s=self._clock() - self._began_s,
            problems=dict(self._problems),
            **more,  # type: ignore[arg-type]
        )

    async def run(self) -> None:
        """Write until cancelled."""
        while True:
            try:
                async with asyncio.timeout(_BATCH_WAIT_S):
                    await self._flush.wait()
            except TimeoutError:
                pass
            self._flush.clear()
            while self._outcomes:
                batch, self._outcomes = self._outcomes[:BATCH], self._outcomes[BATCH:]
                await self._write(batch)

    async def _write(self, batch: Sequence[Outcome]) -> None:
        prepared = await asyncio.to_thread(lambda: [prepare(outcome) for outcome in batch])
        now_us = self._now_us()
        counted = self._links.take_counted(_COUNTED_TOGETHER)
        self.links_counted = self.links_counted or bool(counted)

        def write(connection: sqlite3.Connection) -> Written:
            count_links(connection, self._crawl_id, counted)
            return self._journal.write(connection, prepared, now_us)

        written = await self._database.write(write)
        pages = [outcome.page for outcome in batch]
        self._window.settled(pages)
        self.open_pages -= len(pages)
        self.open_fresh -= sum(_counts(page) for page in pages)
        self.open_bytes -= sum(outcome.size_bytes for outcome in batch)
        self._account(written)
        self._moved.set()

    def _account(self, written: Written) -> None:
        self.pages += written.read_first
        self.size_bytes += written.read_first_bytes
        self.found(written.new_pages)
        for entry in written.entries:
            self._tell_entry(entry)

    def _tell_entry(self, entry: Entry) -> None:
        before, page = self._standing, entry.page
        resolved = page.fresh and entry.state != "retry"
        self._standing = replace(
            before,
            waiting=max(0, before.waiting - resolved),
            fetched=before.fetched + (page.kind == "page" and entry.fetched),
            indexed=before.indexed + (entry.state == "indexed"),
            unchanged=before.unchanged + (entry.state == "unchanged" and page.kind == "page"),
            left_out=before.left_out + (entry.fetched and entry.state not in _KEPT),
            deleted=before.deleted + entry.deleted,
            size_bytes=before.size_bytes + entry.size_bytes,
        )
        if entry.state in _PROBLEMS and page.kind == "page":
            self._problems[entry.reason or entry.state] += 1
        self._tell(
            self.standing(
                entry.state,
                url=page.url,
                kind=page.kind,
                reason=entry.reason,
                target=entry.target,
                depth=page.depth,
                hosts=self._window.hosts,
            )
        )


def _counts(page: FrontierPage) -> bool:
    """Whether the page counts towards a limit of pages."""
    return bool(page.fresh) and page.kind == "page"
