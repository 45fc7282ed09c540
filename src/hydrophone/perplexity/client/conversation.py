"""A conversation: questions that follow one another."""

from __future__ import annotations

import asyncio
import logging
import weakref
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass, replace
from typing import Self

from hydrophone.errors import InvalidModel
from hydrophone.perplexity.account.tier import Account, AccountTier, check_files, check_model
from hydrophone.perplexity.asking import ask_body
from hydrophone.perplexity.citations import Mode
from hydrophone.perplexity.client.asking import Asking
from hydrophone.perplexity.client.response import AnswerSoFar, Response
from hydrophone.perplexity.config import ClientConfig, ConversationConfig
from hydrophone.perplexity.constants import CitationMode
from hydrophone.perplexity.errors import (
    HTTPError,
    ModelAccessError,
    PerplexityError,
    ResearchClarifyingQuestionsError,
    StreamingError,
    UnknownModelError,
)
from hydrophone.perplexity.files.inputs import FileInput, FileToSend, files_to_send
from hydrophone.perplexity.files.upload import upload
from hydrophone.perplexity.models.discovery import ModelList
from hydrophone.perplexity.models.ids import resolve
from hydrophone.perplexity.models.table import Model
from hydrophone.perplexity.session.web import WebSession
from hydrophone.perplexity.wire.failures import GenericFailure
from hydrophone.perplexity.wire.results import SearchResultItem
from hydrophone.perplexity.wire.thread import Thread
from hydrophone.types import Notice

HALF_READ = (
    "the conversation's answer before is half-read: read its stream to the end, or close it, "
    "before you ask again; or ask in another conversation"
)
_BUSY = (
    "the conversation's answers before have not come to their end in time: read each stream to its "
    "end, or close it, or ask in another conversation"
)
_WARM_UP = "/search/new"
_TOO_LONG = 414
_ASSUME = "Choose sensible answers to your questions yourself, and go on with the research."
_UNKNOWN = "the account's subscription is not known; the service decides what it may ask"
_log = logging.getLogger("hydrophone.perplexity")


@dataclass(frozen=True, slots=True)
class _Turn:
    """How a question is asked. `until`: when its answer is to be at its end, in the loop's time."""

    model: Model
    config: ConversationConfig
    attachments: Sequence[str]
    tier: AccountTier
    until: float


