"""What is taken from a model's reply as an answer in a format, and what is not."""

from __future__ import annotations

import json
from random import Random
from typing import Any

import pytest

from hydrophone.engine.structured.shapes import Fit, Misfit, shape_of
from hydrophone.llm.structured.json_replies import closings
from hydrophone.llm.structured.matching import matcher
from hydrophone.llm.structured.schemas import schema_of
from hydrophone.types import JsonFormat, RegexFormat
from tests.emulators.formats import broken_in_ways, pattern_cases, schema_cases

FACTS = JsonFormat(
    {
        "type": "object",
        "properties": {"animal": {"type": "string"}, "hertz": {"type": "integer"}},
        "required": ["animal"],
    }
)
NUMBER = RegexFormat(r"\d{3}-\d{4}")
ANSWER = '{"animal": "blue whale", "hertz": 40}'


async def read(wanted: JsonFormat | RegexFormat, reply: str, *, cut: bool = False) -> str | None:
    found = await shape_of(wanted).read(reply, cut=cut)
    return found.text if isinstance(found, Fit) else None


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        (ANSWER, ANSWER),
        (f"\n {ANSWER} \n", ANSWER),
        (f"```json\n{ANSWER}\n```", ANSWER),
        (f"```\n{ANSWER}", ANSWER),
        (f"I think of {{x}} and give {ANSWER}. See [1].", ANSWER),
        ('{"facts": {"animal": "seal"}}', '{"animal":"seal"}'),
        ('[{"animal": "seal"}]', '{"animal":"seal"}'),
        ('{"animal": "seal", "hertz": "40"}', '{"animal":"seal","hertz":40}'),
        ('{"animal": "été"}', '{"animal": "été"}'),
        ('{"animal": "two\nlines"}', '{"animal":"two\\nlines"}'),
        ("A blue whale.", None),
        ("", None),
        ('{"hertz": 40}', None),
        ('{"animal": NaN}', None),
        ('{"animal": "blue wh', None),
        ("[" * 100_000, None),
        ('{"a":' * 50_000, None),
        ('{"animal": "\\ud800"}', None),
    ],
)
async def test_json_is_found_or_not(reply: str, text: str | None) -> None:
    assert await read(FACTS, reply) == text


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ('{"animal": "blue wh', '{"animal": "blue wh"}'),
        ('{"animal": "whale", "hertz": 4', '{"animal": "whale"}'),
        ('{"animal": "whale", "her', '{"animal": "whale"}'),
        ('{"animal": "whale\\', '{"animal": "whale"}'),
        ('```json\n{"animal": "whale"', '{"animal": "whale"}'),
        ('{"hertz": 4', None),
    ],
)
async def test_what_a_limit_cut_off_is_closed_and_half_numbers_dropped(
    reply: str, text: str | None
) -> None:
    assert await read(FACTS, reply, cut=True) == text


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ('{"seen": [{"at": "a", "of": "b"}, {"at": "c"', '{"seen": [{"at": "a", "of": "b"}]}'),
        ('{"seen": [{"at": "a", "of": "d', '{"seen": [{"at": "a", "of": "d"}]}'),
        ('{"seen": [{"at": "a", "of": "b"}, {', '{"seen": [{"at": "a", "of": "b"}]}'),
        ('{"seen": [{"at": "a"', None),
    ],
)
async def test_of_a_list_that_was_cut_the_whole_items_are_kept(
    reply: str, text: str | None
) -> None:
    item = {
        "type": "object",
        "properties": {"at": {"type": "string"}, "of": {"type": "string"}},
        "required": ["at", "of"],
    }
    seen = {"type": "array", "items": item, "minItems": 1}
    wanted = {"type": "object", "properties": {"seen": seen}, "required": ["seen"]}
    assert await read(JsonFormat(wanted), reply, cut=True) == text


async def test_every_beginning_of_json_can_be_closed() -> None:
    text = json.dumps({"a": [1, {"b": 'x\\"yü\n'}, []], "c": {"d": None, "e": -1.5e3}, "f": "😀"})
    for end in range(1, len(text)):
        closed = list(closings(text[:end]))
        assert closed
        assert closed == sorted(closed, key=len, reverse=True)
        for one in closed:
            json.loads(one).get("a")
            json.dumps(json.loads(one), ensure_ascii=False).encode()


@pytest.mark.parametrize("text", ["", "x", '"x" y', "{]", "[}", "]"])
async def test_what_is_no_beginning_of_json_is_not_closed(text: str) -> None:
    assert list(closings(text)) == []


