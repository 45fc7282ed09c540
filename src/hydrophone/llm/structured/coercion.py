"""Mends values that fit a schema but for their types: "40" for 40, red for "Red", one for a list
of one. Nothing is made up: what is missing stays missing."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from hydrophone.llm.structured.schemas import Place, Problem, Schema

MOST_ROUNDS = 12
_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,17})(?:\.\d{1,17})?")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:,\d{3}){1,5}")
_WORDS: Mapping[str, bool] = {"true": True, "yes": True, "false": False, "no": False}
_UNCHANGED = object()


def mended(value: Any, schema: Schema) -> Any:
    """The value with its types mended, or as it is; whether it fits now is for the caller to ask.
    The value that is given stays as it was."""
    root = [copy.deepcopy(value)]
    for _ in range(MOST_ROUNDS):
        problems = schema.problems(root[0])
        changed = [_mend(root, problem) for problem in problems]
        if not any(changed):
            break
    return root[0]


def _mend(root: list[Any], problem: Problem) -> bool:
    """Mend what one problem is about; whether anything was changed."""
    mend = _MENDS.get(problem.keyword)
    if mend is None:
        return False
    holder, key = _reach(root, problem.place)
    if holder is None:
        return False
    new = mend(holder[key], problem.expected)
    if new is _UNCHANGED:
        # An optional member that is null stands for one that is left out; if it was required, the
        # schema will say so.
        if holder[key] is None and isinstance(holder, dict):
            del holder[key]
            return True
        return False
    holder[key] = new
    return True


def _reach(root: list[Any], place: Place) -> tuple[Any, Any]:
    """What holds the value at the place, and under which name or number."""
    holder: Any = root
    key: Any = 0
    for step in place:
        try:
            holder, key = holder[key], step
        except (KeyError, IndexError, TypeError):
            return None, None
    known = key in holder if isinstance(holder, dict) else key < len(holder)
    return (holder, key) if known else (None, None)


def _retyped(value: Any, types: list[str]) -> Any:
    if isinstance(value, str):
        return _from_text(value.strip(), types)
    if "string" in types and isinstance(value, int | float) and not isinstance(value, bool):
        return json.dumps(value)
    if "array" in types and value is not None:
        return [value]
    if isinstance(value, list) and len(value) == 1:
        return value[0]
    return _UNCHANGED


def _from_text(text: str, types: list[str]) -> Any:
    plain = text.replace(",", "") if _THOUSANDS.fullmatch(text) else text
    if ("integer" in types or "number" in types) and _NUMBER.fullmatch(plain):
        number = json.loads(plain)
        if "number" in types or isinstance(number, int) or number.is_integer():
            return number
    if "boolean" in types and text.lower() in _WORDS:
        return _WORDS[text.lower()]
    if "null" in types and text.lower() in ("", "null", "none", "n/a"):
        return None
    if text[:1] in "{[" and ("object" in types or "array" in types):
        try:
            return json.loads(text)
        except (ValueError, RecursionError):
            return _UNCHANGED
    return [text] if "array" in types and text else _UNCHANGED


def _listed(value: Any, options: list[Any]) -> Any:
    """The one option that is the same but for case, or written as another type."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    said = str(value).strip().casefold() if not isinstance(value, list | dict) else None
    same = [option for option in options if str(option).casefold() == said]
    return same[0] if len(same) == 1 else _UNCHANGED


def _without(value: Any, unexpected: list[str]) -> Any:
    return {name: one for name, one in value.items() if name not in unexpected}


def _shortened(value: Any, _: Any) -> Any:
    return value.strip() if isinstance(value, str) and value != value.strip() else _UNCHANGED


_MENDS: Mapping[str, Callable[[Any, Any], Any]] = {
    "type": _retyped,
    "enum": _listed,
    "const": lambda value, expected: _listed(value, [expected]),
    "additionalProperties": _without,
    "pattern": _shortened,
    "format": _shortened,
}
