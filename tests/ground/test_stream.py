"""The stream: its rules, and how work runs, ends and is stopped."""

from __future__ import annotations

import asyncio
import logging

import pytest

from hydrophone.errors import DeadlineExceeded, InvalidRequest, RateLimited
from hydrophone.stream import (
    QUEUE_SIZE,
    Emit,
    StreamBroken,
    StreamRules,
    Work,
    failure,
    running,
    text_of,
)
from hydrophone.types import (
    Citation,
    Event,
    Failed,
    Finished,
    Media,
    Notice,
    Related,
    RequestContext,
    Revision,
    SearchResult,
    Source,
    Sources,
    SourceSpan,
    Step,
    StepResult,
    Text,
    Thinking,
    ToolCallDelta,
    Usage,
)

READY = Sources(complete=True)
END = Finished("stop", Usage())
FAILED = Failed("bad_gateway", "no", 502, True, Usage())
FREE: list[Event] = [
    Step("1", "think"),
    StepResult("1"),
    Thinking("hm"),
    Citation(1, "p", None, SourceSpan("v", 0, 1), "q", "exact"),
    Media(),
    Related(()),
    ToolCallDelta(0),
    Notice("partial", "m"),
]


def source(n: int, url: str | None = None) -> Source:
    return Source(n, SearchResult(url or f"https://{n}.example/", "t", "s"))


def check(*events: Event) -> StreamRules:
    rules = StreamRules()
    for event in events:
        rules.check(event)
    return rules


async def collect(
    work: Work, context: RequestContext | None = None, **options: float
) -> list[Event]:
    async with running(work, context or RequestContext(), **options) as events:
        return [event async for event in events]


# The rules.


def test_a_good_stream_passes() -> None:
    assert check(source_list(1, 2), source_list(3), READY, Text("a"), Revision("b", ()), END).ended
    assert not check(READY, Text("a")).ended


def source_list(*numbers: int) -> Sources:
    return Sources(tuple(source(n) for n in numbers))


@pytest.mark.parametrize("event", FREE, ids=lambda event: type(event).__name__)
def test_other_events_may_come_at_any_time_but_after_the_end(event: Event) -> None:
    check(event, READY, event, Text("a"), event, END)
    with pytest.raises(StreamBroken, match="after the end"):
        check(END, event)


@pytest.mark.parametrize("text", [Text("a"), Revision("a", ())])
@pytest.mark.parametrize("before", [[], [Sources()], [source_list(1)], [Thinking("x")]])
def test_text_waits_for_complete_sources(text: Event, before: list[Event]) -> None:
    with pytest.raises(StreamBroken, match="before the sources"):
        check(*before, text)
    check(*before, READY, text)


def test_sources_may_come_after_they_were_complete() -> None:
    check(source_list(1), READY, Text("a"), source_list(2), Text("b"), Sources((source(3),), True))


@pytest.mark.parametrize(
    "lists",
    [
        [source_list(0)],
        [source_list(2)],
        [source_list(1, 3)],
        [source_list(2, 1)],
        [source_list(1), source_list(3)],
        [source_list(1), Sources((source(2, "https://1.example/"),))],
        [source_list(1), Sources((source(1, "https://other.example/"),))],
        [Sources((source(1), source(2, "https://1.example/")))],
    ],
)
def test_numbers_are_1_2_3_and_stay_with_their_url(lists: list[Sources]) -> None:
    with pytest.raises(StreamBroken, match="number"):
        check(*lists)


def test_a_source_may_come_again_under_its_number() -> None:
    check(source_list(1, 2), source_list(1), source_list(2, 3), source_list(3, 1))


@pytest.mark.parametrize("last", [END, FAILED])
@pytest.mark.parametrize("after", [END, FAILED, Text("a"), READY, Thinking("x")])
def test_nothing_comes_after_the_end(last: Event, after: Event) -> None:
    rules = check(READY, last)
    assert rules.ended
    with pytest.raises(StreamBroken, match="after the end"):
        rules.check(after)


# Errors as last events.


def test_our_errors_tell_what_they_are() -> None:
    context = RequestContext()
    context.meter.add(pages_read=2)
    assert failure(InvalidRequest("too long", param="n"), context) == Failed(
        "invalid_request", "too long", 400, False, Usage(pages_read=2), param="n"
    )
    limited = failure(RateLimited("slow down", retry_after_s=3.5), context)
    assert (limited.status, limited.retryable, limited.retry_after_s) == (429, True, 3.5)


def test_a_time_out_is_a_deadline() -> None:
    assert failure(TimeoutError("x"), RequestContext()).code == DeadlineExceeded.code


