"""What of a request is shown again with its answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pydantic import BaseModel

from hydrophone.api.agent.asked.schema import AgentRequest
from hydrophone.api.agent.asked.tool_schema import OtherTool, ToolBody
from hydrophone.api.chat.shapes import notices_array
from hydrophone.types import JsonValue, Notice


def echo_of(
    body: AgentRequest,
    models: Mapping[str, str],
    notices: Sequence[Notice],
    *,
    stored: bool | None,
) -> dict[str, JsonValue]:
    """The `echo` of a question: `fields` of the body, `notices` on how it was read, and under
    which names its `models` are shown."""
    return {
        "fields": _fields(body, stored=stored),
        "notices": notices_array(notices),
        "models": dict(models),
    }


def _fields(body: AgentRequest, *, stored: bool | None) -> dict[str, JsonValue]:
    preset = body.preset if body.effort is None else body.effort
    return {
        "background": bool(body.background),
        "store": body.store if stored is None else stored,
        "previous_response_id": body.previous_response_id,
        "preset": preset,
        "effort": preset,
        "instructions": body.instructions,
        "max_output_tokens": body.max_output_tokens,
        "max_steps": body.max_steps,
        "max_tool_calls": body.max_tool_calls,
        "metadata": dict(body.metadata or {}),
        "parallel_tool_calls": body.parallel_tool_calls is not False,
        "reasoning": {"effort": body.reasoning.effort if body.reasoning else None},
        "response_format": _plain(body.response_format),
        "temperature": body.temperature,
        "top_p": body.top_p,
        "text": body.text or {"format": {"type": "text"}},
        "tool_choice": body.tool_choice
        if isinstance(body.tool_choice, str)
        else _plain(body.tool_choice) or "auto",
        "tools": [_tool(tool) for tool in body.tools or ()],
        "truncation": body.truncation or "disabled",
        "language_preference": body.language_preference,
        "prompt_cache_key": body.prompt_cache_key,
        "service_tier": body.service_tier,
    }


def _tool(tool: ToolBody) -> JsonValue:
    if isinstance(tool, OtherTool):
        return {"type": tool.type}  # what else it has may be a secret
    return _plain(tool)


def _plain(value: BaseModel | None) -> JsonValue:
    if value is None:
        return None
    shown: dict[str, JsonValue] = value.model_dump(mode="json", by_alias=True, exclude_none=True)
    return shown
