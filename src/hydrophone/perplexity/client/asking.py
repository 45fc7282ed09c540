"""One question from its request to its last frame, through what may go wrong between them."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing, suppress
from typing import Any

from hydrophone.perplexity.asking import PATH
from hydrophone.perplexity.citations import Citations, Mode, formatted
from hydrophone.perplexity.client.report import report_of
from hydrophone.perplexity.client.response import AnswerSoFar, Response
from hydrophone.perplexity.errors import (
    AuthenticationError,
    BotWallError,
    ConnectionFailed,
    HTTPError,
    PerplexityError,
    RateLimitError,
    ResearchClarifyingQuestionsError,
    ResponseParsingError,
    StreamingError,
)
from hydrophone.perplexity.models.table import MODELS
from hydrophone.perplexity.session.web import WebSession
from hydrophone.perplexity.wire.decoder import Decoder, Update
from hydrophone.types import Notice

_RECONNECT = f"{PATH}/reconnect/"
_TERMINATE = "/rest/sse/perplexity_terminate"
_TERMINATE_S = 5.0
_log = logging.getLogger("hydrophone.perplexity")


class Asking:
    """Asks one question and reads its answer.

    `raises_questions`: questions that research asks back are an error; else it goes on by itself.
    The answer is to be at its end by `until`, in the loop's time.
    """

    def __init__(
        self,
        web: WebSession,
        body: Mapping[str, Any],
        mode: Mode,
        *,
        raises_questions: bool,
        until: float,
    ) -> None:
        self._web = web
        self._body = body
        self._mode = mode
        self._raises_questions = raises_questions
        self._until = until
        self._lost: StreamingError | None = None
        self._urls: list[str | None] = []
        self._citations = Citations(mode, self._urls)
        self.decoder = Decoder()
        self.answer = AnswerSoFar()

    async def responses(self) -> AsyncGenerator[Response, None]:
        """The steps of the answer. Whoever leaves early has the service stop as well.

        Raises PerplexityError; StreamingError has the text that had come as `partial`.
        """
        try:
            async with aclosing(self._read(PATH, self._body, asks=True)) as steps:
                async for response in steps:
                    yield response
            if not self.decoder.ended:
                async with aclosing(self._gone_on_with()) as steps:
                    async for response in steps:
                        yield response
            if (report := await self._reported()) is not None:
                yield report
            yield self._settled()
        except StreamingError as error:
            error.partial = formatted(self.decoder.text, self._mode, self._urls)
            raise
        finally:
            if not self.decoder.ended:
                await self._stop()

    async def _read(
        self, path: str, body: Mapping[str, Any], *, asks: bool
    ) -> AsyncGenerator[Response, None]:
        try:
            async with self._web.frames(path, body, asks=asks, until=self._until) as frames:
                async for frame in frames:
                    update = self.decoder.take(frame.data)
                    self._check_questions()
                    if (response := self._taken(update)) is not None:
                        yield response
                    if update.ended:
                        return
        except StreamingError as error:
            if self.decoder.thread.backend_uuid is None:
                raise
            _log.info("the answer's stream broke off: %s", error)
            self._lost = error

    async def _gone_on_with(self) -> AsyncGenerator[Response, None]:
        """The rest of an answer whose stream broke off before its last frame: by another stream,
        and yet another so long as they bring something."""
        name, in_vain = self.decoder.thread.backend_uuid, 0
        if name is None:
            raise StreamingError("the service closed the stream without an answer")
        while not self.decoder.ended:
            in_vain += 1
            async with aclosing(self._again(name)) as steps:
                async for response in steps:
                    in_vain = 0
                    yield response
            if self.decoder.ended:
                return
            pause_s = self._web.retrying.pause_s(max(1, in_vain))
            late = asyncio.get_running_loop().time() + pause_s >= self._until
            if late or in_vain > self._web.retrying.config.max_retries:
                raise self._lost or StreamingError("the answer broke off before its end")
            await asyncio.sleep(pause_s)

    async def _again(self, name: str) -> AsyncGenerator[Response, None]:
        """What another stream of the same answer brings, which begins with all that there is."""
        again = {"reconnectInitialSnapshot": True}
        try:
            async with aclosing(self._read(f"{_RECONNECT}{name}", again, asks=False)) as steps:
                async for response in steps:
                    yield response
        except (HTTPError, ConnectionFailed) as error:
            if isinstance(error, RateLimitError) and error.status_code is None:
                raise  # the answer itself says so
            # Of an answer that it has no more the service says what it says of a bad session.
            is_gone = isinstance(error, AuthenticationError) and not isinstance(error, BotWallError)
            told = "the service has the rest of it no more" if is_gone else error.message
            raise StreamingError(f"the answer broke off, and is gone: {told}") from error

    async def _reported(self) -> Response | None:
        """The report of research that came with no frame."""
        name, mode = self.decoder.thread.backend_uuid, self._body["params"]["mode"]
        if mode != "research" or name is None or not self.decoder.lacks_report:
            return None
        report = await report_of(self._web, name)
        return self._taken(Update(delta=self.decoder.add_report(report))) if report else None

    def _taken(self, update: Update) -> Response | None:
        """What an update adds, formatted; None when it adds nothing to see."""
        answer, decoder = self.answer, self.decoder
        answer.title = decoder.thread.title
        answer.conversation_uuid = decoder.thread.backend_uuid
        answer.queries += update.queries
        answer.thoughts += update.thoughts
        if update.results or update.ended:
            answer.results = decoder.results
            self._urls[:] = [item.url for item in decoder.results]
        if update.revised:
            self._begin_text_anew()
            return self._step("", revised=True)
        shown = self._citations.feed(update.delta)
        if not (shown or update.results or update.queries or update.thoughts):
            return None
        return self._step(shown, revised=False)

    def _begin_text_anew(self) -> None:
        """The text that came before has changed."""
        self._citations = Citations(self._mode, self._urls)
        self.answer.pieces = [self._citations.feed(self.decoder.text)]

    def _settled(self) -> Response:
        """The service's last word: all of the text, its sources, and which model it was."""
        decoder, answer = self.decoder, self.answer
        rest = self._citations.close()
        whole = formatted(decoder.text, self._mode, self._urls)
        revised = "".join(answer.pieces) + rest != whole
        if revised:
            answer.pieces, rest = [whole], ""
        answer.related = decoder.related
        if not decoder.text and decoder.questions is not None:
            raise ResearchClarifyingQuestionsError(decoder.questions)
        if not decoder.text:
            raise ResponseParsingError("the service ended without an answer")
        asked = self._body["params"]["model_preference"]
        used = decoder.display_model
        if used is not None and _is_another(used, asked):
            told = f"{asked} was asked, and {used} answered: the service changed the model."
            answer.notices.append(Notice("downgrade", told))
        if decoder.stopped:
            answer.notices.append(Notice("partial", "The answer was stopped before its end."))
        return self._step(rest, revised=revised)

    def _check_questions(self) -> None:
        questions = self.decoder.questions
        if questions is not None and self._raises_questions:
            raise ResearchClarifyingQuestionsError(questions)

    def _step(self, shown: str, *, revised: bool) -> Response:
        answer = self.answer
        if shown:
            answer.pieces.append(shown)
        return Response(shown, revised, answer, answer.pieces, len(answer.pieces), answer.results)

    async def _stop(self) -> None:
        """Have the service stop: closing the stream alone would not, and costs quota."""
        thread, params = self.decoder.thread, self._body["params"]
        if thread.backend_uuid is None:
            return
        body = {
            "entry_uuid": thread.backend_uuid,
            "context_uuid": thread.context_uuid,
            "model_preference": params["model_preference"],
            "terminate_requested_at_ms": round(time.time() * 1000),
        }
        with suppress(PerplexityError, TimeoutError):
            async with asyncio.timeout(_TERMINATE_S):
                await self._web.call("POST", _TERMINATE, body=body, at_once=True)


def _is_another(used: str, asked: str) -> bool:
    """Whether an answer is by another model than was asked for. `best` leaves the choice to the
    service; but what an account without a subscription is given in its place is no choice."""
    best = MODELS["best"]
    return used == best.free_identifier != asked if asked == best.identifier else used != asked
