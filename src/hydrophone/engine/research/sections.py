"""The parts of a report: topics that are looked into, and what goes into the sections."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.engine.hostile.fence import defused, mark_of
from hydrophone.engine.queries.outline import Section
from hydrophone.llm.overlap import coverage, stems
from hydrophone.types import Source

MOST_NOTES = 12


@dataclass(frozen=True, slots=True)
class Topic:
    """A part of what is asked: how it is named, and the question that it is looked into by."""

    heading: str
    query: str


def sections_of(lines: Sequence[str], notes: Sequence[str], most: int) -> tuple[Section, ...]:
    """The sections that an outline's lines `heading | query` name, each once, with their notes."""
    found: dict[str, Section] = {}
    for line in lines:
        heading, bar, query = (part.strip(" #*") for part in line.partition("|"))
        if bar and heading and query:
            mine = notes_for(f"{heading} {query}", notes)
            found.setdefault(heading.casefold(), Section(heading, query, mine))
    return tuple(found.values())[:most]


def notes_for(query: str, notes: Sequence[str]) -> tuple[str, ...]:
    """The notes that share most with a section's words, in their order."""
    known = tuple(dict.fromkeys(notes))
    if len(known) <= MOST_NOTES:
        return known
    covered = coverage(query, known)
    best = sorted(range(len(known)), key=lambda index: (-covered[index], index))[:MOST_NOTES]
    return tuple(known[index] for index in sorted(best))


def fenced(notes: Sequence[str]) -> str:
    """The notes for a prompt. They are words of pages, so they stand between marks as those do."""
    mark = mark_of(notes)
    lines = "\n".join(f"- {defused(note)}" for note in notes)
    return f"<notes-{mark}>\n{lines}\n</notes-{mark}>"


def fitting(query: str, sources: Sequence[Source]) -> list[Source]:
    """The sources, those first whose texts cover most of the query's words."""
    texts = [
        "\n".join([source.result.title, *(p.text for p in source.result.passages)])
        for source in sources
    ]
    covered = coverage(query, texts)
    order = sorted(range(len(sources)), key=lambda index: (-covered[index], index))
    return [sources[index] for index in order]


def new_topics(known: Sequence[Topic], found: Sequence[Topic], most: int) -> list[Topic]:
    """The topics of `found` that say something else than the known ones; with these at most
    `most`."""
    said = {frozenset(stems(topic.query)) for topic in known}
    fresh: list[Topic] = []
    for topic in found:
        words = frozenset(stems(topic.query))
        if words and words not in said and len(known) + len(fresh) < most:
            said.add(words)
            fresh.append(topic)
    return fresh
