"""What is asked: the union of what all dialects can say, in one frozen value."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, TypeAlias, Union

from hydrophone.types.document import Source, SourceKind
from hydrophone.types.usage import ContextSize

JsonValue: TypeAlias = Union[  # noqa: UP007, an alias that names itself needs Union
    bool, int, float, str, Sequence["JsonValue"], Mapping[str, "JsonValue"], None
]
Role = Literal["system", "user", "assistant", "tool"]
Recency = Literal["hour", "day", "week", "month", "year"]
CitationStyle = Literal["default", "markdown", "clean"]
Effort = Literal["none", "minimal", "low", "medium", "high", "xhigh"]


@dataclass(frozen=True, slots=True)
class TextPart:
    """Plain text."""

    text: str


@dataclass(frozen=True, slots=True)
class MediaPart:
    """An image or a file, by `url` or as bytes in `data`; exactly one of the two is set."""

    kind: Literal["image", "file", "video"]
    media_type: str | None = None
    url: str | None = None
    data: bytes | None = field(default=None, repr=False)
    name: str | None = None


Part: TypeAlias = TextPart | MediaPart


@dataclass(frozen=True, slots=True)
class ToolCall:
    """A call that a model made; `arguments` is JSON text as the model wrote it."""

    id: str
    name: str
    arguments: str


@dataclass(frozen=True, slots=True)
class Turn:
    """One turn of the conversation; `sources` are those that an earlier answer numbered."""

    role: Role
    parts: tuple[Part, ...]
    tool_calls: tuple[ToolCall, ...] = ()
    tool_call_id: str | None = None
    sources: tuple[Source, ...] = ()

    @property
    def text(self) -> str:
        """The text parts, joined by line breaks."""
        return "\n".join(part.text for part in self.parts if isinstance(part, TextPart))


@dataclass(frozen=True, slots=True)
class FunctionTool:
    """A function that the caller runs; `parameters` is its JSON schema."""

    name: str
    description: str | None = None
    parameters: Mapping[str, JsonValue] | None = None
    strict: bool | None = None


@dataclass(frozen=True, slots=True)
class Tools:
    """The caller's functions. `choice` is none, auto, required, or a function's name."""

    functions: tuple[FunctionTool, ...] = ()
    choice: str = "auto"
    parallel: bool | None = None
    max_calls: int | None = None


@dataclass(frozen=True, slots=True)
class Location:
    """Where the caller is: degrees, ISO 3166 alpha-2 country."""

    latitude: float | None = None
    longitude: float | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None


@dataclass(frozen=True, slots=True)
class Filter:
    """What a result must satisfy. An empty field allows everything. Dates are inclusive, UTC.

    `domains_allow` and `domains_deny` hold a domain (its subdomains included), a top-level domain
    (".gov") or a domain with a path prefix. `url_prefix` is compared as text. A page whose date is
    not known fails every filter on that date.
    """

    collections: tuple[str, ...] = ()
    domains_allow: tuple[str, ...] = ()
    domains_deny: tuple[str, ...] = ()
    url_prefix: str | None = None
    languages: tuple[str, ...] = ()
    published_after: date | datetime | None = None
    published_before: date | datetime | None = None
    modified_after: date | datetime | None = None
    modified_before: date | datetime | None = None
    recency: Recency | None = None

    @property
    def empty(self) -> bool:
        """True when nothing is filtered out."""
        return self == _ALLOW_ALL


_ALLOW_ALL = Filter()


@dataclass(frozen=True, slots=True)
class SnippetOptions:
    """How much of the found pages is wanted, in tokens: of each at most, and of all together.

    `read`: pages of the web are read for it; else the excerpts of those who found them must do.
    """

    page_tokens: int = 4_096
    total_tokens: int = 10_000
    read: bool = True


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """Where and how to search. `enabled` None leaves the choice to the model id.

    `passages` is how many passages of a page are wanted; None leaves it to the index. `snippets`
    None leaves a snippet at a line or two. `by_query`: what each query found is wanted
    by itself. `related`: what one may go on with is wanted as well.
    """

    enabled: bool | None = None
    classify: bool = False
    kinds: tuple[SourceKind, ...] = ()
    filter: Filter = field(default_factory=Filter)
    country: str | None = None
    location: Location | None = None
    context_size: ContextSize = "low"
    depth: Literal["fast", "pro", "auto"] = "fast"
    max_results: int | None = None
    safe: bool | None = None
    images: bool = False
    videos: bool = False
    related: bool = False
    snippets: SnippetOptions | None = None
    by_query: bool = False
    passages: int | None = None


@dataclass(frozen=True, slots=True)
class JsonFormat:
    """Answer in JSON that fits `schema`; no schema means any JSON object."""

    schema: Mapping[str, JsonValue] | None = None
    name: str = "schema"
    description: str | None = None
    strict: bool = True


@dataclass(frozen=True, slots=True)
class RegexFormat:
    """Answer in text that the pattern matches as a whole."""

    pattern: str


@dataclass(frozen=True, slots=True)
class Sampling:
    """How a language model draws tokens; None leaves the model's own default."""

    temperature: float | None = None
    top_p: float | None = None
    top_k: int | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    seed: int | None = None


