"""Patterns as endpoints that write by a grammar can have them.

A grammar knows no lookahead, no places and no references: `relaxed` leaves them out, so that what
is written may still fail the pattern itself, which is compared afterwards; `automaton` does better
for lookahead. The notation is GBNF (llama.cpp, grammars/README.md).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from hydrophone.llm.structured.patterns import (
    LAST,
    Again,
    Chain,
    Chars,
    Choice,
    Group,
    Look,
    Mark,
    Node,
    Ranges,
    Repeat,
    inverted,
    quantifier,
    without,
)

_NOTHING = Chain(())
# Control characters, the quotation mark and the backslash.
_ESCAPED: Ranges = ((0, 31), (34, 34), (92, 92))


def relaxed(node: Node) -> Node:
    """The pattern without looks and marks; a reference stands for what its group may match.

    Matches all that the pattern does, and maybe more.
    """
    return _relaxed(node, dict(_groups(node)))


def _relaxed(node: Node, groups: Mapping[int, Node]) -> Node:
    match node:
        case Chain(items):
            left = (_relaxed(item, groups) for item in items)
            return Chain(tuple(item for item in left if item != _NOTHING))
        case Choice(options):
            return Choice(tuple(_relaxed(option, groups) for option in options))
        case Repeat(item, least, most):
            return Repeat(_relaxed(item, groups), least, most)
        case Group(item):
            return _relaxed(item, groups)
        case Again(number):
            # A group that refers to itself, or that never matched, comes to nothing.
            others = {other: item for other, item in groups.items() if other != number}
            return (
                Choice((_relaxed(groups[number], others), _NOTHING))
                if number in groups
                else (_NOTHING)
            )
        case Look() | Mark():
            return _NOTHING
    return node


def _groups(node: Node) -> Iterator[tuple[int, Node]]:
    match node:
        case Group(item, number):
            yield number, item
            yield from _groups(item)
        case Repeat(item) | Look(item):
            yield from _groups(item)
        case Chain(items) | Choice(items):
            for item in items:
                yield from _groups(item)


def bounded(node: Node, most: int) -> Node:
    """The pattern with its endless repetitions ended; matches less, and nothing else."""
    match node:
        case Chain(items):
            return Chain(tuple(bounded(item, most) for item in items))
        case Choice(options):
            return Choice(tuple(bounded(option, most) for option in options))
        case Repeat(item, least, None):
            return Repeat(bounded(item, most), least, max(least + 1, most))
        case Repeat(item, least, end):
            return Repeat(bounded(item, most), least, end)
        case Group(item, number):
            return Group(bounded(item, most), number)
    return node


def unescaped(node: Node) -> Node:
    """The pattern without the characters that JSON writes with a backslash: within a string,
    llama.cpp's grammars let them stand as they are, and what is written is no JSON."""
    match node:
        case Chars(ranges):
            return Chars(without(ranges, _ESCAPED))
        case Chain(items):
            return Chain(tuple(map(unescaped, items)))
        case Choice(options):
            return Choice(tuple(map(unescaped, options)))
        case Repeat(item, least, most):
            return Repeat(unescaped(item), least, most)
    return node


def is_possible(node: Node) -> bool:
    """Whether a relaxed pattern matches anything: no class that it needs is empty."""
    match node:
        case Chars(ranges):
            return bool(ranges)
        case Chain(items):
            return all(map(is_possible, items))
        case Choice(options):
            return all(map(is_possible, options))
        case Repeat(item):
            return is_possible(item)
    return True


def gbnf(node: Node) -> str:
    """The grammar of a relaxed pattern."""
    return f"root ::= {_gbnf(node)}"


def _gbnf(node: Node) -> str:
    match node:
        case Chars(ranges):
            return char_class(ranges)
        case Chain(items):
            return " ".join(_part(item) for item in items) or '""'
        case Choice(options):
            return " | ".join(map(_gbnf, options))
        case Repeat(item, least, most):
            part = f"({_gbnf(item)})" if isinstance(item, Repeat) else _part(item)
            return part + quantifier(least, most)
    raise TypeError(f"{type(node).__name__} has no form in a grammar")


def _part(node: Node) -> str:
    text = _gbnf(node)
    return f"({text})" if isinstance(node, Chain | Choice) else text


def char_class(ranges: Ranges) -> str:
    """One character of these, in the notation of grammars."""
    if ranges and ranges[-1][1] == LAST and ranges != ((0, LAST),):
        return f"[^{_spelled(inverted(ranges))}]"
    return f"[{_spelled(ranges)}]"


def _spelled(ranges: Ranges) -> str:
    return "".join(
        _char(low) if low == high else f"{_char(low)}-{_char(high)}" for low, high in ranges
    )


def _char(code: int) -> str:
    char = chr(code)
    if char.isalnum() and code < 128:
        return char
    if code < 256:
        return f"\\x{code:02X}"
    return f"\\u{code:04X}" if code < 65_536 else f"\\U{code:08X}"
