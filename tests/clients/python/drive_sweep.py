"""Every method and parameter of the newest `perplexityai` for chat and search, strictly checked.

What the client can do is read off the client itself, so that a method or parameter that a newer
version brings is told as unknown instead of being passed by.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import perplexity
from outcomes import ASKED, FACTS_SCHEMA, KEY, URL, told

OPTIONS: dict[str, Any] = {
    "base_url": URL,
    "api_key": KEY,
    "max_retries": 0,
    "_strict_response_validation": True,
}
MODEL = os.environ.get("CLIENTS_MODEL", "local/tiny")
TOOL = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather in a town",
        "parameters": {"type": "object", "properties": {"town": {"type": "string"}}},
        "strict": True,
    },
}
PLACE = {"latitude": 48.4, "longitude": -4.5, "country": "FR", "region": "Brittany", "city": "B"}
FILTERS: Mapping[str, Sequence[Any]] = {
    "country": ["FR"],
    "last_updated_after_filter": ["1/2/2024"],
    "last_updated_before_filter": ["12/31/2030"],
    "search_after_date_filter": ["01/02/2019"],
    "search_before_date_filter": ["3/1/2030"],
    "search_domain_filter": [["sea.example", ".gov"], ["-mer.example"]],
    "search_language_filter": [["en", "fr"]],
    "search_mode": ["web", "academic", "sec"],
    "search_recency_filter": ["year", "hour", "day", "week", "month"],
}
# Each parameter's values: all go out alone, the first of each together.
CHAT: Mapping[str, Sequence[Any]] = {
    **FILTERS,
    "_debug_pro_search": [False],
    "_force_new_agent": [False],
    "_inputs": [[1]],
    "_prompt_token_length": [1],
    "best_of": [1],
    "cum_logprobs": [False],
    "disable_search": [False, True],
    "diverse_first_token": [False],
    "enable_search_classifier": [True],
    "file_workspace_id": ["w"],
    "frequency_penalty": [0.5, -2],
    "has_image_url": [False],
    "image_domain_filter": [["sea.example"], ["-mer.example"]],
    "image_format_filter": [["png", "jpg"]],
    "language_preference": ["en"],
    "latitude": [48.4],
    "logprobs": [False],
    "longitude": [-4.5],
    "max_tokens": [100],
    "n": [1],
    "num_images": [3],
    "num_search_results": [3],
    "parallel_tool_calls": [True],
    "presence_penalty": [0, 2],
    "ranking_model": ["r"],
    "reasoning_effort": ["low", "minimal", "medium", "high"],
    "response_format": [
        {"type": "text"},
        {"type": "json_schema", "json_schema": {"name": "facts", "schema": FACTS_SCHEMA}},
        {"type": "regex", "regex": {"regex": ".*"}},
    ],
    "response_formatting_locale": ["es_mx"],
    "response_metadata": [{"a": 1}],
    "return_images": [True],
    "return_related_questions": [True],
    "safe_search": [True],
    "search_internal_properties": [{"a": 1}],
    "search_tenant": ["t"],
    "stop": [["never seen"], "never seen"],
    "stream_mode": ["full", "concise"],
    "temperature": [0.2],
    "thread_id": ["t"],
    "tool_choice": ["none", "auto"],
    "tools": [[TOOL]],
    "top_k": [0, 40],
    "top_logprobs": [0],
    "top_p": [0.9],
    "updated_after_timestamp": [1],
    "updated_before_timestamp": [1_900_000_000],
    "use_threads": [False],
    "user_original_query": ["q"],
    "web_search_options": [
        {
            "search_context_size": "high",
            "search_type": "auto",
            "user_location": PLACE,
            "image_results_enhanced_relevance": True,
        },
        {"search_type": "pro"},
    ],
}
SEARCH: Mapping[str, Sequence[Any]] = {
    **FILTERS,
    "display_server_time": [True],
    "max_results": [5, 1, 20],
    "max_tokens": [1000],
    "max_tokens_per_page": [200],
    "search_context_size": ["low", "medium", "high"],
    "search_type": ["web", "fast"],
}
# What is of no use alone.
PARTNERS: Mapping[str, Mapping[str, Any]] = {
    "latitude": {"longitude": -4.5},
    "longitude": {"latitude": 48.4},
}
NEEDED = {"chat": {"messages": ASKED, "model": MODEL}, "search": {"query": "blue whale"}}
VALUES = {"chat": CHAT, "search": SEARCH}
# What every method of the client takes, whatever it calls.
TRANSPORT = {"extra_headers", "extra_query", "extra_body", "timeout", "stream"}
WRAPPERS = {"with_raw_response", "with_streaming_response"}


def resource(client: Any, name: str) -> Any:
    return client.chat.completions if name == "chat" else client.search


def unknown(client: perplexity.Perplexity) -> list[str]:
    """What the client can do and the tables above do not."""
    found = []
    for name, values in VALUES.items():
        where = resource(client, name)
        methods = {one for one in dir(where) if not one.startswith("_")} - WRAPPERS
        found += [f"{name}.{method}" for method in methods - {"create"}]
        known = {*values, *NEEDED[name], *TRANSPORT}
        parameters = set(inspect.signature(where.create).parameters)
        found += [f"{name}.create({parameter})" for parameter in parameters - known]
        found += [f"{name}.create has no {gone}" for gone in set(values) - parameters]
    return found


def calls(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The bodies that are sent, each with what to call it."""
    for parameter, values in VALUES[name].items():
        for value in values:
            yield f"{parameter}={value!r}", PARTNERS.get(parameter, {}) | {parameter: value}
    yield from wide_calls(name)


