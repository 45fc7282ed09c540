"""Every limit of the chat request, at its edge and past it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.chat.asking import USER, asked, refusal

COUNTRY = {"country": "US"}


def located(**fields: Any) -> dict[str, Any]:
    return {"web_search_options": {"user_location": COUNTRY | fields}}


def pictures(count: int) -> list[dict[str, Any]]:
    part = {"type": "image_url", "image_url": "https://a.example/x.png"}
    return [USER | {"content": [part] * count}]


# field that is refused, what is allowed at the edge, what is refused past it, type of the error
LIMITS: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("messages", {}, {"messages": []}, "invalid_message"),
    ("messages", {"messages": pictures(30)}, {"messages": pictures(31)}, "invalid_message"),
    ("n", {"n": 1}, {"n": 2}, "invalid_request"),
    ("n", {"n": None}, {"n": 0}, "invalid_request"),
    ("max_tokens", {"max_tokens": 1}, {"max_tokens": 0}, "invalid_request"),
    ("max_tokens", {"max_tokens": 128_000}, {"max_tokens": 128_001}, "invalid_request"),
    (
        "max_completion_tokens",
        {"max_completion_tokens": 128_000},
        {"max_completion_tokens": 128_001},
        "invalid_request",
    ),
    ("temperature", {"temperature": 0}, {"temperature": -0.01}, "invalid_request"),
    ("temperature", {"temperature": 2}, {"temperature": 2.01}, "invalid_request"),
    ("top_p", {"top_p": 0}, {"top_p": -0.01}, "invalid_request"),
    ("top_p", {"top_p": 1}, {"top_p": 1.01}, "invalid_request"),
    ("top_k", {"top_k": 0}, {"top_k": -1}, "invalid_request"),
    ("top_k", {"top_k": 2048}, {"top_k": 2049}, "invalid_request"),
    ("presence_penalty", {"presence_penalty": -2}, {"presence_penalty": -2.1}, "invalid_request"),
    ("presence_penalty", {"presence_penalty": 2}, {"presence_penalty": 2.1}, "invalid_request"),
    ("frequency_penalty", {"frequency_penalty": -2}, {"frequency_penalty": -3}, "invalid_request"),
    ("frequency_penalty", {"frequency_penalty": 2}, {"frequency_penalty": 2.1}, "invalid_request"),
    ("max_results", {"max_results": 1}, {"max_results": 0}, "invalid_request"),
    ("max_results", {"max_results": 20}, {"max_results": 21}, "invalid_request"),
    (
        "num_search_results",
        {"num_search_results": 50},
        {"num_search_results": 51},
        "invalid_request",
    ),
    ("num_search_results", {"num_search_results": 1}, {"num_search_results": 0}, "invalid_request"),
    ("num_images", {"num_images": 0}, {"num_images": -1}, "invalid_request"),
    ("num_images", {"num_images": 30}, {"num_images": 31}, "invalid_request"),
    (
        "search_domain_filter",
        {"search_domain_filter": [f"a{n}.example" for n in range(20)]},
        {"search_domain_filter": [f"a{n}.example" for n in range(21)]},
        "invalid_search_domain_filter",
    ),
    (
        "search_domain_filter",
        {"search_domain_filter": ["a.example/" + "x" * 243]},
        {"search_domain_filter": ["a.example/" + "x" * 244]},
        "invalid_search_domain_filter",
    ),
    (
        "search_language_filter",
        {"search_language_filter": ["en"] * 10},
        {"search_language_filter": ["en"] * 11},
        "invalid_request",
    ),
    (
        "search_language_filter",
        {"search_language_filter": ["en"]},
        {"search_language_filter": ["eng"]},
        "invalid_request",
    ),
    (
        "image_domain_filter",
        {"image_domain_filter": ["a.example"] * 10},
        {"image_domain_filter": ["a.example"] * 11},
        "invalid_parameter",
    ),
    (
        "image_format_filter",
        {"image_format_filter": ["png"] * 10},
        {"image_format_filter": ["png"] * 11},
        "invalid_request",
    ),
    (
        "image_format_filter",
        {"image_format_filter": [".PNG"]},
        {"image_format_filter": ["image/png"]},
        "invalid_request",
    ),
    (
        "search_after_date_filter",
        {"search_after_date_filter": "3/1/2025"},
        {"search_after_date_filter": "2025-03-01"},
        "invalid_date_format",
    ),
    (
        "search_before_date_filter",
        {"search_before_date_filter": "2/28/2025"},
        {"search_before_date_filter": "2/29/2025"},
        "invalid_date_format",
    ),
    (
        "last_updated_after_filter",
        {"last_updated_after_filter": "12/31/2024"},
        {"last_updated_after_filter": "13/31/2024"},
        "invalid_date_format",
    ),
    (
        "last_updated_before_filter",
        {"last_updated_before_filter": "03/01/2025"},
        {"last_updated_before_filter": "last week"},
        "invalid_date_format",
    ),
    (
        "search_before_date_filter",
        {"search_after_date_filter": "3/1/2025", "search_before_date_filter": "3/1/2025"},
        {"search_after_date_filter": "3/2/2025", "search_before_date_filter": "3/1/2025"},
        "invalid_parameter",
    ),
    ("country", {"country": "us"}, {"country": "USA"}, "invalid_request"),
    (
        "language_preference",
        {"language_preference": "pt-BR"},
        {"language_preference": "the German"},
        "invalid_request",
    ),
    (
        "latitude",
        {"latitude": 90, "longitude": 0},
        {"latitude": 90.1, "longitude": 0},
        "invalid_request",
    ),
    (
        "longitude",
        {"latitude": 0, "longitude": -180},
        {"latitude": 0, "longitude": -181},
        "invalid_request",
    ),
    ("latitude", {"latitude": 0, "longitude": 0}, {"latitude": 0}, "invalid_parameter"),
    (
        "web_search_options.user_location.latitude",
        located(latitude=-90, longitude=180),
        located(latitude=-90.1, longitude=180),
        "invalid_request",
    ),
    (
        "web_search_options.user_location.longitude",
        located(latitude=0, longitude=180),
        located(latitude=0, longitude=180.5),
        "invalid_request",
    ),
    (
        "web_search_options.user_location",
        located(latitude=0, longitude=0),
        located(latitude=0),
        "invalid_parameter",
    ),
    (
        "web_search_options.user_location",
        located(latitude=0, longitude=0),
        located(latitude=0, longitude=0, country=None),
        "invalid_parameter",
    ),
    (
        "web_search_options.user_location.country",
        located(country="fr"),
        located(country="France"),
        "invalid_request",
    ),
]
CHOICES = {
    "stream_mode": ["full", "concise"],
    "search_mode": ["web", "academic", "sec"],
    "search_recency_filter": ["hour", "day", "week", "month", "year"],
    "reasoning_effort": ["minimal", "low", "medium", "high", "none", "xhigh"],
    "citation_mode": ["default", "markdown", "clean"],
    "tool_choice": ["none", "auto", "required"],
}


@pytest.mark.parametrize(("param", "edge", "past", "kind"), LIMITS)
def test_the_edge_is_allowed_and_what_is_past_it_gets_400(
    param: str, edge: dict[str, Any], past: dict[str, Any], kind: str
) -> None:
    asked(**edge)
    error = refusal(**past)
    assert (error.status, error.code, error.param) == (400, kind, param)
    assert error.message


@pytest.mark.parametrize(("field", "values"), CHOICES.items())
def test_a_choice_is_one_of_its_values(field: str, values: list[str]) -> None:
    for value in values:
        asked(**{field: value})
    error = refusal(**{field: "whatever"})
    assert (error.status, error.code) == (400, "invalid_request")
    assert (error.param or "").startswith(field)


@pytest.mark.parametrize(
    ("field", "values"),
    [("search_context_size", ["low", "medium", "high"]), ("search_type", ["fast", "pro", "auto"])],
)
def test_a_choice_in_the_search_options_is_one_of_its_values(field: str, values: list[str]) -> None:
    for value in values:
        asked(web_search_options={field: value})
    error = refusal(web_search_options={field: "whatever"})
    assert (error.status, error.param) == (400, f"web_search_options.{field}")


@pytest.mark.parametrize(
    "value",
    [
        "example.com",
        "sub.example.com",
        ".gov",
        "example.com/docs/A_b",
        "localhost:8080",
        "münchen.de",
    ],
)
def test_what_is_a_domain_passes_as_it_is(value: str) -> None:
    assert asked(search_domain_filter=[value]).search.filter.domains_allow == (value,)
    assert asked(search_domain_filter=["-" + value]).search.filter.domains_deny == (value,)


@pytest.mark.parametrize(
    "value", ["", "-", "--a.example", "a b.example", "a..b", "ftp://a.example", "*", "?x"]
)
def test_what_is_no_domain_gets_400(value: str) -> None:
    assert refusal(search_domain_filter=[value]).code == "invalid_search_domain_filter"


@pytest.mark.parametrize(
    "field", ["logprobs", "top_logprobs", "best_of", "use_threads", "ranking_model", "_inputs"]
)
def test_what_the_official_client_can_send_beside_is_ignored(field: str) -> None:
    assert asked(**{field: {"a": 1}}) == asked()
