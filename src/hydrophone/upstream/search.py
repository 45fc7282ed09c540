"""Searches passed through to the official Search API."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Literal

import orjson

from hydrophone.errors import InvalidRequest
from hydrophone.ports import SearchOutcome
from hydrophone.search.enforce import Enforcement
from hydrophone.types import JsonValue, RequestContext, SearchOptions, SearchResult, SourceKind
from hydrophone.upstream.asking.tools import filters_of
from hydrophone.upstream.client import SEARCH_PATH, OfficialApi
from hydrophone.upstream.replies.objects import results_of

_MODES: dict[SourceKind, Literal["academic", "sec"]] = {"academic": "academic", "sec": "sec"}
_MOST_RESULTS = 20


class OfficialSearcher:
    """The ground port `Searcher`, over the official API. Own collections are not over there."""

    def __init__(self, api: OfficialApi, *, deadline_s: float) -> None:
        self._api = api
        self._deadline_s = deadline_s

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """One request; with `by_query` one for each query. Raises the errors of this room too."""
        if not queries:
            raise InvalidRequest("there is no query: write what to search for", param="query")
        now = datetime.fromtimestamp(context.clock(), UTC)
        asked = [[query] for query in queries] if options.by_query else [list(queries)]
        context.meter.add(search_queries=len(queries))
        try:
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._ask(one, options, now)) for one in asked]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        found = [task.result() for task in tasks]
        merged: dict[str, SearchResult] = {}
        for result in (result for results in found for result in results):
            merged.setdefault(result.url, result)
        by_query = tuple(map(tuple, found)) if options.by_query else ()
        return SearchOutcome(tuple(merged.values())[: options.max_results], by_query=by_query)

    async def _ask(
        self, queries: Sequence[str], options: SearchOptions, now: datetime
    ) -> list[SearchResult]:
        body = orjson.dumps(body_of(queries, options, now))
        said = await self._api.call("POST", SEARCH_PATH, body, deadline_s=self._deadline_s)
        enforced = Enforcement(options.filter, now)
        results = (one.result for one in results_of(said, "results"))
        return [result for result in results if enforced.admits_but_for_dates(result)]


def body_of(queries: Sequence[str], options: SearchOptions, now: datetime) -> dict[str, JsonValue]:
    """The body of a search, with every field that the Search API has a use for."""
    body: dict[str, JsonValue] = {
        "query": queries[0] if len(queries) == 1 else list(queries),
        **filters_of(options, now),
    }
    if options.max_results is not None:
        body["max_results"] = min(options.max_results, _MOST_RESULTS)
    if options.snippets is not None:
        body["max_tokens"] = options.snippets.total_tokens
        body["max_tokens_per_page"] = options.snippets.page_tokens
        if not options.snippets.read:
            body["search_type"] = "fast"
    if options.country:
        body["country"] = options.country
    if options.filter.languages:
        body["search_language_filter"] = list(options.filter.languages)
    if mode := next((_MODES[kind] for kind in options.kinds if kind in _MODES), None):
        body["search_mode"] = mode
    return body
