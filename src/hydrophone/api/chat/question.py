"""From a chat body to a `Question`: every field that the waist knows, and clear refusals."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from hydrophone.api.chat.schema import (
    ChatRequest,
    Message,
    OtherContent,
    ResponseFormat,
    TextContent,
    ToolChoice,
)
from hydrophone.errors import InvalidRequest
from hydrophone.types import (
    Filter,
    FunctionTool,
    JsonFormat,
    OutputOptions,
    Question,
    RegexFormat,
    Role,
    Sampling,
    SearchOptions,
    TextPart,
    ToolCall,
    Tools,
    Turn,
)

MAX_DOMAINS = 20
MAX_LANGUAGES = 10
# How much of a wrong value is repeated to who sent it.
_SHOWN_CHARS = 80
# Most bodies have none of these; to make the empty values anew would cost each 10 µs.
_OUTPUT_FIELDS = frozenset(
    {
        "max_tokens",
        "max_completion_tokens",
        "temperature",
        "top_p",
        "top_k",
        "presence_penalty",
        "frequency_penalty",
        "seed",
        "stop",
        "response_format",
        "language_preference",
    }
)
_PLAIN_OUTPUT = OutputOptions()
_FILTER_FIELDS = frozenset(
    {
        "collections",
        "search_domain_filter",
        "search_language_filter",
        "search_recency_filter",
        "search_after_date_filter",
        "search_before_date_filter",
        "last_updated_after_filter",
        "last_updated_before_filter",
    }
)
_NO_FILTER = Filter()
_NO_TOOLS = Tools()


def to_question(body: ChatRequest, model: str) -> Question:
    """The question that the body asks. Raises InvalidRequest with the field's name."""
    if not body.messages:
        raise InvalidRequest(
            "messages is empty: send at least one message with role 'user'",
            param="messages",
            code="invalid_message",
        )
    if body.n is not None and body.n != 1:
        raise InvalidRequest("n must be 1: one answer is written for a request", param="n")
    return Question(
        turns=tuple(_turn(message, index) for index, message in enumerate(body.messages)),
        model=model,
        tools=_tools(body),
        search=_search(body),
        output=_output(body),
    )


def _turn(message: Message, index: int) -> Turn:
    role: Role = "system" if message.role == "developer" else message.role
    calls = tuple(
        ToolCall(call.id, call.function.name, call.function.arguments)
        for call in message.tool_calls or ()
    )
    return Turn(role, _parts(message, index), calls, message.tool_call_id)


def _parts(message: Message, index: int) -> tuple[TextPart, ...]:
    if message.content is None:
        return ()
    if isinstance(message.content, str):
        return (TextPart(message.content),)
    parts = []
    for number, part in enumerate(message.content):
        if not isinstance(part, TextContent):
            raise InvalidRequest(
                _unreadable(part),
                param=f"messages[{index}].content[{number}]",
                code="invalid_message",
            )
        parts.append(TextPart(part.text))
    return tuple(parts)


def _unreadable(part: OtherContent) -> str:
    if part.type == "text":
        return "a part of type 'text' has no text; send it in its field 'text'"
    return (
        f"a part of type {part.type[:_SHOWN_CHARS]!r} cannot be read; send its text in a part of "
        "type 'text'"
    )


def _tools(body: ChatRequest) -> Tools:
    if body.tools is None and body.tool_choice is None and body.parallel_tool_calls is None:
        return _NO_TOOLS
    choice = body.tool_choice
    return Tools(
        functions=tuple(
            FunctionTool(
                tool.function.name,
                tool.function.description,
                tool.function.parameters,
                tool.function.strict,
            )
            for tool in body.tools or ()
        ),
        choice=choice.function.name if isinstance(choice, ToolChoice) else choice or "auto",
        parallel=body.parallel_tool_calls,
    )


