"""The outline of a report: its sections, and how they are written as lines and read again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

_BAR, _NOTE = " | ", "- "


@dataclass(frozen=True, slots=True)
class Section:
    """A part of a report: its heading, what its sources are chosen by, and the notes for it."""

    heading: str
    query: str
    notes: tuple[str, ...] = ()

    @property
    def lines(self) -> tuple[str, ...]:
        """The section as lines of an outline: `heading | query`, then its notes."""
        return (f"{self.heading}{_BAR}{self.query}", *(_NOTE + note for note in self.notes))


def outlined(lines: Sequence[str]) -> tuple[Section, ...]:
    """The sections of an outline that was told of by their `lines`."""
    sections: list[Section] = []
    for line in lines:
        if line.startswith(_NOTE) and sections:
            last = sections[-1]
            sections[-1] = replace(last, notes=(*last.notes, line.removeprefix(_NOTE)))
        else:
            heading, _, query = line.partition(_BAR)
            sections.append(Section(heading, query))
    return tuple(sections)
