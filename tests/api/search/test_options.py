"""From a search body to queries and options: every field, and every limit at and past its edge."""

from __future__ import annotations

from datetime import date
from typing import Any

import orjson
import pytest

from hydrophone.api.request import parse
from hydrophone.api.search.options import MAX_QUERY_CHARS, read_options, read_queries
from hydrophone.api.search.schema import SearchRequest
from hydrophone.errors import HydrophoneError
from hydrophone.types import Filter, SearchOptions, SnippetOptions


def body(**fields: Any) -> SearchRequest:
    return parse(SearchRequest, orjson.dumps({"query": "whales"} | fields))


def options(strict: bool = False, **fields: Any) -> SearchOptions:
    return read_options(body(**fields), strict=strict)


def read(**fields: Any) -> None:
    asked = body(**fields)
    read_queries(asked)
    read_options(asked, strict=False)


def test_a_query_alone_takes_the_documented_defaults() -> None:
    assert read_queries(body()) == ["whales"]
    assert options() == SearchOptions(
        kinds=("own", "web"),
        context_size="high",
        max_results=10,
        snippets=SnippetOptions(page_tokens=4_096, total_tokens=10_000, read=True),
    )


def test_every_field_is_taken() -> None:
    taken = options(
        max_results=3,
        max_tokens=700,
        max_tokens_per_page=200,
        country="de",
        search_domain_filter=["a.example", "-sub.a.example"],
        search_language_filter=["en", "DE"],
        search_recency_filter="month",
        search_after_date_filter="3/1/2025",
        search_before_date_filter="04/01/2025",
        last_updated_after_filter="3/2/2025",
        last_updated_before_filter="03/31/2025",
        collections=["sea"],
        search_mode="academic",
        search_type="fast",
        group_by_query=True,
    )
    assert taken == SearchOptions(
        kinds=("academic",),
        filter=Filter(
            collections=("sea",),
            domains_allow=("a.example",),
            domains_deny=("sub.a.example",),
            languages=("en", "de"),
            published_after=date(2025, 3, 1),
            published_before=date(2025, 4, 1),
            modified_after=date(2025, 3, 2),
            modified_before=date(2025, 3, 31),
            recency="month",
        ),
        country="DE",
        context_size="high",
        max_results=3,
        snippets=SnippetOptions(page_tokens=200, total_tokens=700, read=False),
        by_query=True,
    )


@pytest.mark.parametrize(
    ("fields", "page_tokens", "total_tokens"),
    [
        ({"search_context_size": "low"}, 1_024, 2_500),
        ({"search_context_size": "medium"}, 2_048, 5_000),
        ({"search_context_size": "high"}, 4_096, 10_000),
        ({"search_context_size": "low", "max_tokens": 9}, 1_024, 9),
        ({"search_context_size": "low", "max_tokens_per_page": 9}, 9, 2_500),
        ({"max_tokens": 50_000}, 4_096, 50_000),
    ],
)
def test_budgets_that_are_given_count_before_the_context_size(
    fields: dict[str, Any], page_tokens: int, total_tokens: int
) -> None:
    assert options(**fields).snippets == SnippetOptions(page_tokens, total_tokens)


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [
        ("web", ("own", "web")),
        ("academic", ("academic",)),
        ("sec", ("sec",)),
        (None, ("own", "web")),
    ],
)
def test_the_mode_says_what_is_searched(mode: str | None, kinds: tuple[str, ...]) -> None:
    assert options(search_mode=mode).kinds == kinds


def test_langchains_names_of_the_dates_are_taken_and_the_official_ones_count_first() -> None:
    taken = options(search_after_date="1/2/2025", search_before_date="1/3/2025").filter
    assert (taken.published_after, taken.published_before) == (date(2025, 1, 2), date(2025, 1, 3))
    both = options(search_after_date="1/2/2025", search_after_date_filter="1/9/2025").filter
    assert both.published_after == date(2025, 1, 9)


def test_fields_that_are_null_or_unknown_are_as_if_left_out() -> None:
    nulls = dict.fromkeys(SearchRequest.model_fields) | {"query": "whales", "images": True}
    assert read_options(parse(SearchRequest, orjson.dumps(nulls)), strict=False) == options()


