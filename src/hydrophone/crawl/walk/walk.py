"""One run of one crawl, from what is due now until nothing is."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from hydrophone.crawl.plan import Plan
from hydrophone.crawl.walk.authority import spread_authority
from hydrophone.crawl.walk.hosts import PATIENCE_S, Host
from hydrophone.crawl.walk.links import Links
from hydrophone.crawl.walk.outcome import Outcome, Progress, Tell
from hydrophone.crawl.walk.recorder import Recorder
from hydrophone.crawl.walk.visit import Tools, Visitor
from hydrophone.crawl.walk.window import Window
from hydrophone.errors import ServiceError
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_crawls import CrawlRow, finish_crawl
from hydrophone.storage.index_db_frontier import (
    FrontierPage,
    add_pages,
    count_waiting,
    list_urls,
    next_due_us,
    postpone_host,
)

if TYPE_CHECKING:
    from hydrophone.fetch.client import Fetched
    from hydrophone.fetch.robots import SiteRules

_HELD_BYTES = 128 * 1024 * 1024
_KNOWN = 2_000
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Pace:
    """How much at once: pages of all hosts together, and pages of one host."""

    at_once: int = 32
    per_host: int = 2


class Walk:
    """Runs once. The dispatcher picks pages, a task each visits them, the recorder writes."""

    def __init__(
        self,
        database: IndexDatabase,
        tools: Tools,
        crawl: CrawlRow,
        plan: Plan,
        *,
        pace: Pace,
        tell: Tell,
        idle: Callable[[], Awaitable[None]],
        now_us: Callable[[], int],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._database = database
        self._crawl_id = crawl.id
        self._plan = plan
        self._pace = pace
        self._tell = tell
        self._idle = idle
        self._now_us = now_us
        self._clock = clock
        self._links = Links(plan)
        self._visitor = Visitor(tools, self._links, clock)
        by_depth = plan.max_depth is not None
        self._window = Window(database, crawl.id, self._make_host, now_us, by_depth=by_depth)
        self._moved = asyncio.Event()
        self._recorder = Recorder(
            *(database, crawl, plan, self._window, self._links),
            tell=tell,
            moved=self._moved,
            now_us=now_us,
            clock=clock,
        )
        self._visits = 0
        self._held_bytes = 0

    async def run(self) -> Progress:
        """Crawl until nothing is due; the last progress, which has been told, too."""
        await self._links.remember(self._read_known)
        self._recorder.found(await self._database.read(lambda c: count_waiting(c, self._crawl_id)))
        async with asyncio.TaskGroup() as group:
            recording = group.create_task(self._recorder.run())
            await self._dispatch(group)
            recording.cancel()
        await self._spread_authority()
        await self._database.write(lambda c: finish_crawl(c, self._crawl_id, self._now_us()))
        done = self._recorder.standing("done", limited=not self._window.takes_fresh)
        self._tell(done)
        return done

    async def _dispatch(self, group: asyncio.TaskGroup) -> None:
        """Start visits until nothing is left to start and all are recorded."""
        while True:
            await self._idle()
            await self._leave_hosts()
            if self._is_over(self._recorder.pages, self._recorder.size_bytes):
                self._window.stop_fresh()
            self._moved.clear()
            taken = self._window.take(self._clock()) if self._has_room() else None
            if taken is not None:
                self._visits += 1
                self._recorder.opened(taken[1])
                group.create_task(self._visit(*taken))
            elif not await self._window.refill() and not await self._await_work():
                return

    def _has_room(self) -> bool:
        """Whether another visit may begin, as far as places, memory and the limits go."""
        recorder = self._recorder
        return (
            self._visits < self._pace.at_once
            and self._held_bytes < _HELD_BYTES
            and recorder.has_room
            and not self._is_over(
                recorder.pages + recorder.open_fresh, recorder.size_bytes + recorder.open_bytes
            )
        )

    def _is_over(self, pages: int, size_bytes: int) -> bool:
        """Whether so much would be all that the crawl may read."""
        most_pages, most_bytes = self._plan.max_pages, self._plan.max_bytes
        return self._window.takes_fresh and (
            (most_pages is not None and pages >= most_pages)
            or (most_bytes is not None and size_bytes >= most_bytes)
        )

    async def _await_work(self) -> bool:
        """Nothing can be started now: wait until that may have changed; False at the end."""
        ready_in_s = self._window.ready_in_s(self._clock())
        if self._recorder.open_pages:
            if self._visits < self._pace.at_once:
                self._recorder.flush()
            await self._wait_moved(ready_in_s if self._has_room() else None)
        elif ready_in_s is not None:
            await self._wait_moved(ready_in_s)
        elif not await self._window.next_level():
            return await self._await_due()
        return True

    async def _await_due(self) -> bool:
        """Wait for the next try of a page that failed, if there is one soon."""
        if not self._window.takes_fresh:
            return False
        for host in self._window.left_hosts:
            await self._postpone(host)
        due_us = await self._database.read(lambda c: next_due_us(c, self._crawl_id, fresh=True))
        if due_us is None:
            return False
        wait_s = (due_us - self._now_us()) / 1e6
        if wait_s > PATIENCE_S:
            return False
        await asyncio.sleep(max(0.0, wait_s) + 0.001)
        self._window.look_again()
        return True

    async def _wait_moved(self, timeout_s: float | None) -> None:
        try:
            async with asyncio.timeout(timeout_s):
                await self._moved.wait()
        except TimeoutError:
            pass

    async def _visit(self, host: Host, page: FrontierPage) -> None:
        try:
            outcome = await self._outcome(host, page)
        except ServiceError:
            raise
        except Exception as error:
            _log.exception("%s could not be crawled", page.url)
            outcome = Outcome(page, "failed", type(error).__name__)
        self._visits -= 1
        self._recorder.add(outcome)
        self._moved.set()

    async def _outcome(self, host: Host, page: FrontierPage) -> Outcome:
        try:
            fetched = await self._fetch(host, page)
        finally:
            host.ended(self._clock())
            self._moved.set()
        if isinstance(fetched, Outcome):
            return fetched
        size_bytes = len(fetched.body)
        self._held_bytes += size_bytes
        try:
            return await self._visitor.read(page, fetched)
        finally:
            self._held_bytes -= size_bytes

    async def _fetch(self, host: Host, page: FrontierPage) -> Fetched | Outcome:
        rules = await self._visitor.rules(host, page.url)
        if not host.opened:
            host.opened = True
            if not rules.unreachable:
                await self._find_sitemaps(page.url, rules)
                # The file itself was a request.
                await asyncio.sleep(host.asked_delay_s or 0.0)
        return await self._visitor.fetch(host, page, rules)

    async def _find_sitemaps(self, url: str, rules: SiteRules) -> None:
        if not self._links.is_seed_site(url):
            return
        named = rules.sitemaps or (urljoin(url, "/sitemap.xml"),)
        found = self._links.sitemaps(named)
        now_us = self._now_us()
        count = await self._database.write(lambda c: add_pages(c, self._crawl_id, found, now_us))
        self._recorder.found(count)
        self._window.look_again()

    async def _leave_hosts(self) -> None:
        """Hosts that do not answer, or do not want to, are left alone for a while."""
        for host in self._window.failing():
            count = await self._postpone(host)
            self._window.leave(host)
            self._tell(self._recorder.standing("postponed", url=host.name, reason=f"{count} pages"))

    async def _postpone(self, host: Host) -> int:
        now_us = self._now_us()
        until_us = now_us + int(host.left_s * 1e6)
        return await self._database.write(
            lambda c: postpone_host(c, self._crawl_id, host.name, now_us, until_us)
        )

    async def _spread_authority(self) -> None:
        links = self._links.take_counted()
        if links or self._recorder.links_counted:
            await spread_authority(self._database, self._crawl_id, self._plan.collection, links)

    async def _read_known(self, after: int) -> list[tuple[int, str]]:
        return await self._database.read(lambda c: list_urls(c, self._crawl_id, after, _KNOWN))

    def _make_host(self, name: str) -> Host:
        return Host(name, self._plan.delay_s, self._pace.per_host)
