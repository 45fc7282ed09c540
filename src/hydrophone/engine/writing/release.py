"""Release: units of an answer are checked while the model goes on writing, and let go in order.

At most `AT_ONCE` units are being checked or wait to be let go; who hands in more waits, and with
him the model. So the first sentence waits for no more than its own check.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from hydrophone.engine.checking.base import Checker
from hydrophone.engine.writing.mending import Action, Mended, mended
from hydrophone.engine.writing.quotes import Quotes
from hydrophone.engine.writing.rulings import BEFORE_CHARS, Judge, Ruled
from hydrophone.engine.writing.units import Unit
from hydrophone.errors import HydrophoneError
from hydrophone.llm.markers import unmarked
from hydrophone.stream import Emit
from hydrophone.types import Citation, Notice, Source, Text

AT_ONCE = 4
CHECK_DEADLINE_S = 3.0
# For a sentence, when the time for the whole answer has run out.
HURRIED_S = 0.3
FLAGGED = "Sentences of the answer that the sources they cite do not support: {n}."
REMOVED = "Sentences that were left out of the answer, as no source supports them: {n}."
LATE = (
    "Sentences of the answer whose check came too late, so that their citations are unchecked: {n}."
)
_Waiting: TypeAlias = tuple[Unit, asyncio.Task[Ruled]]


@dataclass(slots=True)
class _HandedIn:
    """A unit that has not gone out. `whole` False: it was cut off in the middle; `before` is the
    text in front of it, once that is known."""

    unit: Unit
    whole: bool = True
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Checking:
    """How answers are checked. With `trails` the text goes out at once, and the check only flags.

    `deadline_s` is for each sentence; what is late goes out unchecked, and is counted.
    """

    checker: Checker
    action: Action = "recite"
    trails: bool = False
    deadline_s: float = CHECK_DEADLINE_S


class Release:
    """The checked text of one answer as it grows."""

    def __init__(self, sources: Sequence[Source], checking: Checking) -> None:
        self._judge = Judge(checking.checker, sources, checking.deadline_s)
        self._quotes = Quotes(sources)
        self._action: Action = "flag" if checking.trails else checking.action
        self._trails = checking.trails
        self._written = ""  # the end of what the model wrote, without markers
        self._handed_in: deque[_HandedIn] = deque()
        self._under_way: deque[_HandedIn] = deque()  # of which nothing has gone out
        self._owed: deque[Citation] = deque()  # of a unit whose text has gone out
        self._queue: asyncio.Queue[_Waiting | None] | None = None
        self._group: asyncio.TaskGroup | None = None
        self._pieces: list[str] = []
        self._chars = 0
        self._line = ""
        self._missing_lead = ""
        self._unsupported = 0
        self._removed = 0
        self._late = 0

    @property
    def text(self) -> str:
        """What was let go."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return self._pieces[0] if self._pieces else ""

    async def hand_in(self, units: Iterable[Unit], *, cut_off: bool = False) -> None:
        """Have these checked and let go next; outside of `during`, when the next one runs.

        `cut_off`: the last of them ended before the model had finished it.
        """
        self._handed_in += (_HandedIn(unit) for unit in units)
        if cut_off and self._handed_in:
            self._handed_in[-1] = _HandedIn(self._handed_in[-1].unit, whole=False)
        if self._queue is None or self._group is None:
            return
        while self._handed_in:
            one = self._handed_in.popleft()
            self._under_way.append(one)
            before = self._written if one.before is None else one.before
            one.before = before
            ruling = self._judge.rule(one.unit, before, whole=one.whole)
            task = self._group.create_task(ruling)
            self._written = (before + unmarked(one.unit.text))[-2 * BEFORE_CHARS :]
            await self._queue.put((one.unit, task))

    async def during(self, work: Callable[[], Awaitable[None]], emit: Emit) -> None:
        """Do the work, which hands units in; return when all of them are out. What was whole before
        the work failed still goes out; what is under way when it is cancelled goes out the next
        time. Raises what the work raises."""
        failed: HydrophoneError | None = None
        try:
            async with asyncio.TaskGroup() as group:
                self._group, self._queue = group, asyncio.Queue(AT_ONCE)
                group.create_task(self._let_go(self._queue, emit))
                try:
                    await self.hand_in(())
                    await work()
                except HydrophoneError as error:
                    failed = error
                await self._queue.put(None)
        except BaseExceptionGroup as several:
            raise several.exceptions[0] from several
        finally:
            self._group = self._queue = None
            self._handed_in.extendleft(reversed(self._under_way))
            self._under_way.clear()
        if failed is not None:
            raise failed

    def hurry(self) -> None:
        """There is no more time for thorough checks."""
        self._judge.deadline_s = min(self._judge.deadline_s, HURRIED_S)

    def notices(self) -> Iterable[Notice]:
        """What a reader should know of the check, at the end."""
        if self._unsupported:
            yield Notice("unsupported", FLAGGED.format(n=self._unsupported))
        if self._removed:
            yield Notice("unsupported", REMOVED.format(n=self._removed))
        if self._late:
            yield Notice("late_stage", LATE.format(n=self._late))

    async def _let_go(self, queue: asyncio.Queue[_Waiting | None], emit: Emit) -> None:
        await self._cite(emit)
        while (waiting := await queue.get()) is not None:
            unit, task = waiting
            ruled = await task
            out = mended(ruled, self._action, self._line)
            start = unit.start if self._trails else self._chars
            if not self._trails:
                start += await self._say(unit, out, emit)
            self._under_way.popleft()
            self._late += ruled.late
            self._unsupported += out.unsupported and out.text is not None
            self._owed += out.citations(start, self._quotes)
            await self._cite(emit)

    async def _cite(self, emit: Emit) -> None:
        while self._owed:
            await emit(self._owed[0])
            self._owed.popleft()

    async def _say(self, unit: Unit, out: Mended, emit: Emit) -> int:
        """Let the unit's text go; how much longer than its own its lead has become."""
        if out.text is None:
            self._removed += 1
            self._missing_lead = _lead(self._missing_lead, _with_bullet(unit))
            return 0
        lead = self._missing_lead
        text = _lead(lead, unit.lead) + out.text[len(unit.lead) :] if lead else out.text
        if not self._chars and self._removed:
            text = text.lstrip()
        if text:
            await emit(Text(text))
        self._missing_lead = ""
        self._pieces.append(text)
        self._chars += len(text)
        self._line = (self._line + text).rpartition("\n")[2]
        return len(text) - len(out.text)


def _with_bullet(unit: Unit) -> str:
    """What a list needs of an item whose first sentence goes."""
    body = unit.text[len(unit.lead) :]
    first, _, _ = body.partition(" ")
    is_bullet = first in ("-", "*", "•", "+", ">") or first.rstrip(".)").isdecimal()
    return unit.lead + (f"{first} " if is_bullet else "")


def _lead(missing: str, own: str) -> str:
    """The white space before a sentence, where those before it have gone: what set them off."""
    if not missing:
        return own
    if "\n" not in own:
        return missing if "\n" in missing or not missing.isspace() else own
    blank = missing[: len(missing) - len(missing.lstrip())]
    return blank if blank.count("\n") > own.count("\n") else own
