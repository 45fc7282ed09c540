"""The page of a report: its sections one behind the other, each told of as a step."""

from __future__ import annotations

from dataclasses import replace

from hydrophone.engine.research.so_far import SECTION
from hydrophone.stream import Emit
from hydrophone.types import Citation, Event, Span, Step, StepResult, Text, Thinking

# What a sentence, or what may stand for one, can end with.
_ENDS = tuple(".!?…。！？｡:|`)]\"'”’*_")


class ReportPage:
    """Passes the events of one section after the other on.

    A heading goes before the first text of its section, so that it never stands alone. Spans come
    in as they are in the section and go out as they are in the whole text, of which `text` was
    written before. A report shows no thoughts.
    """

    def __init__(self, emit: Emit, text: str = "") -> None:
        self._emit = emit
        self._pieces = [text] if text else []
        self._chars = len(text)
        self._step = ""
        self._lead: str | None = None
        self._shift = len(text)
        self._skipped = 0

    @property
    def empty(self) -> bool:
        """Whether nothing is written."""
        return not self._pieces

    @property
    def text(self) -> str:
        """All that is written."""
        return "".join(self._pieces)

    async def begin(self, number: int, heading: str) -> None:
        """A section begins; the first may have no heading."""
        self._step, self._skipped = section_id(number), 0
        self._lead = f"## {heading}\n\n" if heading else ""
        named = f"Writing the section “{heading}”." if heading else "Writing what answers first."
        await self._emit(Step(self._step, "write", thought=named))

    async def end(self, *, cut: bool = False) -> None:
        """The section is over; where a sentence of it was `cut`, a mark says so."""
        if cut and self._lead is None and not self._pieces[-1].rstrip().endswith(_ENDS):
            await self._say(" …")
        await self._emit(StepResult(self._step))

    async def __call__(self, event: Event) -> None:
        """Pass on what happens in the section."""
        if isinstance(event, Text):
            await self._write(event.delta)
        elif isinstance(event, Citation):
            await self._emit(_moved(event, self._shift))
        elif not isinstance(event, Thinking):
            await self._emit(event)

    async def _write(self, delta: str) -> None:
        if self._lead is not None:
            text = delta.lstrip()
            self._skipped += len(delta) - len(text)
            if not text:
                return
            lead = ("\n\n" if self._chars else "") + self._lead
            self._shift = self._chars + len(lead) - self._skipped
            self._lead, delta = None, lead + text
        await self._say(delta)

    async def _say(self, text: str) -> None:
        self._chars += len(text)
        self._pieces.append(text)
        await self._emit(Text(text))


def section_id(number: int) -> str:
    """The step of a report's section, counted from 1."""
    return f"{SECTION}-{number}"


def _moved(citation: Citation, by: int) -> Citation:
    span = citation.answer_span
    if span is None:
        return citation
    return replace(citation, answer_span=Span(span.start + by, span.end + by))
