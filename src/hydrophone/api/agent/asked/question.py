"""From the body of the Agent dialect to a `Question`: every field, and clear refusals."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydrophone.api.agent.asked.echo import echo_of
from hydrophone.api.agent.asked.named import Named, read_models, read_preset
from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.asked.schema import AgentRequest, ResponseFormatBody
from hydrophone.api.agent.asked.search import read_budgets, read_extras, read_search
from hydrophone.api.agent.asked.tools import Kit, read_kit, read_tools
from hydrophone.api.agent.asked.turns import read_turns
from hydrophone.api.chat.webui import language_of
from hydrophone.errors import InvalidRequest
from hydrophone.ports import Models, Preset
from hydrophone.types import (
    JsonFormat,
    MediaPart,
    Notice,
    OutputOptions,
    Question,
    Sampling,
    Turn,
)

LEAST_OUTPUT_TOKENS = 16
MAX_METADATA, MAX_NAME_CHARS, MAX_VALUE_CHARS = 16, 64, 512
SEARCHED_ANYWAY = (
    "It was searched although no tool asks for it: only a language model can answer without a "
    "search, and none is configured."
)
NEEDS_MODEL = (
    "without tools only a language model can answer, and none is configured: set "
    "HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL, or"
)
_ADDRESS = re.compile(r"https?://\S", re.IGNORECASE)


def to_question(
    body: AgentRequest,
    models: Models,
    rules: Rules,
    *,
    before: Sequence[Turn] = (),
    stored: bool | None = None,
) -> Question:
    """The question that the body asks, with what is shown again in its `echo`.

    `before` are the turns of the conversation that it goes on with; `stored` is whether the
    response is kept. Raises InvalidRequest and InvalidModel with the field's place.
    """
    _check(body, rules)
    preset = read_preset(body, models)
    named = read_models(body, preset, models, rules)
    kit = read_kit(body, rules)
    turns = read_turns(body.input, body.instructions, before)
    reach = _reach(kit, preset, named, turns, rules)
    tools = read_tools(body, kit, searches=reach.searches)
    search = read_search(body, kit, preset, rules, enabled=reach.searches)
    first, *others = named.ids
    return Question(
        turns=turns,
        model=first,
        fallbacks=tuple(others),
        tools=tools,
        search=search,
        output=_output(body, rules),
        extras=read_extras(body, kit, preset, rules),
        budgets=read_budgets(body, kit, reads_only=reach.reads_only),
        echo=echo_of(body, named.shown, [*named.notices, *kit.notices], stored=stored),
    )


@dataclass(frozen=True, slots=True)
class _Reach:
    """Whether anything is searched for or read, and whether pages are only read."""

    searches: bool
    reads_only: bool = False


def _reach(
    kit: Kit, preset: Preset | None, named: Named, turns: Sequence[Turn], rules: Rules
) -> _Reach:
    """A model alone does not search: a tool or a preset has to say so."""
    helpless = named.quotes and not _has_media(turns)
    if kit.off is not None:
        if helpless:
            raise InvalidRequest(f"{NEEDS_MODEL} leave {kit.off} out", param=kit.off)
        return _Reach(searches=False)
    if preset is not None or kit.searches:
        return _Reach(searches=True)
    if kit.fetch is not None and _names_address(turns):
        return _Reach(searches=True, reads_only=True)
    if not helpless:
        return _Reach(searches=False)
    if rules.strict:
        raise InvalidRequest(f"{NEEDS_MODEL} send the tool web_search", param="tools")
    kit.notices.append(Notice("ignored_option", SEARCHED_ANYWAY))
    return _Reach(searches=True)


def _has_media(turns: Sequence[Turn]) -> bool:
    return any(isinstance(part, MediaPart) for turn in turns for part in turn.parts)


def _names_address(turns: Sequence[Turn]) -> bool:
    asked = [turn.text for turn in turns if turn.role == "user"]
    return bool(asked) and _ADDRESS.search(asked[-1]) is not None


def _check(body: AgentRequest, rules: Rules) -> None:
    """What can be refused before anything is read."""
    if body.text is not None and not rules.lenient:
        raise InvalidRequest(
            "text is OpenAI's: write its format as response_format, or set "
            "HYDROPHONE_AGENT_LENIENT=1",
            param="text",
        )
    for name in ("skills", "profile"):
        if getattr(body, name) and not rules.lenient:
            raise InvalidRequest(f"there are no {name} on this server", param=name)
    for name, value in (body.metadata or {}).items():
        if len(name) > MAX_NAME_CHARS or len(value) > MAX_VALUE_CHARS:
            raise InvalidRequest(
                f"a name in metadata has at most {MAX_NAME_CHARS} characters, and a value "
                f"{MAX_VALUE_CHARS}",
                param="metadata",
            )
    if len(body.metadata or {}) > MAX_METADATA:
        raise InvalidRequest(f"metadata holds at most {MAX_METADATA} names", param="metadata")


def _output(body: AgentRequest, rules: Rules) -> OutputOptions:
    most = body.max_output_tokens
    return OutputOptions(
        format=_format(body.response_format) or _openai_format(body.text),
        max_tokens=None if most is None else max(most, LEAST_OUTPUT_TOKENS),
        sampling=Sampling(temperature=body.temperature, top_p=body.top_p),
        citation_style="default",
        language=language_of(body.language_preference, param="language_preference"),
    )


def _format(wanted: ResponseFormatBody | None) -> JsonFormat | None:
    if wanted is None or wanted.type == "text":
        return None
    given = wanted.json_schema
    if given is None:
        raise InvalidRequest("json_schema is missing", param="response_format.json_schema")
    strict = True if given.strict is None else given.strict
    return JsonFormat(given.schema_, given.name, given.description, strict)


def _openai_format(text: Mapping[str, object] | None) -> JsonFormat | None:
    """The format in OpenAI's `text`, which has its schema one level higher."""
    wanted = (text or {}).get("format")
    if not isinstance(wanted, Mapping) or wanted.get("type") == "text":
        return None
    if wanted.get("type") == "json_object":
        return JsonFormat()
    schema, name, strict = (wanted.get(key) for key in ("schema", "name", "strict"))
    if wanted.get("type") != "json_schema" or not isinstance(schema, Mapping):
        message = "text.format is {'type': 'json_schema', 'name': …, 'schema': …}"
        raise InvalidRequest(message, param="text.format")
    described = wanted.get("description")
    return JsonFormat(
        schema,
        name if isinstance(name, str) else "schema",
        described if isinstance(described, str) else None,
        strict is not False,
    )
