"""Patterns with lookahead as grammars that know it: each thing that may still come is a rule."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import TypeAlias

from hydrophone.llm.structured.derivatives import Beyond, Rest, Rests
from hydrophone.llm.structured.grammar import char_class
from hydrophone.llm.structured.patterns import (
    LAST,
    Chain,
    Chars,
    Choice,
    Group,
    Look,
    Node,
    Ranges,
    Repeat,
    merged,
)

MOST_STATES = 2_000


def lookahead_grammar(node: Node) -> str | None:
    """The grammar of a pattern with its lookahead; None where it would be too large, or beyond."""
    for rests in (Rests(), Rests(apart=True)):
        try:
            start = rests.of(node, rests.end)
            rules = _rules(start, _intervals(node), rests)
        except (Beyond, RecursionError):
            continue
        return _written(start, rules)
    return None


def _intervals(node: Node) -> list[tuple[int, int]]:
    """The characters, cut where any class of the pattern begins or ends."""
    cuts = {0, LAST + 1}
    for low, high in _ranges(node):
        cuts |= {low, high + 1}
    places = sorted(cuts)
    return [(low, high - 1) for low, high in pairwise(places)]


def _ranges(node: Node) -> Iterator[tuple[int, int]]:
    match node:
        case Chars(ranges):
            yield from ranges
        case Chain(items) | Choice(items):
            for item in items:
                yield from _ranges(item)
        case Repeat(item) | Group(item) | Look(item):
            yield from _ranges(item)


_Rules: TypeAlias = Mapping[Rest, Mapping[Rest, Ranges]]


def _rules(start: Rest, intervals: list[tuple[int, int]], rests: Rests) -> _Rules:
    """Where each state leads by which characters; only states from which an end is reached."""
    rules: dict[Rest, dict[Rest, Ranges]] = {}
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state in rules:
            continue
        if len(rules) == MOST_STATES:
            raise Beyond
        found: dict[Rest, list[tuple[int, int]]] = {}
        for interval in intervals:
            for target in rests.next(state, interval[0]):
                found.setdefault(target, []).append(interval)
        rules[state] = {target: merged(ranges) for target, ranges in found.items()}
        waiting += found
    return _ending(start, rules)


def _ending(start: Rest, rules: _Rules) -> _Rules:
    """The rules without states from which no end is reached. Raises Beyond when the start is
    one."""
    good = {state for state in rules if state.may_end}
    before = -1
    while before != len(good):
        before = len(good)
        good |= {state for state, targets in rules.items() if not good.isdisjoint(targets)}
    if start not in good:
        raise Beyond
    return {
        state: {target: ranges for target, ranges in targets.items() if target in good}
        for state, targets in rules.items()
        if state in good
    }


def _written(start: Rest, rules: _Rules) -> str:
    names = {state: f"s{number}" for number, state in enumerate(rules)}
    lines = [f"root ::= {names[start]}"]
    for state, targets in rules.items():
        options = [f"{char_class(ranges)} {names[to]}" for to, ranges in targets.items()]
        options += ['""'] if state.may_end else []
        lines.append(f"{names[state]} ::= {' | '.join(options)}")
    return "\n".join(lines)
