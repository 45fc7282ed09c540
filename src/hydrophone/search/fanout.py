"""Searching everywhere at once: our own index, and every provider of the wanted kinds.

What a provider cannot do costs its part of the answer and no more: it is told as a Notice.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from hydrophone.errors import HydrophoneError, InvalidRequest, RequestError
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.search.base import ProviderAnswer, ProviderQuery
from hydrophone.search.dating import admitted
from hydrophone.search.enforce import Enforcement
from hydrophone.search.errors import ProviderFailed
from hydrophone.search.merge import merge
from hydrophone.search.pages import Pages
from hydrophone.search.watch.watched import WatchedProvider
from hydrophone.types import (
    Image,
    Notice,
    RequestContext,
    SearchOptions,
    SearchResult,
    SourceKind,
    Video,
)

DEFAULT_RESULTS = 10
MOST_ASKED = 20
# Pages of results that are asked for when the filter leaves too few.
MOST_PAGES = 3
# Later pages are asked for while so much of the provider's time is left.
LEAST_REFILL_S = 0.5
_NOTHING = SearchOutcome(())
NOTHING_PASSED = (
    "Nothing that was found satisfies the filter of the request: widen its collections, domains, "
    "dates or languages, or leave them out."
)
WEB_NOT_SEARCHED = (
    "Only the own index was searched: no search of the web is set up, or it is switched off."
)
DEFAULT_KINDS: frozenset[SourceKind] = frozenset({"own", "web"})


@dataclass(slots=True)
class _Found:
    """What one provider found for one query."""

    results: list[SearchResult] = field(default_factory=list)
    images: list[Image] = field(default_factory=list)
    videos: list[Video] = field(default_factory=list)
    notices: list[Notice] = field(default_factory=list)
    suggestions: list[str] = field(default_factory=list)


class FanOut:
    """The ground port `Searcher` over the own index and providers.

    With `pages`, pages whose date a filter needs and a provider does not tell are read for it.
    """

    def __init__(
        self, own: Searcher, providers: Sequence[WatchedProvider], *, pages: Pages | None = None
    ) -> None:
        self._own = own
        self._pages = pages
        self._providers = tuple(sorted(providers, key=lambda provider: provider.name))

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """All queries at once, everywhere. Raises InvalidRequest when none says anything."""
        asked = [query.strip() for query in queries if query.strip()]
        if not asked:
            raise InvalidRequest("the query is empty: write what to search for", param="query")
        kinds = wanted_kinds(options)
        now = datetime.fromtimestamp(context.clock(), UTC)
        enforcement = Enforcement(options.filter, now)
        serving = [one for one in self._providers if one.kinds & kinds]
        async with asyncio.TaskGroup() as group:
            calls = [
                group.create_task(self._ask(provider, each, enforcement))
                for provider in serving
                for each in _provider_queries(asked, options, provider.kinds & kinds, now)
            ]
            own = await self._ask_own(asked, options, context) if "own" in kinds else _NOTHING
        if isinstance(own, HydrophoneError):
            if not serving or isinstance(own, RequestError):
                raise own
            message = f"The own index could not be searched: {own.message}"
            own = SearchOutcome((), (Notice("partial", message),))
        found = [call.result() for call in calls]
        return _outcome(own, found, asked, options, _unserved(kinds, serving))

    async def _ask_own(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome | HydrophoneError:
        """What the own index has; an error is given back, so that the others are not broken off."""
        try:
            return await self._own.search(queries, options, context)
        except HydrophoneError as error:
            return error

    async def _ask(
        self, provider: WatchedProvider, query: ProviderQuery, enforcement: Enforcement
    ) -> _Found:
        """A provider's results that keep the filter; further pages when these are too few."""
        found = _Found()
        loop = asyncio.get_running_loop()
        deadline = loop.time() + provider.deadline_s
        for page in range(MOST_PAGES):
            left_s = deadline - loop.time()
            if page and left_s < LEAST_REFILL_S:
                break
            try:
                answer = await provider.ask(replace(query, page=page), limit_s=left_s)
            except ProviderFailed as error:
                if not page:
                    found.notices.append(Notice("unresponsive_engine", error.message))
                break
            found.results += await admitted(
                answer.results, enforcement, self._pages, limit_s=deadline - loop.time()
            )
            if not page:
                _take_rest(found, answer, provider.name)
            enough = enforcement.empty or len(found.results) >= query.count
            if enough or answer.exhausted or not answer.results:
                break
        return found


def wanted_kinds(options: SearchOptions) -> frozenset[SourceKind]:
    """Own index and web unless the caller names kinds; collections are of the own index alone."""
    if options.filter.collections:
        return frozenset({"own"})
    return frozenset(options.kinds) or DEFAULT_KINDS


def _provider_queries(
    texts: Sequence[str], options: SearchOptions, kinds: frozenset[SourceKind], now: datetime
) -> list[ProviderQuery]:
    country = options.country or (options.location.country if options.location else None)
    return [
        ProviderQuery(
            text=text,
            count=min(options.max_results or DEFAULT_RESULTS, MOST_ASKED),
            filter=options.filter,
            country=country.upper() if country else None,
            safe=options.safe,
            kinds=kinds,
            images=options.images,
            videos=options.videos,
            now=now,
        )
        for text in texts
    ]


def _take_rest(found: _Found, answer: ProviderAnswer, name: str) -> None:
    """What comes with the first page beside its results."""
    found.images += answer.images
    found.videos += answer.videos
    found.suggestions += answer.suggestions
    found.notices += [
        Notice("unresponsive_engine", f"{name}: {engine} gave nothing ({reason})")
        for engine, reason in answer.unresponsive
    ]


def _unserved(kinds: frozenset[SourceKind], serving: Sequence[WatchedProvider]) -> list[Notice]:
    """Kinds that were wanted and that nobody here searches, but for the web, which may be off."""
    served: set[SourceKind] = {"own", "attachment"}
    for provider in serving:
        served |= provider.kinds
    return [
        Notice("no_search", f"No search provider for {kind} sources is set up.")
        for kind in sorted(kinds - served)
        if kind != "web" or "own" not in kinds
    ]


def _why_nothing(options: SearchOptions, *, searched_web: bool) -> Iterator[Notice]:
    """What may be the cause of nothing being found."""
    if not options.filter.empty:
        yield Notice("partial", NOTHING_PASSED)
    if not searched_web and {"own", "web"} <= wanted_kinds(options):
        yield Notice("no_search", WEB_NOT_SEARCHED)


def _outcome(
    own: SearchOutcome,
    found: Sequence[_Found],
    queries: Sequence[str],
    options: SearchOptions,
    unserved: Sequence[Notice],
) -> SearchOutcome:
    most = options.max_results or DEFAULT_RESULTS
    results = own.results
    if any(one.results for one in found):
        lists = [own.results, *(one.results for one in found)]
        results = tuple(merge(lists, queries)[:most])
    notices = [*own.notices, *unserved, *(notice for one in found for notice in one.notices)]
    if not results:
        notices += _why_nothing(options, searched_web=bool(found))
    images = {image.url: image for image in own.images}
    videos = {video.url: video for video in own.videos}
    for one in found:
        for image in one.images:
            images.setdefault(image.url, image)
        for video in one.videos:
            videos.setdefault(video.url, video)
    suggested = [text for one in found for text in one.suggestions] + list(own.suggestions)
    return SearchOutcome(
        results,
        tuple(dict.fromkeys(notices)),
        tuple(images.values()),
        tuple(videos.values()),
        suggestions=tuple(dict.fromkeys(suggested)),
    )