class AsyncConversation:
    """Questions that follow one another; one is answered at a time.

    The properties are those of the last answer.
    """

    def __init__(
        self,
        web: WebSession,
        account: Account,
        models: ModelList,
        client: ClientConfig,
        config: ConversationConfig,
        *,
        thread: Thread | None = None,
    ) -> None:
        self._web = web
        self._account = account
        self._models = models
        self._client = client
        self._config = config
        self._thread = thread or Thread()
        self._turn = asyncio.Lock()
        self._answer = AnswerSoFar()
        self._waiting: AsyncGenerator[Response, None] | None = None
        self._held: weakref.ref[AsyncGenerator[Response, None]] | None = None
        self._reader: asyncio.Task[object] | None = None

    async def ask(
        self,
        query: str,
        model: str | None = None,
        files: Sequence[FileInput] | None = None,
        citation_mode: str | None = None,
        stream: bool = False,
    ) -> Self:
        """Ask; with `stream` the answer is read by iterating over the conversation.

        Raises ValueError for an empty question and options that do not exist, UnknownModelError,
        ModelAccessError, FileValidationError, FileUploadError, AuthenticationError,
        RateLimitError, ResearchClarifyingQuestionsError, StreamingError, ResponseParsingError.
        """
        if not query.strip():
            raise ValueError("the question is empty")
        config = self._config.but(model=model, citation_mode=citation_mode)
        async with self._web.in_time(self._web.until()):
            chosen = await self._model(config.model or "best")
        to_send = files_to_send(files or ())
        answering = self._answering(query, chosen, config, to_send)
        if stream:
            self._waiting = answering
            return self
        async with aclosing(answering):
            async for _ in answering:
                pass
        return self

    def moved(self, web: WebSession, account: Account, models: ModelList) -> AsyncConversation:
        """This conversation over another session of the same account."""
        if web is self._web:
            return self
        thread, client = self._thread, self._client
        return AsyncConversation(web, account, models, client, self._config, thread=thread)

    def __aiter__(self) -> AsyncGenerator[Response, None]:
        """The steps of the answer that `ask` with `stream` has begun; leaving stops it."""
        steps = self._steps()
        if self._waiting is not None:
            self._held = weakref.ref(steps)
        return steps

    async def _steps(self) -> AsyncGenerator[Response, None]:
        answering, self._waiting = self._waiting, None
        if answering is None:
            return
        try:
            async for response in answering:
                self._reader = asyncio.current_task()
                yield response
        finally:
            self._reader = None
            await answering.aclose()

    def _check_turn(self) -> None:
        """Raise RuntimeError where a task would wait for what it has to read itself. A stream that
        it has left is not held any more, and soon out of the way."""
        held = self._held is not None and self._held() is not None
        if held and self._reader is not None and self._reader is asyncio.current_task():
            raise RuntimeError(HALF_READ)

    @property
    def answer(self) -> str | None:
        """The text of the last answer; None before the first."""
        return "".join(self._answer.pieces) or None

    @property
    def title(self) -> str | None:
        """The title that the service gave the conversation."""
        return self._answer.title or self._thread.title

    @property
    def search_results(self) -> list[SearchResultItem]:
        """The sources of the last answer: `[1]` is the first."""
        return list(self._answer.results)

    @property
    def thread(self) -> Thread:
        """By what names the service knows the conversation."""
        return self._thread

    @property
    def uuid(self) -> str | None:
        """The id of the conversation's last entry; `AsyncPerplexity.resume` goes on with it."""
        return self._thread.backend_uuid

    @property
    def notices(self) -> Sequence[Notice]:
        """What should be known of how the last answer came to be."""
        return tuple(self._answer.notices)

    @property
    def related(self) -> Sequence[str]:
        """Questions that one could ask next."""
        return self._answer.related

    @property
    def _raises_questions(self) -> bool:
        wanted = self._config.research_interaction or self._client.research_interaction
        return wanted == "manual"

    async def _model(self, name: str) -> Model:
        """The model of an id; what the bundled table does not know, the service's list may."""
        mode = self._config.custom_model_mode or self._client.custom_model_mode
        with suppress(InvalidModel):
            return resolve(name, known=self._models.known, custom_mode=mode)
        try:
            return resolve(name, known=await self._models.models(), custom_mode=mode)
        except InvalidModel as error:
            raise UnknownModelError(error.message) from None

    async def _check(self, model: Model, tier: AccountTier) -> None:
        """Raise ModelAccessError when the subscription does not have the model; before that the
        service is asked, whose list may be newer than the bundled one."""
        try:
            check_model(model, tier)
        except ModelAccessError:
            listed = await self._models.models()
            check_model(listed.get(model.id, model), tier)

    async def _answering(
        self, query: str, model: Model, config: ConversationConfig, files: Sequence[FileToSend]
    ) -> AsyncGenerator[Response, None]:
        self._check_turn()
        async with self._its_turn():
            until = self._web.until()
            async with self._web.in_time(until):
                tier = await self._account.tier()
                await self._check(model, tier)
                if files:
                    check_files(tier)
                attachments = await upload(self._web, files)
            steps = self._asked(query, _Turn(model, config, attachments, tier, until))
            async with aclosing(steps):
                async for response in steps:
                    yield response

    @asynccontextmanager
    async def _its_turn(self) -> AsyncIterator[None]:
        """Hold the conversation, behind the answers before. Raises StreamingError when one of them
        does not come to its end within the `timeout`."""
        try:
            async with asyncio.timeout(self._client.timeout):
                await self._turn.acquire()
        except TimeoutError:
            raise StreamingError(_BUSY) from None
        try:
            yield
        finally:
            self._turn.release()

    async def _asked(self, query: str, turn: _Turn) -> AsyncGenerator[Response, None]:
        """The answer; of a conversation that the service has lost, in a new one; of research that
        asked back and ended, once it was told to go on. A conversation goes on behind an answer
        that was left or broke off, not behind one that failed."""
        before, begun = self._thread, False
        for attempt in range(3):
            asking = await self._begun(query, turn)
            try:
                async with aclosing(asking.responses()) as steps:
                    async for response in steps:
                        begun = True
                        self._go_on_behind(asking.decoder.thread)
                        yield response
                self._go_on_behind(asking.decoder.thread)
                return
            except StreamingError:
                self._go_on_behind(asking.decoder.thread)
                raise
            except ResearchClarifyingQuestionsError:
                self._go_on_behind(asking.decoder.thread)
                if self._raises_questions or query == _ASSUME:
                    raise
                query = _ASSUME
            except GenericFailure:
                self._thread = before
                if before.backend_uuid is None or attempt or begun:
                    raise
                _log.warning("the service has lost the conversation: it begins anew")
                self._thread = before = Thread()
            except PerplexityError:
                self._thread = before
                raise

    def _go_on_behind(self, thread: Thread) -> None:
        if thread.backend_uuid is not None:
            self._thread = thread

    async def _begun(self, query: str, turn: _Turn) -> Asking:
        if self._thread.backend_uuid is None:
            async with self._web.in_time(turn.until):
                await self._warm_up(query)
        body = ask_body(
            query,
            turn.model,
            turn.config,
            thread=self._thread,
            attachments=turn.attachments,
            free=turn.tier == "free",
        )
        mode: Mode = CitationMode(turn.config.citation_mode).value
        asking = Asking(
            self._web, body, mode, raises_questions=self._raises_questions, until=turn.until
        )
        # What an answer says of its conversation only at its end holds from the one before.
        asking.decoder.thread = replace(self._thread, backend_uuid=None)
        if turn.tier == "unknown":
            _log.warning(_UNKNOWN)
            asking.answer.notices.append(Notice("unknown_subscription", _UNKNOWN))
        self._answer = asking.answer
        return asking

    async def _warm_up(self, query: str) -> None:
        """Open the page of the question, as a browser does: without it an answer may stay away."""
        most = self._client.max_init_query_length
        try:
            await self._web.visit(_WARM_UP, {"q": query[:most]})
        except HTTPError as error:
            if error.status_code != _TOO_LONG:
                raise
            await self._web.visit(_WARM_UP, {"q": query[: max(1, most // 4)]})
