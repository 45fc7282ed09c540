"""Questions that go to the official API, and those that stay with the engine."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager

from hydrophone.catalog.fallback import Attempt, first_that_answers
from hydrophone.ports import Answerer
from hydrophone.types import Event, Notice, Question, RegexFormat, RequestContext

OFFICIAL, ENGINE = "the official API", "this server's engine"
STAYS = "This server's own engine answered: {why}."
_THERE = frozenset({"web", "sec"})


class OfficialFirst:
    """Gives a question to the official API, unless only the engine can answer it.

    `falls_back`: where that fails before the first text, the engine answers.
    """

    def __init__(self, official: Answerer, engine: Answerer, *, falls_back: bool) -> None:
        self._official = official
        self._engine = engine
        self._falls_back = falls_back

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Answerer`."""
        if why := why_it_stays(question):
            told = Notice("downgrade", STAYS.format(why=why))
            return _told_first(told, self._engine.answer(question, context))
        if not self._falls_back:
            return self._official.answer(question, context)
        return first_that_answers(
            [
                Attempt(OFFICIAL, lambda: self._official.answer(question, context)),
                Attempt(ENGINE, lambda: self._engine.answer(question, context)),
            ]
        )


def why_it_stays(question: Question) -> str:
    """Why only the engine can answer the question; empty when the official API can."""
    if isinstance(question.output.format, RegexFormat):
        return "the official API writes no text by a pattern"
    if question.search.enabled is False:
        return ""
    if question.search.filter.collections:
        return "its own collections are only here"
    if question.search.kinds and not _THERE & set(question.search.kinds):
        wanted = ", ".join(question.search.kinds)
        return f"the official API has no search for these sources alone: {wanted}"
    return ""


@asynccontextmanager
async def _told_first(
    told: Notice, opened: AbstractAsyncContextManager[AsyncIterator[Event]]
) -> AsyncIterator[AsyncIterator[Event]]:
    async with opened as events:
        yield _behind(told, events)


async def _behind(told: Notice, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    yield told
    async for event in events:
        yield event
