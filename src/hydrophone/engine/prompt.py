"""What the model writer sends: instructions, the sources with their passages, the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hydrophone.llm.base import TokenCounter
from hydrophone.types import Question, Source, TextPart, Turn

# The tags of our own that a page might hold to end its source or to pose as another.
_TAG = re.compile(r"<(?=\s*/?\s*source)", re.IGNORECASE)


@cache
def instructions(name: str = "answer") -> str:
    """The text of prompts/NAME.md."""
    return (files(__package__) / "prompts" / f"{name}.md").read_text(encoding="utf-8").strip()


def source_block(source: Source) -> str:
    """One source as the model sees it; what could close the mark is made harmless."""
    head = f'<source n="{source.n}" title="{_attribute(source.result.title)}">'
    body = "\n…\n".join(passage.text for passage in source.result.passages)
    return f"{head}\n{_TAG.sub('&lt;', body)}\n</source>"


def _attribute(text: str) -> str:
    return " ".join(text.split()).replace('"', "'").replace("<", "(").replace(">", ")")


def packed(sources: Sequence[Source], tokens: TokenCounter, budget: int) -> list[str]:
    """The blocks of the best sources that fit into `budget` tokens; at least the first."""
    blocks: list[str] = []
    left = budget
    for source in sources:
        block = source_block(source)
        left -= tokens.count(block)
        if left < 0 and blocks:
            break
        blocks.append(block)
    return blocks


def conversation(
    question: Question, blocks: Sequence[str], now: datetime, *, ours: str | None = None
) -> list[Turn]:
    """The turns to send: ours first, then the caller's system text and turns as they are.

    Without sources there are no instructions of ours but what the caller wishes for: the bare model
    was asked for.
    """
    wishes = _wishes(question, now)
    if not blocks:
        if not wishes:
            return list(question.turns)
        return [Turn("system", (TextPart("\n".join(wishes)),)), *question.turns]
    system = "\n\n".join(["\n".join([ours or instructions(), *wishes]), *blocks])
    return [Turn("system", (TextPart(system),)), *question.turns]


def _wishes(question: Question, now: datetime) -> list[str]:
    """What the caller wants to be written for: language, conventions, time and place."""
    output, wishes = question.output, []
    if output.language:
        wishes.append(f"- The caller wants the answer in the language '{output.language}'.")
    if output.locale:
        wishes.append(f"- Write dates and numbers as is usual in the locale '{output.locale}'.")
    if output.timezone:
        wishes.append(f"- It is {_local(now, output.timezone)} ({output.timezone}) for the caller.")
    if place := _place(question):
        wishes.append(f"- The caller is in {place}.")
    return wishes


def _local(now: datetime, timezone: str) -> str:
    with suppress(ZoneInfoNotFoundError, ValueError, OSError):  # else in UTC, as the offset says
        now = now.astimezone(ZoneInfo(timezone))
    return now.strftime("%A, %d %B %Y, %H:%M %z")


def _place(question: Question) -> str:
    location = question.search.location
    if location is None:
        return f"the country {question.search.country}" if question.search.country else ""
    named = [part for part in (location.city, location.region, location.country) if part]
    if location.latitude is not None and location.longitude is not None:
        named.append(f"at latitude {location.latitude:g}, longitude {location.longitude:g}")
    return _attribute(", ".join(named))
