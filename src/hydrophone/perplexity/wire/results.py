"""The sources of an answer, in the order of the numbers that its text cites them by."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class SearchResultItem:
    """A page that an answer was made from."""

    title: str | None
    url: str | None
    snippet: str | None


class Results:
    """Sources as they come in: each URL once, at the place where it came first.

    The markers of an answer count through the list that its last frame holds; where that has none,
    through what came before, in the order of its coming.
    """

    def __init__(self) -> None:
        self._found: dict[str, SearchResultItem] = {}

    @property
    def items(self) -> tuple[SearchResultItem, ...]:
        """All of them."""
        return tuple(self._found.values())

    def add(self, rows: object) -> bool:
        """Take the rows of a `web_results` list in; whether any was new."""
        before = len(self._found)
        for row in _mappings(rows):
            url = _text(row.get("url"))
            if url is None:
                continue
            known = self._found.get(url)
            if known is None or (not known.snippet and _text(row.get("snippet"))):
                self._found[url] = _item(row, url)
        return len(self._found) > before

    def reorder(self, *lists: object) -> None:
        """Have these rows come first, in this order: the service's own last word."""
        known, self._found = self._found, {}
        for rows in lists:
            self.add(rows)
        for url, item in known.items():
            mine = self._found.get(url)
            if mine is None or (item.snippet and not mine.snippet):
                self._found[url] = item


def _item(row: Mapping[str, Any], url: str) -> SearchResultItem:
    title = _text(row.get("name")) or _text(row.get("title"))
    return SearchResultItem(title, url, _text(row.get("snippet")))


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _mappings(rows: object) -> Iterable[Mapping[str, Any]]:
    return (row for row in rows if isinstance(row, dict)) if isinstance(rows, list) else ()
