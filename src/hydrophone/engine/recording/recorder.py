"""The parts of an engine, each wrapped so that its calls are kept on the tape of their request."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from contextvars import ContextVar
from dataclasses import replace

from hydrophone.engine.recording.tape import (
    Asked,
    AttachmentRead,
    Failure,
    Line,
    ModelCall,
    PageRead,
    Recording,
    Scores,
    SearchCall,
    Tape,
    WindowTold,
    failure_of,
    key_of,
)
from hydrophone.errors import InternalError
from hydrophone.fetch.attachments.reading import Attachments, Picture
from hydrophone.llm.base import (
    ChatModel,
    ModelDelta,
    ModelReply,
    ModelRequest,
    Reranker,
    RerankerKind,
    TokenCounter,
)
from hydrophone.ports import Answerer, Resumable, Searcher, SearchOutcome
from hydrophone.search.pages import Pages
from hydrophone.types import (
    Document,
    Event,
    MediaPart,
    Question,
    RequestContext,
    SearchOptions,
)

# Each request's work runs in tasks of its own, which begin with the tape of who started them.
_tape: ContextVar[Tape | None] = ContextVar("tape", default=None)
Keep = Callable[[Tape, RequestContext], Awaitable[None]]


def _note(line: Line) -> None:
    tape = _tape.get()
    if tape is not None:
        tape.calls.append(line)


class RecordingAnswerer:
    """An answerer whose parts are recorded; `keep` is given each tape when the answer has ended.

    The clock stands still while a question is answered, so that a replay has the same one.
    """

    def __init__(self, answerer: Answerer, recording: Recording, keep: Keep) -> None:
        self._answerer = answerer
        self._recording = recording
        self._keep = keep

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Pass the question on, and note what comes back."""
        return self._recorded(question, context)

    def resumes(self, question: Question) -> bool:
        """Whether this question's answer can be gone on with."""
        return isinstance(self._answerer, Resumable) and self._answerer.resumes(question)

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Have an answer gone on with, unrecorded: its beginning is on no tape here."""
        if not isinstance(self._answerer, Resumable):
            raise InternalError("an answer is to be gone on with that cannot be")
        return self._answerer.resume(question, context, so_far)

    @asynccontextmanager
    async def _recorded(
        self, question: Question, context: RequestContext
    ) -> AsyncIterator[AsyncIterator[Event]]:
        now = context.clock()
        tape = Tape(self._recording, Asked(question, now, context.whole))
        _tape.set(tape)
        try:
            still = replace(context, clock=lambda: now)
            async with self._answerer.answer(question, still) as events:
                yield _noted(events, tape)
        finally:
            _tape.set(None)
            await self._keep(tape, context)


async def _noted(events: AsyncIterator[Event], tape: Tape) -> AsyncIterator[Event]:
    async for event in events:
        tape.events.append(event)
        yield event


class RecordedSearcher:
    """A Searcher whose searches are kept."""

    def __init__(self, searcher: Searcher) -> None:
        self._searcher = searcher

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """Pass the search on."""
        asked = SearchCall(tuple(queries), options)
        try:
            outcome = await self._searcher.search(queries, options, context)
        except BaseException as error:
            _note(replace(asked, failure=failure_of(error)))
            raise
        _note(replace(asked, outcome=outcome))
        return outcome


class RecordedPages(Pages):
    """Pages whose reads are kept, those from memory too."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages

    async def read(self, url: str, *, typed: bool = False) -> Document:
        """Pass the read on."""
        asked = PageRead(url, typed)
        try:
            document = await self._pages.read(url, typed=typed)
        except BaseException as error:
            _note(replace(asked, failure=failure_of(error)))
            raise
        _note(replace(asked, document=document))
        return document


class RecordedAttachments(Attachments):
    """Attachments whose contents are kept."""

    def __init__(self, attachments: Attachments) -> None:
        self._attachments = attachments

    @property
    def reads_words(self) -> bool:
        """Whether text in pictures can be read."""
        return self._attachments.reads_words

    async def read(self, part: MediaPart, url: str) -> Document | Picture:
        """Pass the read on."""
        try:
            content = await self._attachments.read(part, url)
        except BaseException as error:
            _note(AttachmentRead(url, words=False, failure=failure_of(error)))
            raise
        if isinstance(content, Document):
            _note(AttachmentRead(url, words=False, document=content))
        else:
            _note(AttachmentRead(url, words=False, picture=content))
        return content

    async def read_words(self, picture: Picture) -> Document:
        """Pass the read on."""
        try:
            document = await self._attachments.read_words(picture)
        except BaseException as error:
            _note(AttachmentRead(picture.url, words=True, failure=failure_of(error)))
            raise
        _note(AttachmentRead(picture.url, words=True, document=document))
        return document


class RecordedModel:
    """A ChatModel whose requests and replies are kept, with the bounds of their deltas."""

    def __init__(
        self, model: ChatModel, ask_window: Callable[[str], Awaitable[int | None]] | None = None
    ) -> None:
        self._model = model
        self._ask_window = ask_window
        self.name = model.name

    async def context_tokens(self, model: str) -> int | None:
        """How many tokens the model can read and write."""
        told = await self._ask_window(model) if self._ask_window is not None else None
        _note(WindowTold(model, told))
        return told

    @asynccontextmanager
    async def stream(self, request: ModelRequest) -> AsyncIterator[AsyncIterator[ModelDelta]]:
        """Pass the request on."""
        reply = _Reply(request)
        try:
            async with self._model.stream(request) as deltas:
                yield reply.noted(deltas)
        except BaseException as error:
            reply.failure = reply.failure or failure_of(error)
            raise
        finally:
            reply.keep()

    async def complete(self, request: ModelRequest) -> ModelReply:
        """Pass the request on."""
        try:
            reply = await self._model.complete(request)
        except BaseException as error:
            _note(ModelCall(request, failure=failure_of(error)))
            raise
        _note(ModelCall(request, reply=reply))
        return reply


class _Reply:
    """A reply on its way."""

    def __init__(self, request: ModelRequest) -> None:
        self._request = request
        self._deltas: list[ModelDelta] = []
        self._ended = False
        self.failure: Failure | None = None

    async def noted(self, deltas: AsyncIterator[ModelDelta]) -> AsyncIterator[ModelDelta]:
        async for delta in deltas:
            self._deltas.append(delta)
            yield delta
        self._ended = True

    def keep(self) -> None:
        left = not self._ended and self.failure is None
        _note(ModelCall(self._request, tuple(self._deltas), failure=self.failure, left=left))


class RecordedReranker:
    """A Reranker whose scores are kept."""

    def __init__(self, reranker: Reranker) -> None:
        self._reranker = reranker
        self.model = reranker.model
        self.kind: RerankerKind = reranker.kind

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """Pass the texts on."""
        scores = await self._reranker.score(query, texts)
        _note(Scores(query, dict(zip(map(key_of, texts), scores, strict=True))))
        return scores


class RecordedTokens:
    """A TokenCounter whose counts are kept."""

    def __init__(self, tokens: TokenCounter) -> None:
        self._tokens = tokens
        self.model = tokens.model

    def count(self, text: str) -> int:
        """Pass the text on."""
        count = self._tokens.count(text)
        tape = _tape.get()
        if tape is not None:
            tape.counts[key_of(text)] = count
        return count
