"""A pytest plugin that runs the test suite of the official SDK 0.38.0 against a real server.

Its makers have marked all of the suite as skipped, and the suite sends values that only a mock
takes ("model", dates as words, ids of nothing). The plugin takes the marks away, puts a valid value
where there is a nonsensical one, expects 501 where the server must refuse, and leaves out what can
never pass. It runs in the SDK's environment, where nothing of ours is installed.
docs/clients-testing.md has the command.

    TEST_API_BASE_URL   the server (the suite's own variable)
    SDK_SUITE_KEY       a key of it; without one, what the suite itself sends
    SDK_SUITE_MODEL     the model that is asked; one that can answer without a search
"""

from __future__ import annotations

import json
import os
import urllib.request
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

BASE = "TEST_API_BASE_URL"
SKIPPED_BY_MAKERS = "Mock server tests are disabled"
# There are no browsers to lend here: 501, but for what the SDK itself refuses before it asks.
REFUSED = "tests/api_resources/browser/"
REFUSED_BY_SDK = "test_path_params_"
# Can never pass, whatever the server: they mock httpx, and ask with aiohttp.
IMPOSSIBLE = {
    f"tests/api_resources/responses/test_files.py::TestAsyncFiles::{name}[aiohttp]"
    for name in (
        "test_method_content",
        "test_raw_response_content",
        "test_streaming_response_content",
    )
}
# Paths with ids of nothing in the suite, and what makes one with an id: a path and a body.
MADE: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "/v1/responses/response_id": ("/v1/responses", {"input": "string", "preset": "fast"}),
    "/async/chat/completions/api_request": (
        "/async/chat/completions",
        {"request": {"model": "sonar", "messages": [{"role": "user", "content": "string"}]}},
    ),
}
MODEL = os.environ.get("SDK_SUITE_MODEL", "sonar")
QUESTION = {"role": "user", "content": "string"}
DAY = "1/2/2024"
COUNTRY = "US"

# What stands in the suite, and what is sent instead. Any other value goes out as it is.
VALID: Mapping[str, tuple[object, object]] = {
    "model": ("model", MODEL),
    "models": (["string"], [MODEL]),
    "preset": ("preset", "fast"),
    "country": ("country", COUNTRY),
    "language_preference": ("language_preference", "en"),
    "search_domain_filter": (["string"], ["example.com"]),
    "image_domain_filter": (["string"], ["example.com"]),
    "image_format_filter": (["string"], ["png"]),
    "search_language_filter": (["string"], ["en"]),
    "max_results": (0, 1),
    "max_tokens": (0, 1),
    "max_tokens_per_page": (0, 1),
    "num_search_results": (0, 1),
    "num_images": (0, 1),
    **{
        name: (name, DAY)
        for name in (
            "search_after_date_filter",
            "search_before_date_filter",
            "last_updated_after_filter",
            "last_updated_before_filter",
        )
    },
}


def valid(body: Mapping[str, Any]) -> dict[str, Any]:
    """A request body as a caller would mean it."""
    made = {name: _valid_value(name, value) for name, value in body.items()}
    if messages := made.get("messages"):
        made["messages"] = _with_question(messages)
    if tools := made.get("tools"):
        made["tools"] = [_valid_tool(tool) for tool in tools]
    if options := made.get("web_search_options"):
        made["web_search_options"] = _valid_place(options)
    if request := made.get("request"):
        made["request"] = valid(request)
    return made


def valid_path(path: str) -> str:
    """A path with the id of something that is there, made at the first need."""
    for nonsense, (where, body) in MADE.items():
        # The suite's own mocks stand behind the contents of files.
        if path == nonsense or (path.startswith(f"{nonsense}/") and not path.endswith("/content")):
            return f"{where}/{_made(where, json.dumps(body))}{path.removeprefix(nonsense)}"
    return path


@cache
def _made(where: str, body: str) -> str:
    key = os.environ.get("SDK_SUITE_KEY", "My API Key")
    headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/json"}
    request = urllib.request.Request(os.environ[BASE] + where, body.encode(), headers)
    with urllib.request.urlopen(request) as response:
        made: str = json.load(response)["id"]
    return made


def _with_model(path: str, body: dict[str, Any]) -> dict[str, Any]:
    """The suite asks the Agent API for nothing in particular, which nobody answers."""
    named = {"model", "models", "preset"} & {*body}
    return body if path != "/v1/responses" or named else body | {"preset": "fast"}


def _valid_value(name: str, value: object) -> object:
    wrong, right = VALID.get(name, (None, None))
    return right if name in VALID and value == wrong else value


def _with_question(messages: list[Any]) -> list[Any]:
    """The suite sends a system message alone, which asks nothing."""
    if any(message["role"] == "user" for message in messages):
        return messages
    return [*messages, QUESTION]


def _valid_tool(tool: Mapping[str, Any]) -> dict[str, Any]:
    if tool["type"] == "web_search":
        made = {name: _valid_value(name, value) for name, value in _valid_place(tool).items()}
        return made | {"filters": valid(tool["filters"])}
    function = dict(tool["function"])
    if function["parameters"]["type"] == "type":
        properties = {"foo": {"type": "string"}}
        function["parameters"] |= {"type": "object", "properties": properties, "required": ["foo"]}
    return dict(tool) | {"function": function}


def _valid_place(options: Mapping[str, Any]) -> dict[str, Any]:
    place = options.get("user_location")
    if not place or place.get("country") != "country":
        return dict(options)
    return dict(options) | {"user_location": dict(place) | {"country": COUNTRY}}


def pytest_configure(config: pytest.Config) -> None:
    """Look at every request just before it is built, in the hook that the SDK has for that."""
    import perplexity
    from perplexity._models import FinalRequestOptions

    key = os.environ.get("SDK_SUITE_KEY")

    def prepared(client: Any, options: FinalRequestOptions) -> FinalRequestOptions:
        if key is not None:
            client.api_key = key
        if isinstance(options.json_data, Mapping):
            options.json_data = _with_model(options.url, valid(options.json_data))
        options.url = valid_path(options.url)
        return options

    async def prepared_async(client: Any, options: FinalRequestOptions) -> FinalRequestOptions:
        return prepared(client, options)

    perplexity.Perplexity._prepare_options = prepared  # type: ignore[method-assign]
    perplexity.AsyncPerplexity._prepare_options = prepared_async  # type: ignore[method-assign]


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is impossible; unmark what its makers skip; expect what is refused."""
    from perplexity import InternalServerError

    left_out = [item for item in items if item.nodeid in IMPOSSIBLE]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item.nodeid not in IMPOSSIBLE]
    for item in items:
        item.own_markers = [mark for mark in item.own_markers if not _by_makers(mark)]
        if item.nodeid.startswith(REFUSED) and REFUSED_BY_SDK not in item.nodeid:
            item.add_marker(pytest.mark.xfail(raises=InternalServerError, strict=True))


def _by_makers(mark: pytest.Mark) -> bool:
    return mark.name == "skip" and mark.kwargs.get("reason") == SKIPPED_BY_MAKERS
