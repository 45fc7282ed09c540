"""The steps of a run: what was searched for and read, and what came of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal, TypeAlias

from hydrophone.fetch.json_api import Fields
from hydrophone.types import Event, SearchResult, Step, StepResult

Kind: TypeAlias = Literal["web_search", "fetch_url"]


class Steps:
    """Numbers steps as they come. `known` are the URLs that searches have brought.

    Several may be under way at once: a result belongs to the step of its `call_id`, or else to the
    one that waits longest.
    """

    def __init__(self) -> None:
        self.known: set[str] = set()
        self._count = 0
        self._open: list[tuple[Kind, str, str]] = []

    def begin(self, kind: Kind, event: Fields) -> Step:
        """A step of this kind begins."""
        self._count += 1
        key = f"official-{self._count}"
        self._open.append((kind, event.text("call_id"), key))
        thought = event.text("thought")
        if kind == "web_search":
            return Step(key, kind, thought, queries=tuple(event.texts("queries")))
        return Step(key, kind, thought, urls=tuple(event.texts("urls")))

    def end(self, kind: Kind, event: Fields, results: Sequence[SearchResult]) -> Iterator[Event]:
        """A step of this kind has its results; one begins when none is open."""
        key = self._taken(kind, event.text("call_id"))
        if key is None:
            if not results:
                return
            yield self.begin(kind, event)
            key = self._open.pop()[2]
        urls = tuple(result.url for result in results)
        if kind == "web_search":
            self.known.update(urls)
        yield StepResult(key, hits=tuple(results), pages=urls if kind == "fetch_url" else ())

    def _taken(self, kind: Kind, call_id: str) -> str | None:
        waiting = [one for one in self._open if one[0] == kind]
        named = [one for one in waiting if call_id and one[1] == call_id]
        for one in named or waiting:
            self._open.remove(one)
            return one[2]
        return None
