"""Rulings: what the check says of a unit of an answer, group of markers by group of markers.

In "Whales sing [1], and elephants hum [2][3]." each group stands for the words before it. A clause
that its sources do not support by itself may be supported as part of its sentence.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.engine.checking.base import Checker, Claim, Judgement
from hydrophone.engine.writing.units import Unit
from hydrophone.errors import Cancelled, HydrophoneError
from hydrophone.llm.markers import Marker
from hydrophone.types import Source

# A clause of fewer words is judged as its whole sentence.
MIN_CLAUSE_WORDS = 4
BEFORE_CHARS = 300
_SAYS_SOMETHING = re.compile(r"[^\W_]")


@dataclass(frozen=True, slots=True)
class Ruling:
    """What was found for the words before a group of markers, or for a sentence without any.

    `judgement` is None where the check came too late or failed.
    """

    text: str
    markers: tuple[Marker, ...]
    judgement: Judgement | None


@dataclass(frozen=True, slots=True)
class Ruled:
    """A unit with its rulings, in order; none where there was nothing to check."""

    unit: Unit
    rulings: tuple[Ruling, ...] = ()

    @property
    def late(self) -> bool:
        """Whether the check of any part is missing."""
        return any(ruling.judgement is None for ruling in self.rulings)


class Judge:
    """Has the units of one answer checked, each within `deadline_s`."""

    def __init__(self, checker: Checker, sources: Sequence[Source], deadline_s: float) -> None:
        self._checker = checker
        self._sources = sources
        self.deadline_s = deadline_s

    async def rule(self, unit: Unit, before: str, *, whole: bool = True) -> Ruled:
        """The rulings on a unit; `before` is the text in front of it. `whole` False: it was cut off
        in the middle, and says nothing that a source could be found for."""
        if unit.kind != "prose" and not unit.markers:
            return Ruled(unit)
        if not _SAYS_SOMETHING.search(_without(unit)):
            nothing = Ruling("", unit.markers, Judgement((), is_claim=False))
            return Ruled(unit, (nothing,) if unit.markers else ())
        if not (unit.markers or whole):
            return Ruled(unit)
        sentence = _without(unit).strip()
        groups = grouped(unit)
        judgements = await asyncio.gather(
            *(self._judge(text, sentence, markers, before) for text, markers in groups)
        )
        pairs = zip(groups, judgements, strict=True)
        return Ruled(unit, tuple(Ruling(text, markers, one) for (text, markers), one in pairs))

    async def _judge(
        self, text: str, sentence: str, markers: Sequence[Marker], before: str
    ) -> Judgement | None:
        numbers = tuple(dict.fromkeys(marker.n for marker in markers))
        try:
            async with asyncio.timeout(self.deadline_s):
                return await self._compare(text, sentence, numbers, before[-BEFORE_CHARS:])
        except TimeoutError:
            return None
        except Cancelled:
            raise
        except HydrophoneError:
            return None  # the answer stands without its check, and says so

    async def _compare(
        self, text: str, sentence: str, numbers: tuple[int, ...], before: str
    ) -> Judgement:
        clause = await self._checker.check(Claim(text, numbers, before), self._sources)
        if text == sentence or (clause.is_claim and clause.supported):
            return clause
        as_whole = await self._checker.check(Claim(sentence, numbers, before), self._sources)
        return as_whole if as_whole.supported or not clause.is_claim else clause


def grouped(unit: Unit) -> list[tuple[str, tuple[Marker, ...]]]:
    """The unit's groups of markers, each with the words that it stands for."""
    sentence = _without(unit).strip()
    groups: list[list[Marker]] = []
    for marker in unit.markers:
        between = unit.text[groups[-1][-1].end : marker.start] if groups else "x"
        if _SAYS_SOMETHING.search(between):
            groups.append([])
        groups[-1].append(marker)
    if len(groups) < 2:
        return [(sentence, unit.markers)]
    found, begin = [], 0
    for place, group in enumerate(groups):
        last = place == len(groups) - 1
        text = unit.text[begin : group[0].start] + (unit.text[group[-1].end :] if last else "")
        text = text.strip(" \t\n,;")
        found.append((text if len(text.split()) >= MIN_CLAUSE_WORDS else sentence, tuple(group)))
        begin = group[-1].end
    return found


def _without(unit: Unit) -> str:
    """The unit's text without its markers."""
    pieces, begin = [], 0
    for marker in unit.markers:
        pieces.append(unit.text[begin : marker.start].rstrip(" \t"))
        begin = marker.end
    return "".join([*pieces, unit.text[begin:]])
