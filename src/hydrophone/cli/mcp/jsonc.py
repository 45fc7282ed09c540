"""Changing one member of a JSON file of somebody else's, comments and layout included.

Editors' files are JSON with comments and trailing commas (JSONC). What is not changed stays as it
is, byte for byte; every change is read again and compared before it is given out.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hydrophone.errors import InvalidRequest
from hydrophone.types import JsonValue

_INDENT = "  "
_SPACE = re.compile(r"(?:[ \t\r\n\ufeff]|//[^\n]*|/\*.*?\*/)*", re.DOTALL)
_STRING = re.compile(r'"(?:[^"\\]|\\.)*"')
_SCALAR = re.compile(r"[-+.\w]+")
_REST_OF_LINE = re.compile(r"[ \t]*(?://[^\r\n]*|/\*[^\r\n]*?\*/)?")
# Strings come first, so that what looks like these inside them is passed by.
_COMMENT = re.compile(r'"(?:[^"\\]|\\.)*"|//[^\n]*|/\*.*?\*/', re.DOTALL)
_TRAILING_COMMA = re.compile(r'"(?:[^"\\]|\\.)*"|,(?=\s*[}\]])')


@dataclass(slots=True)
class _Member:
    key: str
    start: int
    value: _Node


@dataclass(slots=True)
class _Node:
    """A value in the text, from `start` to `end`; objects know their members."""

    start: int
    end: int = 0
    members: list[_Member] = field(default_factory=list)
    is_object: bool = False


def parse(text: str) -> JsonValue:
    """The value. Raises InvalidRequest for what is no JSON with comments."""
    _Scanner(text).whole()
    try:
        value: JsonValue = json.loads(_plain(text))
    except (ValueError, RecursionError) as error:
        raise InvalidRequest(f"the file is no JSON: {error}") from None
    return value


def get(text: str, section: str, name: str) -> JsonValue:
    """The member `name` of the object `section` at the top; None when it is not there."""
    whole = _as_object(parse(text))
    return _as_object(whole.get(section)).get(name)


def put(text: str, section: str, name: str, value: Mapping[str, JsonValue]) -> str:
    """The text with this member of the section set. Raises InvalidRequest."""
    top = _Scanner(text).whole()
    expected = {**_as_object(parse(text))}
    expected[section] = {**_as_object(expected.get(section)), name: value}
    found = _member(top, section)
    if found is None:
        changed = _added(text, top, section, {name: value}, depth=1)
    elif (old := _member(found.value, name)) is not None:
        shown = _shown(value, depth=2)
        changed = text[: old.value.start] + shown + text[old.value.end :]
    else:
        changed = _added(text, found.value, name, value, depth=2)
    return _checked(changed, expected)


def remove(text: str, section: str, name: str) -> str:
    """The text without this member of the section, which stays. Raises InvalidRequest."""
    top = _Scanner(text).whole()
    found = _member(top, section)
    old = None if found is None else _member(found.value, name)
    if found is None or old is None:
        return text
    cuts = [_with_space_before(text, old)]
    comma = _comma_behind(text, old)
    if comma is None and len(found.value.members) > 1:
        comma = _comma_behind(text, found.value.members[found.value.members.index(old) - 1])
    if comma is not None:
        cuts.append((comma, comma + 1))
    changed = text
    for start, end in sorted(cuts, reverse=True):
        changed = changed[:start] + changed[end:]
    expected = {**_as_object(parse(text))}
    expected[section] = {k: v for k, v in _as_object(expected[section]).items() if k != name}
    return _checked(changed, expected)


def _checked(changed: str, expected: Mapping[str, JsonValue]) -> str:
    if parse(changed) != expected:
        raise InvalidRequest("the file is written in a way that cannot be changed safely")
    return changed


def _added(text: str, node: _Node, key: str, value: Mapping[str, JsonValue], *, depth: int) -> str:
    """Behind the last member, and behind a comment on its line."""
    line = f"\n{_INDENT * depth}{json.dumps(key)}: {_shown(value, depth=depth)}"
    if not node.members:
        inner = text[node.start + 1 : node.end - 1].rstrip()
        whole = f"{inner}{line}\n{_INDENT * (depth - 1)}"
        return text[: node.start + 1] + _as_written(whole, text) + text[node.end - 1 :]
    last = node.members[-1]
    comma = _comma_behind(text, last)
    end = last.value.end if comma is None else comma + 1
    rest = _REST_OF_LINE.match(text, end)
    behind = end if rest is None else rest.end()
    between = ("," if comma is None else "") + text[end:behind]
    return text[:end] + between + _as_written(line, text) + text[behind:]


def _as_written(piece: str, text: str) -> str:
    """With the line ends that the text has."""
    return piece.replace("\n", "\r\n") if "\r\n" in text else piece


def _comma_behind(text: str, member: _Member) -> int | None:
    space = _SPACE.match(text, member.value.end)
    place = member.value.end if space is None else space.end()
    return place if text[place : place + 1] == "," else None


def _with_space_before(text: str, member: _Member) -> tuple[int, int]:
    start = member.start
    while text[start - 1].isspace():
        start -= 1
    return start, member.value.end


def _shown(value: Mapping[str, JsonValue], *, depth: int) -> str:
    return json.dumps(value, indent=len(_INDENT), ensure_ascii=False).replace(
        "\n", "\n" + _INDENT * depth
    )


def _member(node: _Node, key: str) -> _Member | None:
    # Of two with one key readers take the last.
    return next((one for one in reversed(node.members) if one.key == key), None)


def _as_object(value: JsonValue) -> Mapping[str, JsonValue]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise InvalidRequest("the file has something else where an object should be")
    return value


def _plain(text: str) -> str:
    """The text without comments and trailing commas."""
    without = _COMMENT.sub(lambda m: m[0] if m[0].startswith('"') else " ", text)
    plain = _TRAILING_COMMA.sub(lambda m: m[0] if m[0].startswith('"') else "", without)
    return plain.lstrip("\ufeff")


class _Scanner:
    """Finds where members begin and end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._place = 0

    def whole(self) -> _Node:
        """The value that is the whole text, which must be an object."""
        self._skip()
        try:
            node = self._value()
        except RecursionError:
            raise self._wrong("is nested too deeply") from None
        self._skip()
        if not node.is_object or self._place != len(self._text):
            raise self._wrong("is no JSON object")
        return node

    def _value(self) -> _Node:
        node = _Node(self._place)
        opening = self._peek()
        if opening == "{":
            node.is_object = True
            self._list("}", lambda: node.members.append(self._member()))
        elif opening == "[":
            self._list("]", self._value)
        elif self._take(_STRING) is None and self._take(_SCALAR) is None:
            raise self._wrong("is no JSON")
        node.end = self._place
        return node

    def _member(self) -> _Member:
        start = self._place
        key = self._take(_STRING)
        self._skip()
        if key is None or self._peek() != ":":
            raise self._wrong("is no JSON")
        self._place += 1
        self._skip()
        return _Member(json.loads(key), start, self._value())

    def _list(self, closing: str, item: Callable[[], object]) -> None:
        self._place += 1
        self._skip()
        while self._peek() != closing:
            item()
            self._skip()
            if self._peek() == ",":
                self._place += 1
                self._skip()
            elif self._peek() != closing:
                raise self._wrong("is no JSON")
        self._place += 1

    def _peek(self) -> str:
        return self._text[self._place : self._place + 1]

    def _take(self, pattern: re.Pattern[str]) -> str | None:
        match = pattern.match(self._text, self._place)
        if match is None:
            return None
        self._place = match.end()
        return match[0]

    def _skip(self) -> None:
        self._take(_SPACE)

    def _wrong(self, what: str) -> InvalidRequest:
        line = self._text.count("\n", 0, self._place) + 1
        return InvalidRequest(f"the file {what} (line {line})")
