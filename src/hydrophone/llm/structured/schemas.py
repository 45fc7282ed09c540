"""JSON schemas: which of them can be answered, and whether a value fits one.

All that the JSON Schema drafts 4 to 2020-12 know is compared; `jsonschema_rs` does it. Refused is
what no answer could be made for: a schema that is none, references that lead nowhere, out of the
document or only to themselves, and schemas that are too large.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeAlias

from hydrophone.errors import InvalidRequest, NotConfigured
from hydrophone.types import JsonValue

if TYPE_CHECKING:
    import jsonschema_rs

MAX_CHARS = 100_000
MAX_DEPTH = 60
# Steps of a pattern that has lookahead; the other kind needs no limit.
_BACKTRACKS = 100_000
_COMPILED_BYTES = 4 * 1024 * 1024
_MOST_PROBLEMS = 8
_KEPT = 64
_NO_RECURSION = "it refers to itself, which Perplexity's service does not support"
_NO_FREE_OBJECT = "it allows any object, which Perplexity's service does not support"

Place: TypeAlias = tuple[str | int, ...]
Found: TypeAlias = Iterator[tuple[Place, Mapping[str, Any]]]


class SchemaRefused(InvalidRequest):
    """No answer can be made for the schema; `place` is the JSON pointer of what is wrong."""

    def __init__(self, reason: str, place: Place) -> None:
        self.place = pointer(place)
        where = f" at {self.place}" if place else ""
        super().__init__(
            f"the JSON schema cannot be used{where}: {reason}", param="response_format"
        )


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a value does not fit: the keyword, what it says, and the place in the value."""

    keyword: str
    message: str
    place: Place
    expected: Any = None


class Schema:
    """A schema that values are compared with."""

    def __init__(self, document: Mapping[str, JsonValue]) -> None:
        self.document: Mapping[str, Any] = document
        self.text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        if len(self.text) > MAX_CHARS:
            raise SchemaRefused(f"it has more than {MAX_CHARS:,} characters", ())
        self._validator = _validator(document)
        self._check_references()

    def problems(self, value: object) -> list[Problem]:
        """What about the value does not fit; the first few. Empty when it fits."""
        found: list[Problem] = []
        for error in self._validator.iter_errors(value):
            kind = error.kind
            found.append(
                Problem(kind.name, error.message, tuple(error.instance_path), _expected(kind))
            )
            if len(found) == _MOST_PROBLEMS:
                break
        return found

    def fits(self, value: object) -> bool:
        """Whether the value fits."""
        return self._validator.is_valid(value)

    def check_parity(self) -> None:
        """Refuse what Perplexity's service refuses: recursion, and objects that may hold anything.
        Raises SchemaRefused."""
        for place, schema in self._schemas():
            if self._is_recursive(schema):
                raise SchemaRefused(_NO_RECURSION, place)
            if _is_free(schema):
                raise SchemaRefused(_NO_FREE_OBJECT, place)

    def _schemas(self) -> Found:
        return _schemas(self.document, ())

    def _check_references(self) -> None:
        """Refuse references that lead only to references, which say nothing."""
        for place, schema in self._schemas():
            seen: set[str] = set()
            while isinstance(ref := schema.get("$ref"), str):
                if ref in seen:
                    raise SchemaRefused("its references lead only to each other", place)
                seen.add(ref)
                target = self._target(ref)
                if target is None:
                    break
                schema = target

    def _is_recursive(self, schema: Mapping[str, Any]) -> bool:
        """Whether what the schema refers to holds the same reference again."""
        if "$recursiveRef" in schema or "$dynamicRef" in schema:
            return True
        wanted, seen = schema.get("$ref"), set[str]()
        waiting = [wanted] if isinstance(wanted, str) else []
        while waiting:
            target = self._target(waiting.pop())
            for _, inner in _schemas(target, ()) if target is not None else ():
                ref = inner.get("$ref")
                if ref == wanted:
                    return True
                if isinstance(ref, str) and ref not in seen:
                    seen.add(ref)
                    waiting.append(ref)
        return False

    def _target(self, ref: str) -> Mapping[str, Any] | None:
        """What a reference within the document leads to, where it is a plain pointer."""
        if not ref.startswith("#") or (ref != "#" and not ref.startswith("#/")):
            return None
        target: Any = self.document
        for part in ref[2:].split("/") if len(ref) > 1 else ():
            name = part.replace("~1", "/").replace("~0", "~")
            if isinstance(target, Mapping):
                target = target.get(name)
            elif isinstance(target, Sequence) and name.isdigit() and int(name) < len(target):
                target = target[int(name)]
            else:
                return None
        return target if isinstance(target, Mapping) else None