async def test_without_a_schema_any_object_will_do() -> None:
    assert await read(JsonFormat(), 'So: {"a": 1}') == '{"a": 1}'
    assert await read(JsonFormat(), "[1]") is None
    assert await read(JsonFormat(), "7") is None


@pytest.mark.parametrize(
    ("schema", "reply", "text"),
    [
        ({"type": "array", "items": {"type": "integer"}}, "Here: [1, 2]", "[1, 2]"),
        ({"type": "integer"}, " 7 ", "7"),
        ({"enum": ["yes", "no"]}, "Yes", '"yes"'),
        ({"type": "string", "maxLength": 9}, "Whale", '"Whale"'),
        ({"type": "string", "maxLength": 9}, "A whale of a tale", None),
    ],
)
async def test_a_schema_needs_no_object(
    schema: dict[str, Any], reply: str, text: str | None
) -> None:
    assert await read(JsonFormat(schema), reply) == text


@pytest.mark.parametrize(
    ("reply", "text"),
    [
        ("555-0199", "555-0199"),
        (" 555-0199\n", "555-0199"),
        ("```\n555-0199\n```", "555-0199"),
        ('"555-0199"', "555-0199"),
        ("**555-0199**", "555-0199"),
        ('{"matching_text": "555-0199"}', "555-0199"),
        ("The number is: 555-0199.", "555-0199"),
        ("I looked it up.\n\n555-0199", "555-0199"),
        ("Call 555-0199 today", None),
        ("555-01", None),
        ("", None),
    ],
)
async def test_a_matching_text_is_found_or_not(reply: str, text: str | None) -> None:
    assert await read(NUMBER, reply) == text


async def test_an_object_that_stands_for_a_text_is_unwrapped_though_it_matches_itself() -> None:
    assert await read(RegexFormat(".+"), '{"matching_text": "whale"}') == "whale"
    assert await read(RegexFormat(".+"), '{"other": "whale"}') == '{"other": "whale"}'


async def test_a_misfit_says_what_is_wrong_and_where() -> None:
    found = await shape_of(FACTS).read('{"animal": {"a": 1, "b": 2}}', cut=False)
    assert isinstance(found, Misfit)
    assert found.reason.startswith("at #/animal: ")
    assert await shape_of(FACTS).read("no", cut=False) == Misfit("it holds no whole JSON value")


def test_the_shorter_format_allows_less_and_nothing_else() -> None:
    assert shape_of(RegexFormat("a+b*(c{2,}|d)")).shorter == RegexFormat(
        "a{1,16}b{0,16}(c{2,16}|d)".replace("(c", "((?:c").replace("d)", "d))")
    )
    shorter = shape_of(
        JsonFormat(
            {
                "type": "object",
                "properties": {
                    "text": {"type": "string"},
                    "code": {"type": "string", "pattern": "^[a-z]+$"},
                    "list": {"type": "array", "items": {"type": "integer"}, "minItems": 9},
                },
            }
        )
    ).shorter
    assert isinstance(shorter, JsonFormat)
    assert shorter.schema is not None
    assert shorter.schema["properties"] == {
        "text": {"type": "string", "maxLength": 80},
        "code": {"type": "string", "pattern": "^[a-z]{1,16}$"},
        "list": {"type": "array", "items": {"type": "integer"}, "minItems": 9, "maxItems": 9},
    }


async def test_five_hundred_random_schemas_are_answered_from_broken_replies() -> None:
    random = Random(11)
    for case in schema_cases(500, seed=11):
        reply = broken_in_ways(random, case.answer)
        text = await read(JsonFormat(case.wanted), reply)
        assert text is not None, (case, reply)
        assert schema_of(case.wanted).problems(json.loads(text)) == [], case


async def test_what_is_taken_from_a_cut_reply_fits_its_schema() -> None:
    random, taken = Random(12), 0
    for case in schema_cases(500, seed=12):
        cut = case.answer[: random.randint(1, len(case.answer))]
        text = await read(JsonFormat(case.wanted), cut, cut=True)
        if text is not None:
            taken += 1
            assert schema_of(case.wanted).problems(json.loads(text)) == [], case
    assert taken > 50


async def test_five_hundred_random_patterns_are_answered_from_replies_around_them() -> None:
    random = Random(13)
    around = ("{}", "\n{}\n", "```\n{}\n```", "Here it is:\n\n{}", '"{}"')
    for case in pattern_cases(500, seed=13):
        reply = random.choice(around).replace("{}", case.answer)
        text = await read(RegexFormat(case.wanted), reply)
        assert text is not None, (case, reply)
        assert await matcher(case.wanted).matches(text), case
