"""What the model writer sends: instructions, the sources with their passages, the conversation."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from hydrophone.llm.base import TokenCounter
from hydrophone.types import Source, TextPart, Turn

# The tags of our own that a page might hold to end its source or to pose as another.
_TAG = re.compile(r"<(?=\s*/?\s*source)", re.IGNORECASE)


@cache
def instructions() -> str:
    """The text of prompts/answer.md."""
    return (files(__package__) / "prompts" / "answer.md").read_text(encoding="utf-8").strip()


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


def conversation(turns: Sequence[Turn], blocks: Sequence[str], language: str | None) -> list[Turn]:
    """The turns to send: ours first, then the caller's system text and turns as they are.

    Without sources there are no instructions of ours: the caller asked for the bare model.
    """
    if not blocks:
        return list(turns)
    ours = instructions()
    if language:
        ours += f"\n- The caller wants the answer in the language '{language}'."
    system = "\n\n".join([ours, *blocks])
    return [Turn("system", (TextPart(system),)), *turns]
