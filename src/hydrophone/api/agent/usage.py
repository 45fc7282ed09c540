"""The `usage` object of the Agent dialect, with the calls of tools and its cost."""

from __future__ import annotations

from hydrophone.types import Cost, JsonValue, Usage

_DECIMALS = 9


def usage_object(usage: Usage, cost: Cost) -> dict[str, JsonValue]:
    """Tokens, calls of tools, and cost in US dollars.

    The fee of a request and the price of its searches stand together as the cost of `search_web`,
    the dialect's name of the search; pages cost nothing by themselves.
    """
    searched_usd = cost.request_usd + cost.searches_usd
    body: dict[str, JsonValue] = {
        "input_tokens": usage.prompt_tokens,
        "output_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "input_tokens_details": _input_details(usage),
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
    }
    if calls := _calls(usage, searched_usd):
        body["tool_calls_details"] = calls
    body["cost"] = {
        "currency": "USD",
        "input_cost": _usd(cost.input_usd + cost.citation_usd),
        "output_cost": _usd(cost.output_usd + cost.reasoning_usd),
        "tool_calls_cost": _usd(searched_usd),
        "total_cost": _usd(cost.total_usd),
    }
    return body


def _input_details(usage: Usage) -> JsonValue:
    details: dict[str, JsonValue] = {"cached_tokens": 0}
    if usage.citation_tokens:
        details["citation_tokens"] = usage.citation_tokens
    return details


def _calls(usage: Usage, searched_usd: float) -> dict[str, JsonValue]:
    calls: dict[str, JsonValue] = {}
    if usage.search_queries:
        calls["search_web"] = {"invocation": usage.search_queries, "cost_usd": _usd(searched_usd)}
    if usage.pages_read:
        calls["fetch_url"] = {"invocation": usage.pages_read, "cost_usd": 0.0}
    return calls


def _usd(cost: float) -> float:
    return round(cost, _DECIMALS)
