"""Mending: what becomes of a unit and its markers once the check has ruled.

- `flag`: nothing changes; each citation tells its verdict.
- `recite`: a marker whose source does not support its words goes, if another one of its group does.
  Where none does, the first is moved to a source that does, if there is one. Where there is none,
  the markers stay, and their citations say `unsupported`. A sentence that states something without
  a marker gets one if a source supports it.
- `remove`: as `recite`, but a sentence whose citations nothing supports goes.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from hydrophone.engine.checking.base import Judgement, Support
from hydrophone.engine.writing.quotes import Quotes, unchecked
from hydrophone.engine.writing.rulings import Ruled, Ruling
from hydrophone.llm.markers import Marker, cited, opens_marker
from hydrophone.llm.overlap import stems
from hydrophone.types import Citation, Origin, SourceSpan, Span

Action = Literal["recite", "flag", "remove"]
# What a sentence without a citation must have for one to be added: so many words besides those that
# every sentence has, and a share of them in the quote. "It is very fast." would find its quote
# nearly anywhere.
LEAST_WORDS = 4
LEAST_SHARE = 0.5
_PROVEN = ("supported", "exact")


@dataclass(frozen=True, slots=True)
class Kept:
    """A citation that goes out: at this marker's place, to this source."""

    n: int
    support: Support | None
    origin: Origin
    text: str


@dataclass(frozen=True, slots=True)
class Mended:
    """A unit as it goes out: its text (None when it is removed) and its citations, in order.

    `unsupported`: it cites, and nothing supports it.
    """

    text: str | None
    kept: tuple[Kept, ...] = ()
    unsupported: bool = False

    def citations(self, start: int, quotes: Quotes) -> Iterator[Citation]:
        """The citations, where the text begins at `start` of the answer."""
        if self.text is None:
            return
        lead = len(self.text) - len(self.text.lstrip())
        span = Span(start + lead, start + len(self.text.rstrip()))
        for one in self.kept:
            if one.support is not None:
                yield citation_of(one.support, one.origin, span)
            elif (quote := quotes.best(one.text, one.n)) is not None:
                yield unchecked(quote, span)


def mended(ruled: Ruled, action: Action, line: str = "") -> Mended:
    """The unit after the rulings; `line` is what stands before it on its line."""
    unit = ruled.unit
    if not ruled.rulings:
        return Mended(unit.text)
    unsupported = any(_is_unsupported(ruling) for ruling in ruled.rulings)
    if action == "flag":
        return Mended(unit.text, tuple(_as_written(ruled)), unsupported)
    if action == "remove" and unsupported:
        return Mended(None, unsupported=True)
    places: dict[int, Kept] = {}
    for ruling in ruled.rulings:
        places |= _recited(ruling)
    numbers = {start: one.n for start, one in places.items()}
    text = _rewritten(unit.text, unit.markers, numbers)
    kept = list(places.values())
    if not unit.markers and (added := _added(ruled.rulings[0])) is not None:
        longer = _with_marker(text, added.n)
        if _numbers(line + longer) == [*_numbers(line + text), added.n]:  # not in code
            text, kept = longer, [added]
    return Mended(text, tuple(kept), unsupported)


def _numbers(text: str) -> list[int]:
    return [number for _, number in cited(text)]


def _is_unsupported(ruling: Ruling) -> bool:
    judgement = ruling.judgement
    if judgement is None or not ruling.markers or not judgement.is_claim:
        return False
    if not judgement.cited or judgement.other is not None:
        return False
    return all(support.verdict == "unsupported" for support in judgement.cited)


def _as_written(ruled: Ruled) -> Iterator[Kept]:
    for ruling in ruled.rulings:
        supports = _supports(ruling.judgement)
        for marker in ruling.markers:
            yield Kept(marker.n, supports.get(marker.n), "writer", ruling.text)


def _supports(judgement: Judgement | None) -> dict[int, Support]:
    if judgement is None or not judgement.is_claim:
        return {}
    return {support.n: support for support in judgement.cited}


def _recited(ruling: Ruling) -> dict[int, Kept]:
    """What stands at which marker's place; a place that is missing loses its marker."""
    judgement, supports = ruling.judgement, _supports(ruling.judgement)
    kept: dict[int, Kept] = {}
    moved = judgement.other if judgement is not None and judgement.is_claim else None
    proven = any(support.verdict in _PROVEN for support in supports.values())
    for marker in ruling.markers:
        support = supports.get(marker.n)
        if support is None or support.verdict in _PROVEN or not (proven or moved):
            kept[marker.start] = Kept(marker.n, support, "writer", ruling.text)
        elif moved is not None and not proven:
            kept[marker.start] = Kept(moved.n, moved, "moved", ruling.text)
            moved, proven = None, True
    return kept


def _added(ruling: Ruling) -> Kept | None:
    judgement = ruling.judgement
    if judgement is None or not judgement.is_claim or judgement.other is None:
        return None
    words, quoted = set(stems(ruling.text)), set(stems(judgement.other.quote.text))
    if len(words) < LEAST_WORDS or len(words & quoted) < LEAST_SHARE * len(words):
        return None
    return Kept(judgement.other.n, judgement.other, "added", ruling.text)


def _rewritten(text: str, markers: tuple[Marker, ...], numbers: dict[int, int]) -> str:
    """The text with the numbers that its markers have now; without those that have none."""
    shown, begin = "", 0
    for run in _runs(markers):
        shown += text[begin : run[0].start]
        begin = run[-1].end
        left = [numbers[marker.start] for marker in run if marker.start in numbers]
        if left:
            shown += "".join(f"[{n}]" for n in left)
        else:
            shown = _closed_up(shown, text[begin : begin + 1])
    return shown + text[begin:]


def _closed_up(before: str, following: str) -> str:
    """The text before a marker that is taken away. The brackets stay, empty, where without them
    the text around would become a marker, or code."""
    if opens_marker(before) or following == "`":
        return before + "[]"
    closed = before[:-1] if before[-1:] in (" ", "\t") else before
    joins = closed[-1:].isalnum() and following.isalnum()
    return before if joins or opens_marker(closed) else closed


def _runs(markers: tuple[Marker, ...]) -> list[list[Marker]]:
    """Markers that stand side by side, together."""
    runs: list[list[Marker]] = []
    for marker in markers:
        if runs and runs[-1][-1].end == marker.start:
            runs[-1].append(marker)
        else:
            runs.append([marker])
    return runs


def _with_marker(text: str, n: int) -> str:
    """The text with a marker behind its last word; in the last cell of a table's row."""
    body = text.rstrip()
    after = text[len(body) :]
    if body.endswith("|"):
        cell = body[:-1].rstrip()
        return f"{cell} [{n}] |{after}"
    return f"{body} [{n}]{after}"


def citation_of(support: Support, origin: Origin, span: Span | None) -> Citation:
    """The citation of what the check has found."""
    quote = support.quote
    return Citation(
        n=support.n,
        passage=quote.passage.id,
        answer_span=span,
        source_span=SourceSpan(quote.passage.version, quote.start, quote.end),
        quote=quote.text,
        verdict=support.verdict,
        score=support.score,
        origin=origin,
    )
