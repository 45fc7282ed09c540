"""The body of a response, for the OpenAPI document alone."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hydrophone.api.bodies import NoticeShape, Shape


class AnnotationShape(Shape):
    """A citation: where it stands in the text, and what proves it."""

    type: Literal["url_citation"]
    url: str
    title: str
    start_index: int = Field(description="In Unicode code points of the text.")
    end_index: int = Field(description="Behind the last code point.")
    number: int = Field(description="The `id` of the result that is cited.")
    quote: str = Field(description="The words of the source.")
    source_sha256: str = Field(description="The version of the page that has them.")
    source_start: int
    source_end: int
    verdict: Literal["exact", "supported", "exists", "unsupported"]
    score: float | None
    origin: Literal["writer", "moved", "added"]


class TextPartShape(Shape):
    """The text of a message."""

    type: Literal["output_text"]
    text: str
    annotations: list[AnnotationShape]


class MessageShape(Shape):
    """The answer's text, as an item."""

    id: str
    type: Literal["message"]
    role: Literal["assistant"]
    status: str
    content: list[TextPartShape]
    reasoning_content: str | None = Field(default=None, description="The thoughts before it.")


class CallShape(Shape):
    """A call of one of the caller's functions, as an item."""

    id: str
    type: Literal["function_call"]
    call_id: str
    name: str
    arguments: str = Field(description="JSON.")
    status: str


class ResponseResultShape(Shape):
    """A source of an answer."""

    id: int = Field(description="The number that the text cites it by.")
    title: str
    url: str
    snippet: str
    source: Literal["web"]
    date: str | None = Field(default=None, description="Published on, YYYY-MM-DD.")
    last_updated: str | None = Field(default=None, description="Changed on, YYYY-MM-DD.")


class SearchResultsShape(Shape):
    """What was found, as an item."""

    id: str
    type: Literal["search_results"]
    queries: list[str]
    results: list[ResponseResultShape]


class PageShape(Shape):
    """A page that was read."""

    title: str
    url: str
    snippet: str


class PagesShape(Shape):
    """What was read, as an item."""

    id: str
    type: Literal["fetch_url_results"]
    contents: list[PageShape]


class ResponseImageShape(Shape):
    """An image that was found; an unknown size is 0."""

    image_url: str
    origin_url: str
    title: str
    width: int
    height: int


class ImagesShape(Shape):
    """The images that were found, as an item."""

    id: str
    type: Literal["image_search_results"]
    queries: list[str]
    results: list[ResponseImageShape]


class ToolCallsShape(Shape):
    """How often a tool was called."""

    invocation: int
    cost_usd: float


class ResponseCostShape(Shape):
    """In US dollars, by the server's price table."""

    currency: Literal["USD"]
    input_cost: float
    output_cost: float
    tool_calls_cost: float
    total_cost: float


class ResponseUsageShape(Shape):
    """What was used for the answer."""

    input_tokens: int
    output_tokens: int
    total_tokens: int
    input_tokens_details: dict[str, int]
    output_tokens_details: dict[str, int]
    tool_calls_details: dict[str, ToolCallsShape] | None = None
    cost: ResponseCostShape


class ResponseErrorShape(Shape):
    """Why a response failed."""

    code: str
    message: str
    type: str
    param: str | None = None


class ResponseObject(Shape):
    """A response. Fields of the request stand in it as they were sent, or null."""

    id: str
    object: Literal["response"]
    created_at: int = Field(description="Seconds since 1970.")
    completed_at: int | None = None
    status: Literal["queued", "in_progress", "completed", "incomplete", "failed", "cancelled"]
    model: str = Field(description="The model that answered.")
    output: list[MessageShape | CallShape | SearchResultsShape | PagesShape | ImagesShape]
    usage: ResponseUsageShape | None
    error: ResponseErrorShape | None
    incomplete_details: dict[str, str] | None
    background: bool
    store: bool | None
    previous_response_id: str | None
    preset: str | None
    effort: str | None
    instructions: str | None
    max_output_tokens: int | None
    max_steps: int | None
    max_tool_calls: int | None
    metadata: dict[str, str]
    parallel_tool_calls: bool
    reasoning: dict[str, str | None]
    response_format: dict[str, Any] | None
    temperature: float | None
    top_p: float | None
    text: dict[str, Any]
    tool_choice: str | dict[str, Any]
    tools: list[dict[str, Any]]
    truncation: str
    language_preference: str | None
    prompt_cache_key: str | None
    service_tier: str | None
    perplexity: dict[str, str | None] | None = Field(
        default=None, description="Of a web session: thread_uuid and title."
    )
    notices: list[NoticeShape] | None = None


RESPONSE_BODIES: tuple[type[Shape], ...] = (ResponseObject,)