@dataclass(frozen=True, slots=True)
class OutputOptions:
    """What the answer should look like. `format` None is plain text.

    `citation_style` None leaves it to whoever answers. `locale` is a BCP 47 tag such as "es-MX" for
    dates and numbers, `timezone` an IANA name in which "today" is meant.
    """

    format: JsonFormat | RegexFormat | None = None
    max_tokens: int | None = None
    sampling: Sampling = field(default_factory=Sampling)
    stop: tuple[str, ...] = ()
    citation_style: CitationStyle | None = None
    language: str | None = None
    locale: str | None = None
    timezone: str | None = None


@dataclass(frozen=True, slots=True)
class ImageFilter:
    """Which pictures may be shown; an empty field allows all.

    Domains are those of the picture's page, their subdomains included; formats are lowercase file
    endings without a dot, such as "png".
    """

    domains_allow: tuple[str, ...] = ()
    domains_deny: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Extras:
    """What else is wanted beside the text; `most_images` None leaves the number to the server.

    `relevant_images`: those that fit the question best come first.
    """

    images: bool = False
    videos: bool = False
    related: bool = False
    reasoning_effort: Effort | None = None
    image_filter: ImageFilter = field(default_factory=ImageFilter)
    most_images: int | None = None
    relevant_images: bool = False


@dataclass(frozen=True, slots=True)
class Budgets:
    """Limits of one request; None leaves the server's own."""

    deadline_s: float | None = None
    searches: int | None = None
    pages: int | None = None
    tokens: int | None = None
    cost_usd: float | None = None


@dataclass(frozen=True, slots=True)
class SessionOptions:
    """What only Perplexity's web session knows. None leaves it to the server.

    `begins`: where there is no conversation `continuation_id`, one begins under that id. `space` is
    the id of a collection that a new conversation is put into, `custom_mode` how a model is asked
    that is named by its identifier. `asks_back`: questions that research asks back end the answer.
    `connectors` are the ids of sources that the account has connected, searched beside the kinds.
    """

    begins: bool = False
    space: str | None = None
    custom_mode: Literal["copilot", "research", "search"] | None = None
    asks_back: bool | None = None
    connectors: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Question:
    """Everything that is asked, by whichever dialect. Recorded as it is: it holds no secret.

    `keep`: the conversation is to be kept in the library of the caller's Perplexity account.
    `echo` is what the dialect shows again with its answer; nothing acts on it.
    """

    turns: tuple[Turn, ...]
    model: str
    fallbacks: tuple[str, ...] = ()
    tools: Tools = field(default_factory=Tools)
    search: SearchOptions = field(default_factory=SearchOptions)
    output: OutputOptions = field(default_factory=OutputOptions)
    extras: Extras = field(default_factory=Extras)
    budgets: Budgets = field(default_factory=Budgets)
    continuation_id: str | None = None
    keep: bool = False
    session: SessionOptions = field(default_factory=SessionOptions)
    echo: Mapping[str, JsonValue] | None = None

    @property
    def models(self) -> tuple[str, ...]:
        """The ids of all models that may answer, the one that is asked first before the others."""
        return tuple(dict.fromkeys((self.model, *self.fallbacks)))

    @property
    def has_media(self) -> bool:
        """Whether any turn brings a file or a picture."""
        return any(isinstance(part, MediaPart) for turn in self.turns for part in turn.parts)

    @property
    def last_user_text(self) -> str:
        """The text of the last user turn; empty when there is none."""
        for turn in reversed(self.turns):
            if turn.role == "user":
                return turn.text
        return ""


def ask(text: str, *, model: str = "default") -> Question:
    """The simplest question: one user turn."""
    return Question(turns=(Turn("user", (TextPart(text),)),), model=model)
