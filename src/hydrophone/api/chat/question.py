"""From a chat body to a `Question`: every field that the waist knows, and clear refusals."""

from __future__ import annotations

from typing import TypeVar

from hydrophone.api.chat.schema import ChatOptions, ChatRequest, ResponseFormat, ToolChoice
from hydrophone.api.chat.search import read_extras, read_search
from hydrophone.api.chat.turns import check_media, read_turns
from hydrophone.api.chat.webui import (
    EMPTY_BLOCK,
    WebUiBlock,
    known_timezone,
    language_of,
    locale_of,
    session_options,
)
from hydrophone.api.request import parse
from hydrophone.api.sampling import read_asked
from hydrophone.errors import InvalidRequest
from hydrophone.ports import Models
from hydrophone.types import (
    FunctionTool,
    JsonFormat,
    OutputOptions,
    Question,
    RegexFormat,
    Sampling,
    SessionOptions,
    Tools,
    Turn,
)

# Most bodies have nothing else; to make all the empty values anew would cost each 8 µs.
_PLAIN_FIELDS = frozenset({"model", "messages", "prompt", "stream", "stream_mode"})
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
        "response_formatting_locale",
        "citation_mode",
        "perplexity",
    }
)
_PLAIN_OUTPUT = OutputOptions()
_NO_TOOLS = Tools()
_NO_SESSION = SessionOptions()
_PLAIN = Question((), "")
_Options = TypeVar("_Options", bound=ChatOptions)


def read_options(
    schema: type[_Options], raw: bytes, models: Models, *, default_model: str
) -> _Options:
    """The body as `schema`, with any fields of sampling where a web session answers. Raises as
    `parse`, and InvalidModel."""
    return read_asked(
        lambda body: parse(schema, body),
        raw,
        models,
        lambda asked: (asked.model_or(default_model),),
    )


def to_question(
    body: ChatRequest, model: str, *, strict: bool = False, pro_search: bool = True
) -> Question:
    """The question that the body asks of the model id `model`.

    `strict` refuses what Perplexity's service refuses and what can be understood all the same;
    without `pro_search` searches of several rounds are refused. Raises InvalidRequest with the
    field's name.
    """
    turns = read_turns(body.messages, strict=strict)
    return question_of(body, turns, model, strict=strict, pro_search=pro_search)


def question_of(
    body: ChatOptions, turns: tuple[Turn, ...], model: str, *, strict: bool, pro_search: bool
) -> Question:
    """The question of these turns under the options of the body; raises as `to_question`."""
    check_media(turns, by_pattern=_by_pattern(body))
    if body.model_fields_set <= _PLAIN_FIELDS:
        return _plain_question(turns, model)
    if body.n is not None and body.n != 1:
        raise InvalidRequest("n must be 1: one answer is written for a request", param="n")
    block = body.perplexity or EMPTY_BLOCK
    return Question(
        turns=turns,
        model=model,
        tools=_tools(body),
        search=read_search(body, strict=strict, pro_search=pro_search),
        output=_output(body, strict=strict),
        extras=read_extras(body, strict=strict),
        continuation_id=block.thread_uuid or body.conversation_id or None,
        keep=bool(block.save_to_library),
        session=(
            _NO_SESSION
            if body.perplexity is None and not body.conversation_id
            else session_options(block, body.conversation_id or None)
        ),
    )


def _plain_question(turns: tuple[Turn, ...], model: str) -> Question:
    plain = _PLAIN
    return Question(
        turns,
        model,
        plain.fallbacks,
        plain.tools,
        plain.search,
        plain.output,
        plain.extras,
        plain.budgets,
    )


def _by_pattern(body: ChatOptions) -> bool:
    return body.response_format is not None and body.response_format.type == "regex"


def _tools(body: ChatOptions) -> Tools:
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


def _output(body: ChatOptions, *, strict: bool) -> OutputOptions:
    if body.model_fields_set.isdisjoint(_OUTPUT_FIELDS):
        return _PLAIN_OUTPUT
    block = body.perplexity or EMPTY_BLOCK
    stops = (body.stop,) if isinstance(body.stop, str) else body.stop or ()
    language = language_of(body.language_preference, param="language_preference")
    return OutputOptions(
        format=_format(body.response_format) if body.response_format else _block_format(block),
        max_tokens=body.max_completion_tokens or body.max_tokens,
        sampling=_sampling(body, strict=strict),
        stop=tuple(text for text in stops if text),
        citation_style=body.citation_mode or block.citation_mode,
        language=language or language_of(block.language, param="perplexity.language"),
        locale=locale_of(body.response_formatting_locale) or locale_of(block.language),
        timezone=known_timezone(block),
    )


def _sampling(body: ChatOptions, *, strict: bool) -> Sampling:
    if strict:
        _check_penalties(body)
    return Sampling(
        temperature=body.temperature,
        top_p=body.top_p,
        top_k=body.top_k or None,
        presence_penalty=body.presence_penalty,
        frequency_penalty=body.frequency_penalty,
        seed=body.seed,
    )


def _check_penalties(body: ChatOptions) -> None:
    """The rules of the older documentation: one penalty at most, and that of frequency over 0."""
    if body.frequency_penalty is None:
        return
    if body.presence_penalty:
        raise InvalidRequest(
            "presence_penalty and frequency_penalty cannot be used together",
            param="frequency_penalty",
            code="invalid_parameter",
        )
    if body.frequency_penalty <= 0:
        raise InvalidRequest("frequency_penalty must be greater than 0", param="frequency_penalty")


def _block_format(block: WebUiBlock) -> JsonFormat | None:
    return JsonFormat() if block.response_format == "json_object" else None


def _format(wanted: ResponseFormat) -> JsonFormat | RegexFormat | None:
    if wanted.type == "text":
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