GOOD: list[dict[str, Any]] = [
    {"query": ["a"]},
    {"query": ["a"] * 5},
    {"query": "x" * MAX_QUERY_CHARS},
    {"max_results": 1},
    {"max_results": 20},
    {"max_tokens": 1},
    {"max_tokens": 1_000_000},
    {"max_tokens_per_page": 1},
    {"max_tokens_per_page": 1_000_000},
    {"search_domain_filter": [f"d{n}.example" for n in range(20)]},
    {"search_language_filter": ["en"] * 20},
    {"country": "US"},
    {"search_type": "web"},
    {"search_recency_filter": "hour"},
]
BAD: list[tuple[dict[str, Any], int, str, str]] = [
    ({"query": []}, 400, "invalid_request", "query"),
    ({"query": ["a"] * 6}, 400, "invalid_request", "query"),
    ({"query": ""}, 400, "invalid_request", "query"),
    ({"query": ["a", " "]}, 400, "invalid_request", "query[1]"),
    ({"query": "x" * (MAX_QUERY_CHARS + 1)}, 400, "invalid_request", "query"),
    ({"query": None}, 422, "invalid_request", "query"),
    ({"query": 7}, 422, "invalid_request", "query"),
    ({"query": ["a", 7]}, 422, "invalid_request", "query[1]"),
    ({"max_results": 0}, 400, "invalid_request", "max_results"),
    ({"max_results": 21}, 400, "invalid_request", "max_results"),
    ({"max_results": "many"}, 422, "invalid_request", "max_results"),
    ({"max_tokens": 0}, 400, "invalid_request", "max_tokens"),
    ({"max_tokens": 1_000_001}, 400, "invalid_request", "max_tokens"),
    ({"max_tokens_per_page": 0}, 400, "invalid_request", "max_tokens_per_page"),
    ({"max_tokens_per_page": 1_000_001}, 400, "invalid_request", "max_tokens_per_page"),
    ({"search_context_size": "huge"}, 400, "invalid_request", "search_context_size"),
    (
        {"search_domain_filter": [f"d{n}.example" for n in range(21)]},
        400,
        "invalid_search_domain_filter",
        "search_domain_filter",
    ),
    ({"search_language_filter": ["en"] * 21}, 400, "invalid_request", "search_language_filter"),
    ({"search_language_filter": ["eng"]}, 400, "invalid_request", "search_language_filter"),
    ({"country": "USA"}, 400, "invalid_request", "country"),
    ({"country": ""}, 400, "invalid_request", "country"),
    ({"search_mode": "images"}, 400, "invalid_request", "search_mode"),
    ({"search_type": "people"}, 400, "invalid_parameter", "search_type"),
    ({"search_type": "pro"}, 400, "invalid_request", "search_type"),
    ({"search_recency_filter": "decade"}, 400, "invalid_request", "search_recency_filter"),
    ({"search_after_date": "soon"}, 400, "invalid_date_format", "search_after_date_filter"),
    (
        {"last_updated_before_filter": "2025-01-01"},
        400,
        "invalid_date_format",
        "last_updated_before_filter",
    ),
]


@pytest.mark.parametrize("fields", GOOD, ids=lambda fields: str(fields)[:50])
def test_values_at_their_limits_pass(fields: dict[str, Any]) -> None:
    read(**fields)


@pytest.mark.parametrize(
    ("fields", "status", "kind", "param"), BAD, ids=lambda value: str(value)[:50]
)
def test_values_past_their_limits_are_refused_by_name(
    fields: dict[str, Any], status: int, kind: str, param: str
) -> None:
    with pytest.raises(HydrophoneError) as caught:
        read(**fields)
    assert (caught.value.status, caught.value.code, caught.value.param) == (status, kind, param)


def test_strict_refuses_what_perplexity_refuses() -> None:
    mixed: dict[str, Any] = {"search_domain_filter": ["a.example", "-b.example"]}
    assert options(**mixed).filter.domains_deny == ("b.example",)
    with pytest.raises(HydrophoneError) as caught:
        options(strict=True, **mixed)
    assert caught.value.code == "invalid_search_domain_filter"
