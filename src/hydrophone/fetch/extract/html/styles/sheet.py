"""The style sheets of a page, and what they declare of its elements."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence, Set
from functools import cached_property
from itertools import islice

from lxml.html import HtmlElement

from hydrophone.fetch.extract.html.styles.css import Declarations, blocks_in, declarations, has_hint
from hydrophone.fetch.extract.html.styles.selectors import (
    Names,
    Rule,
    Weight,
    Written,
    key_of,
    names_in,
    read_rule,
)

_RULES_LIMIT = 4_000
_VERDICTS_LIMIT = 100_000


class Sheet:
    """The rules of a page's own style sheets, if any of them can hide.

    `elements` are all of the page; `hides` says of declarations whether they could, by themselves
    or with others.
    """

    def __init__(
        self,
        elements: Sequence[HtmlElement],
        texts: Sequence[str],
        hides: Callable[[Declarations], bool],
    ) -> None:
        self._elements = elements
        self.classes = [element.get("class") for element in elements]
        self._ids = [element.get("id") for element in elements] if texts else []
        self._used = _used(set(self.classes), set(self._ids))
        self._blocks = [block for text in texts for block in blocks_in(text)]
        self._read: dict[int, tuple[list[str], Declarations]] = {}
        self._names: dict[HtmlElement, Names] = {}
        self._alike: dict[tuple[object, str | None, str | None], Names] = {}
        self._last_path: tuple[HtmlElement, list[Names], frozenset[str]] | None = None
        self._above: dict[tuple[HtmlElement, Rule], bool] = {}
        self._declared: dict[tuple[Rule, ...], Declarations] = {}
        hinted = (place for place, (_, block) in enumerate(self._blocks) if has_hint(block))
        declaring = (
            place for place in hinted if (declared := self._block(place)[1]) and hides(declared)
        )
        self._hiding = self._rules_at(declaring)

    @cached_property
    def suspects(self) -> Set[HtmlElement]:
        """The elements that a rule which hides is about; others may have more weight."""
        near = self._hiding.elements(self._elements, self.classes, self._ids)
        return {element for element in near if any(self._fitting(element, self._hiding))}

    def declared(self, element: HtmlElement) -> Declarations:
        """What holds for the element of what it and the rules declare, by property."""
        rules = tuple(self._fitting(element, self._rules)) if self._hiding else ()
        style = element.get("style")
        if style:
            return _resolve(rules, declarations(style))
        found = self._declared.get(rules)
        if found is None:
            found = self._declared[rules] = _resolve(rules, {})
        return found

    @cached_property
    def _rules(self) -> _Rules:
        return self._rules_at(range(len(self._blocks)))

    def _rules_at(self, places: Iterable[int]) -> _Rules:
        written = (
            Written(selector, self._block(place)[1], place)
            for place in places
            for selector in self._block(place)[0]
        )
        return _Rules(islice(written, _RULES_LIMIT))

    def _block(self, place: int) -> tuple[list[str], Declarations]:
        """The selectors that may be about the page, and what they declare if there is one."""
        read = self._read.get(place)
        if read is None:
            prelude, block = self._blocks[place]
            used = self._used
            near = [one for one in prelude.split(",") if used.issuperset(names_in(one))]
            declared = declarations(block) if near else {}
            read = self._read[place] = (near if declared else [], declared)
        return read

    def _fitting(self, element: HtmlElement, rules: _Rules) -> Iterator[Rule]:
        for rule in rules.near(self._named(element)):
            if len(rule.steps) == 1 or self._fits_above(element.getparent(), rule):
                yield rule

    def _fits_above(self, parent: HtmlElement | None, rule: Rule) -> bool:
        if parent is None:
            return False
        fits = self._above.get((parent, rule))
        if fits is None:
            _, path, classes = self._path(parent)
            fits = rule.classes_above <= classes and rule.fits_above(path)
            if len(self._above) == _VERDICTS_LIMIT:
                self._above.clear()
            self._above[parent, rule] = fits
        return fits

    def _path(self, element: HtmlElement) -> tuple[HtmlElement, list[Names], frozenset[str]]:
        """The element, the names of it and of those around it, and all of their classes."""
        # Only the last one is kept: pages may be thousands of elements deep.
        if self._last_path is None or self._last_path[0] is not element:
            path = [self._named(element), *map(self._named, element.iterancestors())]
            classes: frozenset[str] = frozenset().union(*(names.classes for names in path))
            self._last_path = element, path, classes
        return self._last_path

    def _named(self, element: HtmlElement) -> Names:
        names = self._names.get(element)
        if names is None:
            names = self._names[element] = self._name(element)
        return names

    def _name(self, element: HtmlElement) -> Names:
        key = (element.tag, element.get("id"), element.get("class"))
        names = self._alike.get(key)
        if names is None:
            classes = frozenset((key[2] or "").split())
            names = self._alike[key] = Names(key[0], key[1], classes)
        return names


class _Rules:
    """Rules by what the last steps of their selectors demand; read when an element has that."""

    def __init__(self, written: Iterable[Written]) -> None:
        self._by_key: dict[str, list[Written]] = {}
        self._read: dict[Written, Rule | None] = {}
        self._near: dict[Names, list[Rule]] = {}
        for one in written:
            self._by_key.setdefault(key_of(one.selector), []).append(one)
        self._by_key.pop("", None)

    def __bool__(self) -> bool:
        return bool(self._by_key)

    def elements(
        self,
        elements: Sequence[HtmlElement],
        classes: Sequence[str | None],
        ids: Sequence[str | None],
    ) -> Iterable[HtmlElement]:
        """Those of the elements, with these classes and ids, that have what a last step demands."""
        keys = self._by_key.keys()
        if not keys:
            return ()
        if "*" in keys:
            return elements
        named = {names for names in set(classes) if names and not keys.isdisjoint(names.split())}
        own = {own_id for own_id in set(ids) if f"#{own_id}" in keys}
        tags = {key[1:] for key in keys if key.startswith("<")}
        return (
            element
            for element, names, own_id in zip(elements, classes, ids, strict=True)
            if names in named or own_id in own or (tags and element.tag in tags)
        )

    def near(self, names: Names) -> list[Rule]:
        """The rules whose last step fits."""
        found = self._near.get(names)
        if found is None:
            keys = (*names.classes, f"#{names.own_id}", f"<{names.tag}", "*")
            some = (self._rule(one) for key in keys for one in self._by_key.get(key, ()))
            found = [rule for rule in some if rule is not None and rule.steps[-1].fits(names)]
            self._near[names] = found
        return found

    def _rule(self, written: Written) -> Rule | None:
        if written not in self._read:
            self._read[written] = read_rule(written)
        return self._read[written]


def _used(lists: Set[str | None], ids: Set[str | None]) -> frozenset[str]:
    """The classes and ids on the page, with their marks in selectors."""
    classes = {f".{name}" for names in lists if names for name in names.split()}
    return frozenset(classes).union(f"#{name}" for name in ids if name)


def _resolve(rules: Iterable[Rule], own: Declarations) -> Declarations:
    """What holds of what rules declare and of an element's own style."""
    found: dict[str, tuple[Weight, str]] = {}
    for rule in rules:
        _add(found, rule.declared, rule.weight)
    _add(found, own, (0, 9, 0, 0, 0))
    return {name: value for name, (_, value) in found.items()}


def _add(found: dict[str, tuple[Weight, str]], declared: Declarations, weight: Weight) -> None:
    for name, value in declared.items():
        important = value.endswith("!important")
        heavier = (int(important), *weight[1:])
        if name not in found or found[name][0] <= heavier:
            found[name] = (heavier, value.removesuffix("!important").strip())
