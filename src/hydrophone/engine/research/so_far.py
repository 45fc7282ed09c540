"""What an earlier run of the same answer has told, and how a later one goes on behind it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.engine.queries.outline import Section, outlined
from hydrophone.stream import Emit
from hydrophone.types import (
    Event,
    Notice,
    Revision,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
)

OUTLINE = "outline"
SECTION = "section"


@dataclass(frozen=True, slots=True)
class SoFar:
    """The sources when they were complete, else None; the text; the steps that were begun and
    those that ended; the sections that are written; how the report was outlined; what was noticed.
    """

    sources: tuple[Source, ...] | None = None
    text: str = ""
    steps: frozenset[str] = frozenset()
    ended: frozenset[str] = frozenset()
    written: frozenset[str] = frozenset()
    sections: tuple[Section, ...] = ()
    notices: frozenset[Notice] = frozenset()


NOTHING = SoFar()


def told_in(events: Sequence[Event]) -> SoFar:
    """What the events tell. A section whose text has begun counts as written."""
    sources: dict[int, Source] = {}
    complete, text, section = False, "", ""
    written: set[str] = set()
    for event in events:
        if isinstance(event, Sources):
            sources.update((source.n, source) for source in event.items)
            complete = complete or event.complete
        elif isinstance(event, Step) and event.kind == "write":
            section = event.id
        elif isinstance(event, StepResult) and event.step == section:
            written.add(section)
        elif isinstance(event, Text | Revision):
            text = text + event.delta if isinstance(event, Text) else event.text
            written.add(section)
    return SoFar(
        sources=tuple(sources.values()) if complete else None,
        text=text,
        steps=frozenset(event.id for event in events if isinstance(event, Step)),
        ended=frozenset(event.step for event in events if isinstance(event, StepResult)),
        written=frozenset(written - {""}),
        sections=_outlined(events),
        notices=frozenset(event for event in events if isinstance(event, Notice)),
    )


def _outlined(events: Sequence[Event]) -> tuple[Section, ...]:
    left = [event for event in events if isinstance(event, StepResult) and event.notes]
    outlines = [event.notes for event in left if event.step.startswith(OUTLINE)]
    return outlined(outlines[-1]) if outlines else ()


def behind(emit: Emit, so_far: SoFar) -> Emit:
    """`emit`, which says no notice and tells of no step a second time."""
    if so_far is NOTHING:
        return emit

    async def fresh(event: Event) -> None:
        known = isinstance(event, Notice) and event in so_far.notices
        known = known or (isinstance(event, Step) and event.id in so_far.steps)
        known = known or (isinstance(event, StepResult) and event.step in so_far.ended)
        if not known:
            await emit(event)

    return fresh
