"""The `usage` object of the chat dialect, with its cost."""

from __future__ import annotations

from hydrophone.types import ContextSize, Cost, JsonValue, Price, Usage

# The SDKs want `cost` wherever `usage` stands; the official service sends zeros until the end.
_NO_COST: dict[str, JsonValue] = {
    "input_tokens_cost": 0.0,
    "output_tokens_cost": 0.0,
    "total_cost": 0.0,
}
_DECIMALS = 9


def usage_so_far(usage: Usage, price: Price, context_size: ContextSize) -> dict[str, JsonValue]:
    """Token counts until now; what they cost stands on the last body only."""
    return _counts(usage, price, context_size, _NO_COST)


def usage_object(
    usage: Usage,
    price: Price,
    context_size: ContextSize,
    *,
    pro: bool = False,
    charged: Cost | None = None,
) -> dict[str, JsonValue]:
    """Token counts and cost in US dollars of a finished answer. `pro`: of a pro search. `charged`
    is what it cost, where the price does not say it."""
    cost = charged or price.cost(usage, context_size, pro=pro)
    return _counts(usage, price, context_size, _costs(cost, price))


def _counts(
    usage: Usage, price: Price, context_size: ContextSize, costs: dict[str, JsonValue]
) -> dict[str, JsonValue]:
    written = usage.completion_tokens
    if price.reasoning_usd:  # Perplexity counts apart what it charges apart
        written = max(0, written - usage.reasoning_tokens)
    body: dict[str, JsonValue] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": written,
        "total_tokens": usage.prompt_tokens + written,
        "search_context_size": context_size,
    }
    if usage.citation_tokens:
        body["citation_tokens"] = usage.citation_tokens
    if usage.search_queries:
        body["num_search_queries"] = usage.search_queries
    if usage.reasoning_tokens and price.reasoning_usd:
        body["reasoning_tokens"] = usage.reasoning_tokens
    elif usage.reasoning_tokens:
        # Under this name OpenAI's clients take them as part of the completion tokens; the AI SDK
        # adds `reasoning_tokens` to them.
        body["completion_tokens_details"] = {"reasoning_tokens": usage.reasoning_tokens}
    body["cost"] = costs
    return body


def _costs(cost: Cost, price: Price) -> dict[str, JsonValue]:
    """Prices of their own are shown for the models that have them, in place of the request fee."""
    found: dict[str, JsonValue] = {
        "input_tokens_cost": round(cost.input_usd, _DECIMALS),
        "output_tokens_cost": round(cost.output_usd, _DECIMALS),
    }
    if price.reasoning_usd:
        found["reasoning_tokens_cost"] = round(cost.reasoning_usd, _DECIMALS)
    if price.citation_usd:
        found["citation_tokens_cost"] = round(cost.citation_usd, _DECIMALS)
    if price.search_usd:
        found["search_queries_cost"] = round(cost.searches_usd, _DECIMALS)
    if cost.request_usd or not price.search_usd:
        found["request_cost"] = round(cost.request_usd, _DECIMALS)
    found["total_cost"] = round(cost.total_usd, _DECIMALS)
    return found
