"""The request body of the chat dialect, as it comes over the wire. Unknown fields are ignored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Body(BaseModel):
    """A part of a request body."""

    # Built at the first request, not at the start: a body costs some 20 ms.
    model_config = ConfigDict(extra="ignore", strict=False, defer_build=True)


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

    search_context_size: Literal["low", "medium", "high"] | None = None


class ChatRequest(Body):
    """The body of POST /v1/chat/completions."""

    model: str | None = Field(
        default=None,
        description="Model id; without it the server's default. GET /v1/models lists them.",
    )
    messages: list[Message] = Field(
        description="The conversation, oldest first. The last user message is the question."
    )
    stream: bool | None = Field(
        default=None, description="Send the answer as server-sent events while it is written."
    )
    n: int | None = Field(default=None, description="Answers to write; only 1 is possible.")
    max_tokens: int | None = Field(
        default=None, gt=0, le=128_000, description="Longest answer in tokens."
    )
    max_completion_tokens: int | None = Field(
        default=None,
        gt=0,
        le=128_000,
        description="OpenAI's newer name of max_tokens; it counts when both are given.",
    )
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="For the language model."
    )
    top_p: float | None = Field(default=None, ge=0, le=1, description="For the language model.")
    top_k: int | None = Field(
        default=None, ge=0, le=2048, description="For the language model; 0 leaves it to the model."
    )
    presence_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="For the language model."
    )
    frequency_penalty: float | None = Field(
        default=None, ge=-2, le=2, description="For the language model."
    )
    seed: int | None = Field(default=None, description="For the language model.")
    stop: str | list[str] | None = Field(
        default=None, description="Texts at which the language model stops."
    )
    response_format: ResponseFormat | None = Field(
        default=None, description="Answer in JSON or by a pattern; needs a language model."
    )
    tools: list[ToolBody] | None = Field(
        default=None, description="Functions that the language model may call."
    )
    tool_choice: Literal["none", "auto", "required"] | ToolChoice | None = Field(
        default=None, description="Whether it may call them, must, or which one."
    )
    parallel_tool_calls: bool | None = Field(
        default=None, description="Whether it may call several at once."
    )
    disable_search: bool | None = Field(
        default=None, description="Answer by the language model alone, without sources."
    )
    max_results: int | None = Field(default=None, ge=1, le=20, description="Most sources.")
    num_search_results: int | None = Field(
        default=None,
        ge=1,
        le=50,
        description="Perplexity's name of max_results; it counts when both are given.",
    )
    search_domain_filter: list[str] | None = Field(
        default=None,
        description="Only these domains, or with '-' before it not this one; at most 20.",
    )
    search_language_filter: list[str] | None = Field(
        default=None, description="Only pages in these languages, as ISO 639-1; at most 10."
    )
    search_recency_filter: Literal["hour", "day", "week", "month", "year"] | None = Field(
        default=None, description="Only pages that were published this lately."
    )
    search_after_date_filter: str | None = Field(
        default=None, description="Only pages published on or after this day, M/D/YYYY, in UTC."
    )
    search_before_date_filter: str | None = Field(
        default=None, description="Only pages published on or before this day, M/D/YYYY, in UTC."
    )
    last_updated_after_filter: str | None = Field(
        default=None, description="Only pages changed on or after this day, M/D/YYYY, in UTC."
    )
    last_updated_before_filter: str | None = Field(
        default=None, description="Only pages changed on or before this day, M/D/YYYY, in UTC."
    )
    language_preference: str | None = Field(
        default=None, description="Language of the answer, as ISO 639-1; for the language model."
    )
    web_search_options: WebSearchOptions | None = Field(
        default=None, description="How much to search."
    )
    collections: list[str] | None = Field(
        default=None, description="Search only these own collections."
    )
