"""perplexity_search: pages and their passages, without an answer."""

from __future__ import annotations

from typing import Annotated, Any

from mcp.server.mcpserver import Context
from pydantic import Field

from hydrophone.errors import NotConfigured
from hydrophone.mcp.calls import Desk
from hydrophone.mcp.tools.question import (
    Collections,
    DomainFilter,
    RecencyFilter,
    SourceFocus,
    kinds_of,
    to_filter,
)
from hydrophone.mcp.tools.results import Findings, FindingsResult, FoundPage, noted, remarks, result
from hydrophone.ports import SearchOutcome
from hydrophone.types import SearchOptions, SearchResult, SnippetOptions

PAGES = 10
PAGE_TOKENS = 1_024


async def perplexity_search(
    ctx: Context[Desk, Any],
    query: Annotated[str, Field(description="What to search for.", min_length=1)],
    max_results: Annotated[int, Field(ge=1, le=20, description="Most pages.")] = PAGES,
    max_tokens_per_page: Annotated[
        int, Field(ge=256, le=2_048, description="Most tokens of each page's passages.")
    ] = PAGE_TOKENS,
    country: Annotated[
        str | None,
        Field(
            pattern="^[A-Za-z]{2}$",
            description="Prefer results for this country, ISO 3166-1 alpha-2 such as US.",
        ),
    ] = None,
    source_focus: SourceFocus = "web",
    collections: Collections = None,
    search_recency_filter: RecencyFilter = None,
    search_domain_filter: DomainFilter = None,
) -> FindingsResult:
    """Search own documents and the web: ranked pages with title, URL, date and best passages.

    For finding pages and checking facts at their source; nothing is put together from them. To
    read one of the pages whole use fetch_page.
    """
    desk = ctx.request_context.lifespan_context
    options = SearchOptions(
        kinds=kinds_of(source_focus),
        filter=to_filter(search_domain_filter, search_recency_filter, collections),
        country=country.upper() if country else None,
        max_results=max_results,
        snippets=SnippetOptions(
            page_tokens=max_tokens_per_page, total_tokens=max_tokens_per_page * max_results
        ),
    )
    with desk.calls.running(ctx.request_context) as context:
        house = await desk.house()
        if house.searcher is None:
            raise NotConfigured("this server has nothing to search with")
        await ctx.report_progress(1.0, None, f"searching for {query[:200]}")
        outcome = await house.searcher.search([query], options, context)
    findings = Findings(
        results=[_found(one) for one in outcome.results], notices=remarks(list(outcome.notices))
    )
    return result(_shown(outcome), findings)


def _found(page: SearchResult) -> FoundPage:
    return FoundPage(
        title=page.title,
        url=page.url,
        snippet=page.snippet,
        date=None if page.published is None else page.published.date().isoformat(),
        collection=page.collection,
    )


def _shown(outcome: SearchOutcome) -> str:
    count = len(outcome.results)
    lines = [f"Found {count} page{'' if count == 1 else 's'}:\n" if count else "Nothing was found."]
    for number, page in enumerate(outcome.results, start=1):
        lines.append(f"{number}. **{' '.join(page.title.split())}**\n   URL: {page.url}")
        if page.published is not None:
            lines.append(f"   Date: {page.published.date().isoformat()}")
        if page.snippet:
            lines.append("   " + page.snippet.replace("\n", "\n   "))
        lines.append("")
    return "\n".join(lines) + noted(list(outcome.notices))
