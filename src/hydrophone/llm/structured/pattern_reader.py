"""Reads the text of a regular expression, from left to right."""

from __future__ import annotations

import string
from collections.abc import Mapping

from hydrophone.llm.structured.patterns import (
    LAST,
    MAX_CHARS,
    MAX_DEPTH,
    MAX_SIZE,
    Again,
    Chain,
    Chars,
    Choice,
    Group,
    Look,
    Mark,
    Node,
    Pattern,
    PatternRefused,
    Ranges,
    Repeat,
    inverted,
    merged,
    size,
)

MAX_REPEATS = 2_000
_DIGITS: Ranges = ((48, 57),)
_WORD: Ranges = ((48, 57), (65, 90), (95, 95), (97, 122))
_SPACE: Ranges = ((9, 13), (32, 32))
_CLASSES: Mapping[str, Ranges] = {
    "d": _DIGITS,
    "w": _WORD,
    "s": _SPACE,
    "D": inverted(_DIGITS),
    "W": inverted(_WORD),
    "S": inverted(_SPACE),
}
_CONTROLS = {"n": "\n", "t": "\t", "r": "\r", "f": "\f", "v": "\v", "0": "\0"}
_CODES = {"x": 2, "u": 4}
ANY = Chars(inverted(((10, 10),)))
_LOOKS = {"=": (False, False), "!": (False, True), "<=": (True, False), "<!": (True, True)}


def read_pattern(text: str) -> Pattern:
    """The tree of a pattern. Raises PatternRefused."""
    if len(text) > MAX_CHARS:
        raise PatternRefused(f"it has more than {MAX_CHARS:,} characters", MAX_CHARS)
    return PatternReader(text).read()


