"""As much of CSS as it takes to see that a text is not shown.

Read are the declarations that can hide: of `style` attributes, and of the page's own `<style>`
elements under selectors made of names of elements, classes and ids, one below the other. Style
sheets in files of their own are not fetched, and what holds on paper or on small screens only is
passed over.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import TypeAlias

from lxml import etree
from lxml.html import HtmlElement

Declarations: TypeAlias = Mapping[str, str]
_Names: TypeAlias = tuple[object, str | None, frozenset[str]]
# Importance, ids, classes, elements, position on the page: the greater one wins.
Weight: TypeAlias = tuple[int, int, int, int, int]

_PROPERTY_NAMES = (
    "display visibility opacity font-size color background background-color background-clip "
    "-webkit-background-clip position left right top bottom text-indent clip clip-path width "
    "height max-width max-height overflow transform"
)
PROPERTIES = frozenset(_PROPERTY_NAMES.split())
# No block hides without one of these; most blocks have none.
_HINT_WORDS = "none hidden collapse opacity clip font -1 -5 -9 scale( white #f rgb background tra"
_HINTS = tuple(_HINT_WORDS.split())
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_EVERY_SCREEN = re.compile(r"@media\s+(?:only\s+)?(?:screen|all)\s*", re.IGNORECASE)
_SELECTOR = re.compile(r"(?:[a-z][\w-]*|\*)?(?:[.#][\w-]+)*", re.IGNORECASE)
_BRACE = re.compile(r"[{}]")
_NAMED = re.compile(r"[.#][\w-]+")
_PART = re.compile(r"([.#]?)([\w*-]+)")
_SHEET_LIMIT_CHARS = 300_000
_RULES_LIMIT = 3_000


@dataclass(frozen=True, slots=True)
class _Compound:
    """One step of a selector: what an element's name, id and classes must be."""

    tag: str
    ids: frozenset[str]
    classes: frozenset[str]

    def fits(self, named: _Names) -> bool:
        tag, own_id, classes = named
        if self.tag and tag != self.tag:
            return False
        if self.ids and self.ids != {own_id}:
            return False
        return self.classes <= classes


@dataclass(frozen=True, slots=True)
class _Rule:
    """A selector, the innermost step last, and what it declares. `next_of`: whether each step but
    the first must be right below the one before."""

    steps: tuple[_Compound, ...]
    next_of: tuple[bool, ...]
    weight: tuple[int, int, int]
    declared: Declarations

    def fits_above(self, path: Sequence[_Names], place: int = 1, step: int = -2) -> bool:
        """Whether the steps before the last fit what the element is in; its own names come first
        in the path."""
        if step < -len(self.steps):
            return True
        for above in range(place, len(path)):
            if self.steps[step].fits(path[above]) and self.fits_above(path, above + 1, step - 1):
                return True
            if self.next_of[step + 1]:
                return False
        return False


_Rules: TypeAlias = dict[str, list[tuple[int, _Rule]]]


class Sheet:
    """The rules of a page's own style sheets, if any of them can hide.

    `hides` says of declarations whether they could, by themselves or with others.
    """

    def __init__(
        self, tree: HtmlElement, texts: Sequence[str], hides: Callable[[Declarations], bool]
    ) -> None:
        self._texts = [_COMMENT.sub("", text[:_SHEET_LIMIT_CHARS]) for text in texts]
        self._used = _used(tree) if texts else frozenset()
        hiding = [rule for rule in self._read(_HINTS) if hides(rule.declared)]
        self._hiding = _by_key(hiding)
        self._names: dict[HtmlElement, _Names] = {}

    def __bool__(self) -> bool:
        return bool(self._hiding)

    def may_hide(self, element: HtmlElement) -> bool:
        """Whether a rule that hides is about the element; others may have more weight."""
        rules = self._hiding
        if "*" not in rules and f"<{element.tag}" not in rules:
            classes, own_id = element.get("class"), element.get("id")
            named = classes is not None and not rules.keys().isdisjoint(classes.split())
            if not named and (own_id is None or f"#{own_id}" not in rules):
                return False
        return next(self._fitting(element, rules), None) is not None

    def _read(self, hints: Sequence[str]) -> list[_Rule]:
        rules = (rule for text in self._texts for rule in _rules(text, self._used, hints))
        return list(islice(rules, _RULES_LIMIT))

    @cached_property
    def _rules(self) -> _Rules:
        return _by_key(self._read((":",))) if self._hiding else {}

    def declared(self, element: HtmlElement) -> dict[str, str]:
        """What holds for the element of what it and the rules declare, by property."""
        found: dict[str, tuple[Weight, str]] = {}
        for place, rule in self._fitting(element, self._rules):
            _add(found, rule.declared, (*rule.weight, place))
        if style := element.get("style"):
            _add(found, declarations(style), (9, 0, 0, 0))
        return {name: value for name, (_, value) in found.items()}

    def _fitting(self, element: HtmlElement, rules: _Rules) -> Iterator[tuple[int, _Rule]]:
        if not rules:
            return
        names = self._named(element)
        path: list[_Names] = []
        keys = (*names[2], f"#{names[1]}", f"<{names[0]}", "*")
        for place, rule in (found for key in keys if key in rules for found in rules[key]):
            if not rule.steps[-1].fits(names):
                continue
            if len(rule.steps) > 1:
                path = path or self._path(element)
                if not rule.fits_above(path):
                    continue
            yield place, rule

    def _path(self, element: HtmlElement) -> list[_Names]:
        return [self._named(element), *map(self._named, element.iterancestors())]

    def _named(self, element: HtmlElement) -> _Names:
        names = self._names.get(element)
        if names is None:
            classes = frozenset((element.get("class") or "").split())
            names = self._names[element] = (element.tag, element.get("id"), classes)
        return names


