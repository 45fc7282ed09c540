"""The `input` of the Agent dialect as it comes over the wire: items, and parts of their content."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import Discriminator, Field, Tag

from hydrophone.api.agent.asked.strict import StrictBody

_FOUND = ("search_results", "fetch_url_results", "image_search_results")
_MCP = ("mcp_call", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response")


def text_or_list(value: object) -> str:
    """Which of two shapes a value has; for pydantic, whose own unions tell both members' errors."""
    return "text" if isinstance(value, str) else "list"


class InputPart(StrictBody):
    """A part of a message's content; which field counts is decided by `type`."""

    type: Literal["input_text", "input_image", "input_file", "output_text", "text", "refusal"]
    text: str | None = None
    image_url: str | None = Field(
        default=None, description="An https address or a data URI of PNG, JPEG, WEBP or GIF."
    )
    file_url: str | None = Field(default=None, description="An https address of a document.")
    file_data: str | None = Field(default=None, description="A data URI, or base64.")
    filename: str | None = None
    file_id: str | None = None
    detail: str | None = Field(default=None, description="Without effect.")
    # What a part of an answer has that is sent back.
    annotations: list[dict[str, Any]] | None = None
    logprobs: list[Any] | None = None
    refusal: str | None = None


Content: TypeAlias = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[InputPart], Tag("list")],
    Discriminator(text_or_list),
]


class InputMessage(StrictBody):
    """One message of the conversation; also one of an answer that is sent back."""

    type: Literal["message"] = "message"
    role: Literal["user", "assistant", "system", "developer"]
    content: Content
    id: str | None = None
    status: str | None = None
    phase: str | None = None
    reasoning_content: str | None = None


class CallItem(StrictBody):
    """A call of one of the caller's functions, as an answer had it."""

    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str
    id: str | None = None
    status: str | None = None
    namespace: str | None = None
    thought_signature: str | None = None


class CallOutputItem(StrictBody):
    """What a function of the caller gave."""

    type: Literal["function_call_output"]
    call_id: str
    output: Content
    id: str | None = None
    name: str | None = None
    status: str | None = None
    thought_signature: str | None = None


class ReasoningItem(StrictBody):
    """Thoughts of an earlier answer; they are not read."""

    type: Literal["reasoning"]
    id: str | None = None
    summary: list[Any] | None = None
    content: list[Any] | None = None
    encrypted_content: str | None = None
    status: str | None = None


class McpItem(StrictBody):
    """What came of a tool of an MCP server, or is to be allowed."""

    type: Literal["mcp_call", "mcp_list_tools", "mcp_approval_request", "mcp_approval_response"]
    id: str | None = None
    approval_request_id: str | None = None
    approve: bool | None = None
    arguments: str | None = None
    connector_id: str | None = None
    error: str | None = None
    name: str | None = None
    output: str | None = None
    reason: str | None = None
    server_label: str | None = None
    status: str | None = None
    tools: list[Any] | None = None


class FoundItem(StrictBody):
    """What an earlier answer found, sent back with it; it is not read."""

    type: Literal["search_results", "fetch_url_results", "image_search_results"]
    id: str | None = None
    queries: list[str] | None = None
    results: list[Any] | None = None
    contents: list[Any] | None = None


def _kind_of_item(value: object) -> str | None:
    kind = value.get("type", "message") if isinstance(value, dict) else getattr(value, "type", "")
    if kind in _FOUND:
        return "found"
    if kind in _MCP:
        return "mcp"
    return kind if isinstance(kind, str) else None


InputItem: TypeAlias = Annotated[
    Annotated[InputMessage, Tag("message")]
    | Annotated[CallItem, Tag("function_call")]
    | Annotated[CallOutputItem, Tag("function_call_output")]
    | Annotated[ReasoningItem, Tag("reasoning")]
    | Annotated[McpItem, Tag("mcp")]
    | Annotated[FoundItem, Tag("found")],
    Discriminator(
        _kind_of_item,
        custom_error_type="unknown_item",
        custom_error_message=(
            "an item is an object with a `type`: message, function_call, function_call_output, "
            "reasoning, or one that an answer had"
        ),
    ),
]
Input: TypeAlias = Annotated[
    Annotated[str, Tag("text")] | Annotated[list[InputItem], Tag("list")],
    Discriminator(text_or_list),
]
