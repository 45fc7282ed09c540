"""The answer while a language model writes it: text is let go, citations come with it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol

from hydrophone.engine.hostile.addresses import AddressPass, Allowed, told
from hydrophone.engine.hostile.calls import NOT_OFFERED, CallPass
from hydrophone.engine.writing.beside import citations_beside
from hydrophone.engine.writing.quotes import citations_of
from hydrophone.engine.writing.release import Checking, Release
from hydrophone.engine.writing.stops import StopPass
from hydrophone.engine.writing.units import UnitCutter
from hydrophone.llm.base import ModelDelta, ModelUsage
from hydrophone.llm.markers import MarkerFilter
from hydrophone.stream import Emit
from hydrophone.types import Citation, FinishReason, Notice, Source, Text, Thinking


class TextPass(Protocol):
    """Passes a text on piece by piece, changed."""

    def feed(self, delta: str) -> str:
        """The text that can be let go after `delta` has come; may be empty."""

    def close(self) -> str:
        """What was held back to the last."""


class WrittenAnswer:
    """The answer while it is being written, in one reply of the model or several.

    `plain`: brackets in the text are no markers, and it goes out as it is; when it has sources,
    their citations stand beside it. Without `checking` the text goes out as it comes, and its
    citations are shown to exist. `passes` change the model's text before its markers are read.
    `allowed` are the addresses that text and thoughts may show;
    `calls` lets only calls of the caller's functions pass.
    """

    def __init__(
        self,
        sources: Sequence[Source],
        *,
        plain: bool,
        checking: Checking | None = None,
        stop: Sequence[str] = (),
        passes: Sequence[TextPass] = (),
        allowed: Allowed | None = None,
        calls: CallPass | None = None,
    ) -> None:
        self._sources = sources
        self._plain = plain
        self._checking = checking
        self._filter = None if plain else MarkerFilter([source.n for source in sources])
        self._cutter, self._release = UnitCutter(), None
        if checking is not None and not plain:
            self._release = Release(sources, checking)
        self._stop = StopPass(stop) if stop and not plain else None
        self._calls = calls
        self.allowed = allowed
        self._addresses = AddressPass(allowed) if allowed is not None and not plain else None
        self._passes = (*((self._addresses,) if self._addresses else ()), *passes)
        self._thoughts_pass = AddressPass(allowed) if allowed is not None else None
        self._pieces: list[str] = []
        self._raw: list[str] = self._pieces if plain else []
        self._thoughts: list[str] = []
        self._raw_from = 0
        self.begun = False
        self.usage: ModelUsage | None = None
        self.reason: FinishReason = "stop"

    @property
    def text(self) -> str:
        """All that was let go."""
        if self._release is not None and not self._trails:
            return self._release.text
        return "".join(self._pieces)

    @property
    def latest(self) -> str:
        """What the model wrote in its last reply, as it wrote it."""
        return "".join(self._raw[self._raw_from :])

    @property
    def thoughts(self) -> str:
        """What the last reply thought."""
        return "".join(self._thoughts)

    @property
    def said(self) -> bool:
        """Whether the model has written any text."""
        return bool(self._raw)

    @property
    def checked(self) -> bool:
        """Whether its text goes out sentence by sentence."""
        return self._release is not None

    @property
    def stops(self) -> bool:
        """Whether a stop sequence can end it."""
        return self._stop is not None

    @property
    def stopped(self) -> bool:
        """Whether a stop sequence has come: what follows it is not wanted."""
        return self._stop is not None and self._stop.stopped

    @property
    def _trails(self) -> bool:
        return self._checking is not None and self._checking.trails

    def begin(self) -> None:
        """A reply begins."""
        self._raw_from, self._thoughts = len(self._raw), []
        self.begun, self.usage = False, None

    async def during(self, reading: Callable[[], Awaitable[None]], emit: Emit) -> None:
        """Take what `reading` reads, while sentences are checked and let go."""
        if self._release is None:
            await reading()
        else:
            await self._release.during(reading, emit)

    async def take(self, delta: ModelDelta, emit: Emit) -> None:
        """Pass a piece of the reply on."""
        self.begun = True
        if delta.thinking:
            self._thoughts.append(delta.thinking)
            await self._think(delta.thinking, emit)
        if self._thoughts_pass is not None and (delta.text or delta.tool_calls):
            await self._think("", emit)
        if delta.text and self._plain:
            self._pieces.append(delta.text)
            await emit(Text(delta.text))
        elif delta.text:
            self._raw.append(delta.text)
            await self._pass_on(delta.text, emit, last=False)
        for call in delta.tool_calls:
            if self._calls is None or self._calls.lets(call):
                await emit(call)
        if delta.usage is not None:
            self.usage = delta.usage
        if delta.finish_reason is not None:
            none_left = self._calls is not None and self._calls.left_out and not self._calls.passed
            self.reason = "stop" if none_left else delta.finish_reason

    async def _think(self, thought: str, emit: Emit) -> None:
        """Pass a piece of the thoughts on; none: they have come to an end."""
        one = self._thoughts_pass
        if one is not None:
            thought = one.feed(thought) if thought else one.close()
        if thought:
            await emit(Thinking(thought))

    def break_off(self) -> None:
        """No more will come: what stands was cut off, and there is little time left for it."""
        self.reason = "length"
        if self._release is not None:
            self._release.hurry()

    async def finish(self, emit: Emit, *, whole_only: bool = False) -> None:
        """Pass on what was held back, then the citations that are still to come. `whole_only`: what
        was held back is half a sentence that nobody shall see."""
        if self._thoughts_pass is not None:
            await self._think("", emit)
        if self._calls is not None and self._calls.left_out:
            await emit(Notice("partial", NOT_OFFERED))
        if self._filter is None:
            if self._sources:
                await self._cite_beside(emit)
            return

        async def rest() -> None:
            await self._pass_on("", emit, last=True)

        if not whole_only:
            await self.during(rest, emit)
        if self._release is None:
            for citation in await asyncio.to_thread(self._citations):
                await emit(citation)
        else:
            for notice in self._release.notices():
                await emit(notice)
        if self._addresses is not None and self._addresses.left_out:
            await emit(Notice("address_left_out", told(self._addresses.left_out)))

    async def _pass_on(self, text: str, emit: Emit, *, last: bool) -> None:
        assert self._filter is not None
        for one in (*((self._stop,) if self._stop else ()), *self._passes):
            text = one.feed(text) + (one.close() if last else "")
        shown = self._filter.feed(text) + (self._filter.close() if last else "")
        if self._release is None or self._trails:
            await self._say(shown, emit)
        if self._release is None:
            return
        await self._release.hand_in(self._cutter.feed(shown, self._filter.taken()))
        if last:
            await self._release.hand_in(self._cutter.close(), cut_off=self.reason == "length")

    async def _cite_beside(self, emit: Emit) -> None:
        if self.reason not in ("stop", "length"):
            return
        checker = self._checking.checker if self._checking is not None else None
        for citation in await citations_beside(self.text, self._sources, checker):
            await emit(citation)

    def _citations(self) -> list[Citation]:
        return list(citations_of(self.text, self._sources))

    async def _say(self, text: str, emit: Emit) -> None:
        if text:
            self._pieces.append(text)
            await emit(Text(text))
