"""Fetching what robots.txt allows, wherever the redirects lead."""

from __future__ import annotations

from hydrophone.fetch.client import DOCUMENT_TYPES, Fetched, Fetcher
from hydrophone.fetch.errors import Refused, RobotsRefused, TooManyRedirects, Unreachable
from hydrophone.fetch.robots.cache import RobotsCache

_REDIRECTS = 10


async def get_politely(
    fetcher: Fetcher,
    robots: RobotsCache,
    url: str,
    *,
    accept: frozenset[str] = DOCUMENT_TYPES,
) -> Fetched:
    """The page, if its site, and each that it redirects to, allow it to the robot of `robots`.

    Raises the errors of `hydrophone.fetch.errors`, RobotsRefused among them.
    """
    target = fetcher.admit(url)
    for _ in range(_REDIRECTS + 1):
        await _check(robots, target)
        page = await fetcher.get(target, accept=accept, follow=False)
        if page.location is None:
            return page
        target = page.location
    raise TooManyRedirects(f"{url} redirects more than {_REDIRECTS} times")


async def _check(robots: RobotsCache, url: str) -> None:
    rules = await robots.rules(url)
    if isinstance(rules.problem, Refused):
        raise Refused(rules.problem.message)
    if rules.problem is not None:
        message = f"{url} is not read before robots.txt of its site is: {rules.problem.message}"
        raise Unreachable(message)
    if not rules.allows(url):
        message = f"{url} is not read: robots.txt of its site forbids it to {robots.agent}"
        raise RobotsRefused(message)