def _output(body: ChatRequest) -> OutputOptions:
    if body.model_fields_set.isdisjoint(_OUTPUT_FIELDS):
        return _PLAIN_OUTPUT
    stop = (body.stop,) if isinstance(body.stop, str) else tuple(body.stop or ())
    return OutputOptions(
        format=_format(body.response_format),
        max_tokens=body.max_completion_tokens or body.max_tokens,
        sampling=Sampling(
            temperature=body.temperature,
            top_p=body.top_p,
            top_k=body.top_k or None,
            presence_penalty=body.presence_penalty,
            frequency_penalty=body.frequency_penalty,
            seed=body.seed,
        ),
        stop=stop,
        language=body.language_preference,
    )


def _format(wanted: ResponseFormat | None) -> JsonFormat | RegexFormat | None:
    if wanted is None or wanted.type == "text":
        return None
    if wanted.type == "json_object":
        return JsonFormat()
    if wanted.type == "regex":
        if wanted.regex is None:
            raise InvalidRequest("regex is missing", param="response_format.regex")
        return RegexFormat(wanted.regex.regex)
    if wanted.json_schema is None or wanted.json_schema.schema_ is None:
        raise InvalidRequest(
            "json_schema.schema is missing", param="response_format.json_schema.schema"
        )
    given = wanted.json_schema
    return JsonFormat(
        given.schema_, given.name, given.description, True if given.strict is None else given.strict
    )


def _search(body: ChatRequest) -> SearchOptions:
    options = body.web_search_options
    return SearchOptions(
        enabled=None if body.disable_search is None else not body.disable_search,
        filter=_filter(body),
        context_size=(options and options.search_context_size) or "low",
        max_results=body.num_search_results or body.max_results,
    )


def _filter(body: ChatRequest) -> Filter:
    if body.model_fields_set.isdisjoint(_FILTER_FIELDS):
        return _NO_FILTER
    allow, deny = _domains(body.search_domain_filter or ())
    languages = tuple(body.search_language_filter or ())
    if len(languages) > MAX_LANGUAGES:
        raise InvalidRequest(
            f"at most {MAX_LANGUAGES} languages can be filtered for, not {len(languages)}",
            param="search_language_filter",
        )
    return Filter(
        collections=tuple(body.collections or ()),
        domains_allow=allow,
        domains_deny=deny,
        languages=languages,
        published_after=_date(body, "search_after_date_filter"),
        published_before=_date(body, "search_before_date_filter"),
        modified_after=_date(body, "last_updated_after_filter"),
        modified_before=_date(body, "last_updated_before_filter"),
        recency=body.search_recency_filter,
    )


def _domains(entries: Sequence[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Allowed and denied (`-`) domains; scheme and `www.` do not count."""
    if len(entries) > MAX_DOMAINS:
        raise InvalidRequest(
            f"search_domain_filter holds at most {MAX_DOMAINS} domains, not {len(entries)}",
            param="search_domain_filter",
            code="invalid_search_domain_filter",
        )
    bare = [entry.strip() for entry in entries]
    allow = [_domain(entry) for entry in bare if not entry.startswith("-")]
    deny = [_domain(entry[1:]) for entry in bare if entry.startswith("-")]
    return tuple(allow), tuple(deny)


def _domain(entry: str) -> str:
    bare = entry.strip().lower()
    for prefix in ("https://", "http://", "www."):
        bare = bare.removeprefix(prefix)
    if not bare or len(bare) > 253:
        raise InvalidRequest(
            f"{entry[:_SHOWN_CHARS]!r} is no domain: write it like 'example.com', "
            "'.gov' or '-example.com'",
            param="search_domain_filter",
            code="invalid_search_domain_filter",
        )
    return bare


def _date(body: ChatRequest, field: str) -> date | None:
    value: str | None = getattr(body, field)
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%m/%d/%Y").date()
    except ValueError:
        raise InvalidRequest(
            f"{value[:_SHOWN_CHARS]!r} is no date: write it as M/D/YYYY, for example 3/1/2025",
            param=field,
            code="invalid_date_format",
        ) from None
