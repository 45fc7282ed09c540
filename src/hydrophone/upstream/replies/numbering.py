"""The numbers of sources: ours by URL, theirs by the ids that their text cites."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from hydrophone.llm.markers import MarkerFilter
from hydrophone.types import SearchResult, Source, Span


@dataclass(frozen=True, slots=True)
class Found:
    """A result under the id that their text may cite it by; None when it has none yet."""

    id: int | None
    result: SearchResult


class Numbering:
    """Gives each URL one number, in the order of their ids as far as these are clear.

    The results of a search wait until `settle`, so that our numbers are mostly theirs. When several
    searches use an id for different pages, or there are no ids, a number in the text is
    read as a place in the list of all pages, as Perplexity's own MCP server prints them.
    """

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._url_by_id: dict[int, str] = {}
        self._clear = True
        self._waiting: list[Found] = []
        self._without_id: list[Found] = []

    @property
    def empty(self) -> bool:
        """Whether nothing has a number."""
        return not self._sources

    def by_number(self) -> Mapping[int, Source]:
        """All that have a number."""
        return {source.n: source for source in self._sources.values()}

    def add(self, found: Iterable[Found]) -> None:
        """Note results; they get their numbers with `settle`."""
        for one in found:
            if one.id is None:
                self._without_id.append(one)
                continue
            if self._url_by_id.setdefault(one.id, one.result.url) != one.result.url:
                self._clear = False
            self._waiting.append(one)

    def settle(self, *, text_begins: bool = False) -> tuple[Source, ...]:
        """Number what waits; the sources that are new. Those without an id count only when no
        other one has come before the text begins."""
        waiting, self._waiting = self._waiting, []
        if self._clear:
            waiting.sort(key=lambda one: one.id or 0)
        if text_begins and not waiting and not self._sources:
            waiting, self._without_id = self._without_id, []
        return tuple(self._numbered(waiting))

    def cite(self, result: SearchResult) -> tuple[Source, Source | None]:
        """The source of this URL, and it again when it is new."""
        known = self._sources.get(result.url)
        if known is not None:
            return known, None
        [new] = self._numbered([Found(None, result)])
        return new, new

    def number(self, theirs: int) -> int | None:
        """Our number for the one in their text; None for a source that does not exist."""
        url = self._url_by_id.get(theirs)
        if url is not None and self._clear and url in self._sources:
            return self._sources[url].n
        if self._clear and self._url_by_id:
            return None
        return theirs if 1 <= theirs <= len(self._sources) else None

    def _numbered(self, found: Iterable[Found]) -> Iterator[Source]:
        for one in found:
            url = one.result.url
            if url not in self._sources:
                self._sources[url] = Source(len(self._sources) + 1, one.result)
                yield self._sources[url]


class Marks(MarkerFilter):
    """Passes their text on with our numbers in it, and knows where what follows has moved.

    `prose` False: brackets are none of the writer's marks, as in JSON, and nothing changes.
    """

    def __init__(self, numbering: Numbering, *, prose: bool = True) -> None:
        super().__init__(())
        self._numbering = numbering
        self._prose = prose
        self._read_chars = 0
        self._changes: list[tuple[int, int, int]] = []

    def span(self, span: Span) -> Span:
        """Where a span of their text stands in ours."""
        return Span(self._moved(span.start), self._moved(span.end))

    def _number(self, number: int) -> int | None:
        return self._numbering.number(number)

    def _known(self, marker: str, numbers: tuple[int, ...]) -> str:
        # Where nothing was found, brackets are the writer's own business.
        if self._numbering.empty or not self._prose:
            return marker
        return super()._known(marker, numbers)

    def _let_through(self, piece: str, numbers: tuple[int, ...]) -> str:
        shown = super()._let_through(piece, numbers)
        start = self._read_chars
        self._read_chars += len(piece)
        if len(shown) != len(piece):
            self._changes.append((start, self._read_chars, self._shown_chars))
        return shown

    def _moved(self, offset: int) -> int:
        moved = offset
        for start, end, shown_end in self._changes:
            if offset <= start:
                break
            moved = shown_end + max(0, offset - end)
        return moved
