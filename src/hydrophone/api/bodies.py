"""The bodies of answers, for the OpenAPI document alone: they are written by hand elsewhere.

Tests hold them against what the server sends. Fields that may be left out have a default.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field


class Shape(BaseModel):
    """A part of an answer's body."""

    model_config = ConfigDict(defer_build=True)


class NoticeShape(Shape):
    """Something to know about how the answer came to be."""

    type: str = Field(description="What it is about, for programs.")
    message: str = Field(description="The same for people.")


class ResultShape(Shape):
    """A source of an answer, or a result of a search."""

    title: str
    url: str
    snippet: str = Field(description="What was found on the page.")
    content: str | None = Field(default=None, description="The older name of `snippet`; in chat.")
    source: Literal["web", "attachment"] | None = Field(default=None, description="In chat.")
    date: str | None = Field(default=None, description="Published on, YYYY-MM-DD.")
    last_updated: str | None = Field(default=None, description="Changed on, YYYY-MM-DD.")


class CostShape(Shape):
    """What the answer would have cost by the server's price table, in US dollars."""

    input_tokens_cost: float
    output_tokens_cost: float
    total_cost: float
    request_cost: float | None = None
    reasoning_tokens_cost: float | None = None
    citation_tokens_cost: float | None = None
    search_queries_cost: float | None = None


class UsageShape(Shape):
    """What was used for the answer."""

    prompt_tokens: int
    completion_tokens: int
    total_tokens: int
    search_context_size: Literal["low", "medium", "high"] | None = None
    citation_tokens: int | None = None
    num_search_queries: int | None = None
    reasoning_tokens: int | None = Field(
        default=None, description="Of models that charge them apart; not in completion_tokens."
    )
    completion_tokens_details: dict[str, int] | None = Field(
        default=None, description="`reasoning_tokens` among the completion tokens."
    )
    cost: CostShape


class MessageShape(Shape):
    """The assistant's message."""

    role: Literal["assistant"]
    content: str
    reasoning_content: str | None = Field(default=None, description="Its thoughts.")
    reasoning_steps: list[dict[str, Any]] | None = Field(
        default=None, description="What was searched and read, step by step."
    )
    tool_calls: list[dict[str, Any]] | None = None
    annotations: list[dict[str, Any]] | None = Field(
        default=None, description="A `url_citation` with its proof for each cited sentence."
    )


class DeltaShape(Shape):
    """Stands beside the message in every body; it is empty outside of streams."""

    role: Literal["assistant"]
    content: str | None = None


class ChoiceShape(Shape):
    """The one answer of a body."""

    index: Literal[0]
    finish_reason: Literal["stop", "length", "tool_calls", "content_filter"] | None
    message: MessageShape
    delta: DeltaShape


class ImageShape(Shape):
    """A picture that was found."""

    image_url: str
    origin_url: str = Field(description="The page that it is on.")
    title: str
    width: int = Field(description="In pixels; 0 when it is not known.")
    height: int = Field(description="In pixels; 0 when it is not known.")


class VideoShape(Shape):
    """A video that was found; what is not known is left out."""

    url: str
    thumbnail_url: str | None = None
    thumbnail_width: int | None = Field(default=None, description="In pixels.")
    thumbnail_height: int | None = Field(default=None, description="In pixels.")
    duration: float | None = Field(default=None, description="In seconds.")


class SearchMetadata(Shape):
    """Which kind of search it was, where one was asked for."""

    search_type_used: Literal["fast", "pro"]
    classification_reason: str | None = None


class AnswerShape(Shape):
    """What the bodies of all answers have."""

    id: str
    created: int = Field(description="Seconds since 1970.")
    model: str = Field(description="The model id as it was sent.")
    usage: UsageShape
    citations: list[str] = Field(description="URLs; the first is source [1].")
    search_results: list[ResultShape] = Field(description="In the order of `citations`.")
    images: list[ImageShape] | None = Field(default=None, description="When asked for.")
    videos: list[VideoShape] | None = Field(default=None, description="When asked for.")
    related_questions: list[str] | None = Field(default=None, description="When asked for.")
    search_metadata: SearchMetadata | None = None
    conversation_id: str | None = Field(default=None, description="Of models of a web session.")
    perplexity: dict[str, str | None] | None = Field(
        default=None, description="Of models of a web session: thread_uuid and title."
    )
    notices: list[NoticeShape] | None = None


class ChatCompletion(AnswerShape):
    """The body of POST /v1/chat/completions that is not streamed."""

    object: Literal["chat.completion"]
    choices: list[ChoiceShape]


class TextChoice(Shape):
    """The one text of a body."""

    index: Literal[0]
    text: str
    finish_reason: str | None
    logprobs: None = None


class TextCompletion(AnswerShape):
    """The body of POST /v1/completions that is not streamed."""

    object: Literal["text_completion"]
    choices: list[TextChoice]


class SearchAnswer(Shape):
    """The body of POST /v1/search."""

    id: str
    results: list[ResultShape] | list[list[ResultShape]] = Field(
        description="Best first; with `group_by_query` a list for each query."
    )
    server_time: str | None = Field(default=None, description="In UTC, as RFC 3339.")
    notices: list[NoticeShape] | None = None


class PricingShape(Shape):
    """What a million tokens cost, in US dollars."""

    input: float
    output: float


class ModelObject(Shape):
    """A model id that can be asked."""

    id: str
    object: Literal["model"]
    created: int = Field(description="Seconds since 1970.")
    owned_by: str
    context_window: int | None = Field(default=None, description="In tokens.")
    max_output_tokens: int | None = None
    pricing: PricingShape | None = Field(default=None, description="Of models with a price.")


class ModelList(Shape):
    """All model ids."""

    object: Literal["list"]
    data: list[ModelObject]


class ProviderShape(Shape):
    """How a search provider does since the server began."""

    name: str
    kinds: list[str] = Field(description="The kinds of sources that it finds.")
    state: Literal["ok", "untried", "failing", "resting"]
    resting_s: float = Field(description="For how long it is left alone.")
    calls: int
    failures: int
    from_cache: int
    p50_ms: float | None = Field(description="Median time of its last answers.")
    last_error: str


class Stats(Shape):
    """How the server does."""

    uptime: float = Field(description="Seconds since the server began.")
    requests: int
    search_providers: list[ProviderShape]
    conversations: dict[str, int] | None = Field(
        default=None, description="Those of web sessions: total, users, messages."
    )
    models: dict[str, float | None] | None = Field(
        default=None, description="Those of web sessions: count, last_refresh."
    )
    accounts: int | None = Field(default=None, description="Accounts that are connected.")


class Health(Shape):
    """The server is up."""

    status: Literal["ok", "healthy"] = Field(
        description="ok; healthy where web sessions are all that answers, as programs expect there."
    )
    version: str
    uptime: float = Field(description="Seconds since the server began.")
    models: int = Field(description="How many models can be asked.")


ANSWER_BODIES: tuple[type[Shape], ...] = (
    ChatCompletion,
    TextCompletion,
    SearchAnswer,
    ModelObject,
    ModelList,
    Stats,
    Health,
)
