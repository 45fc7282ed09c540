"""The described body of a response is the one that is sent."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.api.agent.bodies import ResponseObject
from hydrophone.errors import UpstreamError
from hydrophone.types import (
    Finished,
    Image,
    Media,
    Notice,
    Sources,
    Step,
    StepResult,
    Text,
    Thinking,
    ToolCallDelta,
)
from tests.api.serving import SCRIPT, USED, doors

PAGE = "https://a.example/x"
RICH = (
    Notice("partial", "ddgs did not answer"),
    Thinking("Whales first."),
    Step("f", "fetch_url", urls=(PAGE,)),
    StepResult("f", pages=(PAGE,)),
    Media((Image("https://a.example/w.png", PAGE, "A whale"),)),
    *SCRIPT[:-1],
    ToolCallDelta(0, "c", "depth", "{}"),
    Finished("tool_calls", USED),
)
CUT = (Sources(complete=True), Text("Wha"), Finished("length", USED))
BROKEN = (Sources(complete=True), UpstreamError("gone"))
ASKED = {
    "preset": "medium",
    "input": "Do whales sing?",
    "tools": [{"type": "image_search"}, {"type": "function", "name": "depth"}],
    "tool_choice": {"type": "function", "name": "depth"},
    "metadata": {"a": "b"},
    "reasoning": {"effort": "low"},
    "response_format": {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
}


@pytest.mark.parametrize("script", [RICH, CUT, BROKEN], ids=["rich", "cut", "broken"])
async def test_every_field_of_a_response_is_described(script: Any) -> None:
    async with doors(script) as running, running.client() as client:
        answer = await client.post("/v1/responses", json={**ASKED, "model": "perplexity/sonar"})
    body = answer.json()
    assert ResponseObject.model_validate(body).model_dump(exclude_unset=True) == body
