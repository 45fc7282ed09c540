"""The tools: how each changes the search, and which are refused."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hydrophone.api.agent.asked.rules import Rules
from hydrophone.types import Filter, ImageFilter, Location
from tests.api.agent.asking import SEARCH, WRITING, asked, refused, told


def searching(**options: Any) -> Any:
    return asked(tools=[{**SEARCH, **options}]).search


def test_every_filter_of_the_search_is_read() -> None:
    filters = {
        "search_domain_filter": ["sea.example", "-bad.example"],
        "search_recency_filter": "week",
        "search_after_date_filter": "3/1/2025",
        "search_before_date_filter": "03/31/2025",
        "last_updated_after_filter": "4/1/2025",
        "last_updated_before_filter": "4/30/2025",
    }
    assert searching(filters=filters).filter == Filter(
        domains_allow=("sea.example",),
        domains_deny=("bad.example",),
        recency="week",
        published_after=date(2025, 3, 1),
        published_before=date(2025, 3, 31),
        modified_after=date(2025, 4, 1),
        modified_before=date(2025, 4, 30),
    )


def test_openais_filters_and_name_of_the_search_are_understood() -> None:
    tool = {
        "type": "web_search_preview",
        "filters": {"allowed_domains": ["sea.example"], "blocked_domains": ["bad.example"]},
    }
    found = asked(tools=[tool]).search.filter
    assert (found.domains_allow, found.domains_deny) == (("sea.example",), ("bad.example",))


def test_size_number_and_place_of_the_search_are_read() -> None:
    place = {"country": "de", "city": "Kiel", "latitude": 54.3, "longitude": 10.1}
    search = searching(search_context_size="high", max_results=30, user_location=place)
    assert (search.context_size, search.max_results, search.country) == ("high", 30, "DE")
    assert search.location == Location(54.3, 10.1, "DE", city="Kiel")


@pytest.mark.parametrize(
    ("tokens", "size"), [(1, "low"), (4_000, "low"), (4_001, "medium"), (9_000, "high")]
)
def test_a_number_of_tokens_chooses_the_nearest_size(tokens: int, size: str) -> None:
    assert searching(max_tokens=tokens).context_size == size


def test_tokens_of_a_page_have_no_effect_and_that_is_said() -> None:
    assert told(asked(tools=[{**SEARCH, "max_tokens_per_page": 500}])) == ["ignored_option"]


def test_a_tool_changes_the_search_of_a_preset() -> None:
    question = asked(preset="medium", tools=[{**SEARCH, "search_type": "fast", "max_results": 3}])
    assert (question.search.depth, question.search.max_results) == ("fast", 3)
    assert question.search.context_size == "medium"


def test_images_are_searched_for_with_their_filters() -> None:
    filters = {
        "domain_filter": ["sea.example", "-bad.example"],
        "format_filter": ["png"],
        "safe_search": True,
    }
    question = asked(tools=[{"type": "image_search", "filters": filters, "max_results": 4}])
    extras = question.extras
    assert (extras.images, extras.most_images) == (True, 4)
    assert extras.image_filter == ImageFilter(("sea.example",), ("bad.example",), ("png",))
    assert (question.search.enabled, question.search.safe) == (True, True)


def test_finance_is_searched_for_in_filings_and_that_is_said() -> None:
    alone = asked(tools=[{"type": "finance_search"}])
    assert alone.search.kinds == ("sec",)
    assert told(alone) == ["downgrade"]
    both = asked(tools=[SEARCH, {"type": "finance_search"}])
    assert both.search.kinds == ("own", "web", "sec")


@pytest.mark.parametrize(
    "kind", ["people_search", "sandbox", "mcp", "connector", "file_search", "nonsense"]
)
def test_tools_that_are_not_here_are_refused_or_left_out_with_a_notice(kind: str) -> None:
    tools = [{"type": kind, "server_label": "x"}, SEARCH]
    assert refused(tools=tools) == (400, "tools[0].type")
    assert told(asked(WRITING, Rules(lenient=True), tools=tools)) == ["ignored_option"]


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"tools": [{"type": "function", "name": "web_search"}]}, 400, "tools[0].name"),
        ({"tools": [{"type": "function", "name": "a"}] * 2}, 400, "tools[1].name"),
        ({"tools": [{"type": "function", "function": {"name": "a"}}]}, 422, "tools[0].name"),
        ({"tools": [{**SEARCH, "max_results": 51}]}, 400, "tools[0].max_results"),
        ({"tools": [{"type": "fetch_url", "max_urls": 11}]}, 400, "tools[0].max_urls"),
        ({"tool_choice": {"type": "function", "name": "a"}}, 400, "tool_choice.name"),
        ({"tool_choice": {"type": "web_search"}}, 400, "tool_choice.type"),
        ({"tool_choice": "often"}, 400, "tool_choice"),
    ],
)
def test_wrong_tools_and_choices_are_refused_with_their_place(
    body: dict[str, Any], status: int, param: str
) -> None:
    assert refused(**body) == (status, param)


@pytest.mark.parametrize(
    ("options", "param"),
    [
        ({"filters": {"search_domain_filter": ["a b"]}}, "filters.search_domain_filter"),
        ({"filters": {"search_after_date_filter": "soon"}}, "filters.search_after_date_filter"),
        ({"user_location": {"country": "Germany"}}, "user_location.country"),
        ({"user_location": {"latitude": 1}}, "user_location"),
    ],
)
def test_a_wrong_value_in_a_tool_is_refused_with_its_place(
    options: dict[str, Any], param: str
) -> None:
    assert refused(tools=[{"type": "fetch_url"}, {**SEARCH, **options}]) == (
        400,
        f"tools[1].{param}",
    )
