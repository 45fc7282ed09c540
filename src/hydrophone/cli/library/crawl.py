"""`hydrophone crawl`: whole sites into the index, with live progress."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from hydrophone.cli.output import Json, fail, run

if TYPE_CHECKING:
    from hydrophone.crawl.plan import Plan
    from hydrophone.settings import Settings

COLLECTION = "default"
STOPPED = "stopped; what was crawled is kept, and the same command goes on from there"
_NEVER = "never"
_POLL_S = 0.2
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([mhd])\s*")
_UNIT_S = {"m": 60.0, "h": 3600.0, "d": 86_400.0}
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*([kmg]?)b?\s*", re.IGNORECASE)
_UNIT_BYTES = {"": 1, "k": 1_000, "m": 1_000_000, "g": 1_000_000_000}


def crawl(
    urls: Annotated[list[str], typer.Argument(metavar="URL…", help="Where to begin.")],
    collection: Annotated[
        str, typer.Option("--collection", "-c", help="Where the pages go.")
    ] = COLLECTION,
    include: Annotated[
        list[str] | None,
        typer.Option(metavar="PATTERN", help="Only pages like this: /docs/*, or re:…"),
    ] = None,
    exclude: Annotated[
        list[str] | None, typer.Option(metavar="PATTERN", help="No pages like this.")
    ] = None,
    depth: Annotated[int | None, typer.Option(min=0, help="Most links from a URL given.")] = None,
    pages: Annotated[int | None, typer.Option(min=1, help="Most pages in all.")] = None,
    size: Annotated[
        str | None, typer.Option("--bytes", metavar="SIZE", help="Most bytes in all, as 500MB.")
    ] = None,
    delay: Annotated[
        float | None, typer.Option(min=0, help="Seconds between requests to a host.")
    ] = None,
    subdomains: Annotated[
        bool, typer.Option("--subdomains", help="Also hosts below those of the URLs.")
    ] = False,
    any_site: Annotated[
        bool, typer.Option("--any-site", help="Follow links to other sites, too.")
    ] = False,
    every: Annotated[
        str | None,
        typer.Option(metavar="TIME", help="Look again after 12h, 7d, or never."),
    ] = None,
    again: Annotated[
        bool, typer.Option("--again", help="Look at all pages again, due or not.")
    ] = False,
    wait: Annotated[
        bool, typer.Option("--wait/--no-wait", help="Stay until all vectors are made.")
    ] = True,
    json: Json = False,
) -> None:
    """Crawl sites into the index, or go on with a crawl.

    Stays on the sites of the URLs and obeys their robots.txt. Sitemaps and feeds are read, too.
    The same command goes on after an interruption, and later looks at the pages that are due; a
    running server does that by itself.

    \b
    Examples: hydrophone crawl https://docs.example.com
              hydrophone crawl https://example.com -c docs --include '/docs/*' --pages 1000
    """
    from hydrophone.app.crawls import first_interval_s
    from hydrophone.settings import load_settings

    settings = load_settings()
    limits = {
        "include": tuple(include or ()),
        "exclude": tuple(exclude or ()),
        "any_site": any_site,
        "subdomains": subdomains,
        "max_depth": depth,
        "max_pages": pages,
        "max_bytes": None if size is None else _size_bytes(size),
        "delay_s": settings.crawl_delay_s if delay is None else delay,
        "every_s": first_interval_s(settings) if every is None else _every_s(every),
    }
    run(_crawl(settings, urls, collection, limits, again, wait, json), stopped=STOPPED)


async def _crawl(
    settings: Settings,
    urls: list[str],
    collection: str,
    limits: dict[str, object],
    again: bool,
    wait: bool,
    as_json: bool,
) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.cli.library.progress import choose_view
    from hydrophone.crawl.plan import make_plan

    plan: Plan = make_plan(urls, collection, **limits)
    with choose_view(as_json=as_json) as view:
        async with open_rooms(settings) as rooms:
            crawler = await rooms.crawler()
            done = await crawler.crawl(plan, view.show, again=again)
            await (await rooms.index()).settle()
        if wait and done.indexed:
            await _make_vectors(settings, view.show_vectors)


async def _make_vectors(settings: Settings, show: Callable[[int, int], None]) -> None:
    """Stay until all passages have vectors; the crawl itself had the cores for reading."""
    from hydrophone.app import open_rooms
    from hydrophone.app.models import threads

    async with open_rooms(settings, embed_threads=threads(settings.model_threads)) as rooms:
        index = await rooms.index()
        total = await index.vectors_pending()
        settled = asyncio.create_task(index.vectors_settled())
        try:
            while not (await asyncio.wait([settled], timeout=_POLL_S))[0]:
                pending = await index.vectors_pending()
                total = max(total, pending)
                show(total - pending, total)
            await settled
        finally:
            settled.cancel()
            await asyncio.gather(settled, return_exceptions=True)


def _every_s(text: str) -> float | None:
    if text.strip().lower() == _NEVER:
        return None
    match = _DURATION.fullmatch(text.lower())
    if match is None or not float(match[1]):
        fail(f"--every takes a time such as 12h or 7d, or never, not {text!r}", code=2)
    return float(match[1]) * _UNIT_S[match[2]]


def _size_bytes(text: str) -> int:
    match = _SIZE.fullmatch(text)
    if match is None or not float(match[1]):
        fail(f"--bytes takes a size such as 500MB, not {text!r}", code=2)
    return int(float(match[1]) * _UNIT_BYTES[match[2].lower()])
