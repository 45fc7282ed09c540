"""Patterns with lookahead as grammars that know it.

A pattern is followed character by character: what may still come after one is its derivative
(Brzozowski, "Derivatives of Regular Expressions", 1964), and lookahead is a second condition on
what may still come, fulfilled together with the first or, negated, not at all. Each derivative is
one rule of the grammar. Looks behind, places within and references are beyond this.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, TypeAlias

from hydrophone.llm.structured.grammar import char_class
from hydrophone.llm.structured.patterns import (
    LAST,
    Chain,
    Chars,
    Choice,
    Group,
    Look,
    Mark,
    Node,
    Ranges,
    Repeat,
    merged,
)

MOST_STATES = 1_000
MOST_STEPS = 60_000
_MOST_UNROLLED = 8


class _Beyond(Exception):
    """The pattern has what no automaton of this size follows."""


_Kind: TypeAlias = Literal["set", "then", "any", "all", "not", "times"]


@dataclass(frozen=True, slots=True, eq=False)
class _Rest:
    """What may still come. Equal ones are one object, so that they are compared at once.

    `set`: one character of `ranges`; `then`: the first of `parts`, then the second; `any`: one of
    them, and with none nothing at all; `all`: all of them at once, and with none anything; `not`:
    anything else; `times`: from `least` to `most` times, and at most none the end.
    """

    kind: _Kind
    parts: tuple[_Rest, ...] | frozenset[_Rest]
    ranges: Ranges
    least: int
    most: int | None
    may_end: bool


class _Rests:
    """Makes what may still come, and follows it by a character."""

    def __init__(self) -> None:
        self._made: dict[object, _Rest] = {}
        self._after: dict[tuple[_Rest, int], _Rest] = {}
        self.end = self._one("times", most=0, may_end=True)
        self.never = self._one("any", frozenset())
        self._whatever = self._one("all", frozenset(), may_end=True)

    def of(self, node: Node, then: _Rest) -> _Rest:
        """The node, followed by what comes then."""
        match node:
            case Chars(ranges):
                return self._then(self._one("set", ranges=ranges), then)
            case Chain(items):
                for item in reversed(items):
                    then = self.of(item, then)
                return then
            case Choice(options):
                return self._any(self.of(option, then) for option in options)
            case Group(item):
                return self.of(item, then)
            case Repeat(item, least, most):
                if has_lookahead(item):
                    return self._unrolled(item, least, most, then)
                return self._then(self._times(self.of(item, self.end), least, most), then)
            case Look(item, behind=False, negated=negated):
                ahead = self._then(self.of(item, self.end), self._whatever)
                return self._all((then, self._not(ahead) if negated else ahead))
            case Mark("$"):
                return self._all((then, self.end))
        raise _Beyond

    def after(self, rest: _Rest, char: int) -> _Rest:
        """What may still come after a character. Raises _Beyond when that was asked too often."""
        known = self._after.get((rest, char))
        if known is None:
            if len(self._after) == MOST_STEPS:
                raise _Beyond
            known = self._after[rest, char] = self._derived(rest, char)
        return known

    def _derived(self, rest: _Rest, char: int) -> _Rest:
        parts = tuple(rest.parts)
        match rest.kind:
            case "set":
                taken = any(low <= char <= high for low, high in rest.ranges)
                return self.end if taken else self.never
            case "then":
                taken_first = self._then(self.after(parts[0], char), parts[1])
                if not parts[0].may_end:
                    return taken_first
                return self._any((taken_first, self.after(parts[1], char)))
            case "any":
                return self._any(self.after(part, char) for part in parts)
            case "all":
                return self._all(self.after(part, char) for part in parts)
            case "not":
                return self._not(self.after(parts[0], char))
            case "times" if parts:
                most = None if rest.most is None else rest.most - 1
                left = self._times(parts[0], max(0, rest.least - 1), most)
                return self._then(self.after(parts[0], char), left)
        return self.never

    def _one(
        self,
        kind: _Kind,
        parts: tuple[_Rest, ...] | frozenset[_Rest] = (),
        *,
        ranges: Ranges = (),
        least: int = 0,
        most: int | None = None,
        may_end: bool = False,
    ) -> _Rest:
        key = (kind, parts, ranges, least, most)
        if key not in self._made:
            self._made[key] = _Rest(kind, parts, ranges, least, most, may_end)
        return self._made[key]

    def _unrolled(self, item: Node, least: int, most: int | None, then: _Rest) -> _Rest:
        if most is None or most > _MOST_UNROLLED:
            raise _Beyond
        behind = then
        for count in range(most, 0, -1):
            more = self.of(item, behind)
            behind = more if count <= least else self._any((more, then))
        return behind

    def _then(self, first: _Rest, rest: _Rest) -> _Rest:
        if first is self.end:
            return rest
        if self.never in (first, rest):
            return self.never
        if rest is self.end:
            return first
        if first.kind == "then":
            one, two = tuple(first.parts)
            return self._then(one, self._then(two, rest))
        return self._one("then", (first, rest), may_end=first.may_end and rest.may_end)

    def _any(self, options: Iterable[_Rest]) -> _Rest:
        flat: set[_Rest] = set()
        for option in options:
            flat |= set(option.parts) if option.kind == "any" else {option}
        if self._whatever in flat:
            return self._whatever
        if len(flat) == 1:
            return flat.pop()
        return self._one("any", frozenset(flat), may_end=any(one.may_end for one in flat))

    def _all(self, parts: Iterable[_Rest]) -> _Rest:
        flat: set[_Rest] = set()
        for part in parts:
            flat |= set(part.parts) if part.kind == "all" else {part}
        if self.never in flat:
            return self.never
        if len(flat) == 1:
            return flat.pop()
        return self._one("all", frozenset(flat), may_end=all(one.may_end for one in flat))

    def _not(self, part: _Rest) -> _Rest:
        if part is self._whatever:
            return self.never
        if part is self.never:
            return self._whatever
        if part.kind == "not":
            return next(iter(part.parts))
        return self._one("not", (part,), may_end=not part.may_end)

    def _times(self, item: _Rest, least: int, most: int | None) -> _Rest:
        if most == 0 or item is self.end:
            return self.end
        if (least, most) == (1, 1):
            return item
        may_end = least == 0 or item.may_end
        return self._one("times", (item,), least=least, most=most, may_end=may_end)


def has_lookahead(node: Node) -> bool:
    """Whether there is any in the pattern."""
    match node:
        case Look():
            return True
        case Chain(items) | Choice(items):
            return any(map(has_lookahead, items))
        case Repeat(item) | Group(item):
            return has_lookahead(item)
    return False


def lookahead_grammar(node: Node) -> str | None:
    """The grammar of a pattern with its lookahead; None where it would be too large, or beyond."""
    rests = _Rests()
    try:
        start = rests.of(node, rests.end)
        rules = _rules(start, _intervals(node), rests)
    except (_Beyond, RecursionError):
        return None
    return _written(start, rules)


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


_Rules: TypeAlias = Mapping[_Rest, Mapping[_Rest, Ranges]]


def _rules(start: _Rest, intervals: list[tuple[int, int]], rests: _Rests) -> _Rules:
    """Where each state leads by which characters; only states from which an end is reached."""
    rules: dict[_Rest, dict[_Rest, Ranges]] = {}
    waiting = [start]
    while waiting:
        state = waiting.pop()
        if state in rules:
            continue
        if len(rules) == MOST_STATES:
            raise _Beyond
        found: dict[_Rest, list[tuple[int, int]]] = {}
        for interval in intervals:
            found.setdefault(rests.after(state, interval[0]), []).append(interval)
        found.pop(rests.never, None)
        rules[state] = {target: merged(ranges) for target, ranges in found.items()}
        waiting += found
    return _ending(start, rules)


def _ending(start: _Rest, rules: _Rules) -> _Rules:
    """The rules without states from which no end is reached. Raises _Beyond when the start is
    one."""
    good = {state for state in rules if state.may_end}
    before = -1
    while before != len(good):
        before = len(good)
        good |= {state for state, targets in rules.items() if not good.isdisjoint(targets)}
    if start not in good:
        raise _Beyond
    return {
        state: {target: ranges for target, ranges in targets.items() if target in good}
        for state, targets in rules.items()
        if state in good
    }


def _written(start: _Rest, rules: _Rules) -> str:
    names = {state: f"s{number}" for number, state in enumerate(rules)}
    lines = [f"root ::= {names[start]}"]
    for state, targets in rules.items():
        options = [f"{char_class(ranges)} {names[to]}" for to, ranges in targets.items()]
        options += ['""'] if state.may_end else []
        lines.append(f"{names[state]} ::= {' | '.join(options)}")
    return "\n".join(lines)
