"""The sources of an answer, in the order of the numbers that its text cites them by."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

_Key: TypeAlias = tuple[str, str, int]


@dataclass(frozen=True, slots=True)
class SearchResultItem:
    """A page that an answer was made from, or a file, which has no URL."""

    title: str | None
    url: str | None
    snippet: str | None


class Results:
    """Sources as they come in: each URL once, at the place where it came first. What has none is
    known by its name: it takes a number as well.

    The markers of an answer count through the list that its last frame holds; where that has none,
    through what came before, in the order of its coming.
    """

    def __init__(self) -> None:
        self._found: dict[_Key, SearchResultItem] = {}

    @property
    def items(self) -> tuple[SearchResultItem, ...]:
        """All of them."""
        return tuple(self._found.values())

    def add(self, rows: object) -> bool:
        """Take the rows of a `web_results` list in; whether any was new."""
        before = len(self._found)
        namesakes: Counter[str] = Counter()
        for row in _mappings(rows):
            item = _item(row)
            key = (item.url or "", "", 0)
            if item.url is None:
                name = item.title or item.snippet or ""
                key = ("", name, namesakes[name])
                namesakes[name] += 1
            known = self._found.get(key)
            if known is None or (item.snippet and not known.snippet):
                self._found[key] = item
        return len(self._found) > before

    def reorder(self, *lists: object) -> None:
        """Have these rows come first, in this order: the service's own last word."""
        known, self._found = self._found, {}
        for rows in lists:
            self.add(rows)
        for key, item in known.items():
            mine = self._found.get(key)
            if mine is None and item.url is None:
                continue  # a number is all that it was good for
            if mine is None or (item.snippet and not mine.snippet):
                self._found[key] = item


def _item(row: Mapping[str, Any]) -> SearchResultItem:
    title = _text(row.get("name")) or _text(row.get("title"))
    return SearchResultItem(title, _text(row.get("url")), _text(row.get("snippet")))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _mappings(rows: object) -> Iterable[Mapping[str, Any]]:
    return (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
