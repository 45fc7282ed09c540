"""The request body of the chat dialect, as it comes over the wire. Unknown fields are ignored."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import AliasChoices, AliasPath, ConfigDict, Field

from hydrophone.api.chat.webui import MAX_ID_CHARS, WebUiBlock
from hydrophone.api.filters import FilterFields
from hydrophone.api.request import Body
from hydrophone.types import CitationStyle, Effort


class UrlObject(Body):
    """An address in an object, as OpenAI has it."""

    url: str


class FileObject(Body):
    """OpenAI's `file`: a data URI or base64, and the file's name."""

    file_data: str | None = None
    filename: str | None = None


class ContentPart(Body):
    """A part of a message; which field counts is decided by `type`."""

    type: str = Field(description="text, image_url, file_url, pdf_url, video_url or file.")
    text: str | None = None
    refusal: str | None = None
    image_url: str | UrlObject | None = Field(
        default=None, description="An https address or a data URI of PNG, JPEG, WEBP or GIF."
    )
    file_url: str | UrlObject | None = Field(
        default=None, description="An https address, base64 or a data URI of a document."
    )
    pdf_url: str | UrlObject | None = Field(
        default=None, description="An https address, base64 or a data URI of a PDF."
    )
    video_url: str | UrlObject | None = Field(default=None, description="An https address.")
    file: FileObject | None = Field(default=None, description="OpenAI's way to send a file.")
    file_name: str | None = Field(default=None, description="The file's name.")


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
    content: str | list[ContentPart] | None = None
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


def _approximate(field: str) -> AliasChoices:
    return AliasChoices(field, AliasPath("approximate", field))


class UserLocation(Body):
    """Where the caller is; coordinates in degrees, `country` as ISO 3166 alpha-2. OpenAI's clients
    put the place into `approximate`."""

    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    country: str | None = Field(default=None, validation_alias=_approximate("country"))
    region: str | None = Field(default=None, validation_alias=_approximate("region"))
    city: str | None = Field(default=None, validation_alias=_approximate("city"))


class WebSearchOptions(Body):
    """Perplexity's `web_search_options`."""

    search_context_size: Literal["low", "medium", "high"] | None = Field(
        default=None, description="How much of the sources is used; low without it."
    )
    search_type: Literal["fast", "pro", "auto"] | None = Field(
        default=None, description="One search, several rounds of it, or as the question needs."
    )
    user_location: UserLocation | None = None
    image_results_enhanced_relevance: bool | None = Field(
        default=None,
        validation_alias=AliasChoices(
            "image_results_enhanced_relevance", "image_search_relevance_enhanced"
        ),
        description="Give the images that fit the question best.",
    )


class MediaOverrides(Body):
    """What `media_response` asks for."""

    return_images: bool | None = None
    return_videos: bool | None = None


class MediaResponse(Body):
    """Perplexity's `media_response`."""

    overrides: MediaOverrides | None = None


class ChatOptions(FilterFields):
    """All that can be said beside the messages."""

    model: str | None = Field(
        default=None,
        description="Model id; without it the server's default. GET /v1/models lists them.",
    )
    stream: bool | None = Field(
        default=None, description="Send the answer as server-sent events while it is written."
    )
    stream_mode: Literal["full", "concise"] | None = Field(
        default=None,
        description="full: chunks with the text so far; concise: steps first, then bare deltas.",
    )
    n: int | None = Field(
        default=None,
        description="Answers to write; only 1 is possible.",
        json_schema_extra={"minimum": 1, "maximum": 1},
    )
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
        default=None, description="Texts at which the answer stops."
    )
    reasoning_effort: Effort | None = Field(
        default=None, description="How much to think and, for deep research, how long to search."
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
    language_preference: str | None = Field(
        default=None, description="Language of the answer, such as 'de'; for the language model."
    )
    response_formatting_locale: str | None = Field(
        default=None,
        description="Locale of dates and numbers, such as 'es-MX'; what is none is ignored.",
    )
    citation_mode: CitationStyle | None = Field(
        default=None, description="How the answer cites: [1], [1](address), or not at all."
    )
    disable_search: bool | None = Field(
        default=None, description="Answer by the language model alone, without sources."
    )
    enable_search_classifier: bool | None = Field(
        default=None, description="Search only when the question needs it."
    )
    search_mode: Literal["web", "academic", "sec"] | None = Field(
        default=None,
        description=(
            "Which sources to search: own documents and the web, scholarly articles alone, or "
            "filings to the SEC alone."
        ),
    )
    web_search_options: WebSearchOptions | None = Field(
        default=None, description="How much to search."
    )
    pro_search: bool | None = Field(
        default=None,
        description="Search in several rounds; web_search_options.search_type comes first.",
    )
    max_results: int | None = Field(default=None, ge=1, le=20, description="Most sources.")
    num_search_results: int | None = Field(
        default=None,
        ge=1,
        le=50,
        description="Perplexity's name of max_results; it counts when both are given.",
    )
    safe_search: bool | None = Field(
        default=None, description="Keep results that are not for everybody out."
    )
    country: str | None = Field(
        default=None, description="Country to search for, as ISO 3166 alpha-2."
    )
    latitude: float | None = Field(
        default=None, ge=-90, le=90, description="Where the caller is, in degrees."
    )
    longitude: float | None = Field(
        default=None, ge=-180, le=180, description="Where the caller is, in degrees."
    )
    return_images: bool | None = Field(
        default=None, description="Give images beside the answer, at most 30."
    )
    num_images: int | None = Field(default=None, ge=0, le=30, description="Most images.")
    image_domain_filter: list[str] | None = Field(
        default=None,
        description="Only images of these domains, or with '-' before it not this one; at most 10.",
    )
    image_format_filter: list[str] | None = Field(
        default=None, description="Only images of these formats, such as 'png'; at most 10."
    )
    media_response: MediaResponse | None = Field(
        default=None, description="Give images or videos beside the answer."
    )
    return_related_questions: bool | None = Field(
        default=None, description="Give questions that one could ask next."
    )
    conversation_id: str | None = Field(
        default=None,
        max_length=MAX_ID_CHARS,
        description=(
            "The conversation with a web session to go on with, or to begin under this id."
        ),
    )
    perplexity: WebUiBlock | None = Field(
        default=None,
        description="The options of the web-UI server; official fields come first.",
    )

    def model_or(self, default: str) -> str:
        """The model that is asked."""
        return default if self.model is None else self.model


class ChatRequest(ChatOptions):
    """The body of POST /v1/chat/completions."""

    messages: list[Message] = Field(
        description="The conversation, oldest first. The last user message is the question.",
        json_schema_extra={"minItems": 1},
    )