def _by_key(rules: Sequence[_Rule]) -> _Rules:
    found: _Rules = {}
    for place, rule in enumerate(rules):
        found.setdefault(_key(rule.steps[-1]), []).append((place, rule))
    return found


def sheets_in(tree: HtmlElement) -> list[str]:
    """The page's own style sheets for screens."""
    return [style.text for style in tree.iter("style") if style.text and _for_screens(style)]


def has_no_other_sheets(tree: HtmlElement) -> bool:
    """Whether nothing but the page itself says how it looks."""
    return not any("stylesheet" in (link.get("rel") or "").lower() for link in tree.iter("link"))


def may_hide(style: str) -> bool:
    """Whether a style could hide at all."""
    lower = style.lower()
    return any(hint in lower for hint in _HINTS)


def declarations(text: str) -> dict[str, str]:
    """The declarations of a `style` attribute or a rule's block that can hide, in lower case;
    `!important` stays at the end of its value."""
    found: dict[str, str] = {}
    for declaration in _COMMENT.sub("", text).lower().split(";"):
        name, colon, value = declaration.partition(":")
        name, value = name.strip(), " ".join(value.split())
        if name == "font" and colon:
            name, value = (
                "font-size",
                next(iter(re.findall(r"[\d.]+(?:px|pt|em|rem|%)", value)), ""),
            )
        if name in PROPERTIES and value:
            found[name] = value
    return found


def _add(
    found: dict[str, tuple[Weight, str]], declared: Declarations, weight: tuple[int, int, int, int]
) -> None:
    for name, value in declared.items():
        important = value.endswith("!important")
        heavier = (int(important), *weight)
        if name not in found or found[name][0] <= heavier:
            found[name] = (heavier, value.removesuffix("!important").strip())


def _for_screens(style: HtmlElement) -> bool:
    return (style.get("media") or "all").strip().lower() in ("all", "screen", "only screen")


def _used(tree: HtmlElement) -> frozenset[str]:
    """The classes and ids on the page, with their marks in selectors."""
    lists, ids = set(), set()
    for element in tree.iter(etree.Element):
        lists.add(element.get("class"))
        ids.add(element.get("id"))
    classes = {f".{name}" for names in lists if names for name in names.split()}
    return frozenset(classes).union(f"#{name}" for name in ids if name)


def _rules(text: str, used: frozenset[str], hints: Sequence[str]) -> Iterator[_Rule]:
    """The rules of a sheet that may be about the page and have one of the hints; blocks of
    conditions that do not hold on every screen are left out."""
    position = 0
    while (opened := text.find("{", position)) >= 0:
        prelude = text[position:opened].rpartition(";")[2].strip()
        if prelude.startswith("@"):
            closed = _end_of_block(text, opened)
            if _EVERY_SCREEN.fullmatch(prelude):
                yield from _rules(text[opened + 1 : closed], used, hints)
            position = closed + 1
            continue
        closed = text.find("}", opened)
        closed = len(text) if closed < 0 else closed
        block = text[opened + 1 : closed].lower()
        if any(hint in block for hint in hints):
            near = [one for one in prelude.split(",") if used.issuperset(_NAMED.findall(one))]
            declared = declarations(block) if near else {}
            if declared:
                yield from filter(None, (_rule(selector, declared) for selector in near))
        position = closed + 1


def _end_of_block(text: str, opened: int) -> int:
    depth = 0
    for brace in _BRACE.finditer(text, opened):
        depth += 1 if brace[0] == "{" else -1
        if depth == 0:
            return brace.start()
    return len(text)


def _rule(selector: str, declared: Declarations) -> _Rule | None:
    """None for a selector of other kinds: with attributes, states or siblings."""
    words = selector.replace(">", " > ").split()
    steps: list[_Compound] = []
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
    weight = (
        sum(len(step.ids) for step in steps),
        sum(len(step.classes) for step in steps),
        sum(bool(step.tag) for step in steps),
    )
    return _Rule(tuple(steps), tuple(next_of), weight, declared)


def _compound(word: str) -> _Compound:
    parts: Sequence[tuple[str, str]] = _PART.findall(word)
    tag = next((name.lower() for mark, name in parts if not mark and name != "*"), "")
    return _Compound(
        tag,
        frozenset(name for mark, name in parts if mark == "#"),
        frozenset(name for mark, name in parts if mark == "."),
    )


def _key(last: _Compound) -> str:
    """What an element must have for the step to fit, at the least."""
    if last.ids:
        return f"#{min(last.ids)}"
    if last.classes:
        return min(last.classes)
    return f"<{last.tag}" if last.tag else "*"
