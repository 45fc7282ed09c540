"""The `tools` of the Agent dialect as they come over the wire."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeAlias

from pydantic import ConfigDict, Discriminator, Field, Tag

from hydrophone.api.agent.asked.strict import StrictBody
from hydrophone.api.filters import FilterFields

# OpenAI's names of the search: what comes behind them is a date.
_OPENAI_SEARCH = ("web_search_preview", "web_search_20")
_KNOWN = ("image_search", "fetch_url", "function", "finance_search")


class WebSearchFilters(FilterFields):
    """What a result must satisfy. `allowed_domains` and `blocked_domains` are OpenAI's names."""

    model_config = ConfigDict(extra="forbid", defer_build=True)

    allowed_domains: list[str] | None = None
    blocked_domains: list[str] | None = None


class ToolLocation(StrictBody):
    """Where the caller is; coordinates in degrees, `country` as ISO 3166 alpha-2."""

    type: Literal["approximate"] | None = Field(default=None, description="Of OpenAI's clients.")
    latitude: float | None = Field(default=None, ge=-90, le=90)
    longitude: float | None = Field(default=None, ge=-180, le=180)
    country: str | None = None
    region: str | None = None
    city: str | None = None
    timezone: str | None = None


class WebSearchTool(StrictBody):
    """Search the web and own documents."""

    type: str
    filters: WebSearchFilters | None = None
    search_context_size: Literal["low", "medium", "high"] | None = Field(
        default=None, description="How much of the sources is used."
    )
    max_tokens: int | None = Field(
        default=None, ge=1, description="Tokens of all sources; the nearest context size is taken."
    )
    max_tokens_per_page: int | None = Field(default=None, ge=1, description="Without effect.")
    max_results: int | None = Field(default=None, ge=1, le=50, description="Most sources.")
    search_type: Literal["web", "fast"] | None = Field(
        default=None, description="fast: one search, whatever the preset."
    )
    user_location: ToolLocation | None = None


class ImageFilters(StrictBody):
    """Which images may be shown."""

    domain_filter: list[str] | None = Field(
        default=None, description="Only these domains, or with '-' before it not this one."
    )
    format_filter: list[Literal["bmp", "gif", "jpeg", "jpg", "png", "webp", "svg"]] | None = None
    safe_search: bool | None = None


class ImageSearchTool(StrictBody):
    """Search for images beside the answer."""

    type: Literal["image_search"]
    filters: ImageFilters | None = None
    max_results: int | None = Field(default=None, ge=1, le=30, description="Most images.")


class FetchUrlTool(StrictBody):
    """Read the pages whose addresses the question holds."""

    type: Literal["fetch_url"]
    max_urls: int | None = Field(default=None, ge=1, le=10, description="Most pages.")


class FunctionToolBody(StrictBody):
    """A function that the caller runs; `parameters` is a JSON schema."""

    type: Literal["function"]
    name: str = Field(min_length=1, max_length=64)
    description: str | None = None
    parameters: dict[str, Any] | None = None
    strict: bool | None = None


class FinanceSearchTool(StrictBody):
    """Search filings to the SEC."""

    type: Literal["finance_search"]


class OtherTool(StrictBody):
    """A tool that there is not here."""

    model_config = ConfigDict(extra="allow", defer_build=True)

    type: str


def _tag_of_tool(value: object) -> str:
    """The tag, which is no name that stands in a tool: places of errors would name it twice."""
    kind = value.get("type") if isinstance(value, dict) else getattr(value, "type", None)
    if kind == "web_search" or (isinstance(kind, str) and kind.startswith(_OPENAI_SEARCH)):
        return "the tool web_search"
    return f"the tool {kind}" if kind in _KNOWN else "the tool other"


ToolBody: TypeAlias = Annotated[
    Annotated[WebSearchTool, Tag("the tool web_search")]
    | Annotated[ImageSearchTool, Tag("the tool image_search")]
    | Annotated[FetchUrlTool, Tag("the tool fetch_url")]
    | Annotated[FunctionToolBody, Tag("the tool function")]
    | Annotated[FinanceSearchTool, Tag("the tool finance_search")]
    | Annotated[OtherTool, Tag("the tool other")],
    Discriminator(_tag_of_tool),
]


class ToolChoiceObject(StrictBody):
    """A `tool_choice` that names one tool."""

    type: str
    name: str | None = None


def _text_or_object(value: object) -> str:
    return "text" if isinstance(value, str) else "object"


ToolChoice: TypeAlias = Annotated[
    Annotated[Literal["none", "auto", "required"], Tag("text")]
    | Annotated[ToolChoiceObject, Tag("object")],
    Discriminator(_text_or_object),
]
