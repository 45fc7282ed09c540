"""The bodies of the OpenAI chat completions API, as compatible endpoints really speak it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any

import orjson

from hydrophone.errors import InvalidRequest
from hydrophone.llm.base import ModelDelta, ModelRequest, ModelUsage
from hydrophone.llm.openai.failures import ModelNonsense
from hydrophone.llm.openai.thinking import ThoughtSplitter
from hydrophone.types import (
    FinishReason,
    FunctionTool,
    MediaPart,
    Part,
    Sampling,
    TextPart,
    ToolCallDelta,
    Tools,
    Turn,
)

_SAMPLING = ("temperature", "top_p", "top_k", "presence_penalty", "frequency_penalty", "seed")
_NO_SAMPLING = Sampling()
# Newest first where an endpoint tells two: what is loaded may be less than what could be.
_WINDOWS = ("max_model_len", "loaded_context_length", "context_length", "max_context_length")
_REASONS: Mapping[str, FinishReason] = {
    "stop": "stop",
    "length": "length",
    "max_tokens": "length",
    "tool_calls": "tool_calls",
    "function_call": "tool_calls",
    "content_filter": "content_filter",
}


def request_body(
    request: ModelRequest, *, stream: bool, more: Mapping[str, Any] | None = None
) -> bytes:
    """The JSON body that asks for this, with `more` fields that ask for its format.

    Raises InvalidRequest for a part that has no form there, and for text that is not Unicode.
    """
    body: dict[str, Any] = {
        "model": request.model,
        "messages": [_message(turn) for turn in request.messages],
        "stream": stream,
    }
    if stream:
        body["stream_options"] = {"include_usage": True}
    if request.max_tokens is not None:
        body["max_tokens"] = request.max_tokens
    if request.stop:
        body["stop"] = request.stop
    if request.reasoning_effort is not None:
        body["reasoning_effort"] = request.reasoning_effort
    if request.sampling != _NO_SAMPLING:
        body |= _sampling(request.sampling)
    if request.tools.functions:
        body |= _tools(request.tools)
    if more is not None:
        body |= more
    try:
        return orjson.dumps(body)
    except TypeError as error:
        raise InvalidRequest(f"this cannot be sent to a language model: {error}") from error


def _sampling(sampling: Sampling) -> dict[str, Any]:
    values = ((name, getattr(sampling, name)) for name in _SAMPLING)
    return {name: value for name, value in values if value is not None}


def _tools(tools: Tools) -> dict[str, Any]:
    plain = tools.choice in ("auto", "none", "required")
    choice: Any = tools.choice
    if not plain:
        choice = {"type": "function", "function": {"name": tools.choice}}
    body = {"tools": [_function(f) for f in tools.functions], "tool_choice": choice}
    if tools.parallel is not None:
        body["parallel_tool_calls"] = tools.parallel
    return body


def _function(tool: FunctionTool) -> dict[str, Any]:
    fields = {
        "name": tool.name,
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }
    return {"type": "function", "function": {k: v for k, v in fields.items() if v is not None}}


def _message(turn: Turn) -> dict[str, Any]:
    message: dict[str, Any] = {"role": turn.role}
    if all(isinstance(part, TextPart) for part in turn.parts):
        # A plain string: many chat templates take nothing else.
        message["content"] = turn.text
    else:
        message["content"] = [_part(part) for part in turn.parts]
    if turn.tool_calls:
        message["content"] = message["content"] or None
        message["tool_calls"] = [
            {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}}
            for c in turn.tool_calls
        ]
    if turn.tool_call_id is not None:
        message["tool_call_id"] = turn.tool_call_id
    return message


def _part(part: Part) -> dict[str, Any]:
    if isinstance(part, TextPart):
        return {"type": "text", "text": part.text}
    if part.kind == "file":
        if part.data is None:
            raise InvalidRequest("a language model takes files by their content, not by address")
        name = part.name or "file"
        return {"type": "file", "file": {"filename": name, "file_data": _data_url(part)}}
    url = part.url if part.url is not None else _data_url(part)
    return {"type": f"{part.kind}_url", f"{part.kind}_url": {"url": url}}


def _data_url(part: MediaPart) -> str:
    media_type = part.media_type or "application/octet-stream"
    return f"data:{media_type};base64,{base64.b64encode(part.data or b'').decode()}"


class ReplyReader:
    """Turns the bodies of one reply, streamed or whole, into deltas."""

    __slots__ = ("_calls", "_splitter", "finished")

    def __init__(self) -> None:
        self._splitter = ThoughtSplitter()
        self._calls = 0
        self.finished = False

    def read(self, body: bytes) -> ModelDelta | None:
        """The delta that one chunk, or a whole completion, holds; None when it says nothing new.

        Raises ModelNonsense when it is no such thing, and ErrorInside when it is an error.
        """
        try:
            parsed = orjson.loads(body)
            if parsed.get("error"):
                raise ErrorInside(parsed["error"])
            choices = parsed.get("choices")
            usage = _usage(parsed, choices)
            if not choices:
                return ModelDelta(usage=usage) if usage is not None else None
            return self._choice(choices[0], usage)
        except (ValueError, TypeError, AttributeError, KeyError, IndexError) as error:
            raise ModelNonsense("the model endpoint sent something that is no reply") from error

    def close(self) -> ModelDelta:
        """The last delta of a reply that ended without saying why."""
        return self._choice({"finish_reason": "stop"}, None) or ModelDelta()

    def _choice(self, choice: dict[str, Any], usage: ModelUsage | None) -> ModelDelta | None:
        delta = choice.get("delta") or choice.get("message") or {}
        thinking = delta.get("reasoning_content") or delta.get("reasoning") or ""
        text = ""
        if content := delta.get("content"):
            text, thoughts = self._splitter.feed(_plain(content))
            thinking += thoughts
        calls = self._tool_calls(delta["tool_calls"]) if delta.get("tool_calls") else ()
        reason = self._reason(choice.get("finish_reason"))
        if reason is not None:
            rest, thoughts = self._splitter.close()
            text, thinking = text + rest, thinking + thoughts
        if not (text or thinking or calls or reason or usage):
            return None
        return ModelDelta(text, thinking, calls, reason, usage)

    def _reason(self, said: str | None) -> FinishReason | None:
        if not said or self.finished:
            return None
        self.finished = True
        reason = _REASONS.get(said, "stop")
        # Some servers say "stop" after a tool call.
        return "tool_calls" if reason == "stop" and self._calls else reason

    def _tool_calls(self, calls: list[dict[str, Any]]) -> tuple[ToolCallDelta, ...]:
        return tuple(self._tool_call(call) for call in calls)

    def _tool_call(self, call: dict[str, Any]) -> ToolCallDelta:
        index = call.get("index")
        if index is None:
            # Without an index each named call is whole, and the next one.
            index = self._calls
        self._calls = max(self._calls, index + 1)
        function = call.get("function") or {}
        arguments = function.get("arguments") or ""
        if not isinstance(arguments, str):
            arguments = orjson.dumps(arguments).decode()
        return ToolCallDelta(index, call.get("id"), function.get("name"), arguments)


class ErrorInside(Exception):
    """A reply that is an error object; `error` is what it says."""

    def __init__(self, error: object) -> None:
        super().__init__("error inside a reply")
        self.error = error


def model_ids(body: bytes) -> list[str]:
    """The ids in the body of GET /models. Raises ModelNonsense."""
    try:
        return [str(model["id"]) for model in orjson.loads(body)["data"] or ()]
    except (ValueError, TypeError, KeyError) as error:
        raise ModelNonsense("the model endpoint's list of models cannot be read") from error


def model_owner(body: bytes, model: str) -> str:
    """Who owns a model, or else the first that is listed, by the body of GET /models; empty when
    it does not say. Raises ModelNonsense."""
    try:
        listed = orjson.loads(body)["data"] or ()
        owners = {str(one["id"]): str(one.get("owned_by") or "") for one in listed}
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelNonsense("the model endpoint's list of models cannot be read") from error
    return owners.get(model) or next(iter(owners.values()), "")


def context_tokens(body: bytes, model: str) -> int | None:
    """How many tokens the model can hold, in the body of GET /models: as vLLM, llama.cpp, LM Studio
    and OpenRouter tell it; None when it is not told. Raises ModelNonsense."""
    try:
        cards = orjson.loads(body)["data"] or []
        only = cards[0] if len(cards) == 1 else {}
        card = next((one for one in cards if one["id"] == model), only)
        meta = card.get("meta") or {}
        told = [card.get(name) for name in _WINDOWS] + [meta.get("n_ctx"), meta.get("n_ctx_train")]
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelNonsense("the model endpoint's list of models cannot be read") from error
    return next((one for one in map(_count, told) if one), None)


def is_llama_cpp(body: bytes) -> bool:
    """Whether the body of GET /models is llama.cpp's, which tells there what the model was trained
    on, not what the server gives it."""
    return b'"llamacpp"' in body


def served_context_tokens(body: bytes) -> int | None:
    """The window of a slot in the body of llama.cpp's GET /props; None when it is not told."""
    try:
        return _count(orjson.loads(body)["default_generation_settings"]["n_ctx"]) or None
    except (ValueError, TypeError, KeyError):
        return None


def _plain(content: str | list[dict[str, Any]]) -> str:
    """The text of content that is a string, or a list of parts as some endpoints write it."""
    if isinstance(content, str):
        return content
    return "".join(part.get("text") or "" for part in content)


def _usage(parsed: dict[str, Any], choices: list[dict[str, Any]] | None) -> ModelUsage | None:
    """The counts, wherever they are: beside the choices, in one, or where Groq puts them."""
    usage = parsed.get("usage")
    if usage is None and "x_groq" in parsed:
        usage = parsed["x_groq"].get("usage")
    if usage is None and choices:
        usage = choices[0].get("usage")
    if not usage:
        return None
    details = usage.get("completion_tokens_details") or usage
    return ModelUsage(
        prompt_tokens=_count(usage.get("prompt_tokens")),
        completion_tokens=_count(usage.get("completion_tokens")),
        reasoning_tokens=_count(details.get("reasoning_tokens")),
    )


def _count(value: Any) -> int:
    return value if isinstance(value, int) and value > 0 else 0
