"""The stream between answerers and doors: how it runs, and the rules that it keeps.

`running` starts an answerer's work in a task of its own and gives the events to whoever entered
the context. A bounded queue gives back-pressure; leaving the context cancels the work and waits
for it (no yield inside a task group: PEP 789). A door that gives out nothing before the end gets
the same events without either. Every event passes `StreamRules`, so that no door needs to doubt
what it reads.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, nullcontext
from typing import TypeAlias

from hydrophone.errors import (
    Cancelled,
    DeadlineExceeded,
    HydrophoneError,
    InternalError,
    RateLimited,
)
from hydrophone.types import (
    Event,
    Failed,
    Finished,
    RequestContext,
    Revision,
    Sources,
    Text,
)

Emit: TypeAlias = Callable[[Event], Awaitable[None]]
Work: TypeAlias = Callable[[Emit], Awaitable[None]]

QUEUE_SIZE = 64
_log = logging.getLogger(__name__)


class StreamBroken(InternalError):
    """An answerer broke a rule of the stream; a defect of the answerer."""


class StreamRules:
    """Checks one stream, event by event.

    - Sources are numbered 1, 2, 3 … in the order of their coming; a number keeps its URL for ever,
      and a URL its number. A source that comes again may only bring more passages.
    - `Sources(complete=True)` comes before the first `Text`, also when there are no sources.
    - `Finished` or `Failed` comes exactly once, last.
    """

    __slots__ = ("_complete", "_ended", "_number_by_url")

    def __init__(self, so_far: Sequence[Event] = ()) -> None:
        self._number_by_url: dict[str, int] = {}
        self._complete = False
        self._ended = False
        for event in so_far:
            self.check(event)

    @property
    def ended(self) -> bool:
        """Whether the last event has passed."""
        return self._ended

    def check(self, event: Event) -> None:
        """Let the event pass, or raise StreamBroken."""
        if self._ended:
            raise StreamBroken(f"{type(event).__name__} after the end of the stream")
        if isinstance(event, Text | Revision):
            if not self._complete:
                raise StreamBroken("text before the sources were complete")
        elif isinstance(event, Sources):
            self._check_sources(event)
        elif isinstance(event, Finished | Failed):
            self._ended = True

    def withdraw(self) -> None:
        """The end that was checked has not gone out; another one may come."""
        self._ended = False

    def _check_sources(self, event: Sources) -> None:
        for source in event.items:
            url = source.result.url
            known = self._number_by_url.get(url)
            expected = known if known is not None else len(self._number_by_url) + 1
            if source.n != expected:
                raise StreamBroken(f"source {url} has number {source.n}, not {expected}")
            self._number_by_url[url] = source.n
        self._complete = self._complete or event.complete


def failure(error: BaseException, context: RequestContext) -> Failed:
    """The last event for an error; what is not ours is a defect and tells the caller nothing."""
    if isinstance(error, TimeoutError):
        error = DeadlineExceeded("the time for this request ran out")
    if not isinstance(error, HydrophoneError):
        _log.error("request %s failed", context.request_id, exc_info=error)
        error = InternalError("something went wrong inside the server; its log has the details")
    return Failed(
        code=error.code,
        message=error.message,
        status=error.status,
        retryable=error.retryable,
        usage=context.meter.usage,
        param=error.param,
        retry_after_s=error.retry_after_s if isinstance(error, RateLimited) else None,
    )


def running(
    work: Work,
    context: RequestContext,
    *,
    deadline_s: float | None = None,
    so_far: Sequence[Event] = (),
) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
    """Run `work(emit)`; enter to get its events.

    Whatever happens to the work, the events end with exactly one `Finished` or `Failed`: its own,
    or `Failed` when it raises, returns without one, breaks a rule, is cancelled through the
    context's scope, or takes longer than `deadline_s` seconds. Leaving cancels what still runs.
    For a door that waits for the whole answer the work runs in the reader's own task. `so_far` are
    events of the same stream that went out before, by which the rules hold for what follows.
    """
    rules = StreamRules(so_far)
    if context.whole:
        return nullcontext(_all_at_the_end(work, context, rules, deadline_s))
    return _in_its_own_task(work, context, rules, deadline_s)


@asynccontextmanager
async def _in_its_own_task(
    work: Work, context: RequestContext, rules: StreamRules, deadline_s: float | None
) -> AsyncIterator[AsyncIterator[Event]]:
    queue: asyncio.Queue[Event] = asyncio.Queue(QUEUE_SIZE)
    task = asyncio.create_task(_work_into(queue, work, context, rules, deadline_s))
    context.cancel.watch(task)
    try:
        yield _until_the_end(queue)
    finally:
        context.cancel.forget(task)
        task.cancel()
        await outlast(task)


async def outlast(*tasks: asyncio.Task[object]) -> None:
    """Wait for tasks through any number of cancellations, then let the cancellation go on.

    Some frameworks cancel again and again until a task has gone, so one shield is not enough.
    """
    interruption: asyncio.CancelledError | None = None
    while not all(task.done() for task in tasks):
        try:
            await asyncio.wait(tasks)
        except asyncio.CancelledError as error:
            interruption = error
    if interruption is not None:
        raise interruption


async def _all_at_the_end(
    work: Work, context: RequestContext, rules: StreamRules, deadline_s: float | None
) -> AsyncIterator[Event]:
    """A task and a queue of its own would cost an answer that nobody reads meanwhile some 40 µs."""
    events: list[Event] = []

    async def emit(event: Event) -> None:
        rules.check(event)
        events.append(event)

    task = asyncio.current_task()
    if task is None:
        raise RuntimeError("events are read in a task")
    cancels_before = task.cancelling()
    context.cancel.watch(task)
    try:
        last = await _perform(work, emit, rules, context, deadline_s)
    finally:
        context.cancel.forget(task)
    if task.cancelling() > cancels_before and task.uncancel() > cancels_before:
        raise asyncio.CancelledError  # by somebody else as well
    for event in events:
        yield event
    if last is not None:
        yield last


async def _work_into(
    queue: asyncio.Queue[Event],
    work: Work,
    context: RequestContext,
    rules: StreamRules,
    deadline_s: float | None,
) -> None:
    async def emit(event: Event) -> None:
        rules.check(event)
        try:
            queue.put_nowait(event)  # without a wait, as nearly every event goes
        except asyncio.QueueFull:
            await put(event)

    async def put(event: Event) -> None:
        try:
            await queue.put(event)
        except asyncio.CancelledError:
            if isinstance(event, Finished | Failed):
                rules.withdraw()
            raise

    last = await _perform(work, emit, rules, context, deadline_s)
    if last is not None:
        await queue.put(last)


async def _perform(
    work: Work, emit: Emit, rules: StreamRules, context: RequestContext, deadline_s: float | None
) -> Failed | None:
    """Do the work; the last event that it has not emitted itself."""
    try:
        async with asyncio.timeout(deadline_s):
            await work(emit)
        if not rules.ended:
            raise StreamBroken("the answerer returned without an end")
    except asyncio.CancelledError:
        if not context.cancel.cancelled:
            raise
        return _end(rules, Cancelled("the request was cancelled"), context)
    except Exception as error:
        return _end(rules, error, context)
    return None


def _end(rules: StreamRules, error: Exception, context: RequestContext) -> Failed | None:
    if rules.ended:
        _log.error("request %s failed after its end", context.request_id, exc_info=error)
        return None
    last = failure(error, context)
    rules.check(last)
    return last


async def _until_the_end(queue: asyncio.Queue[Event]) -> AsyncIterator[Event]:
    while True:
        event = await queue.get() if queue.empty() else queue.get_nowait()
        yield event
        if isinstance(event, Finished | Failed):
            return


async def text_of(events: AsyncIterator[Event]) -> str:
    """The whole text of an answer. Raises HydrophoneError when it failed."""
    text = ""
    async for event in events:
        if isinstance(event, Text):
            text += event.delta
        elif isinstance(event, Revision):
            text = event.text
        elif isinstance(event, Failed):
            error = HydrophoneError(event.message, param=event.param)
            error.code, error.status, error.retryable = event.code, event.status, event.retryable
            raise error
    return text