class PatternReader:
    """Reads one pattern. Raises PatternRefused."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._groups = 0
        self._depth = 0
        self._beyond: dict[str, None] = {}

    def read(self) -> Pattern:
        """The whole of it."""
        root = self._choice()
        if self._at < len(self._text):
            raise self._refused("a ) without its (")
        if size(root) > MAX_SIZE:
            raise self._refused("its repetitions come to too much", 0)
        return Pattern(root, tuple(self._beyond))

    def _choice(self) -> Node:
        options = [self._chain()]
        while self._take("|"):
            options.append(self._chain())
        return options[0] if len(options) == 1 else Choice(tuple(options))

    def _chain(self) -> Node:
        items: list[Node] = []
        while self._at < len(self._text) and self._text[self._at] not in "|)":
            items.append(self._quantified())
        return items[0] if len(items) == 1 else Chain(tuple(items))

    def _quantified(self) -> Node:
        start = self._at
        item = self._atom()
        bounds = self._bounds()
        if bounds is None:
            return item
        if isinstance(item, Look | Mark):
            raise self._refused("a quantifier behind what has no length", start)
        least, most = bounds
        if self._take("?"):
            pass  # shortest first: the same texts match as a whole
        elif self._take("+"):
            raise self._refused("a possessive quantifier", self._at - 1)
        if self._bounds() is not None:
            raise self._refused("one quantifier behind another")
        return Repeat(item, least, most)

    def _bounds(self) -> tuple[int, int | None] | None:
        start = self._at
        for sign, bounds in (("*", (0, None)), ("+", (1, None)), ("?", (0, 1))):
            if self._take(sign):
                return bounds
        if not self._take("{"):
            return None
        least = self._number()
        if least is None:
            self._at = start
            return None
        most: int | None = least
        if self._take(","):
            most = self._number()
        if not self._take("}"):
            raise self._refused("a { that counts nothing", start)
        if most is not None and most < least:
            raise self._refused("a repetition that ends before it begins", start)
        if max(least, most or 0) > MAX_REPEATS:
            raise self._refused(f"a repetition of more than {MAX_REPEATS:,}", start)
        return least, most

    def _number(self) -> int | None:
        start = self._at
        while self._at < len(self._text) and self._text[self._at] in string.digits:
            self._at += 1
        return int(self._text[start : self._at][:6]) if self._at > start else None

    def _atom(self) -> Node:
        char = self._next()
        if char == "(":
            return self._group()
        if char == "[":
            return self._class()
        if char == ".":
            return ANY
        if char == "\\":
            return self._escaped()
        if char in "^$":
            return self._mark(char)
        if char in "*+?":
            raise self._refused("a quantifier with nothing before it", self._at - 1)
        return _char(char)

    def _group(self) -> Node:
        start = self._at - 1
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise self._refused(f"more than {MAX_DEPTH} groups in each other", start)
        wrap = self._opened(start)
        item = self._choice()
        if not self._take(")"):
            raise self._refused("a ( without its )", start)
        self._depth -= 1
        if isinstance(wrap, Look):
            return Look(item, wrap.behind, wrap.negated)
        return item if wrap is None else Group(item, wrap)

    def _opened(self, start: int) -> Look | int | None:
        """What kind of group begins: a look, a number, or None for one that has none."""
        if not self._take("?"):
            self._groups += 1
            return self._groups
        if self._take(":"):
            return None
        for sign in ("<=", "<!", "=", "!"):
            if self._take(sign):
                behind, negated = _LOOKS[sign]
                if behind:
                    self._beyond["look-behind"] = None
                return Look(ANY, behind, negated)
        self._take("P")
        name_end = self._text.find(">", self._at)
        if self._take("<") and self._text[self._at : name_end].isidentifier():
            self._at = name_end + 1
            self._beyond["a named group"] = None
            self._groups += 1
            return self._groups
        raise self._refused("a group of a kind that is not supported", start)

    def _escaped(self) -> Node:
        start, char = self._at - 1, self._next()
        if char in _CLASSES:
            return Chars(_CLASSES[char])
        if char in "bB":
            return self._mark("\\" + char)
        if char in "123456789":
            if int(char) > self._groups:
                raise self._refused("a reference to a group that is not there", start)
            self._beyond["a reference to a group"] = None
            return Again(int(char))
        return _char(self._escape(char, start))

    def _escape(self, char: str, start: int) -> str:
        if char in _CONTROLS:
            return _CONTROLS[char]
        if char in _CODES:
            digits = self._text[self._at : self._at + _CODES[char]]
            self._at += _CODES[char]
            try:
                return chr(int(digits, 16)) if len(digits) == _CODES[char] else self._no_code(start)
            except ValueError:
                return self._no_code(start)
        if char.isalnum():
            raise self._refused(f"the escape \\{char}, which is not supported,", start)
        return char

    def _no_code(self, start: int) -> str:
        raise self._refused("a character's number that cannot be read", start)

    def _mark(self, sign: str) -> Mark:
        self._beyond[f"the anchor {sign}"] = None
        return Mark(sign)

    def _class(self) -> Node:
        start = self._at - 1
        negated = self._take("^")
        ranges: list[tuple[int, int]] = []
        first = True
        while first or not self._take("]"):
            first = False
            low = self._member(start)
            if isinstance(low, tuple):
                ranges.extend(low)
                continue
            high = low
            if self._text.startswith("-", self._at) and not self._text.startswith("-]", self._at):
                self._at += 1
                end = self._member(start)
                if isinstance(end, tuple) or end < low:
                    raise self._refused("a range that goes nowhere", self._at - 1)
                high = end
            ranges.append((low, high))
        joined = merged(ranges)
        found = inverted(joined) if negated else joined
        if not found:
            raise self._refused("a class that no character is in", start)
        return Chars(found)

    def _member(self, start: int) -> int | Ranges:
        if self._at >= len(self._text):
            raise self._refused("a [ without its ]", start)
        at, char = self._at, self._next()
        if char == "[" and self._text.startswith(":", self._at):
            raise self._refused("a named class", at)
        if char != "\\":
            return ord(char)
        char = self._next()
        if char in _CLASSES:
            return _CLASSES[char]
        return 8 if char == "b" else ord(self._escape(char, at))

    def _next(self) -> str:
        if self._at >= len(self._text):
            raise self._refused("a \\ with nothing behind it")
        char = self._text[self._at]
        self._at += 1
        if 0xD800 <= ord(char) <= 0xDFFF or ord(char) > LAST:
            raise self._refused("half a character", self._at - 1)
        return char

    def _take(self, expected: str) -> bool:
        if not self._text.startswith(expected, self._at):
            return False
        self._at += len(expected)
        return True

    def _refused(self, reason: str, offset: int | None = None) -> PatternRefused:
        return PatternRefused(reason, self._at if offset is None else offset)


def _char(char: str) -> Chars:
    return Chars(((ord(char), ord(char)),))