def wide_calls(name: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """The smallest body, and the largest."""
    yield "nothing but what must be", {}
    yield "all", {parameter: values[0] for parameter, values in VALUES[name].items()}


def plainly(client: perplexity.Perplexity, name: str, body: dict[str, Any]) -> None:
    read(resource(client, name).create(**NEEDED[name] | body), body)


def in_wrappers(client: perplexity.Perplexity, name: str, body: dict[str, Any]) -> None:
    where, asked = resource(client, name), NEEDED[name] | body
    read(where.with_raw_response.create(**asked).parse(), body)
    with where.with_streaming_response.create(**asked) as response:
        read(response.parse(), body)


def read(answer: Any, body: Mapping[str, Any]) -> None:
    if body.get("stream"):
        assert list(answer), "no chunk"


async def plainly_async(
    asking: perplexity.AsyncPerplexity, name: str, body: dict[str, Any]
) -> None:
    await read_async(await resource(asking, name).create(**NEEDED[name] | body), body)


async def in_wrappers_async(
    asking: perplexity.AsyncPerplexity, name: str, body: dict[str, Any]
) -> None:
    where, asked = resource(asking, name), NEEDED[name] | body
    await read_async(await (await where.with_raw_response.create(**asked)).parse(), body)
    async with where.with_streaming_response.create(**asked) as response:
        await read_async(await response.parse(), body)


async def read_async(answer: Any, body: Mapping[str, Any]) -> None:
    if body.get("stream"):
        assert [chunk async for chunk in answer], "no chunk"


class Sweep:
    """The calls that were made and those that failed."""

    def __init__(self) -> None:
        self.client = perplexity.Perplexity(**OPTIONS)
        self.asking = perplexity.AsyncPerplexity(**OPTIONS)
        self.done = 0
        self.failed: dict[str, Any] = {}

    async def run(self) -> None:
        """Every body plainly, the smallest and the largest in the wrappers too; chat also as
        streams."""
        for name in VALUES:
            for streaming in ({}, {"stream": True}) if name == "chat" else ({},):
                for told_as, body in calls(name):
                    await self._both(plainly, plainly_async, name, told_as, body | streaming)
                for told_as, body in wide_calls(name):
                    await self._both(
                        in_wrappers, in_wrappers_async, name, told_as, body | streaming
                    )

    async def _both(
        self, sync: Any, asynchronous: Any, name: str, told_as: str, body: dict[str, Any]
    ) -> None:
        self.done += 1
        try:
            await asyncio.to_thread(sync, self.client, name, body)
            await asynchronous(self.asking, name, body)
        except Exception as error:
            self.failed[f"{sync.__name__}: {name}: {told_as}: {body.get('stream')}"] = told(error)


async def main() -> None:
    """Print what was done, what failed, and what is not known here."""
    sweep = Sweep()
    async with sweep.asking:
        await sweep.run()
    done = {"bodies": sweep.done, "failed": sweep.failed, "unknown": unknown(sweep.client)}
    print(json.dumps(done))


if __name__ == "__main__":
    asyncio.run(main())
