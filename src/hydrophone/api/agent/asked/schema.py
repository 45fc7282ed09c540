"""The request body of the Agent dialect, as it comes over the wire. Unknown fields are refused."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import ConfigDict, Field

from hydrophone.api.agent.asked.input import Input
from hydrophone.api.agent.asked.strict import StrictBody
from hydrophone.api.agent.asked.tool_schema import ToolBody, ToolChoice


class SchemaFormat(StrictBody):
    """The `json_schema` of a response format."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True, defer_build=True)

    name: str = "schema"
    schema_: dict[str, Any] = Field(alias="schema")
    description: str | None = None
    strict: bool | None = None


class ResponseFormatBody(StrictBody):
    """How the answer's text must look."""

    type: Literal["text", "json_schema"]
    json_schema: SchemaFormat | None = None


class ReasoningBody(StrictBody):
    """How much to think. `summary` is OpenAI's, and has no effect."""

    effort: Literal["none", "minimal", "low", "medium", "high", "xhigh", "max"] | None = None
    summary: str | None = None
    generate_summary: str | None = None


class AgentRequest(StrictBody):
    """The body of POST /v1/responses. One of `model`, `models`, `preset` and `effort` is needed."""

    input: Input = Field(
        description="The question, or the conversation as items, oldest first.",
    )
    model: str | None = Field(
        default=None, description="`perplexity/sonar`, `local/NAME`, or another model id."
    )
    models: list[str] | None = Field(
        default=None,
        description="1 to 5 models; each answers when those before it failed without a word.",
        json_schema_extra={"minItems": 1, "maxItems": 5},
    )
    preset: str | None = Field(default=None, description="fast, low, medium, high or xhigh.")
    effort: str | None = Field(
        default=None, description="The newer name of `preset`; it counts when both are given."
    )
    instructions: str | None = Field(
        default=None, description="A system text; an empty one is none."
    )
    max_steps: int | None = Field(
        default=None, ge=1, le=100, description="Rounds of search; it changes a preset's."
    )
    max_output_tokens: int | None = Field(
        default=None, ge=1, description="Longest answer in tokens; less than 16 is taken as 16."
    )
    max_tool_calls: int | None = Field(
        default=None, ge=0, description="Most searches; 0 switches all tools off."
    )
    reasoning: ReasoningBody | None = None
    response_format: ResponseFormatBody | None = Field(
        default=None, description="Answer in JSON by a schema."
    )
    text: dict[str, Any] | None = Field(
        default=None, description="OpenAI's way to say `response_format`; refused by default."
    )
    tools: list[ToolBody] | None = Field(
        default=None, description="A model without a preset searches with `web_search` only."
    )
    tool_choice: ToolChoice | None = None
    parallel_tool_calls: bool | None = None
    temperature: float | None = Field(
        default=None, ge=0, le=2, description="For the language model."
    )
    top_p: float | None = Field(default=None, ge=0, le=1, description="For the language model.")
    language_preference: str | None = Field(
        default=None, description="Language of the answer, such as 'de'; for the language model."
    )
    stream: bool | None = Field(
        default=None, description="Send the answer as server-sent events while it is written."
    )
    background: bool | None = Field(
        default=None, description="Answer without keeping the caller waiting."
    )
    store: bool | None = Field(
        default=None, description="Keep the response, so that it can be asked for again."
    )
    previous_response_id: str | None = Field(
        default=None, description="Go on with the conversation of this response."
    )
    metadata: dict[str, str] | None = Field(
        default=None,
        description="Shown again with the answer; at most 16 names of 64 characters, and values "
        "of 512.",
    )
    truncation: Literal["auto", "disabled"] | None = Field(
        default=None, description="Without effect: a conversation that is too long is shortened."
    )
    service_tier: str | None = Field(default=None, description="Without effect.")
    prompt_cache_key: str | None = Field(default=None, description="Without effect.")
    step_budget_reminder: bool | None = Field(default=None, description="Without effect.")
    skills: list[Any] | None = Field(default=None, description="There are none here.")
    profile: dict[str, Any] | None = Field(default=None, description="There are none here.")
