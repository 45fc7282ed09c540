"""What a driver does with its scenarios: play all, and print what the client made of each.

A driver runs in the environment of the client that it drives, where nothing of ours is installed;
a scenario is a function, asynchronous or not, whose result can be written as JSON.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import os
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

URL = os.environ.get("CLIENTS_URL", "")
KEY = os.environ.get("CLIENTS_KEY", "")
QUESTION = os.environ.get("CLIENTS_QUESTION", "")
ASKED: list[Any] = [{"role": "user", "content": QUESTION}]
FACTS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"animal": {"type": "string"}, "hertz": {"type": "integer"}},
    "required": ["animal", "hertz"],
    "additionalProperties": False,
}
DEPTH_TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "depth",
        "description": "How deep an animal dives",
        "parameters": {"type": "object", "properties": {"animal": {"type": "string"}}},
    },
}
AT_ONCE = 4

Scenario = Callable[[], Any]


def play(scenarios: Mapping[str, Scenario]) -> None:
    """Play all scenarios and print their outcomes by name, as one line of JSON."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        outcomes = dict(zip(scenarios, pool.map(_outcome, scenarios.values()), strict=True))
    print(json.dumps(outcomes, default=_plain))


def _plain(value: Any) -> Any:
    """What clients hand out in their own classes, which are pydantic's."""
    return value.model_dump(mode="json", exclude_unset=True)


def _outcome(scenario: Scenario) -> Any:
    try:
        result = scenario()
        return asyncio.run(result) if inspect.iscoroutine(result) else result
    except Exception as error:  # what the client raises is what the tests ask for
        return {"error": told(error)}


def told(error: BaseException) -> dict[str, Any]:
    """An error as the client's caller sees it."""
    body = getattr(error, "body", None)
    return {
        "class": type(error).__name__,
        "status": getattr(error, "status_code", None),
        "body": body if isinstance(body, dict) else None,
        "message": str(error),
    }
