"""Regular expressions, read into a tree.

Understood is what Perplexity's service documents (characters, classes, quantifiers, alternation,
groups, lookahead), and beyond it anchors, word boundaries, look-behind and references to groups.
`\\d`, `\\w` and `\\s` mean ASCII, as in the grammars of endpoints; `.` is all but a line break.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, Union

from hydrophone.errors import InvalidRequest

MAX_CHARS = 4_000
MAX_DEPTH = 40
# What a pattern comes to with its repetitions written out: engines need memory for all of it.
MAX_SIZE = 20_000
LAST = 0x10FFFF

Ranges: TypeAlias = tuple[tuple[int, int], ...]


class PatternRefused(InvalidRequest):
    """The pattern cannot be read, or asks for what is not supported; `offset` says where."""

    def __init__(self, reason: str, offset: int) -> None:
        super().__init__(
            f"the regex cannot be used: {reason} at character {offset}", param="response_format"
        )
        self.reason = reason
        self.offset = offset


@dataclass(frozen=True, slots=True)
class Chars:
    """One character of these ranges of code points, both ends included, in order."""

    ranges: Ranges


@dataclass(frozen=True, slots=True)
class Chain:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """Any one of them."""

    options: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """From `least` to `most` times; None is without end."""

    item: Node
    least: int
    most: int | None


@dataclass(frozen=True, slots=True)
class Group:
    """A group that can be referred to by its number."""

    item: Node
    number: int


@dataclass(frozen=True, slots=True)
class Look:
    """What follows, or with `behind` what stands before, has this form; or has it not."""

    item: Node
    behind: bool
    negated: bool


@dataclass(frozen=True, slots=True)
class Mark:
    """A place: `^`, `$`, `\\b` or `\\B`."""

    sign: str


@dataclass(frozen=True, slots=True)
class Again:
    """What the group of this number matched, once more."""

    number: int


Node: TypeAlias = Union[Chars, Chain, Choice, Repeat, Group, Look, Mark, Again]  # noqa: UP007


@dataclass(frozen=True, slots=True)
class Pattern:
    """A pattern that was read. `beyond`: what in it the reference does not know, in words."""

    root: Node
    beyond: tuple[str, ...] = ()


def size(node: Node) -> int:
    """How many characters and marks the node comes to when its repetitions are written out."""
    match node:
        case Chain(items) | Choice(items):
            return sum(map(size, items)) + 1
        case Repeat(item, least, most):
            return size(item) * max(1, least, most or 0) + 1
        case Group(item) | Look(item):
            return size(item) + 1
    return 1


def inverted(ranges: Ranges) -> Ranges:
    """All other characters."""
    others, start = [], 0
    for low, high in ranges:
        if low > start:
            others.append((start, low - 1))
        start = high + 1
    if start <= LAST:
        others.append((start, LAST))
    return tuple(others)


def without(ranges: Ranges, others: Ranges) -> Ranges:
    """Those of the characters that are none of the others."""
    return inverted(merged([*inverted(ranges), *others]))


def merged(ranges: list[tuple[int, int]]) -> Ranges:
    """The ranges in order, those that touch as one."""
    joined: list[tuple[int, int]] = []
    for low, high in sorted(ranges):
        if joined and low <= joined[-1][1] + 1:
            joined[-1] = (joined[-1][0], max(high, joined[-1][1]))
        else:
            joined.append((low, high))
    return tuple(joined)


def written(node: Node) -> str:
    """The node as every common engine reads it; classes are spelled out."""
    match node:
        case Chars(ranges):
            return _written_class(ranges)
        case Chain(items):
            return "".join(map(written, items))
        case Choice(options):
            return f"(?:{'|'.join(map(written, options))})"
        case Repeat(item, least, most):
            return _as_atom(item) + quantifier(least, most)
        case Group(item):
            return f"({written(item)})"
        case Look(item, behind, negated):
            return f"(?{'<' if behind else ''}{'!' if negated else '='}{written(item)})"
        case Mark(sign):
            return sign
        case Again(number):
            return f"(?:\\{number})"


def quantifier(least: int, most: int | None) -> str:
    """The sign for so many times."""
    short = {(0, None): "*", (1, None): "+", (0, 1): "?"}.get((least, most))
    if short is not None:
        return short
    return f"{{{least}}}" if least == most else f"{{{least},{'' if most is None else most}}}"


def _as_atom(node: Node) -> str:
    text = written(node)
    if isinstance(node, Chars) and text[0] == "\\":
        # llama.cpp repeats an escaped character together with the plain ones before it.
        return f"[{_written_ranges(node.ranges)}]"
    return text if isinstance(node, Chars | Group | Choice) else f"(?:{text})"


def _written_class(ranges: Ranges) -> str:
    if len(ranges) == 1 and ranges[0][0] == ranges[0][1]:
        return _written_char(ranges[0][0], r"^$\.*+?()[]{}|/")
    if ranges and ranges[-1][1] == LAST and ranges != ((0, LAST),):
        return f"[^{_written_ranges(inverted(ranges))}]"
    return f"[{_written_ranges(ranges)}]"


def _written_ranges(ranges: Ranges) -> str:
    return "".join(
        _written_char(low) if low == high else f"{_written_char(low)}-{_written_char(high)}"
        for low, high in ranges
    )


def _written_char(code: int, special: str = r"^\-[]") -> str:
    char = chr(code)
    if 32 <= code < 127:
        return f"\\{char}" if char in special else char
    if code > 0xFFFF:
        return char
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