def schema_of(document: Mapping[str, JsonValue]) -> Schema:
    """The schema of a document, kept for the next time. Raises SchemaRefused."""
    try:
        text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
        text.encode()  # half characters cannot be sent
    except (TypeError, ValueError, RecursionError) as error:
        raise SchemaRefused("it cannot be written as JSON", ()) from error
    return _kept(text)


@lru_cache(_KEPT)
def _kept(text: str) -> Schema:
    return Schema(json.loads(text))


def pointer(place: Place) -> str:
    """A place as a JSON pointer (RFC 6901), for example `#/properties/a`."""
    parts = (str(part).replace("~", "~0").replace("/", "~1") for part in place)
    return "/".join(("#", *parts))


def _validator(document: Mapping[str, Any]) -> jsonschema_rs.Validator:
    try:
        import jsonschema_rs
    except ImportError as error:
        raise NotConfigured(
            "a library for JSON schemas is missing (jsonschema-rs): pip install 'hydrophone[api]'"
        ) from error
    options = jsonschema_rs.FancyRegexOptions(
        backtrack_limit=_BACKTRACKS, size_limit=_COMPILED_BYTES
    )
    try:
        return jsonschema_rs.validator_for(
            dict(document), validate_formats=True, pattern_options=options, offline=True
        )
    except jsonschema_rs.ValidationError as error:
        raise SchemaRefused(_first_sentence(error.message), tuple(error.instance_path)) from error
    except (jsonschema_rs.ReferencingError, ValueError) as error:
        raise SchemaRefused(_first_sentence(str(error)), ()) from error


def _first_sentence(message: str) -> str:
    return message.split("\n", 1)[0][:300]


def _expected(kind: Any) -> Any:
    """What the keyword asks for, where mending needs it."""
    if kind.name == "type":
        types = kind.types
        return [types] if isinstance(types, str) else list(types)
    if kind.name == "enum":
        return kind.options
    if kind.name == "const":
        return kind.expected_value
    if kind.name == "additionalProperties":
        return kind.unexpected
    return None


# Keywords whose value is a schema, a list of schemas, or schemas by name.
_ONE = (
    *("items", "additionalItems", "additionalProperties", "contains", "not", "if", "then", "else"),
    *("propertyNames", "unevaluatedItems", "unevaluatedProperties"),
)
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems", "items")
_NAMED = ("properties", "patternProperties", "$defs", "definitions", "dependentSchemas")


def _schemas(schema: Mapping[str, Any], place: Place) -> Found:
    """The schema and all in it, each with its place."""
    if len(place) > 2 * MAX_DEPTH:
        raise SchemaRefused(f"it is nested deeper than {MAX_DEPTH}", place[:4])
    yield place, schema
    for keyword in _ONE:
        if isinstance(inner := schema.get(keyword), Mapping):
            yield from _schemas(inner, (*place, keyword))
    for keyword in _LISTS:
        inner = schema.get(keyword)
        for n, one in enumerate(inner if isinstance(inner, list) else ()):
            if isinstance(one, Mapping):
                yield from _schemas(one, (*place, keyword, n))
    for keyword in _NAMED:
        inner = schema.get(keyword)
        for name, one in inner.items() if isinstance(inner, Mapping) else ():
            if isinstance(one, Mapping):
                yield from _schemas(one, (*place, keyword, name))


def _is_free(schema: Mapping[str, Any]) -> bool:
    """Whether it is an object that may hold anything."""
    kinds = schema.get("type")
    is_object = kinds == "object" or (isinstance(kinds, list) and "object" in kinds)
    if not is_object or schema.get("properties") or schema.get("patternProperties"):
        return False
    return schema.get("additionalProperties", True) in (True, {})
