"""What endpoints are sent of a schema.

Grammars compare a `pattern` with the whole of a string, and llama.cpp demands `^` and `$` around
it; so a pattern that may match anywhere is sent with what may stand around it. What no grammar can
say of it (lookahead, places within) is left out: the answer is compared with the schema itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from hydrophone.llm.structured.grammar import bounded, is_possible, relaxed, unescaped
from hydrophone.llm.structured.pattern_reader import ANY, read_pattern
from hydrophone.llm.structured.patterns import (
    Chain,
    Choice,
    Mark,
    Node,
    PatternRefused,
    Repeat,
    written,
)

Change: TypeAlias = Callable[[dict[str, Any]], None]

# What a schema that is shortened allows.
MOST_CHARS = 80
MOST_ITEMS = 4
MOST_REPEATS = 16
_VALUES = ("enum", "const", "default", "examples")
_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")
_ANYTHING = Repeat(ANY, 0, None)
# What OpenAI's strict mode knows; anything else in a schema has it refused.
_STRICT_KEYWORDS = frozenset(
    {
        *("type", "properties", "required", "additionalProperties", "items", "enum", "const"),
        *("anyOf", "$ref", "$defs", "definitions", "title", "description", "default"),
        *("pattern", "format", "minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"),
        *("multipleOf", "minItems", "maxItems"),
    }
)


def fitted(document: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with its patterns as grammars can have them."""
    return _changed(document, _fit_pattern)


def shortened(document: Mapping[str, Any]) -> dict[str, Any]:
    """The schema with an end to its texts and lists: less fits it, and nothing else."""
    return _changed(document, _shorten)


def _changed(document: Mapping[str, Any], change: Change) -> dict[str, Any]:
    """The schema, changed in all its parts but for the values that it names."""
    made: dict[str, Any] = {}
    for keyword, value in document.items():
        if keyword in _VALUES:
            made[keyword] = value
        elif keyword in _NAMED and isinstance(value, Mapping):
            made[keyword] = {name: _changed_value(one, change) for name, one in value.items()}
        else:
            made[keyword] = _changed_value(value, change)
    change(made)
    return made


def _changed_value(value: Any, change: Change) -> Any:
    if isinstance(value, Mapping):
        return _changed(value, change)
    if isinstance(value, list):
        return [_changed_value(one, change) for one in value]
    return value


def _fit_pattern(schema: dict[str, Any]) -> None:
    if isinstance(text := schema.get("pattern"), str):
        root = _from_end_to_end(text)
        if root is None:
            del schema["pattern"]
        else:
            schema["pattern"] = f"^{written(root)}$"


def _shorten(schema: dict[str, Any]) -> None:
    if isinstance(text := schema.get("pattern"), str):
        root = _from_end_to_end(text)
        if root is not None:
            schema["pattern"] = f"^{written(bounded(root, MOST_REPEATS))}$"
    elif schema.get("type") == "string" and "format" not in schema:
        schema.setdefault("maxLength", max(MOST_CHARS, schema.get("minLength", 0)))
    elif schema.get("type") == "array":
        schema.setdefault("maxItems", max(MOST_ITEMS, schema.get("minItems", 0)))


def _from_end_to_end(text: str) -> Node | None:
    """The pattern with what may stand around it; None where it cannot be read here, which schemas
    allow, or needs what no grammar can write."""
    try:
        root = read_pattern(text).root
    except PatternRefused:
        return None
    options = root.options if isinstance(root, Choice) else (root,)
    whole = tuple(unescaped(relaxed(_surrounded(option))) for option in options)
    if not all(map(is_possible, whole)):
        return None
    return whole[0] if len(whole) == 1 else Choice(whole)


def _surrounded(option: Node) -> Node:
    items = option.items if isinstance(option, Chain) else (option,)
    before = () if items and items[0] == Mark("^") else (_ANYTHING,)
    behind = () if items and items[-1] == Mark("$") else (_ANYTHING,)
    return Chain((*before, *items, *behind))


def is_object(document: Mapping[str, Any]) -> bool:
    """Whether only an object can fit the schema, as far as its root says."""
    return document.get("type") == "object"


def fits_strict_mode(document: Mapping[str, Any]) -> bool:
    """Whether OpenAI's strict mode takes the schema: every object names all its properties as
    required and allows no other, and nothing but the keywords it knows is used."""
    return is_object(document) and _is_strict(document)


def _is_strict(schema: Any) -> bool:
    if isinstance(schema, list):
        return all(map(_is_strict, schema))
    if not isinstance(schema, Mapping):
        return True
    if not schema.keys() <= _STRICT_KEYWORDS:
        return False
    properties = schema.get("properties", {})
    kinds = schema.get("type")
    if kinds == "object" or (isinstance(kinds, list) and "object" in kinds):
        required = schema.get("required", ())
        if schema.get("additionalProperties") is not False or set(properties) != set(required):
            return False
    inner = [*properties.values(), schema.get("items"), schema.get("anyOf")]
    inner += [one for name in ("$defs", "definitions") for one in schema.get(name, {}).values()]
    return all(map(_is_strict, inner))
