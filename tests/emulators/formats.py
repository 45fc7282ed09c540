"""Random schemas and patterns of the supported kinds, each with an answer that fits, and what
models make of an answer: fences, prose, cuts, wrong types."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any

WORDS = ("whale", "song", "deep", "Ocean", "blue", "krill", "hertz", "north", "été", "海")
NAMES = ("name", "year", "count", "tags", "place", "kind", "note", "parts", "size", "seen")


@dataclass(frozen=True)
class Case:
    """A format and a text that fits it."""

    wanted: Any
    answer: str


def schema_cases(count: int, seed: int = 5) -> list[Case]:
    """Objects of every supported kind of member."""
    random = Random(seed)
    made = [_object(random, depth=0) for _ in range(count)]
    return [Case(schema, json.dumps(value, ensure_ascii=False)) for schema, value in made]


def pattern_cases(count: int, seed: int = 5, *, looks: bool = True) -> list[Case]:
    """Patterns of every kind that the reference supports; without `looks` none with lookahead."""
    random = Random(seed)
    cases: list[Case] = []
    while len(cases) < count:
        pattern, text = _chain(random, 0, looks)
        if text.strip() == text and text:
            cases.append(Case(pattern, text))
    return cases


def _object(random: Random, depth: int) -> tuple[dict[str, Any], dict[str, Any]]:
    names = random.sample(NAMES, random.randint(1, 4 - depth))
    made = {name: _member(random, depth + 1) for name in names}
    required = [name for name in names if random.random() < 0.8]
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: schema for name, (schema, _) in made.items()},
        "required": required,
        "additionalProperties": False,
    }
    kept = [name for name in names if name in required or random.random() < 0.5]
    if depth == 0 and random.random() < 0.2:
        inner, value = _object(random, 2)
        schema["$defs"] = {"part": inner}
        schema["properties"]["part"] = {"$ref": "#/$defs/part"}
        schema["required"] = [*required, "part"]
        return schema, {name: made[name][1] for name in kept} | {"part": value}
    return schema, {name: made[name][1] for name in kept}


def _member(random: Random, depth: int) -> tuple[dict[str, Any], Any]:
    kinds = [_text, _integer, _number, _boolean, _enum, _const, _nullable, _pattern, _date, _either]
    if depth < 3:
        kinds += [_array, _object]
    return random.choice(kinds)(random, depth)


def _text(random: Random, _: int) -> tuple[dict[str, Any], str]:
    text = " ".join(random.choices(WORDS, k=random.randint(1, 3)))
    return random.choice([{"type": "string"}, {"type": "string", "maxLength": 40}]), text


def _integer(random: Random, _: int) -> tuple[dict[str, Any], int]:
    low = random.randint(-50, 50)
    high = low + random.randint(1, 2000)
    return {"type": "integer", "minimum": low, "maximum": high}, random.randint(low, high)


def _number(random: Random, _: int) -> tuple[dict[str, Any], float]:
    return {"type": "number"}, round(random.uniform(-100, 100), 2)


def _boolean(random: Random, _: int) -> tuple[dict[str, Any], bool]:
    return {"type": "boolean"}, random.random() < 0.5


def _enum(random: Random, _: int) -> tuple[dict[str, Any], str]:
    options = random.sample(WORDS, 3)
    return {"type": "string", "enum": options}, random.choice(options)


def _const(random: Random, _: int) -> tuple[dict[str, Any], str]:
    word = random.choice(WORDS)
    return {"const": word}, word


def _nullable(random: Random, _: int) -> tuple[dict[str, Any], int | None]:
    return {"type": ["integer", "null"]}, random.choice([None, random.randint(0, 9999)])


def _either(random: Random, depth: int) -> tuple[dict[str, Any], Any]:
    options = [_text(random, depth), _boolean(random, depth)]
    return {"anyOf": [schema for schema, _ in options]}, random.choice(options)[1]


def _pattern(random: Random, _: int) -> tuple[dict[str, Any], str]:
    pattern, text = _chain(random, 1, looks=False)
    return {"type": "string", "pattern": f"^(?:{pattern})$"}, text


def _date(random: Random, _: int) -> tuple[dict[str, Any], str]:
    text = f"{random.randint(1900, 2030)}-{random.randint(1, 12):02}-{random.randint(1, 28):02}"
    return {"type": "string", "format": "date"}, text


def _array(random: Random, depth: int) -> tuple[dict[str, Any], list[Any]]:
    schema, value = _member(random, depth + 1)
    least = random.randint(0, 2)
    return (
        {"type": "array", "items": schema, "minItems": least, "maxItems": least + 2},
        [value] * (least + random.randint(0, 2)),
    )


# Atoms of patterns with a maker of what they match.
_ATOMS: Mapping[str, Callable[[Random], str]] = {
    r"\d": lambda random: random.choice("0123456789"),
    r"\w": lambda random: random.choice("abcXYZ019_"),
    r"\s": lambda random: " ",
    ".": lambda random: random.choice("aZ5-!é"),
    "[A-Fa-f0-9]": lambda random: random.choice("ABCdef019"),
    "[^x]": lambda random: random.choice("abc123"),
    r"[^\s\d]": lambda random: random.choice("abc-"),
    r"[a-c\-\]]": lambda random: random.choice("abc-]"),
    "-": lambda random: "-",
    r"\.": lambda random: ".",
    "km": lambda random: "km",
    "é": lambda random: "é",
}


def _chain(random: Random, depth: int, looks: bool) -> tuple[str, str]:
    parts = [_quantified(random, depth, looks) for _ in range(random.randint(1, 4 - depth))]
    return "".join(pattern for pattern, _ in parts), "".join(text for _, text in parts)


def _quantified(random: Random, depth: int, looks: bool) -> tuple[str, str]:
    if looks and random.random() < 0.15:
        return _look(random)
    atom, make = _atom(random, depth, looks)
    # What repeats itself is not repeated without end: no engine could compare that in time.
    bounded = [(1, 1, ""), (0, 1, "?"), (2, 2, "{2}")]
    endless = [(0, 3, "*"), (1, 4, "+"), (1, 3, "{1,3}"), (2, 4, "{2,}")]
    least, most, sign = random.choice(bounded if atom[-1] == ")" else bounded + endless)
    if sign and len(atom) > 1 and atom[0] not in "([\\":
        atom = f"(?:{atom})"
    return atom + sign, "".join(make(random) for _ in range(random.randint(least, most)))


def _atom(random: Random, depth: int, looks: bool) -> tuple[str, Callable[[Random], str]]:
    if depth < 2 and random.random() < 0.35:
        options = [_chain(random, depth + 1, False) for _ in range(random.randint(1, 3))]
        opening = random.choice(["(", "(?:"])
        joined = "|".join(pattern for pattern, _ in options)
        return f"{opening}{joined})", lambda random: random.choice(options)[1]
    atom = random.choice(list(_ATOMS))
    return atom, _ATOMS[atom]


def _look(random: Random) -> tuple[str, str]:
    return random.choice(
        [
            (r"(?!0)\d{2}", str(random.randint(10, 99))),
            (r"(?=[a-f])\w+", random.choice(["fish", "boat", "a"])),
            (r"(?=.*\d)[a-z\d]{3}", random.choice(["a1b", "7xy"])),
            (r"(?!no)[a-z]{2,5}", random.choice(["yes", "map", "on"])),
        ]
    )


def broken_in_ways(random: Random, answer: str) -> str:
    """A JSON answer as a model may give it, from which it can be had without asking again."""
    fence = "```"
    ways = (
        answer,
        f"\n\n  {answer}\n",
        f"{fence}json\n{answer}\n{fence}",
        f"Here is the answer:\n\n{fence}\n{answer}\n{fence}\nI hope [1] this {{helps}}!",
        f"Sure! The object is {answer} as you asked.",
        json.dumps(json.loads(answer), indent=2),
        _as_text(answer),
    )
    return random.choice(ways)


def _as_text(answer: str) -> str:
    """With its numbers and truth values written as text."""
    value = json.loads(answer)
    for name, one in value.items():
        if isinstance(one, bool | int | float):
            value[name] = json.dumps(one)
    return json.dumps(value)
