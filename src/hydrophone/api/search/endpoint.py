"""POST /search: Perplexity's search body in, its results out."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from hydrophone.api.chat.shapes import dates, notices_array
from hydrophone.api.request import BareRoute, add_post, identify, parse, read_body
from hydrophone.api.search.options import read_options, read_queries
from hydrophone.api.search.schema import SearchRequest
from hydrophone.api.sse import awaited
from hydrophone.errors import NotConfigured
from hydrophone.ports import House, Searcher
from hydrophone.types import JsonValue, RequestContext, SearchOptions, SearchResult

PATHS: Sequence[str] = ("/v1/search", "/search")


def search_router(house: House, *, max_body_bytes: int, strict: bool = False) -> APIRouter:
    """The search endpoint under all its paths."""
    router = APIRouter(tags=["search"], route_class=BareRoute)

    async def search(request: Request) -> Response:
        """Search own documents and the web; each result with as much of its text as is wanted."""
        principal = await identify(request, house.accounts)
        body = parse(SearchRequest, await read_body(request, max_body_bytes))
        queries, options = read_queries(body), read_options(body, strict=strict)
        if house.searcher is None:
            raise NotConfigured("this server has nothing to search in")
        context = RequestContext(principal=principal, door="search", whole=True)
        timed = bool(body.display_server_time)
        return awaited(partial(_results, house.searcher, queries, options, context, timed=timed))

    add_post(router, PATHS, search, schema=SearchRequest, answer="The results, best first.")
    return router


async def _results(
    searcher: Searcher,
    queries: Sequence[str],
    options: SearchOptions,
    context: RequestContext,
    *,
    timed: bool,
) -> Response:
    outcome = await searcher.search(queries, options, context)
    results: list[JsonValue] = [_object(result) for result in outcome.results]
    if options.by_query:
        results = [[_object(result) for result in group] for group in outcome.by_query]
    body: dict[str, JsonValue] = {"id": context.request_id, "results": results}
    if timed:
        now = datetime.fromtimestamp(int(context.clock()), UTC)
        body["server_time"] = now.isoformat().replace("+00:00", "Z")
    if outcome.notices:
        body["notices"] = notices_array(outcome.notices)
    return Response(orjson.dumps(body), media_type="application/json")


def _object(result: SearchResult) -> dict[str, JsonValue]:
    """Dates that are not known are left out: the official MCP server takes no null."""
    item: dict[str, JsonValue] = {
        "title": result.title or result.url,
        "url": result.url,
        "snippet": result.snippet,
    }
    return item | dates(result)
