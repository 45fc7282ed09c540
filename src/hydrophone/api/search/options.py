"""From a search body to queries and `SearchOptions`."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from hydrophone.api.filters import read_country, read_filter
from hydrophone.api.search.schema import MAX_QUERIES, SearchRequest
from hydrophone.errors import InvalidRequest
from hydrophone.types import ContextSize, SearchOptions, SnippetOptions, SourceKind

DEFAULT_RESULTS = 10
MAX_QUERY_CHARS = 10_000
MAX_LANGUAGES = 20
# Perplexity's defaults are those of high; for the others it tells no figures.
BUDGETS: Mapping[ContextSize, SnippetOptions] = MappingProxyType(
    {
        "low": SnippetOptions(page_tokens=1_024, total_tokens=2_500),
        "medium": SnippetOptions(page_tokens=2_048, total_tokens=5_000),
        "high": SnippetOptions(page_tokens=4_096, total_tokens=10_000),
    }
)
KINDS: Mapping[Literal["web", "academic", "sec"], tuple[SourceKind, ...]] = MappingProxyType(
    {"web": ("own", "web"), "academic": ("academic",), "sec": ("sec",)}
)


def read_queries(body: SearchRequest) -> list[str]:
    """The queries, none of them empty. Raises InvalidRequest."""
    several = isinstance(body.query, list)
    queries = [body.query] if isinstance(body.query, str) else body.query
    if not 1 <= len(queries) <= MAX_QUERIES:
        raise InvalidRequest(
            f"query holds 1 to {MAX_QUERIES} texts, not {len(queries)}", param="query"
        )
    for number, query in enumerate(queries):
        param = f"query[{number}]" if several else "query"
        if not query.strip():
            raise InvalidRequest(f"{param} is empty: write what to search for", param=param)
        if len(query) > MAX_QUERY_CHARS:
            raise InvalidRequest(
                f"{param} has {len(query)} characters; send at most {MAX_QUERY_CHARS}", param=param
            )
    return queries


def read_options(body: SearchRequest, *, strict: bool) -> SearchOptions:
    """Where and how to search. Raises InvalidRequest with the field's name."""
    if body.search_type == "people":
        raise InvalidRequest(
            "search_type 'people' needs an index of people, and this server has none; use 'web'",
            param="search_type",
            code="invalid_parameter",
        )
    size = body.search_context_size or "high"
    usual = BUDGETS[size]
    return SearchOptions(
        kinds=KINDS[body.search_mode or "web"],
        filter=read_filter(_with_official_names(body), strict=strict, most_languages=MAX_LANGUAGES),
        country=read_country(body.country, param="country"),
        context_size=size,
        max_results=body.max_results or DEFAULT_RESULTS,
        snippets=SnippetOptions(
            page_tokens=body.max_tokens_per_page or usual.page_tokens,
            total_tokens=body.max_tokens or usual.total_tokens,
            read=body.search_type != "fast",
        ),
        by_query=bool(body.group_by_query),
    )


def _with_official_names(body: SearchRequest) -> SearchRequest:
    """LangChain's retriever leaves `_filter` away from the names of two dates."""
    after, before = body.search_after_date, body.search_before_date
    if after is None and before is None:
        return body
    return body.model_copy(
        update={
            "search_after_date_filter": body.search_after_date_filter or after,
            "search_before_date_filter": body.search_before_date_filter or before,
        }
    )
