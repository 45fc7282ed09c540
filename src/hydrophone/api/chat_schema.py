"""The request body of the chat dialect, as it comes over the wire. Unknown fields are ignored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """A part of a request body."""

    model_config = ConfigDict(extra="ignore", strict=False)


class TextContent(Body):
    """A text part of a message."""

    type: Literal["text"]
    text: str


class OtherContent(Body):
    """Any other part; which ones can be read is decided where the question is made."""

    type: str


class FunctionCall(Body):
    """The function that an assistant called."""

    name: str
    arguments: str = ""


class MessageToolCall(Body):
    """A call in an assistant's message."""

    id: str
    type: Literal["function"] = "function"
    function: FunctionCall


class Message(Body):
    """One message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool"]
    content: str | list[TextContent | OtherContent] | None = None
    tool_calls: list[MessageToolCall] | None = None
    tool_call_id: str | None = None


class FunctionBody(Body):
    """A function that the caller offers; `parameters` is a JSON schema."""

    name: str
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class ToolBody(Body):
    """A tool that the caller offers."""

    type: Literal["function"]
    function: FunctionBody


class NamedFunction(Body):
    """The name in a `tool_choice` object."""

    name: str


class ToolChoice(Body):
    """A `tool_choice` that names one function."""

    type: Literal["function"] = "function"
    function: NamedFunction


class SchemaBody(Body):
    """The `json_schema` of a response format."""

    model_config = ConfigDict(extra="ignore", populate_by_name=True)

    schema_: dict[str, Any] | None = Field(default=None, alias="schema")
    name: str = "schema"
    description: str | None = None
    strict: bool | None = None


class RegexBody(Body):
    """The `regex` of a response format."""

    regex: str


class ResponseFormat(Body):
    """How the answer's text must look."""

    type: Literal["text", "json_object", "json_schema", "regex"]
    json_schema: SchemaBody | None = None
    regex: RegexBody | None = None


class WebSearchOptions(Body):
    """Perplexity's `web_search_options`."""

    search_context_size: Literal["low", "medium", "high"] = "low"


class ChatRequest(Body):
    """The body of POST /v1/chat/completions."""

    model: str | None = None
    messages: list[Message]
    stream: bool = False
    n: int | None = None
    max_tokens: int | None = Field(default=None, gt=0, le=128_000)
    max_completion_tokens: int | None = Field(default=None, gt=0, le=128_000)
    temperature: float | None = Field(default=None, ge=0, le=2)
    top_p: float | None = Field(default=None, ge=0, le=1)
    top_k: int | None = Field(default=None, ge=0, le=2048)
    presence_penalty: float | None = Field(default=None, ge=-2, le=2)
    frequency_penalty: float | None = Field(default=None, ge=-2, le=2)
    seed: int | None = None
    stop: str | list[str] | None = None
    response_format: ResponseFormat | None = None
    tools: list[ToolBody] | None = None
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    disable_search: bool | None = None
    max_results: int | None = Field(default=None, ge=1, le=20)
    num_search_results: int | None = Field(default=None, ge=1, le=50)
    search_domain_filter: list[str] | None = None
    search_language_filter: list[str] | None = None
    search_recency_filter: Literal["hour", "day", "week", "month", "year"] | None = None
    search_after_date_filter: str | None = None
    search_before_date_filter: str | None = None
    last_updated_after_filter: str | None = None
    last_updated_before_filter: str | None = None
    language_preference: str | None = None
    web_search_options: WebSearchOptions | None = None
    collections: list[str] | None = None