def test_an_unknown_error_tells_the_log_and_not_the_caller(
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = RequestContext()
    last = failure(ValueError("geheim"), context)
    assert "geheim" not in repr(last)
    assert (last.code, last.status) == ("internal_error", 500)
    assert context.request_id in caplog.text
    assert "geheim" in caplog.text


# Running.


async def test_events_come_in_order_and_end() -> None:
    events: list[Event] = [Step("1", "write"), READY, Text("a"), END]

    async def work(emit: Emit) -> None:
        for event in events:
            await emit(event)

    assert await collect(work) == events


async def test_a_slow_reader_holds_the_work_back() -> None:
    emitted = 0

    async def work(emit: Emit) -> None:
        nonlocal emitted
        await emit(READY)
        for _ in range(10 * QUEUE_SIZE):
            emitted += 1
            await emit(Text("x"))
        await emit(END)

    async with running(work, RequestContext()) as events:
        await anext(events)
        for _ in range(100):
            await asyncio.sleep(0)
        assert emitted <= QUEUE_SIZE + 2
        before = emitted
        for _ in range(10):
            await anext(events)
        await asyncio.sleep(0)
        assert before < emitted <= before + 11


@pytest.mark.parametrize("reads", [0, 1, QUEUE_SIZE])
async def test_leaving_cancels_the_work_and_waits_for_it(reads: int) -> None:
    seen: list[str] = []

    async def work(emit: Emit) -> None:
        seen.append("begun")
        try:
            await emit(READY)
            while True:
                await emit(Text("x"))
        finally:
            await asyncio.sleep(0.01)
            seen.append("cleaned up")

    async with running(work, RequestContext()) as events:
        await asyncio.sleep(0)
        for _ in range(reads):
            await anext(events)
    assert seen == ["begun", "cleaned up"]


async def test_a_cancelled_reader_waits_for_the_work_too() -> None:
    seen: list[str] = []

    async def work(emit: Emit) -> None:
        await emit(READY)
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)
            seen.append("cleaned up")

    reading = asyncio.create_task(collect(work))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert seen == ["cleaned up"]


async def test_a_reader_cancelled_again_while_leaving_still_waits_for_the_work() -> None:
    seen: list[str] = []

    async def work(emit: Emit) -> None:
        await emit(READY)
        try:
            await asyncio.sleep(3600)
        finally:
            seen.append("cleaning up")
            await asyncio.sleep(0.05)
            seen.append("cleaned up")

    reading = asyncio.create_task(collect(work))
    await asyncio.sleep(0.01)
    reading.cancel()
    while not seen:  # noqa: ASYNC110
        await asyncio.sleep(0)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert seen == ["cleaning up", "cleaned up"]


async def test_no_task_is_left_behind() -> None:
    before = asyncio.all_tasks()

    async def work(emit: Emit) -> None:
        await emit(READY)
        await asyncio.sleep(3600)

    async with running(work, RequestContext()) as events:
        await anext(events)
    assert asyncio.all_tasks() == before


async def test_a_deadline_ends_the_work_with_its_own_failure() -> None:
    stopped = []

    async def work(emit: Emit) -> None:
        await emit(READY)
        try:
            await asyncio.sleep(3600)
        finally:
            stopped.append(True)

    first, last = await collect(work, deadline_s=0.01)
    assert first == READY
    assert isinstance(last, Failed)
    assert (last.code, last.status, last.retryable) == ("gateway_timeout", 504, True)
    assert stopped == [True]


async def test_the_cancel_scope_ends_the_work_with_cancelled() -> None:
    context = RequestContext()

    async def work(emit: Emit) -> None:
        await emit(READY)
        context.meter.add(model_calls=1)
        await asyncio.sleep(3600)

    async with running(work, context) as events:
        await anext(events)
        context.cancel.cancel()
        last = await anext(events)
        assert [event async for event in events] == []
    assert isinstance(last, Failed)
    assert (last.code, last.status, last.usage) == ("cancelled", 499, Usage(model_calls=1))


async def test_a_scope_cancelled_beforehand_ends_the_work_at_its_first_wait() -> None:
    context = RequestContext()
    context.cancel.cancel()

    async def work(emit: Emit) -> None:
        await asyncio.sleep(3600)

    (last,) = await collect(work, context)
    assert isinstance(last, Failed)
    assert last.code == "cancelled"


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (InvalidRequest("no"), "invalid_request"),
        (RateLimited("slow", retry_after_s=1), "request_rate_limit_exceeded"),
        (TimeoutError(), "gateway_timeout"),
        (ValueError("geheim"), "internal_error"),
        (KeyError("geheim"), "internal_error"),
    ],
)
async def test_an_exception_becomes_the_failure(error: Exception, code: str) -> None:
    async def work(emit: Emit) -> None:
        await emit(READY)
        await emit(Text("a"))
        raise error

    *others, last = await collect(work)
    assert others == [READY, Text("a")]
    assert isinstance(last, Failed)
    assert last.code == code
    assert "geheim" not in repr(last)


async def test_work_that_returns_without_an_end_fails() -> None:
    async def work(emit: Emit) -> None:
        await emit(READY)

    first, last = await collect(work)
    assert first == READY
    assert isinstance(last, Failed)
    assert last.code == "internal_error"


