"""What goes out to the web and reads what comes back, built from the settings."""

from __future__ import annotations

from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING

from hydrophone.app.models import threads
from hydrophone.errors import NotConfigured
from hydrophone.settings import Settings

if TYPE_CHECKING:
    from hydrophone.fetch.attachments.reading import Attachments
    from hydrophone.fetch.client import Fetcher
    from hydrophone.fetch.reader import Reader
    from hydrophone.fetch.render.renderer import Renderer
    from hydrophone.fetch.robots import RobotsCache


# The text of a dense page in a picture takes ten seconds of a core.
ATTACHMENT_DEADLINE_S = 60.0


def open_fetcher(
    settings: Settings, stack: AsyncExitStack, token: str, *, wire_bytes: int | None = None
) -> Fetcher:
    """A fetcher that goes by the product token; `stack` closes it. With `wire_bytes` more, or less,
    than usual may come over the wire."""
    from hydrophone.fetch.client import Fetcher, FetchLimits
    from hydrophone.fetch.guard import Guard
    from hydrophone.fetch.identity import user_agent

    limits = FetchLimits(total_s=settings.fetch_timeout_s, body_bytes=settings.fetch_max_bytes)
    if wire_bytes is not None:
        limits = replace(limits, wire_bytes=wire_bytes)
    fetcher = Fetcher(
        Guard(allow_loopback=settings.allow_loopback, allow_private=settings.allow_private),
        user_agent=user_agent(token, settings.operator_url),
        limits=limits,
    )
    stack.push_async_callback(fetcher.close)
    return fetcher


def open_reader(settings: Settings, stack: AsyncExitStack) -> Reader:
    """The reader of files and, unless offline, of pages that questions need."""
    from hydrophone.fetch.identity import READER
    from hydrophone.fetch.pool import ExtractionPool
    from hydrophone.fetch.reader import Reader
    from hydrophone.fetch.robots import RobotsCache

    pool = ExtractionPool(workers=threads(settings.extraction_processes))
    stack.push_async_callback(pool.close)
    limit_bytes = settings.fetch_max_bytes
    if settings.offline:
        return Reader(None, pool, file_limit_bytes=limit_bytes)
    fetcher = open_fetcher(settings, stack, READER)
    robots = RobotsCache(fetcher, READER) if settings.reading_obeys_robots else None
    return Reader(
        fetcher,
        pool,
        robots=robots,
        renderer=open_renderer(settings, stack, fetcher, robots),
        file_limit_bytes=limit_bytes,
    )


def open_attachments(settings: Settings, stack: AsyncExitStack, *, fetches: bool) -> Attachments:
    """The reader of what callers attach, by address only when it `fetches`. Its processes read
    nothing else: a page of the web must not come near a caller's file."""
    from hydrophone.fetch.attachments.reading import MOST_BYTES, Attachments
    from hydrophone.fetch.identity import READER
    from hydrophone.fetch.pool import ExtractionPool

    pool = ExtractionPool(
        workers=threads(settings.extraction_processes), deadline_s=ATTACHMENT_DEADLINE_S
    )
    stack.push_async_callback(pool.close)
    if not fetches:
        return Attachments(None, pool)
    fetcher = open_fetcher(settings, stack, READER, wire_bytes=MOST_BYTES)
    return Attachments(fetcher, pool)


def open_renderer(
    settings: Settings, stack: AsyncExitStack, fetcher: Fetcher, robots: RobotsCache | None
) -> Renderer | None:
    """The renderer of pages, if one is wanted. Raises NotConfigured when there cannot be one."""
    if not settings.render_pages:
        return None
    from hydrophone.fetch.render.browser import find_chromium
    from hydrophone.fetch.render.cage import is_possible
    from hydrophone.fetch.render.renderer import Renderer

    executable = find_chromium(settings.chromium)
    if executable is None or not is_possible():
        missing = (
            f"{settings.chromium} is not there" if settings.chromium else "there is no Chromium"
        )
        where = missing if is_possible() else "this system cannot shut it off from the network"
        raise NotConfigured(
            f"HYDROPHONE_RENDER_PAGES is set, but {where}; install Chromium on Linux, name it with "
            "HYDROPHONE_CHROMIUM, or leave the setting out"
        )
    renderer = Renderer(fetcher, executable, robots=robots)
    stack.push_async_callback(renderer.close)
    return renderer
