"""What may still come of a pattern after a character of it.

That is its derivative (Brzozowski, "Derivatives of Regular Expressions", 1964), and lookahead is a
second condition on what may still come, fulfilled together with the first or, negated, not at all.
Where several things may come they can be had one by one (Antimirov, "Partial Derivatives of Regular
Expressions and Finite Automaton Constructions", 1996): as one they would be as many as there are
sets of them. Looks behind, places within and references are beyond this.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from itertools import product
from math import prod
from operator import attrgetter
from typing import Literal, TypeAlias

from hydrophone.llm.structured.patterns import (
    Chain,
    Chars,
    Choice,
    Group,
    Look,
    Mark,
    Node,
    Ranges,
    Repeat,
)

MOST_STEPS = 150_000
_MOST_UNROLLED = 40


class Beyond(Exception):
    """The pattern has what no automaton of this size follows."""


_Kind: TypeAlias = Literal["set", "then", "any", "all", "not", "times", "loop"]


@dataclass(frozen=True, slots=True, eq=False)
class Rest:
    """What may still come. Equal ones are one object, so that they are compared at once, and have
    the number of their making, so that their order is always the same.

    `set`: one character of `ranges`; `then`: the first of `parts`, then the second; `any`: one of
    them, and with none nothing at all; `all`: all of them at once, and with none anything; `not`:
    anything else; `times`: from `least` to `most` times, and at most none the end; `loop`: what
    comes then, or first an item that depends on what follows it, and the loop again. `condition`:
    it says something of the beginning of what comes, and nothing of its end.
    """

    number: int
    kind: _Kind
    parts: tuple[Rest, ...]
    ranges: Ranges
    least: int
    most: int | None
    may_end: bool
    condition: bool


class Rests:
    """Makes what may still come, and follows it by a character.

    `apart`: also what lookahead wants is followed one by one, which is less where it is much.
    """

    def __init__(self, *, apart: bool = False) -> None:
        self._apart = apart
        self._steps = 0
        self._again: dict[Rest, Rest] = {}
        self._made: dict[object, Rest] = {}
        self._after: dict[tuple[Rest, int], Rest] = {}
        self._next: dict[tuple[Rest, int], tuple[Rest, ...]] = {}
        self.end = self._one("times", most=0, may_end=True)
        self.never = self._one("any", frozenset())
        self._whatever = self._one("all", frozenset(), may_end=True)

    def of(self, node: Node, then: Rest) -> Rest:
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
                ahead = self.of(item, self._whatever)
                return self._all((then, self._not(ahead) if negated else ahead))
            case Mark("$"):
                return self._all((then, self.end))
        raise Beyond

    def next(self, rest: Rest, char: int) -> tuple[Rest, ...]:
        """The several things that may come after a character. Raises Beyond when that was asked
        too often."""
        known = self._next.get((rest, char))
        if known is None:
            known = _in_order(set(self._options(rest, char)) - {self.never})
            self._next[rest, char] = known
            self.spend(1 + len(known))
        return known

    def _options(self, rest: Rest, char: int) -> Iterable[Rest]:
        parts = rest.parts
        match rest.kind:
            case "then":
                first = [self._then(one, parts[1]) for one in self.next(parts[0], char)]
                return (*first, *self.next(parts[1], char)) if parts[0].may_end else first
            case "loop":
                return (*self.next(parts[0], char), *self.next(self._again[rest], char))
            case "any":
                return [one for part in parts for one in self.next(part, char)]
            case "all":
                each = [self._of_all(part, char) for part in parts]
                self.spend(prod(map(len, each)))
                return [self._all(together) for together in product(*each)]
            case "times" if parts:
                left = self._left(rest)
                return [self._then(one, left) for one in self.next(parts[0], char)]
        return (self.after(rest, char),)

    def _of_all(self, part: Rest, char: int) -> Collection[Rest]:
        if part.condition and not self._apart:
            return (self.after(part, char),)
        return self.next(part, char)

    def after(self, rest: Rest, char: int) -> Rest:
        """What may still come after a character. Raises Beyond when that was asked too often."""
        known = self._after.get((rest, char))
        if known is None:
            self.spend(1 + len(rest.parts))
            known = self._after[rest, char] = self._derived(rest, char)
        return known

    def _derived(self, rest: Rest, char: int) -> Rest:
        parts = rest.parts
        match rest.kind:
            case "set":
                taken = any(low <= char <= high for low, high in rest.ranges)
                return self.end if taken else self.never
            case "then":
                taken_first = self._then(self.after(parts[0], char), parts[1])
                if not parts[0].may_end:
                    return taken_first
                return self._any((taken_first, self.after(parts[1], char)))
            case "loop":
                return self._any(self.after(one, char) for one in (*parts, self._again[rest]))
            case "any":
                return self._any(self.after(part, char) for part in parts)
            case "all":
                return self._all(self.after(part, char) for part in parts)
            case "not":
                return self._not(self.after(parts[0], char))
            case "times" if parts:
                return self._then(self.after(parts[0], char), self._left(rest))
        return self.never

    def _one(
        self,
        kind: _Kind,
        parts: tuple[Rest, ...] | frozenset[Rest] = (),
        *,
        ranges: Ranges = (),
        least: int = 0,
        most: int | None = None,
        item: Node | None = None,
        may_end: bool = False,
    ) -> Rest:
        key = (kind, parts, ranges, least, most, item)
        if key not in self._made:
            parts = _in_order(parts) if isinstance(parts, frozenset) else parts
            condition, number = _is_condition(kind, parts), len(self._made)
            rest = Rest(number, kind, parts, ranges, least, most, may_end, condition)
            self._made[key] = rest
        return self._made[key]

    def spend(self, steps: int) -> None:
        """Count what following costs. Raises Beyond when it is too much."""
        self._steps += steps
        if self._steps > MOST_STEPS:
            raise Beyond

    def _unrolled(self, item: Node, least: int, most: int | None, then: Rest) -> Rest:
        if most is None:
            return self._loop(item, least, then)
        if most > _MOST_UNROLLED:
            raise Beyond
        behind = then
        for count in range(most, 0, -1):
            more = self.of(item, behind)
            behind = more if count <= least else self._any((more, then))
        return behind

    def _loop(self, item: Node, least: int, then: Rest) -> Rest:
        if least > _MOST_UNROLLED:
            raise Beyond
        loop = self._one("loop", (then,), item=item, may_end=then.may_end)
        self._again[loop] = self._without(loop, self.of(item, loop))
        for _ in range(least):
            loop = self.of(item, loop)
        return loop

    def _without(self, loop: Rest, rest: Rest) -> Rest:
        """The rest less what is the loop itself before any character: an item that was empty says
        nothing that the loop does not."""
        if rest is loop:
            return self.never
        parts = rest.parts
        match rest.kind:
            case "any":
                return self._any(self._without(loop, part) for part in parts)
            case "all":
                return self._all(self._without(loop, part) for part in parts)
            case "loop":
                return self._any((self._without(loop, parts[0]), self._again[rest]))
            case "then" if parts[0].may_end:
                some = self._all((parts[0], self._not(self.end)))
                return self._any((self._then(some, parts[1]), self._without(loop, parts[1])))
        return rest

    def _then(self, first: Rest, rest: Rest) -> Rest:
        if first is self.end:
            return rest
        if self.never in (first, rest):
            return self.never
        if rest is self.end:
            return first
        if first.kind == "then":
            one, two = first.parts
            return self._then(one, self._then(two, rest))
        return self._one("then", (first, rest), may_end=first.may_end and rest.may_end)

    def _any(self, options: Iterable[Rest]) -> Rest:
        flat: set[Rest] = set()
        for option in options:
            flat |= set(option.parts) if option.kind == "any" else {option}
        if self._whatever in flat:
            return self._whatever
        if len(flat) == 1:
            return flat.pop()
        return self._one("any", frozenset(flat), may_end=any(one.may_end for one in flat))

    def _all(self, parts: Iterable[Rest]) -> Rest:
        flat: set[Rest] = set()
        for part in parts:
            flat |= set(part.parts) if part.kind == "all" else {part}
        if self.never in flat:
            return self.never
        if len(flat) == 1:
            return flat.pop()
        return self._one("all", frozenset(flat), may_end=all(one.may_end for one in flat))

    def _not(self, part: Rest) -> Rest:
        if part is self._whatever:
            return self.never
        if part is self.never:
            return self._whatever
        if part.kind == "not":
            return part.parts[0]
        return self._one("not", (part,), may_end=not part.may_end)

    def _left(self, rest: Rest) -> Rest:
        """What a repetition is after its first time."""
        (item,) = rest.parts
        most = None if rest.most is None else rest.most - 1
        return self._times(item, max(0, rest.least - 1), most)

    def _times(self, item: Rest, least: int, most: int | None) -> Rest:
        if most == 0 or item is self.end:
            return self.end
        if (least, most) == (1, 1):
            return item
        may_end = least == 0 or item.may_end
        return self._one("times", (item,), least=least, most=most, may_end=may_end)


def fits(node: Node, text: str) -> bool:
    """Whether the pattern matches the whole text, in however many ways that can be taken apart.
    Raises Beyond for what cannot be followed, or not in so many steps."""
    rests = Rests()
    come = {rests.of(node, rests.end)}
    for char in text:
        come = {after for one in come for after in rests.next(one, ord(char))}
        rests.spend(len(come))
    return any(one.may_end for one in come)


def _in_order(rests: Iterable[Rest]) -> tuple[Rest, ...]:
    return tuple(sorted(rests, key=attrgetter("number")))


def _is_condition(kind: _Kind, parts: tuple[Rest, ...]) -> bool:
    if kind == "then":
        return parts[1].condition
    return kind == "not" or (kind in ("any", "all") and all(part.condition for part in parts))


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
