"""Selectors: which elements a rule of a style sheet is about."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from hydrophone.fetch.extract.html.styles.css import Declarations

# Importance, ids, classes, elements, position on the page: the greater one wins.
Weight: TypeAlias = tuple[int, int, int, int, int]

_SELECTOR = re.compile(r"(?:[a-z][\w-]*|\*)?(?:[.#][\w-]+)*", re.IGNORECASE)
_NAMED = re.compile(r"[.#][\w-]+")
_TAG = re.compile(r"[a-z][\w-]*", re.IGNORECASE)
_PART = re.compile(r"([.#]?)([\w*-]+)")


@dataclass(frozen=True, slots=True, eq=False)
class Names:
    """What selectors look at; elements that have the same share it."""

    tag: object
    own_id: str | None
    classes: frozenset[str]


@dataclass(slots=True, eq=False)
class Written:
    """A rule as the sheet has it; `place` is that of its block on the page."""

    selector: str
    declared: Declarations
    place: int


class Compound(NamedTuple):
    """One step of a selector: what an element's name, id and classes must be."""

    tag: str
    ids: frozenset[str]
    classes: frozenset[str]

    def fits(self, named: Names) -> bool:
        if self.tag and named.tag != self.tag:
            return False
        if self.ids and self.ids != {named.own_id}:
            return False
        return self.classes <= named.classes


@dataclass(frozen=True, slots=True, eq=False)
class Rule:
    """A selector, the innermost step last, and what it declares. `next_of`: whether each step but
    the first must be right below the one before."""

    steps: tuple[Compound, ...]
    next_of: tuple[bool, ...]
    weight: Weight
    declared: Declarations
    classes_above: frozenset[str]

    def fits_above(self, path: Sequence[Names], place: int = 0, step: int = -2) -> bool:
        """Whether the steps before the last fit what the element is in, the nearest first."""
        if step < -len(self.steps):
            return True
        for above in range(place, len(path)):
            if self.steps[step].fits(path[above]) and self.fits_above(path, above + 1, step - 1):
                return True
            if self.next_of[step + 1]:
                return False
        return False


def names_in(selector: str) -> list[str]:
    """The classes and ids of a selector, with their marks."""
    return _NAMED.findall(selector)


def key_of(selector: str) -> str:
    """What an element must have for the last step to fit, at the least; empty for other kinds."""
    words = selector.replace(">", " ").split()
    last = words[-1] if words else ""
    if named := _NAMED.findall(last):
        name = str(named[-1])
        return name if name[0] == "#" else name[1:]
    tag = _TAG.match(last)
    return f"<{tag[0].lower()}" if tag else last if last == "*" else ""


def read_rule(written: Written) -> Rule | None:
    """The rule; None for a selector of other kinds: with attributes, states or siblings."""
    words = written.selector.replace(">", " > ").split()
    steps: list[Compound] = []
    next_of: list[bool] = []
    child = False
    for word in words:
        if word == ">":
            child = True
            continue
        if not word or _SELECTOR.fullmatch(word) is None:
            return None
        if steps:
            next_of.append(child)
        steps.append(_compound(word))
        child = False
    if not steps:
        return None
    classes_above = frozenset().union(*(step.classes for step in steps[:-1]))
    weight = (
        0,
        sum(len(step.ids) for step in steps),
        sum(len(step.classes) for step in steps),
        sum(bool(step.tag) for step in steps),
        written.place,
    )
    return Rule(tuple(steps), tuple(next_of), weight, written.declared, classes_above)


def _compound(word: str) -> Compound:
    parts: Sequence[tuple[str, str]] = _PART.findall(word)
    tag = next((name.lower() for mark, name in parts if not mark and name != "*"), "")
    return Compound(
        tag,
        frozenset(name for mark, name in parts if mark == "#"),
        frozenset(name for mark, name in parts if mark == "."),
    )
