"""The `usage` object of the chat dialect, with its cost."""

from __future__ import annotations

from hydrophone.types import ContextSize, JsonValue, Price, Usage


def usage_object(
    usage: Usage, price: Price, context_size: ContextSize, *, final: bool
) -> dict[str, JsonValue]:
    """Token counts and cost in US dollars. Perplexity's strict SDK wants `cost` on every chunk;
    the request fee stands on the last one only, as the official service has it."""
    cost = price.cost(usage, context_size)
    costs: dict[str, JsonValue] = {
        "input_tokens_cost": round(cost.input_usd, 9),
        "output_tokens_cost": round(cost.output_usd, 9),
        "total_cost": round(cost.total_usd, 9) if final else 0.0,
    }
    if final:
        costs["request_cost"] = round(cost.request_usd, 9)
    body: dict[str, JsonValue] = {
        "prompt_tokens": usage.prompt_tokens,
        "completion_tokens": usage.completion_tokens,
        "total_tokens": usage.total_tokens,
        "search_context_size": context_size,
        "cost": costs,
    }
    optional = {
        "citation_tokens": usage.citation_tokens,
        "num_search_queries": usage.search_queries,
        "reasoning_tokens": usage.reasoning_tokens,
    }
    return body | {name: count for name, count in optional.items() if count}
