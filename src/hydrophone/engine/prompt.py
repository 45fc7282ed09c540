"""What the model writer sends: instructions, the sources with their passages, the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from importlib.resources import files
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hydrophone.engine.hostile.fence import defused, mark_of, one_line
from hydrophone.llm.base import TokenCounter
from hydrophone.types import Passage, Question, Source, TextPart, Turn

_VERSION = re.compile(r"<!-- version (\d+) -->\n")
_LEAST_CLIPPED_CHARS = 80
# The blank line between two blocks.
_JOINT_TOKENS = 1


@cache
def instructions(name: str = "answer") -> str:
    """The text of prompts/NAME.md without its first line, which holds its version."""
    return _prompt(name)[1]


def prompt_version(name: str) -> str:
    """Which version of prompts/NAME.md this is, such as "answer 2"; it goes up with each change of
    the words."""
    return f"{name} {_prompt(name)[0]}"


def _prompt(name: str) -> tuple[str, str]:
    text = (files(__package__) / "prompts" / f"{name}.md").read_text(encoding="utf-8")
    version = _VERSION.match(text)
    return (version[1], text[version.end() :].strip()) if version else ("1", text.strip())


def source_block(source: Source, mark: str) -> str:
    """One source as the model sees it, between tags that nobody who does not know the mark can
    write; what else could pass for a part of the prompt is made harmless."""
    head = f'<source-{mark} n="{source.n}" title="{one_line(source.result.title)}">'
    body = "\n…\n".join(passage.text for passage in source.result.passages)
    return f"{head}\n{defused(body)}\n</source-{mark}>"


def mark_for(sources: Sequence[Source]) -> str:
    """The mark that these sources have in one prompt."""
    texts = (passage.text for source in sources for passage in source.result.passages)
    return mark_of(texts)


@dataclass(frozen=True, slots=True)
class Block:
    """Source `n` as it stands in a prompt, and how many tokens that costs."""

    n: int
    text: str
    tokens: int


def pack(sources: Sequence[Source], tokens: TokenCounter, budget: int) -> list[Block]:
    """The blocks of the best sources that fit into `budget` tokens, best first: each with as many
    of its passages as fit, the first at worst with the beginning of one."""
    mark, left = mark_for(sources), budget
    blocks: list[Block] = []
    for source in sources:
        block = _fitting(source, mark, tokens, left)
        if block is None and not blocks:
            block = _clipped(source, mark, tokens, left)
        if block is not None:
            blocks.append(block)
            left -= block.tokens
    return blocks


def arranged(blocks: Sequence[Block]) -> list[Block]:
    """The blocks as they are sent, the most useful first and last: what stands in the middle of a
    long prompt is read least."""
    return [*blocks[::2], *reversed(blocks[1::2])]


def packed(sources: Sequence[Source], tokens: TokenCounter, budget: int) -> list[str]:
    """The texts of the blocks that fit into `budget` tokens, as they are sent."""
    return [block.text for block in arranged(pack(sources, tokens, budget))]


def _fitting(source: Source, mark: str, tokens: TokenCounter, budget: int) -> Block | None:
    """The source with its best passages; None when not even one fits."""
    passages = source.result.passages
    for count in range(len(passages), 0, -1):
        block = _block(source, passages[:count], mark, tokens)
        if block.tokens <= budget:
            return block
    return None


def _clipped(source: Source, mark: str, tokens: TokenCounter, budget: int) -> Block | None:
    """The beginning of the source's best passage; None when there is room for next to nothing."""
    for passage in source.result.passages[:1]:
        kept = passage.text
        while len(kept) > _LEAST_CLIPPED_CHARS:
            block = _block(source, (replace(passage, text=kept),), mark, tokens)
            if block.tokens <= budget:
                return block
            kept = kept[: len(kept) * 3 // 4].rpartition(" ")[0]
    return None


def _block(source: Source, passages: Sequence[Passage], mark: str, tokens: TokenCounter) -> Block:
    shown = replace(source, result=replace(source.result, passages=tuple(passages)))
    text = source_block(shown, mark)
    return Block(source.n, text, tokens.count(text) + _JOINT_TOKENS)


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
    return one_line(", ".join(named))
