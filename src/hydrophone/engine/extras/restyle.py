"""Citation styles: `[1]` as it is, as a Markdown link to its source, or not at all.

The writers set `[n]`; here it is rewritten on its way out, and the spans of citations with it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrophone.llm.markers import MarkerPass
from hydrophone.stream import Emit
from hydrophone.types import (
    Citation,
    CitationStyle,
    Event,
    Finished,
    Question,
    Revision,
    Source,
    Sources,
    Span,
    Text,
)

_SAFE_IN_LINK = str.maketrans({"(": "%28", ")": "%29", " ": "%20", "<": "%3C", ">": "%3E"})


def restyled(
    emit: Emit, question: Question, sources: Sequence[Source] = (), text: str = ""
) -> Emit:
    """`emit`, behind the citation style that the question wants. An answer in JSON or by a pattern
    is left as it is: brackets in it are no markers. `sources` and `text`, in its style already,
    went out before."""
    style = question.output.citation_style
    if style in (None, "default") or question.output.format is not None:
        return emit
    return _Restyled(emit, style, sources, len(text))


class _Restyled:
    """Rewrites the events of one answer."""

    def __init__(
        self, emit: Emit, style: CitationStyle, sources: Sequence[Source], chars: int
    ) -> None:
        self._emit = emit
        self._style = style
        self._urls = {source.n: source.result.url for source in sources}
        self._rewriter = _Rewriter(style, self._urls, chars)

    async def __call__(self, event: Event) -> None:
        if isinstance(event, Text):
            await self._say(self._rewriter.feed(event.delta))
            return
        if isinstance(event, Sources):
            self._urls.update((source.n, source.result.url) for source in event.items)
        elif isinstance(event, Citation):
            event = self._moved(event)
        elif isinstance(event, Revision):
            event = self._revised(event)
        elif isinstance(event, Finished):
            await self._say(self._rewriter.close())
        await self._emit(event)

    async def _say(self, text: str) -> None:
        if text:
            await self._emit(Text(text))

    def _revised(self, revision: Revision) -> Revision:
        self._rewriter = _Rewriter(self._style, self._urls)
        text = self._rewriter.feed(revision.text) + self._rewriter.close()
        return Revision(text, tuple(self._moved(citation) for citation in revision.citations))

    def _moved(self, citation: Citation) -> Citation:
        span = citation.answer_span
        if span is None:
            return citation
        moved = Span(self._rewriter.moved(span.start), self._rewriter.moved(span.end))
        return replace(citation, answer_span=moved)


@dataclass(frozen=True, slots=True)
class _Change:
    """A marker that was rewritten: where it ended, and where what stands for it ends now."""

    end: int
    new_end: int


class _Rewriter(MarkerPass):
    """Rewrites the markers of sources that exist, and knows where what follows them has moved."""

    def __init__(self, style: CitationStyle, urls: dict[int, str], chars: int = 0) -> None:
        super().__init__()
        self._style = style
        self._urls = urls
        self._read_chars = chars
        self._shown_chars = chars
        self._starts: list[int] = []
        self._changes: list[_Change] = []

    def moved(self, offset: int) -> int:
        """Where an offset of the text as it came in is in the text as it went out."""
        before = bisect_left(self._starts, offset) - 1
        if before < 0:
            return offset
        change = self._changes[before]
        return change.new_end + max(0, offset - change.end)

    def _let_through(self, piece: str, numbers: tuple[int, ...]) -> str:
        shown = self._restyled(piece, numbers) if numbers else piece
        start = self._read_chars
        self._read_chars += len(piece)
        self._shown_chars += len(shown)
        if shown != piece:
            self._starts.append(start)
            self._changes.append(_Change(self._read_chars, self._shown_chars))
        # As it came in: what is code there is code here.
        self._reader.take(piece)
        return shown

    def _restyled(self, marker: str, numbers: tuple[int, ...]) -> str:
        known = [number for number in numbers if number in self._urls]
        if not known:
            return marker
        if self._style == "clean":
            return ""
        space = marker[0] if marker[0] in " \t" else ""
        return space + "".join(f"[{n}]({_in_link(self._urls[n])})" for n in known)


def _in_link(url: str) -> str:
    """The address without what would end a link of Markdown."""
    return url.translate(_SAFE_IN_LINK)
