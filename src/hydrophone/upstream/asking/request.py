"""From a question to the body of a request to the Agent API."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

import orjson

from hydrophone.errors import InvalidRequest
from hydrophone.types import (
    JsonFormat,
    JsonValue,
    Notice,
    OutputOptions,
    Question,
    RegexFormat,
    SearchOptions,
    TextPart,
    Turn,
)
from hydrophone.upstream.asking.items import items_of
from hydrophone.upstream.asking.tools import choice, function, image_search, renamed, web_search
from hydrophone.upstream.asking.unheard import hints, notices
from hydrophone.upstream.errors import OfficialTooLarge
from hydrophone.upstream.signatures import Signatures
from hydrophone.upstream.target import Target

MOST_BODY_BYTES = 32 * 1024 * 1024
LEAST_OUTPUT_TOKENS = 16
# These models are only answered for with a limit.
_NEEDS_LIMIT = "anthropic/"
USUAL_OUTPUT_TOKENS = 8_192


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it goes out. `names` are those of functions by what they go under there."""

    body: Mapping[str, JsonValue]
    notices: tuple[Notice, ...]
    names: Mapping[str, str]

    def encoded(self) -> bytes:
        """The body's bytes. Raises OfficialTooLarge over 32 MiB, the official limit."""
        raw = orjson.dumps(self.body, default=dict)
        if len(raw) > MOST_BODY_BYTES:
            raise OfficialTooLarge(
                f"the official API takes requests of up to {MOST_BODY_BYTES // 2**20} MiB, and "
                f"this one has {len(raw) / 2**20:.1f} with its files in base64: send addresses "
                "instead"
            )
        return raw


def asked_of(
    question: Question,
    target: Target,
    now: datetime,
    signatures: Signatures | None = None,
) -> Asked:
    """The request that puts the question to the target, with what is to be told of it.

    Encodes files in base64: for large ones CPU work of some 10 ms. Raises InvalidRequest.
    """
    _refuse_what_cannot_be_done(question)
    names = renamed(question)
    searches = question.search.enabled is not False and not target.searchless
    if searches and question.search.depth == "pro":
        target = target.deeper()
    body: dict[str, JsonValue] = {
        **(target if searches else target.bare()).fields,
        "input": items_of(_with_hints(question, searches=searches), names, signatures),
        "stream": True,
        **_tools(question, target, names, now, searches=searches),
        **_output(question.output),
    }
    if target.name.startswith(_NEEDS_LIMIT) and "max_output_tokens" not in body:
        body["max_output_tokens"] = USUAL_OUTPUT_TOKENS
    if question.extras.reasoning_effort is not None:
        effort = question.extras.reasoning_effort
        body["reasoning"] = {"effort": "minimal" if effort == "none" else effort}
    told = question if searches else replace(question, search=SearchOptions(enabled=False))
    return Asked(body, tuple(notices(told)), {there: name for name, there in names.items()})


def _refuse_what_cannot_be_done(question: Question) -> None:
    if isinstance(question.output.format, RegexFormat):
        raise InvalidRequest(
            "the official API, which answers for this model, writes no text by a pattern",
            param="response_format",
            code="invalid_parameter",
        )
    if not (question.last_user_text.strip() or question.has_media):
        raise InvalidRequest(
            "there is no question: add a message with role 'user' and some text",
            param="messages",
            code="invalid_message",
        )


def _with_hints(question: Question, *, searches: bool) -> tuple[Turn, ...]:
    """The turns, with what must be said in words behind the system's."""
    said = hints(question, searches=searches)
    if not said:
        return question.turns
    first = next((i for i, turn in enumerate(question.turns) if turn.role != "system"), 0)
    hint = Turn("system", (TextPart(said),))
    return (*question.turns[:first], hint, *question.turns[first:])


def _tools(
    question: Question,
    target: Target,
    names: Mapping[str, str],
    now: datetime,
    *,
    searches: bool,
) -> dict[str, JsonValue]:
    wanted = question.tools
    tools: list[JsonValue] = []
    fields: dict[str, JsonValue] = {}
    if searches:
        search = web_search(question.search, now)
        if len(search) > 1 or target.kind == "model":
            tools.append(search)
        if question.extras.images:
            tools.append(image_search(question.extras, safe=question.search.safe))
        if target.kind == "model" and not wanted.functions and not question.search.classify:
            # A preset searches by itself; a model alone may think that it knows.
            fields["tool_choice"] = {"type": "web_search"}
    tools += [function(tool, names) for tool in wanted.functions]
    if wanted.functions:
        fields["tool_choice"] = choice(wanted.choice, names)
        if wanted.parallel is not None:
            fields["parallel_tool_calls"] = wanted.parallel
    if wanted.max_calls is not None:
        fields["max_tool_calls"] = wanted.max_calls
    return fields | ({"tools": tools} if tools else {})


def _output(output: OutputOptions) -> dict[str, JsonValue]:
    drawn = output.sampling
    fields: dict[str, JsonValue] = {
        "temperature": drawn.temperature,
        "top_p": drawn.top_p,
        "language_preference": output.language,
        "response_format": _format(output.format),
    }
    if output.max_tokens is not None:
        fields["max_output_tokens"] = max(output.max_tokens, LEAST_OUTPUT_TOKENS)
    return {name: value for name, value in fields.items() if value is not None}


def _format(wanted: JsonFormat | RegexFormat | None) -> JsonValue:
    if not isinstance(wanted, JsonFormat) or wanted.schema is None:
        return None
    schema: dict[str, JsonValue] = {"name": wanted.name, "schema": wanted.schema}
    if wanted.description is not None:
        schema["description"] = wanted.description
    schema["strict"] = wanted.strict
    return {"type": "json_schema", "json_schema": schema}
