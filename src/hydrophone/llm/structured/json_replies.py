"""Finds the JSON in a model's reply: in fences, behind an introduction, or cut off at its end."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, NoReturn

MOST_STARTS = 32
MAX_DEPTH = 200
_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*?)(?:\n[ \t]*```|\Z)", re.DOTALL)
_START = re.compile(r"[{\[]")
_STRING_END = re.compile(r'[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_SCALAR = re.compile(r"[^\s,\]}\[{:\"]+")


@dataclass(frozen=True, slots=True)
class Found:
    """A value and its text."""

    value: Any
    text: str


def found_json(reply: str, *, cut: bool) -> Iterator[Found]:
    """What may be meant by a reply, the likeliest first; with `cut` also what is left of a reply
    that was broken off."""
    seen: set[str] = set()
    for text in _texts(reply):
        if text in seen:
            continue
        seen.add(text)
        yield from _read(text)
    start = _START.search(reply) if cut else None
    if start is not None:
        for closed in closings(reply[start.start() :]):
            yield from _read(closed)


def _texts(reply: str) -> Iterator[str]:
    plain = reply.strip().removeprefix("\ufeff")
    yield plain
    for fenced in reversed(_FENCED.findall(reply)):
        yield fenced.strip()
    yield from _embedded(plain)


def _embedded(reply: str) -> Iterator[str]:
    """The objects and lists that stand in a text, the longest first."""
    found: list[str] = []
    decoder = json.JSONDecoder()
    at = 0
    for _ in range(MOST_STARTS):
        start = _START.search(reply, at)
        if start is None:
            break
        try:
            _, end = decoder.raw_decode(reply, start.start())
        except (ValueError, RecursionError):
            at = start.end()
            continue
        found.append(reply[start.start() : end])
        at = end
    yield from sorted(found, key=len, reverse=True)


def _read(text: str) -> Iterator[Found]:
    """The value of a text, if it is JSON. Line breaks within strings are forgiven and then written
    as JSON has them; what JSON has no numbers for is none."""
    for strict in (True, False):
        try:
            value = json.loads(text, parse_constant=_refuse, strict=strict)
            written = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
            written.encode()  # half characters cannot be sent
        except (ValueError, RecursionError):
            continue
        yield Found(value, text if strict else written)
        return


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def closings(text: str) -> Iterator[str]:
    """The beginning of an object or list with an end: an open string is ended where it is, a number
    or word that may not be whole is dropped with its name. Then with less and less of what was
    open, from within. None at all when it is no such thing."""
    begun = _begun(text)
    if begun is None:
        return
    head, opened = begun
    yield _ended(head, opened)
    for depth in range(len(opened) - 1, 0, -1):
        yield _ended(text[: opened[depth - 1].keep], opened[:depth])


def _begun(text: str) -> tuple[str, list[_Open]] | None:
    """What of the text is whole, and what is open behind it; nothing when it has its end."""
    if not _START.match(text):
        return None
    opened: list[_Open] = []
    at = 0
    while at < len(text):
        char = text[at]
        if char in "{[":
            opened.append(_Open("}" if char == "{" else "]", at + 1))
            at += 1
        elif char in "}]":
            if not opened or opened.pop().closing != char:
                return None
            if not opened:
                return text[: at + 1], opened
            opened[-1].keep = at + 1
            opened[-1].behind_colon = False
            at += 1
        elif char == '"':
            end = _STRING_END.match(text, at + 1)
            if end is None:
                return _end_string(text, at, opened)
            at = end.end()
            opened[-1].took(at)
        elif char in ",:" or char.isspace():
            opened[-1].behind_colon = char == ":" or (char != "," and opened[-1].behind_colon)
            at += 1
        else:
            scalar = _SCALAR.match(text, at)
            if scalar is None or scalar.end() == len(text):
                break
            at = scalar.end()
            opened[-1].took(at)
        if len(opened) > MAX_DEPTH:
            return None
    return (text[: opened[-1].keep], opened) if opened else None


@dataclass(slots=True)
class _Open:
    """An object or list that is not closed yet; up to `keep` it is whole."""

    closing: str
    keep: int
    behind_colon: bool = False

    def took(self, end: int) -> None:
        """A string, number or word ends here. A name alone is nothing to keep."""
        if self.closing == "]" or self.behind_colon:
            self.keep = end
            self.behind_colon = False


def _end_string(text: str, start: int, opened: list[_Open]) -> tuple[str, list[_Open]] | None:
    """The text whose last string is open from `start`."""
    if not opened:
        return None
    inner = opened[-1]
    if inner.closing == "}" and not inner.behind_colon:
        return text[: inner.keep], opened
    escape = re.search(r"\\(?:u[0-9a-fA-F]{0,3})?\Z", text[start:])
    # An escape that is cut, but not the second half of an escaped backslash.
    if escape is not None and _backslashes(text[: start + escape.start() + 1]) % 2:
        text = text[: start + escape.start()]
    text = re.sub(r"\\u[dD][89abAB][0-9a-fA-F]{2}\Z", "", text)
    return text + '"', opened


def _backslashes(text: str) -> int:
    return len(text) - len(text.rstrip("\\"))


def _ended(text: str, opened: list[_Open]) -> str:
    return text + "".join(one.closing for one in reversed(opened))
