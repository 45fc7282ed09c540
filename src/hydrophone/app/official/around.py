"""What the engine does around an answer of the official API, as that has no way to do it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime

from hydrophone.app.official.proofs import proven
from hydrophone.engine.checking.base import Checker
from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.extras.pictures import media
from hydrophone.engine.extras.related import from_model, from_sources
from hydrophone.engine.extras.restyle import restyled
from hydrophone.engine.writing.stops import StopPass
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import Answerer
from hydrophone.types import (
    Citation,
    Event,
    Finished,
    Media,
    Question,
    Related,
    RequestContext,
    Revision,
    Source,
    Sources,
    Text,
)
from hydrophone.upstream.aside import OfficialChat
from hydrophone.upstream.client import OfficialApi
from hydrophone.upstream.target import BARE_MODEL


class AroundOfficial:
    """Stop sequences, citation styles, filters of images, related questions and, with a `checker`,
    the check of citations, around an answerer that has none of them."""

    def __init__(
        self, official: Answerer, api: OfficialApi, checker: Checker | None = None
    ) -> None:
        self._official = official
        self._api = api
        self._checker = checker

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Answerer`."""
        opened = self._official.answer(question, context)
        return _shaped(opened, _Shaping(question, context, self._api, self._checker))


@asynccontextmanager
async def _shaped(
    opened: AbstractAsyncContextManager[AsyncIterator[Event]], shaping: _Shaping
) -> AsyncIterator[AsyncIterator[Event]]:
    async with opened as events:
        yield shaping.passing(events)


class _Shaping:
    """One answer on its way."""

    def __init__(
        self,
        question: Question,
        context: RequestContext,
        api: OfficialApi,
        checker: Checker | None,
    ) -> None:
        self._question = question
        self._context = context
        self._api = api
        # Brackets in an answer of the caller's format are no citations.
        self._checker = None if question.output.format else checker
        self._shown: list[Event] = []
        self._show = restyled(self._collect, question)
        self._stops = StopPass(question.output.stop)
        self._said: list[str] = []
        self._sources: list[Source] = []
        self._cited: list[Citation] = []

    async def passing(self, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
        """The events as they come, in the shape that was asked for."""
        async for event in events:
            if isinstance(event, Finished):
                await self._flush()
                for shown in self._taken():
                    yield shown
                await self._cite()
                if self._question.extras.related:
                    event = await self._with_related(event)
            await self._take(event)
            for shown in self._taken():
                yield shown

    async def _take(self, event: Event) -> None:
        if isinstance(event, Text):
            await self._say(self._stops.feed(event.delta))
            return
        if isinstance(event, Sources):
            self._sources += event.items
        elif isinstance(event, Media):
            await self._picture(event)
            return
        elif isinstance(event, Citation | Revision | Finished):
            await self._flush()
            await self._close(event)
            return
        await self._show(event)

    async def _close(self, event: Citation | Revision | Finished) -> None:
        """What comes behind the text, or in its place; nothing of what a stop has cut off."""
        if isinstance(event, Revision):
            self._stops = StopPass(self._question.output.stop)
            text = self._stops.feed(event.text) + self._stops.close()
            self._said = [text]
            self._cited = [one for one in event.citations if _stands(one, len(text))]
            event = Revision(text, ())
        elif isinstance(event, Citation):
            if _stands(event, sum(map(len, self._said))):
                self._cited.append(event)
            return
        elif self._stops.stopped:
            event = replace(event, reason="stop")
        await self._show(event)

    async def _cite(self) -> None:
        """The citations go out, compared with what they cite."""
        cited, self._cited = self._cited, []
        if self._checker is not None and cited:
            cited = await proven("".join(self._said), cited, self._sources, self._checker)
        for citation in cited:
            await self._show(citation)

    async def _flush(self) -> None:
        await self._say(self._stops.close())

    async def _say(self, text: str) -> None:
        if text:
            self._said.append(text)
            await self._show(Text(text))

    async def _picture(self, event: Media) -> None:
        now = datetime.fromtimestamp(self._context.clock(), UTC)
        kept = media(self._question, event.images, event.videos, now)
        if kept is not None and self._question.extras.images:
            await self._show(kept)

    async def _with_related(self, last: Finished) -> Finished:
        """Related questions go out, and what they cost is charged with the rest."""
        text, question = "".join(self._said), self._question.last_user_text
        chat = OfficialChat(self._api)
        aside = Aside(chat, BARE_MODEL, WordCounter())
        asked: tuple[str, ...] = ()
        if text and last.reason in ("stop", "length"):
            asked = await from_model(aside, question, text, self._context)
        if asked := asked or from_sources(question, self._sources):
            await self._show(Related(asked))
        charged = last.charged
        if charged is not None and chat.spent_usd:
            charged = replace(charged, request_usd=charged.request_usd + chat.spent_usd)
        return replace(last, usage=self._context.meter.usage, charged=charged)

    async def _collect(self, event: Event) -> None:
        self._shown.append(event)

    def _taken(self) -> list[Event]:
        shown, self._shown = self._shown, []
        return shown


def _stands(citation: Citation, chars: int) -> bool:
    """Whether what is cited is in a text of this length."""
    return citation.answer_span is None or citation.answer_span.end <= chars
