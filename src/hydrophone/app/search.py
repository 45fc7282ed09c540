"""The search providers that the settings call for."""

from __future__ import annotations

import importlib.util
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from pydantic import SecretStr

from hydrophone.ports import ProviderState
from hydrophone.settings import Settings
from hydrophone.types import Secret

if TYPE_CHECKING:
    from hydrophone.search.base import SearchProvider
    from hydrophone.search.watch.watched import WatchedProvider

# Public engines refuse for minutes, and without a network each question would try in vain.
METASEARCH_FAILURES = 2
METASEARCH_PAUSE_S = 60.0


def can_fetch(settings: Settings) -> bool:
    """Whether pages can be fetched: it is allowed, and what it takes is installed."""
    return not settings.offline and importlib.util.find_spec("aiohttp") is not None


def why_no_web_search(settings: Settings) -> str | None:
    """Why the web is not searched; None when it is."""
    if settings.offline:
        return "off by HYDROPHONE_OFFLINE"
    if not settings.web_search:
        return "off by HYDROPHONE_WEB_SEARCH=0"
    if not can_fetch(settings):
        return "not installed: pip install 'hydrophone[web]'"
    return None


class SearchStats:
    """The ground port `Stats`; `providers` opens them when that has not been done."""

    def __init__(self, providers: Callable[[], Awaitable[Sequence[WatchedProvider]]]) -> None:
        self._providers = providers

    async def providers(self) -> Sequence[ProviderState]:
        """The search providers, in the order of their names."""
        return [one.state() for one in await self._providers()]


def open_providers(settings: Settings, stack: AsyncExitStack) -> Sequence[WatchedProvider]:
    """The providers that are configured, each under watch, in the order of their names; none when
    the web is not searched, or cannot be."""
    if why_no_web_search(settings) is not None:
        return ()
    from hydrophone.search.watch.breaker import Breaker
    from hydrophone.search.watch.watched import WatchedProvider

    watched = []
    for provider in _providers(settings):
        stack.push_async_callback(provider.close)
        quick = provider.name == "ddgs"
        breaker = Breaker(failures=METASEARCH_FAILURES, pause_s=METASEARCH_PAUSE_S)
        watched.append(
            WatchedProvider(
                provider,
                deadline_s=settings.search_deadline_s,
                breaker=breaker if quick else None,
            )
        )
    return sorted(watched, key=lambda one: one.name)


def _providers(settings: Settings) -> Iterator[SearchProvider]:
    yield from _scholarly(settings)
    yield from _keyed(settings)
    if settings.searxng_url:
        from hydrophone.search.providers.searxng import SearXNG

        yield SearXNG(settings.searxng_url, deadline_s=settings.search_deadline_s)
    if settings.metasearch:
        from hydrophone.search.providers.ddgs import Metasearch

        yield Metasearch(timeout_s=max(1, int(settings.search_deadline_s)))


def _keyed(settings: Settings) -> Iterator[SearchProvider]:
    limit_s = settings.search_deadline_s
    if key := _secret(settings.brave_api_key):
        from hydrophone.search.providers.brave import Brave

        yield Brave(key, deadline_s=limit_s)
    if key := _secret(settings.tavily_api_key):
        from hydrophone.search.providers.tavily import Tavily

        yield Tavily(key, deadline_s=limit_s)
    if key := _secret(settings.exa_api_key):
        from hydrophone.search.providers.exa import Exa

        yield Exa(key, deadline_s=limit_s)
    if key := _secret(settings.serper_api_key):
        from hydrophone.search.providers.serper import Serper

        yield Serper(key, deadline_s=limit_s)


def _scholarly(settings: Settings) -> Iterator[SearchProvider]:
    """Those without a key are asked only when a caller wants their kinds of sources."""
    from hydrophone.search.providers.arxiv import Arxiv
    from hydrophone.search.providers.crossref import Crossref
    from hydrophone.search.providers.openalex import OpenAlex

    limit_s = settings.search_deadline_s
    yield Arxiv(deadline_s=limit_s)
    yield Crossref(email=settings.crossref_email, deadline_s=limit_s)
    yield OpenAlex(
        email=settings.openalex_email, key=_secret(settings.openalex_api_key), deadline_s=limit_s
    )
    if settings.edgar_user_agent:
        from hydrophone.search.providers.edgar import Edgar

        yield Edgar(settings.edgar_user_agent, deadline_s=limit_s)


def _secret(value: SecretStr | None) -> Secret | None:
    return Secret(value.get_secret_value()) if value else None
