"""A language model that writes from the sources in its prompt, at a set pace: for what the engine
adds around one.

It says sentences of the sources word for word and cites two of three rightly, the third by the
number of another source, so that the check has to look for the right one.
"""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager

from hydrophone.index.sentences import split_sentences
from hydrophone.llm.base import ModelDelta, ModelReply, ModelRequest
from hydrophone.llm.fold import folded

SENTENCES = 5
PAUSE_S = 0.010
_BLOCK = re.compile(r'<source-\w+ n="(\d+)"[^>]*>\n(.*?)\n</source-', re.DOTALL)
_LEAST_WORDS = 6
_MOST_WORDS = 30


class PacedModel:
    """A ChatModel. Knows when it was last asked, and how long its last reply took by itself."""

    name = "paced"

    def __init__(self, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self.asked_at = 0.0
        self.ended_at = 0.0
        self.own_s = 0.0

    @asynccontextmanager
    async def stream(self, request: ModelRequest) -> AsyncGenerator[AsyncIterator[ModelDelta]]:
        """Write a word at a time."""
        async with aclosing(self._deltas(request)) as deltas:
            yield deltas

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Write it all."""
        return folded([delta async for delta in self._deltas(request)])

    async def _deltas(self, request: ModelRequest) -> AsyncGenerator[ModelDelta]:
        self.asked_at, self.own_s = time.perf_counter(), 0.0
        for word in answer_from(request.messages[0].text).split(" "):
            began = time.perf_counter()
            await asyncio.sleep(self._pause_s)
            self.own_s += time.perf_counter() - began
            yield ModelDelta(text=f"{word} ")
        self.ended_at = time.perf_counter()
        yield ModelDelta(finish_reason="stop")


def answer_from(prompt: str) -> str:
    """Sentences of the sources in a prompt, every third one cited to the wrong one."""
    blocks = sorted((int(n), text) for n, text in _BLOCK.findall(prompt))
    said = []
    for place, (n, text) in enumerate(blocks[:SENTENCES]):
        sentence = next(filter(_is_statement, _sentences(text)), "")
        wrong = blocks[(place + 1) % len(blocks)][0]
        if sentence:
            said.append(f"{sentence} [{wrong if place % 3 == 2 else n}]")
    return " ".join(said) or "The sources do not say."


def _sentences(text: str) -> list[str]:
    return [" ".join(text[span.start : span.end].split()) for span in split_sentences(text)]


def _is_statement(sentence: str) -> bool:
    words = sentence.split()
    plain = not set(sentence) & set("[]`|<>=")
    return _LEAST_WORDS <= len(words) <= _MOST_WORDS and sentence.endswith(".") and plain
