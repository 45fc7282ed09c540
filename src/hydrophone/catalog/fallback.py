"""Several answerers for one question: who fails before the first word is followed by the next."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import TypeAlias

from hydrophone.errors import InvalidModel
from hydrophone.ports import Answerer
from hydrophone.types import (
    Citation,
    Event,
    Failed,
    Finished,
    Media,
    Notice,
    Question,
    Related,
    RequestContext,
    Sources,
    Step,
    StepResult,
)

Answering: TypeAlias = Callable[[], AbstractAsyncContextManager[AsyncIterator[Event]]]
# Another answerer has other ones: they go out with the first word.
_HELD = (Sources, Media, Related, Citation)
_STEPS = (Step, StepResult, Notice)
_TOO_MANY = 429


@dataclass(frozen=True, slots=True)
class Attempt:
    """One way to an answer: by this model."""

    model: str
    answer: Answering


def may_fall_back(failed: Failed) -> bool:
    """Whether another answerer may do better: not for what is wrong with the question, nor for one
    that was cancelled."""
    return (
        failed.status >= 500
        or failed.retryable
        or failed.status == _TOO_MANY
        or failed.code == InvalidModel.code
    )


@asynccontextmanager
async def first_that_answers(
    attempts: Sequence[Attempt], *, falls_back: Callable[[Failed], bool] = may_fall_back
) -> AsyncIterator[AsyncIterator[Event]]:
    """The events of the first attempt that comes to a word, after those of the searches before it.

    What sources an attempt found is held back until then, so that numbers begin anew. A Notice
    tells of each that failed, and `Finished` names the model when it is not the first one.
    """
    async with AsyncExitStack() as stack:
        yield _events(attempts, stack, falls_back)


async def _events(
    attempts: Sequence[Attempt], stack: AsyncExitStack, falls_back: Callable[[Failed], bool]
) -> AsyncIterator[Event]:
    for number, attempt in enumerate(attempts):
        others = attempts[number + 1 :]
        held: list[Event] = []
        failed: Failed | None = None
        begun = False
        async for event in await stack.enter_async_context(attempt.answer()):
            if isinstance(event, Failed) and not begun and others and falls_back(event):
                failed = event
            elif not begun and isinstance(event, _HELD):
                held.append(event)
            else:
                if not begun and not isinstance(event, _STEPS):
                    begun = True
                    for one in held:
                        yield one
                yield _marked(event, number, attempt.model) if number else event
        if failed is None:
            return
        await stack.aclose()
        yield Notice("downgrade", _told(attempt.model, failed, others[0].model))


@asynccontextmanager
async def told_first(
    notice: Notice, answerer: Answerer, question: Question, context: RequestContext
) -> AsyncIterator[AsyncIterator[Event]]:
    """The events of an answer behind something that the caller should know."""
    async with answerer.answer(question, context) as events:
        yield _behind(notice, events)


async def _behind(notice: Notice, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
    yield notice
    async for event in events:
        yield event


def _marked(event: Event, number: int, model: str) -> Event:
    """An event of a later attempt: its steps have ids of their own."""
    if isinstance(event, Step):
        return replace(event, id=f"{number}.{event.id}")
    if isinstance(event, StepResult):
        return replace(event, step=f"{number}.{event.step}")
    if isinstance(event, Finished):
        return replace(event, model=event.model or model)
    return event


def _told(model: str, failed: Failed, following: str) -> str:
    return f"{model!r} could not answer ({failed.message}): {following!r} answers instead."
