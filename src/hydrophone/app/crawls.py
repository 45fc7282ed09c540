"""The crawler of this process, and the recrawls of a server."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from hydrophone.app.fetching import open_fetcher, open_renderer
from hydrophone.app.models import threads
from hydrophone.errors import HydrophoneError, NotConfigured
from hydrophone.settings import Settings

if TYPE_CHECKING:
    from hydrophone.crawl.crawler import Crawler
    from hydrophone.storage.index_db import IndexDatabase

RECRAWL_POLL_S = 60.0
_HOUR_S = 3600.0
_log = logging.getLogger(__name__)


def open_crawler(
    settings: Settings,
    stack: AsyncExitStack,
    database: IndexDatabase,
    idle: Callable[[], Awaitable[None]] | None,
) -> Crawler:
    """A crawler with its own fetcher and readers. Raises NotConfigured when nothing may go out."""
    if settings.offline:
        raise NotConfigured("nothing can be crawled: HYDROPHONE_OFFLINE is set")
    from hydrophone.crawl.crawler import Crawler
    from hydrophone.crawl.walk.visit import Tools
    from hydrophone.crawl.walk.walk import Pace
    from hydrophone.fetch.identity import CRAWLER
    from hydrophone.fetch.pool import ExtractionPool
    from hydrophone.fetch.robots import RobotsCache

    pool = ExtractionPool(workers=threads(settings.extraction_processes))
    stack.push_async_callback(pool.close)
    fetcher = open_fetcher(settings, stack, CRAWLER)
    robots = RobotsCache(fetcher)
    tools = Tools(fetcher, pool, robots, open_renderer(settings, stack, fetcher, robots))
    pace = Pace(settings.crawl_at_once, settings.crawl_per_host)
    return Crawler(database, tools, pace=pace, idle=idle)


def first_interval_s(settings: Settings) -> float | None:
    """How soon a page is looked at again at first; None: never."""
    return settings.crawl_every_h * _HOUR_S or None


async def recrawl_for_ever(
    database: IndexDatabase,
    crawler: Callable[[], Awaitable[Crawler]],
    poll_s: float = RECRAWL_POLL_S,
) -> None:
    """Look again at due pages, now and then, until cancelled."""
    from hydrophone.storage.index_db_crawls import list_crawls

    while True:
        try:
            # A server without crawls does not load what they need.
            if await database.read(list_crawls):
                await (await crawler()).recrawl()
        except HydrophoneError as error:
            _log.warning("pages could not be crawled again: %s", error.message)
        except Exception:
            _log.exception("pages could not be crawled again")
        await asyncio.sleep(poll_s)
