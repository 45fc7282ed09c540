"""A ChatModel that plays scripts: for tests, demonstrations and benchmarks.

A script is a sequence of deltas, pauses in seconds, and exceptions to raise. The first request
gets the first script, the second the second, and all after the last get the last.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import TypeAlias

from hydrophone.errors import InternalError
from hydrophone.llm.base import ModelDelta, ModelReply, ModelRequest, ModelUsage
from hydrophone.llm.fold import folded

ScriptItem: TypeAlias = ModelDelta | float | Exception


class ScriptedChatModel:
    """Replies by script. Records what it was asked, and how often it was left before the end."""

    def __init__(self, *scripts: Sequence[ScriptItem], name: str = "scripted") -> None:
        if not scripts:
            raise InternalError("a scripted model needs a script")
        self.name = name
        self._scripts = tuple(tuple(script) for script in scripts)
        self.requests: list[ModelRequest] = []
        self.stopped = 0

    @asynccontextmanager
    async def stream(self, request: ModelRequest) -> AsyncGenerator[AsyncIterator[ModelDelta]]:
        """Play the next script."""
        script = self._scripts[min(len(self.requests), len(self._scripts) - 1)]
        self.requests.append(request)
        playing = _Playing(script)
        try:
            async with aclosing(playing.deltas()) as deltas:
                yield deltas
        finally:
            self.stopped += not playing.ended

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Play the next script to its end and fold it into one reply."""
        async with self.stream(request) as deltas:
            return folded([delta async for delta in deltas])


class _Playing:
    """One reply; `ended` when its script was played, or raised, to the end."""

    def __init__(self, script: Sequence[ScriptItem]) -> None:
        self._script = script
        self.ended = False

    async def deltas(self) -> AsyncGenerator[ModelDelta]:
        for item in self._script:
            if isinstance(item, Exception):
                self.ended = True
                raise item
            if isinstance(item, ModelDelta):
                yield item
            else:
                await asyncio.sleep(item)
        self.ended = True


def saying(text: str, *, usage: ModelUsage | None = None) -> ScriptedChatModel:
    """Replies to everything with `text`, a word a delta."""
    words = text.split(" ")
    pieces = [word if n == 0 else f" {word}" for n, word in enumerate(words)]
    deltas = [ModelDelta(text=piece) for piece in pieces]
    return ScriptedChatModel([*deltas, ModelDelta(finish_reason="stop", usage=usage)])
