"""The parts of an engine, played from a recording: nothing is searched, read or asked anew.

A call is found by what it asks for; where that is not in the recording, because the engine has
changed since, by the next best thing that is: another number of the same kind of call. What is not
in it at all fails as `NotRecorded`. Calls end in the order in which they ended when they were
recorded, so that what runs side by side tells of itself in the same order.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Generic, TypeVar

from hydrophone.engine.recording.tape import (
    AttachmentRead,
    Failure,
    Line,
    ModelCall,
    PageRead,
    Scores,
    SearchCall,
    Tape,
    WindowTold,
    error_of,
    key_of,
)
from hydrophone.errors import InternalError
from hydrophone.fetch.attachments.reading import Attachments, Picture
from hydrophone.llm.base import ModelDelta, ModelReply, ModelRequest, Reranker, RerankerKind
from hydrophone.llm.fold import folded
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.search.pages import Pages
from hydrophone.types import Document, MediaPart, RequestContext, SearchOptions

# How long a call waits for those that ended before it; the engine may not make them any more.
PATIENCE_S = 0.2
Call = TypeVar("Call", bound=Line)


class NotRecorded(InternalError):
    """The engine asks for what the recording does not hold."""


class Order:
    """Lets calls end in the order in which they stand on the tape."""

    def __init__(self, calls: Sequence[Line]) -> None:
        self._place = {id(call): place for place, call in enumerate(calls)}
        self._open = set(range(len(calls)))
        self._changed = asyncio.Condition()

    async def wait(self, call: Line) -> None:
        """Return when all that ended before have ended, or nobody makes them."""
        place = self._place[id(call)]
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE_S), self._changed:
                await self._changed.wait_for(lambda: not any(one < place for one in self._open))
        async with self._changed:
            self._open = {one for one in self._open if one > place}
            self._changed.notify_all()


class Calls(Generic[Call]):
    """The recorded calls of one kind. `changed` are those that were asked otherwise now."""

    def __init__(self, calls: Iterable[Call], order: Order) -> None:
        self._left = list(calls)
        self._played: list[Call] = []
        self._order = order
        self.changed: list[Call] = []

    async def next(self, what: str, *tests: Callable[[Call], bool]) -> Call:
        """The first call that passes the first test that any passes; one that is asked for again
        gets the same answer again. Raises NotRecorded, naming `what`."""
        for number, test in enumerate(tests):
            for calls in (self._left, self._played):
                call = next(filter(test, calls), None)
                if call is None:
                    continue
                if calls is self._left:
                    self._left.remove(call)
                    self._played.append(call)
                if number:
                    self.changed.append(call)
                await self._order.wait(call)
                return call
        raise NotRecorded(f"{what} is not in the recording")


class PlayedSearcher:
    """A Searcher that finds what was found."""

    def __init__(self, tape: Tape, order: Order) -> None:
        self.calls = Calls(tape.of(SearchCall), order)

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """What these queries found. Raises what they raised, or NotRecorded."""
        asked = tuple(queries)
        call = await self.calls.next(
            f"the search for {', '.join(queries)!r}",
            lambda one: (one.queries, one.options) == (asked, options),
            lambda one: one.queries == asked,
        )
        if call.outcome is None:
            raise error_of(call.failure or Failure(late=True))
        return call.outcome


class PlayedPages(Pages):
    """Pages as they were read."""

    def __init__(self, tape: Tape, order: Order) -> None:
        self.calls = Calls(tape.of(PageRead), order)

    async def read(self, url: str, *, typed: bool = False) -> Document:
        """The page. Raises what reading raised, or NotRecorded."""
        call = await self.calls.next(
            f"the page {url}",
            lambda one: (one.url, one.typed) == (url, typed),
            lambda one: one.url == url,
        )
        if call.document is None:
            raise error_of(call.failure or Failure(late=True))
        return call.document


class PlayedAttachments(Attachments):
    """Attachments as they were read."""

    reads_words = True

    def __init__(self, tape: Tape, order: Order) -> None:
        self._calls = Calls(tape.of(AttachmentRead), order)

    async def read(self, part: MediaPart, url: str) -> Document | Picture:
        """What the part held. Raises what reading raised, or NotRecorded."""
        call = await self._next(url, words=False)
        content = call.document or call.picture
        if content is None:
            raise error_of(call.failure or Failure(late=True))
        return content

    async def read_words(self, picture: Picture) -> Document:
        """The words in a picture. Raises what reading raised, or NotRecorded."""
        call = await self._next(picture.url, words=True)
        if call.document is None:
            raise error_of(call.failure or Failure(late=True))
        return call.document

    async def _next(self, url: str, *, words: bool) -> AttachmentRead:
        wanted = (url, words)
        return await self._calls.next(
            f"the attachment {url}", lambda one: (one.url, one.words) == wanted
        )


class PlayedModel:
    """A ChatModel that writes what was written, in the same pieces."""

    name = "recorded"

    def __init__(self, tape: Tape, order: Order) -> None:
        self.calls = Calls(tape.of(ModelCall), order)
        self._windows = {told.model: told.tokens for told in tape.of(WindowTold)}

    async def context_tokens(self, model: str) -> int | None:
        """What the endpoint told."""
        return self._windows.get(model)

    @asynccontextmanager
    async def stream(self, request: ModelRequest) -> AsyncIterator[AsyncIterator[ModelDelta]]:
        """The reply to this request, else to the next one on the tape."""
        call = await self._next(request)
        if call.failure is not None and not call.deltas and not call.failure.late:
            raise error_of(call.failure)
        yield _deltas(call)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """The whole reply; see `stream`."""
        call = await self._next(request)
        if call.failure is not None:
            raise error_of(call.failure)
        return call.reply or folded(call.deltas)

    async def _next(self, request: ModelRequest) -> ModelCall:
        return await self.calls.next(
            "another call of the language model",
            lambda one: one.request == request,
            lambda one: (
                len(one.request.messages) == len(request.messages)
                and one.request.messages[-1] == request.messages[-1]
            ),
            lambda one: True,
        )


async def _deltas(call: ModelCall) -> AsyncIterator[ModelDelta]:
    if call.reply is not None:
        calls = tuple(call.reply.tool_calls)
        if calls:
            raise NotRecorded("a reply with calls of functions was not recorded as a stream")
        yield ModelDelta(call.reply.text, call.reply.thinking)
        yield ModelDelta(finish_reason=call.reply.finish_reason, usage=call.reply.usage)
    for delta in call.deltas:
        yield delta
    if call.failure is not None:
        raise error_of(call.failure)
    if call.left:
        await asyncio.Event().wait()  # whoever left it will leave it again


class PlayedReranker:
    """A Reranker that knows its scores; other texts go to `fresh`, where there is one."""

    def __init__(self, tape: Tape, order: Order, fresh: Reranker | None = None) -> None:
        self.model = tape.recording.reranker
        self.kind: RerankerKind = tape.recording.kind
        self._order = order
        self._calls = list(tape.of(Scores))
        self._tape = tape
        self._known = {
            (call.query, key): score for call in self._calls for key, score in call.scores.items()
        }
        self._fresh = fresh
        self.scored_anew = 0

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """The scores of the texts. Raises NotRecorded for unknown ones without a reranker."""
        keys = [(query, key_of(text)) for text in texts]
        unknown = [text for text, key in zip(texts, keys, strict=True) if key not in self._known]
        if unknown:
            await self._score_anew(query, unknown)
        wanted = {key for _, key in keys}
        call = next(
            (one for one in self._calls if one.query == query and wanted == one.scores.keys()), None
        )
        if call is not None:
            self._calls.remove(call)
            await self._order.wait(call)
        return [self._known[key] for key in keys]

    async def _score_anew(self, query: str, texts: Sequence[str]) -> None:
        if self._fresh is None or self._fresh.kind != self.kind:
            raise NotRecorded(
                f"{len(texts)} sentences were never scored for {query[:80]!r}, and the model that "
                "could is not here"
            )
        self.scored_anew += len(texts)
        scores = await self._fresh.score(query, texts)
        anew = dict(zip(map(key_of, texts), scores, strict=True))
        self._tape.calls.append(Scores(query, anew))
        self._known.update(((query, key), score) for key, score in anew.items())


class PlayedTokens:
    """A TokenCounter that knows its counts; other texts are counted by words."""

    def __init__(self, tape: Tape) -> None:
        self.model = tape.recording.tokens
        self._counts = tape.counts
        self._words = WordCounter()
        self.counted_anew = 0

    def count(self, text: str) -> int:
        """How many tokens the text has."""
        known = self._counts.get(key_of(text))
        if known is None:
            self.counted_anew += 1
            known = self._counts[key_of(text)] = self._words.count(text)
        return known
