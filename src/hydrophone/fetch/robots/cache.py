"""The robots.txt files of many sites, each fetched once a day and by one caller at a time."""

from __future__ import annotations

import asyncio
import math
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from hydrophone.fetch.client import ANY_TYPE, Fetcher
from hydrophone.fetch.errors import BadStatus, FetchError, Refused, TooManyRedirects
from hydrophone.fetch.identity import CRAWLER
from hydrophone.fetch.robots.rules import SIZE_LIMIT_BYTES, SiteRules, parse_robots

KEPT_S = 24 * 3600.0
UNREACHABLE_KEPT_S = 300.0
UNREACHABLE_KEPT_LIMIT_S = 3600.0

_PORTS = {"http": 80, "https": 443}
_LARGE_BYTES = 32 * 1024
_TOO_MANY_REQUESTS = 429


@dataclass(slots=True)
class _Entry:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    rules: SiteRules | None = None
    until: float = -math.inf


class RobotsCache:
    """What sites allow one robot, asked through `fetcher`; `agent` is its product token.

    A file is kept for 24 hours, the answer that a site cannot be reached for five minutes, or as
    long as the site said, up to an hour. At most `site_limit` sites are kept, the last used ones.
    `clock` counts seconds.
    """

    def __init__(
        self,
        fetcher: Fetcher,
        agent: str = CRAWLER,
        *,
        clock: Callable[[], float] = time.monotonic,
        site_limit: int = 4096,
    ) -> None:
        self._fetcher = fetcher
        self.agent = agent
        self._clock = clock
        self._site_limit = site_limit
        self._entries: OrderedDict[str, _Entry] = OrderedDict()

    async def rules(self, url: str) -> SiteRules:
        """The rules of the site of `url`: of its scheme, host and port. Never raises.

        RFC 9309 (2.3.1): a file that is not there (4xx) or behind too many redirects allows all,
        one that cannot be had (5xx, no connection; 429, too) allows nothing for the time being.
        """
        try:
            site = site_of(url)
        except ValueError as error:
            return SiteRules(problem=Refused(f"not fetched: {error}"))
        entry = self._entry(site)
        if entry.rules is not None and self._clock() < entry.until:
            return entry.rules
        async with entry.lock:
            # Another caller may have fetched it while this one waited.
            if entry.rules is None or self._clock() >= entry.until:
                rules = await self._fetch(f"{site}/robots.txt")
                entry.rules, entry.until = rules, self._clock() + _lifetime_s(rules)
            return entry.rules

    def _entry(self, site: str) -> _Entry:
        entry = self._entries.setdefault(site, _Entry())
        self._entries.move_to_end(site)
        if len(self._entries) > self._site_limit:
            self._entries.popitem(last=False)
        return entry

    async def _fetch(self, url: str) -> SiteRules:
        try:
            file = await self._fetcher.get(url, accept=ANY_TYPE, cut_bytes=SIZE_LIMIT_BYTES)
        except TooManyRedirects:
            return SiteRules()
        except FetchError as error:
            return SiteRules() if _says_there_is_none(error) else SiteRules(problem=error)
        if len(file.body) < _LARGE_BYTES:
            return parse_robots(file.body, self.agent, url=url)
        return await asyncio.to_thread(parse_robots, file.body, self.agent, url=url)


def site_of(url: str) -> str:
    """Scheme, host and port, which is what a robots.txt is for. Raises ValueError."""
    parts = urlsplit(url.strip())
    if parts.scheme not in _PORTS or not parts.hostname:
        raise ValueError(f"{url!r} is no http or https URL")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    port = parts.port
    place = host if port is None or port == _PORTS[parts.scheme] else f"{host}:{port}"
    return f"{parts.scheme}://{place}"


def _says_there_is_none(error: FetchError) -> bool:
    return (
        isinstance(error, BadStatus)
        and 300 <= error.answered < 500
        and error.answered != _TOO_MANY_REQUESTS
    )


def _lifetime_s(rules: SiteRules) -> float:
    if rules.problem is None:
        return KEPT_S
    asked_s = getattr(rules.problem, "retry_after_s", None) or 0.0
    return min(max(UNREACHABLE_KEPT_S, asked_s), UNREACHABLE_KEPT_LIMIT_S)
