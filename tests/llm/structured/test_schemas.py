"""JSON schemas: what is refused and where, what fits, and what is said of what does not."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hydrophone.llm.structured.coercion import mended
from hydrophone.llm.structured.fitted import fits_strict_mode, fitted
from hydrophone.llm.structured.schemas import Schema, SchemaRefused, pointer, schema_of
from tests.emulators.formats import schema_cases

LIST = {"type": "object", "properties": {"next": {"$ref": "#"}}}
TREE = {
    "type": "object",
    "properties": {"top": {"$ref": "#/$defs/node"}},
    "$defs": {
        "node": {
            "type": "object",
            "properties": {"children": {"type": "array", "items": {"$ref": "#/$defs/node"}}},
        }
    },
}


@pytest.mark.parametrize(
    ("schema", "place", "reason"),
    [
        ({"type": "objekt"}, "#/type", "objekt"),
        ({"properties": {"a/b": {"minimum": "x"}}}, "#/properties/a~1b/minimum", "number"),
        ({"properties": {"a": {"pattern": "("}}}, "#/properties/a/pattern", "regex"),
        ({"items": {"$ref": "https://x.example/y"}}, "#", "https://x.example/y"),
        ({"$ref": "#/$defs/none"}, "#", "does not exist"),
        ({"$ref": "#"}, "#", "only to each other"),
        (
            {"items": {"$ref": "#/$defs/a"}, "$defs": {"a": {"$ref": "#/$defs/a"}}},
            "#/items",
            "only to each other",
        ),
        ({"title": "x" * 200_000}, "#", "more than 100,000 characters"),
        ({"title": "\ud800"}, "#", "cannot be written"),
    ],
)
def test_a_schema_without_an_answer_is_refused_with_its_place(
    schema: dict[str, Any], place: str, reason: str
) -> None:
    with pytest.raises(SchemaRefused) as caught:
        schema_of(schema)
    assert caught.value.place == place
    assert reason in caught.value.message
    assert (caught.value.status, caught.value.param) == (400, "response_format")


def test_a_schema_that_is_too_deep_is_refused() -> None:
    deep: dict[str, Any] = {"type": "string"}
    for _ in range(200):
        deep = {"type": "array", "items": deep}
    with pytest.raises(SchemaRefused, match="nested deeper than 60"):
        schema_of(deep)


@pytest.mark.parametrize("schema", [LIST, TREE, {"type": "object"}, {}, {"anyOf": [{"$ref": "#"}]}])
def test_recursion_and_free_objects_can_be_answered(schema: dict[str, Any]) -> None:
    assert schema_of(schema).fits({"next": {"next": {}}})


@pytest.mark.parametrize(
    ("schema", "place", "reason"),
    [
        (LIST, "#/properties/next", "refers to itself"),
        (TREE, "#/properties/top", "refers to itself"),
        ({"$recursiveRef": "#"}, "#", "refers to itself"),
        (
            {"type": "object", "properties": {"a": {"type": "object"}}},
            "#/properties/a",
            "any object",
        ),
        (
            {"type": "array", "items": {"type": ["object", "null"], "additionalProperties": True}},
            "#/items",
            "any object",
        ),
    ],
)
def test_parity_refuses_recursion_and_free_objects(
    schema: dict[str, Any], place: str, reason: str
) -> None:
    with pytest.raises(SchemaRefused, match=reason) as caught:
        schema_of(schema).check_parity()
    assert caught.value.place == place


def test_parity_takes_shared_definitions_and_typed_maps() -> None:
    shared = {"type": "object", "properties": {"a": {"type": "string"}}}
    schema = {
        "type": "object",
        "properties": {"x": {"$ref": "#/$defs/s"}, "y": {"$ref": "#/$defs/s"}},
        "$defs": {
            "s": shared,
            "m": {"type": "object", "additionalProperties": {"type": "integer"}},
        },
    }
    schema_of(schema).check_parity()


def test_problems_name_their_place() -> None:
    schema = schema_of({"properties": {"a": {"items": {"type": "integer"}}}, "required": ["b"]})
    problems = schema.problems({"a": [1, "x"]})
    assert [(one.keyword, pointer(one.place)) for one in problems] == [
        ("required", "#"),
        ("type", "#/a/1"),
    ]
    assert schema.problems({"a": [1], "b": 2}) == []


def test_a_pattern_that_would_take_for_ever_fits_nothing() -> None:
    schema = schema_of({"type": "string", "pattern": r"^(?=(a|aa)+$)(?=(a|aa)+b)a"})
    assert schema.problems("a" * 5_000) != []


def test_a_schema_is_read_once() -> None:
    assert schema_of({"type": "string"}) is schema_of({"type": "string"})


FACTS = {
    "type": "object",
    "properties": {
        "n": {"type": "integer"},
        "x": {"type": "number"},
        "color": {"enum": ["red", "blue"]},
        "tags": {"type": "array", "items": {"type": "string"}},
        "note": {"type": "string"},
        "sure": {"type": "boolean"},
        "code": {"type": "string", "pattern": "^[a-z]+$"},
        "kind": {"const": "whale"},
        "part": {"type": "object", "properties": {"n": {"type": ["integer", "null"]}}},
    },
    "required": ["n"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    ("given", "made"),
    [
        ({"n": "40"}, {"n": 40}),
        ({"n": "1,234"}, {"n": 1234}),
        ({"n": "40.0", "x": "3.5"}, {"n": 40.0, "x": 3.5}),
        ({"n": 1, "color": "Red"}, {"n": 1, "color": "red"}),
        ({"n": 1, "color": ["blue"]}, {"n": 1, "color": "blue"}),
        ({"n": 1, "tags": "song"}, {"n": 1, "tags": ["song"]}),
        ({"n": 1, "tags": [1, True]}, {"n": 1, "tags": ["1", True]}),
        ({"n": 1, "note": 1963}, {"n": 1, "note": "1963"}),
        ({"n": 1, "note": None}, {"n": 1}),
        ({"n": 1, "sure": "Yes"}, {"n": 1, "sure": True}),
        ({"n": 1, "code": " abc "}, {"n": 1, "code": "abc"}),
        ({"n": 1, "kind": "WHALE"}, {"n": 1, "kind": "whale"}),
        ({"n": 1, "more": 2}, {"n": 1}),
        ({"n": 1, "part": '{"n": "null"}'}, {"n": 1, "part": {"n": "null"}}),
        ({"n": 1, "part": {"n": "null"}}, {"n": 1, "part": {"n": None}}),
        # Nothing is made up.
        ({"n": "forty"}, {"n": "forty"}),
        ({"x": 1}, {"x": 1}),
        ({"n": 1, "color": "green"}, {"n": 1, "color": "green"}),
        ({"n": 3.5}, {"n": 3.5}),
    ],
)
def test_obvious_types_are_mended(given: dict[str, Any], made: dict[str, Any]) -> None:
    before = json.dumps(given)
    result = mended(given, schema_of(FACTS))
    if "part" in given and isinstance(given["part"], str):
        made["part"] = {"n": None}
    assert result == made
    assert json.dumps(given) == before


@pytest.mark.parametrize(
    ("pattern", "sent"),
    [
        ("^[a-z]+$", "^[a-z]+$"),
        ("km", r'^[^\x00-\x1f"\\]*km[^\x00-\x1f"\\]*$'),
        (r"^\d", r'^[0-9][^\x00-\x1f"\\]*$'),
        ("^a$|^b", r'^(?:a|b[^\x00-\x1f"\\]*)$'),
        (r"^(?=.*\d)\w+$", "^[0-9A-Z_a-z]+$"),
    ],
)
def test_patterns_are_sent_from_end_to_end(pattern: str, sent: str) -> None:
    schema = {"properties": {"pattern": {"type": "string", "pattern": pattern}}}
    assert fitted(schema) == {"properties": {"pattern": {"type": "string", "pattern": sent}}}


def test_a_pattern_that_cannot_be_read_here_is_not_sent() -> None:
    for pattern in (r"^\p{L}+$", '^"a"$', r"^a\n$"):
        assert fitted({"type": "string", "pattern": pattern}) == {"type": "string"}
    assert schema_of({"type": "string", "pattern": r"^\p{L}+$"}).fits("été")


def test_values_in_a_schema_are_left_alone() -> None:
    schema = {"enum": [{"pattern": "a"}], "default": {"pattern": "a"}, "const": {"pattern": "b"}}
    assert fitted(schema) == schema


STRICT = {
    "type": "object",
    "properties": {"a": {"type": "string"}, "b": {"anyOf": [{"$ref": "#/$defs/c"}]}},
    "required": ["a", "b"],
    "additionalProperties": False,
    "$defs": {"c": {"type": "integer"}},
}


@pytest.mark.parametrize(
    ("schema", "fits"),
    [
        (STRICT, True),
        (STRICT | {"required": ["a"]}, False),
        (STRICT | {"additionalProperties": True}, False),
        (STRICT | {"$defs": {"c": {"type": "string", "minLength": 2}}}, False),
        (STRICT | {"$defs": {"c": {"type": "object"}}}, False),
        ({"type": "array", "items": {"type": "string"}}, False),
        ({"anyOf": [STRICT]}, False),
    ],
)
def test_openais_strict_mode_is_asked_for_where_it_can_be_had(
    schema: dict[str, Any], fits: bool
) -> None:
    assert fits_strict_mode(schema) is fits


def test_five_hundred_random_schemas_fit_their_answers_and_what_is_sent_does_too() -> None:
    for case in schema_cases(500):
        value = json.loads(case.answer)
        assert schema_of(case.wanted).problems(value) == [], case
        assert Schema(fitted(case.wanted)).problems(value) == [], case
        schema_of(case.wanted).check_parity()
