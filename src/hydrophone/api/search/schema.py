"""The request body of the search dialect, as it comes over the wire. Unknown fields are ignored."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hydrophone.api.filters import FilterFields

MAX_QUERIES = 5
MAX_TOKENS = 1_000_000


class SearchRequest(FilterFields):
    """The body of POST /v1/search."""

    query: str | list[str] = Field(
        description=f"What to search for: a text, or 1 to {MAX_QUERIES} that are searched at once.",
        json_schema_extra={"minItems": 1, "maxItems": MAX_QUERIES},
    )
    max_results: int | None = Field(
        default=None, ge=1, le=20, description="Most results; 10 unless given."
    )
    max_tokens: int | None = Field(
        default=None,
        ge=1,
        le=MAX_TOKENS,
        description="Most tokens of all snippets together.",
    )
    max_tokens_per_page: int | None = Field(
        default=None, ge=1, le=MAX_TOKENS, description="Most tokens of one page's snippet."
    )
    search_context_size: Literal["low", "medium", "high"] | None = Field(
        default=None,
        description="Stands for the two budgets of tokens where they are not given; else high.",
    )
    country: str | None = Field(
        default=None, description="Prefer pages for this country, as ISO 3166 alpha-2."
    )
    search_mode: Literal["web", "academic", "sec"] | None = Field(
        default=None,
        description=(
            "web: own documents and the web; academic: scholarly works; sec: filings of companies "
            "with the SEC."
        ),
    )
    search_type: Literal["web", "fast", "people"] | None = Field(
        default=None,
        description=(
            "fast: found pages are not read, the snippets are the excerpts of the searches. "
            "people is refused: there is no index of people."
        ),
    )
    search_after_date: str | None = Field(
        default=None, description="Another name of search_after_date_filter, which counts first."
    )
    search_before_date: str | None = Field(
        default=None, description="Another name of search_before_date_filter, which counts first."
    )
    display_server_time: bool | None = Field(
        default=None, description="Tell the server's time with the results."
    )
    group_by_query: bool | None = Field(
        default=None, description="Give a list of results for each query, not one for all."
    )
