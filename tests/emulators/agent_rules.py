"""What the official API takes: no field that it does not know, and no contradictions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_FILTERS = frozenset(
    [
        "search_domain_filter",
        "search_recency_filter",
        "search_after_date_filter",
        "search_before_date_filter",
        "last_updated_after_filter",
        "last_updated_before_filter",
    ]
)
_TOOLS: Mapping[str, frozenset[str]] = {
    "web_search": frozenset(
        [
            "type",
            "filters",
            "search_context_size",
            "max_tokens",
            "max_tokens_per_page",
            "max_results",
            "search_type",
            "user_location",
        ]
    ),
    "image_search": frozenset(("type", "filters", "max_results")),
    "fetch_url": frozenset(("type", "max_urls")),
    "function": frozenset(("type", "name", "description", "parameters", "strict")),
}
_BODY = frozenset(
    [
        "input",
        "model",
        "models",
        "preset",
        "effort",
        "instructions",
        "max_steps",
        "max_output_tokens",
        "max_tool_calls",
        "reasoning",
        "response_format",
        "tools",
        "tool_choice",
        "temperature",
        "top_p",
        "language_preference",
        "previous_response_id",
        "background",
        "store",
        "stream",
        "metadata",
        "truncation",
        "parallel_tool_calls",
    ]
)
_ITEMS: Mapping[str, frozenset[str]] = {
    "message": frozenset(("type", "role", "content")),
    "function_call": frozenset(("type", "call_id", "name", "arguments", "thought_signature")),
    "function_call_output": frozenset(("type", "call_id", "output", "name", "thought_signature")),
}
_PARTS: Mapping[str, frozenset[str]] = {
    "input_text": frozenset(("type", "text")),
    "input_image": frozenset(("type", "image_url")),
    "input_file": frozenset(("type", "filename", "file_data", "file_url")),
}
_RESERVED = frozenset(("web_search", "fetch_url", "people_search", "finance_search", "sandbox"))
SEARCH_FIELDS = _FILTERS | frozenset(
    [
        "query",
        "max_results",
        "max_tokens",
        "max_tokens_per_page",
        "search_context_size",
        "country",
        "search_language_filter",
        "search_mode",
        "search_type",
        "display_server_time",
    ]
)


def wrong_field(body: Mapping[str, Any]) -> str | None:
    """The first field that the API does not know or take; None when all is well."""
    if unknown := sorted(set(body) - _BODY):
        return unknown[0]
    if not {"model", "models", "preset", "effort"} & set(body):
        return "model"
    for item in body["input"] if isinstance(body["input"], list) else ():
        kind = item.get("type", "message")
        if kind not in _ITEMS or set(item) - _ITEMS[kind]:
            return f"input.{kind}"
        parts = item.get("content")
        for part in parts if isinstance(parts, list) else ():
            if part["type"] not in _PARTS or set(part) - _PARTS[part["type"]]:
                return f"input.content.{part['type']}"
    return next(filter(None, map(_wrong_tool, body.get("tools", ()))), None)


def _wrong_tool(tool: Mapping[str, Any]) -> str | None:
    kind = tool["type"]
    if kind not in _TOOLS or set(tool) - _TOOLS[kind]:
        return f"tools.{kind}"
    filters = set(tool.get("filters", ()))
    if kind == "web_search" and filters - _FILTERS:
        return f"tools.{kind}.filters"
    dates = {"search_after_date_filter", "search_before_date_filter"}
    if "search_recency_filter" in filters and filters & dates:
        return "tools.web_search.filters.search_recency_filter"
    entries = tool.get("filters", {}).get("search_domain_filter", ())
    if len({entry.startswith("-") for entry in entries}) > 1:
        return "tools.web_search.filters.search_domain_filter"
    return f"tools.{tool['name']}" if kind == "function" and tool["name"] in _RESERVED else None
