"""How an endpoint is asked for an answer in a format: the forms there are, and which to try first.

| form | fields | understood by |
|---|---|---|
| `json_schema` | OpenAI's `response_format` with the schema | OpenAI, llama.cpp, vLLM, Ollama, … |
| `json_object` | OpenAI's older one: any object | nearly all |
| `pattern` | vLLM's `structured_outputs`, its older `guided_regex`, and SGLang's `regex` | those |
| `grammar` | `grammar` in GBNF | llama.cpp |
| `wrapped` | `json_schema` of an object whose one text has the pattern | as `json_schema` |
| `told` | nothing: only the prompt tells the model | all |
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Literal

from hydrophone.llm.structured.automaton import lookahead_grammar
from hydrophone.llm.structured.derivatives import has_lookahead
from hydrophone.llm.structured.fitted import fits_strict_mode, fitted, is_object
from hydrophone.llm.structured.grammar import gbnf, relaxed
from hydrophone.llm.structured.pattern_reader import read_pattern
from hydrophone.llm.structured.patterns import written
from hydrophone.types import JsonFormat, RegexFormat

Form = Literal["json_schema", "json_object", "pattern", "grammar", "wrapped", "told"]
Family = Literal["vllm", "sglang", "llamacpp", "other"]

# The name of the one text in an object that stands for it.
WRAPPED = "matching_text"
_KEPT = 64


def family_of(owner: str) -> Family:
    """The kind of server by what it says of its models in `owned_by`."""
    named = owner.lower().replace(".", "")
    for family in ("vllm", "sglang", "llamacpp"):
        if family in named:
            return family
    return "other"


def ladder(wanted: JsonFormat | RegexFormat, family: Family) -> tuple[Form, ...]:
    """The forms to try, the one that binds the model most first."""
    if isinstance(wanted, RegexFormat):
        if family in ("vllm", "sglang"):
            return "pattern", "wrapped", "told"
        return ("grammar", "told") if family == "llamacpp" else ("wrapped", "told")
    if wanted.schema is None:
        return "json_object", "told"
    if is_object(wanted.schema):
        return "json_schema", "json_object", "told"
    return "json_schema", "told"


def fields(wanted: JsonFormat | RegexFormat, form: Form) -> dict[str, Any]:
    """The fields of the request's body for a form."""
    if form == "told":
        return {}
    if form == "json_object":
        return {"response_format": {"type": "json_object"}}
    if isinstance(wanted, JsonFormat):
        schema = wanted.schema or {"type": "object"}
        return _by_schema(wanted.name, schema, wanted.description, strict=wanted.strict)
    if form == "grammar":
        return {"grammar": _grammar(wanted.pattern)}
    pattern = written(relaxed(read_pattern(wanted.pattern).root))
    if form == "pattern":
        names = ("guided_regex", "regex")
        return {"structured_outputs": {"regex": pattern}} | dict.fromkeys(names, pattern)
    text = {"type": "string", "pattern": f"^(?:{pattern})$"}
    wrap = {
        "type": "object",
        "properties": {WRAPPED: text},
        "required": [WRAPPED],
        "additionalProperties": False,
    }
    return _by_schema("text", wrap, None, strict=True)


@lru_cache(_KEPT)
def _grammar(pattern: str) -> str:
    root = read_pattern(pattern).root
    exact = lookahead_grammar(root) if has_lookahead(root) else None
    return exact or gbnf(relaxed(root))


def _by_schema(
    name: str, schema: Mapping[str, Any], description: str | None, *, strict: bool
) -> dict[str, Any]:
    body: dict[str, Any] = {
        "name": name,
        "schema": fitted(schema),
        "strict": strict and fits_strict_mode(schema),
    }
    if description is not None:
        body["description"] = description
    return {"response_format": {"type": "json_schema", "json_schema": body}}