async def test_work_that_breaks_a_rule_fails_and_the_event_does_not_pass() -> None:
    async def work(emit: Emit) -> None:
        await emit(Text("too early"))
        await emit(END)

    (last,) = await collect(work)
    assert isinstance(last, Failed)
    assert last.code == "internal_error"
    assert "too early" not in repr(last)


@pytest.mark.parametrize("after", [Text("more"), END, FAILED, ValueError("late")])
async def test_nothing_passes_after_the_end_and_the_log_knows(
    after: Event | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    async def work(emit: Emit) -> None:
        await emit(READY)
        await emit(END)
        if isinstance(after, Exception):
            raise after
        await emit(after)

    async with running(work, RequestContext()) as events:
        assert [event async for event in events] == [READY, END]
        await asyncio.sleep(0)
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


@pytest.mark.parametrize("by", ["deadline", "scope"])
async def test_an_end_that_waits_for_a_slow_reader_is_not_lost(by: str) -> None:
    context = RequestContext()

    async def work(emit: Emit) -> None:
        await emit(READY)
        for _ in range(QUEUE_SIZE - 1):
            await emit(Text("x"))
        await emit(END)

    deadline_s = 0.02 if by == "deadline" else None
    async with running(work, context, deadline_s=deadline_s) as events:
        await asyncio.sleep(0.01)
        if by == "scope":
            context.cancel.cancel()
        await asyncio.sleep(0.03)
        async with asyncio.timeout(5):
            last = [event async for event in events][-1]
    assert isinstance(last, Finished | Failed)


# An answer for a door that waits for its end.


async def test_a_whole_answer_brings_the_same_events() -> None:
    async def work(emit: Emit) -> None:
        for event in (READY, *[Text("x")] * (2 * QUEUE_SIZE), END):
            await emit(event)

    whole = await collect(work, RequestContext(whole=True))
    assert whole == await collect(work)
    assert len(whole) == 2 * QUEUE_SIZE + 2


async def test_a_whole_answer_that_fails_keeps_what_came_before() -> None:
    async def work(emit: Emit) -> None:
        await emit(READY)
        raise InvalidRequest("too long", param="n")

    first, last = await collect(work, RequestContext(whole=True))
    assert first == READY
    assert isinstance(last, Failed)
    assert (last.code, last.param) == ("invalid_request", "n")


async def test_a_deadline_ends_a_whole_answer() -> None:
    async def work(emit: Emit) -> None:
        await asyncio.sleep(3600)

    (last,) = await collect(work, RequestContext(whole=True), deadline_s=0.01)
    assert isinstance(last, Failed)
    assert last.code == "gateway_timeout"


async def test_the_scope_ends_a_whole_answer_and_its_reader_goes_on() -> None:
    context = RequestContext(whole=True)

    async def work(emit: Emit) -> None:
        await emit(READY)
        await asyncio.sleep(3600)

    reading = asyncio.create_task(collect(work, context))
    await asyncio.sleep(0.01)
    context.cancel.cancel()
    first, last = await reading
    assert first == READY
    assert isinstance(last, Failed)
    assert last.code == "cancelled"
    assert reading.cancelling() == 0


async def test_a_scope_that_is_cancelled_at_the_end_does_not_reach_the_reader() -> None:
    context = RequestContext(whole=True)

    async def work(emit: Emit) -> None:
        await emit(READY)
        await emit(END)
        context.cancel.cancel()

    assert await collect(work, context) == [READY, END]
    await asyncio.sleep(0.01)  # what the scope had planned would strike now


async def test_the_reader_of_a_whole_answer_may_be_cancelled() -> None:
    seen: list[str] = []

    async def work(emit: Emit) -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            await asyncio.sleep(0.01)
            seen.append("cleaned up")

    reading = asyncio.create_task(collect(work, RequestContext(whole=True)))
    await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert seen == ["cleaned up"]


async def test_a_reader_cancelled_together_with_the_scope_is_cancelled() -> None:
    context = RequestContext(whole=True)

    async def work(emit: Emit) -> None:
        await asyncio.sleep(3600)

    reading = asyncio.create_task(collect(work, context))
    await asyncio.sleep(0.01)
    context.cancel.cancel()
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading


# The text of a whole answer.


async def test_the_text_is_what_came_or_what_replaced_it() -> None:
    async def work(emit: Emit) -> None:
        for event in (
            READY,
            Text("a"),
            Thinking("hm"),
            Text("b"),
            Revision("c", ()),
            Text("d"),
            END,
        ):
            await emit(event)

    async with running(work, RequestContext()) as events:
        assert await text_of(events) == "cd"


async def test_the_text_of_a_failed_answer_is_its_error() -> None:
    async def work(emit: Emit) -> None:
        await emit(READY)
        raise InvalidRequest("too long", param="n")

    async with running(work, RequestContext()) as events:
        with pytest.raises(Exception, match="too long") as caught:
            await text_of(events)
    assert (caught.value.code, caught.value.status, caught.value.param) == (  # type: ignore[attr-defined]
        "invalid_request",
        400,
        "n",
    )
