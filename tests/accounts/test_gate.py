"""The gate: one row for each request, whatever its end, and never after the last event."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

import pytest

from hydrophone.accounts.durable_ledger import DurableLedger
from hydrophone.accounts.gate import Gate
from hydrophone.accounts.ledger import Grouping, LedgerRow, MemoryLedger, UsageSum
from hydrophone.errors import InvalidModel, StorageError
from hydrophone.ports import Answerer
from hydrophone.scripted import ScriptedAnswerer, ScriptItem, instant
from hydrophone.storage.state import State
from hydrophone.types import (
    Event,
    Failed,
    Finished,
    Meter,
    Price,
    Principal,
    Question,
    RequestContext,
    Sources,
    Text,
    Usage,
    ask,
)

FOREVER = 3600.0
BEGIN: list[ScriptItem] = [Sources(complete=True), Text("a"), Text("b")]
END = Finished("stop", Usage())


class SlowLedger(MemoryLedger):
    """Keeps a row only when told to go on, as a database that is busy; takes it over at once."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = asyncio.Event()
        self.go_on = asyncio.Event()
        self.kept = 0

    async def record(self, row: LedgerRow) -> None:
        await super().record(row)
        self.asked.set()
        await self.go_on.wait()
        self.kept += 1


class BrokenLedger:
    """Refuses every row."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error or StorageError("the disk is full")
        self.asked: list[LedgerRow] = []

    async def record(self, row: LedgerRow) -> None:
        self.asked.append(row)
        raise self.error

    async def usage(self, since: object, until: object, *, by: Grouping = "key") -> list[UsageSum]:
        return []

    async def close(self) -> None:
        return None


@dataclass
class Bare:
    """An answerer without the ground's care: it may raise anywhere and end without an end."""

    events: list[Event] = field(default_factory=list)
    on_enter: Exception | None = None
    on_leave: Exception | None = None
    in_stream: Exception | None = None

    @asynccontextmanager
    async def answer(
        self, question: Question, context: RequestContext
    ) -> AsyncIterator[AsyncIterator[Event]]:
        if self.on_enter:
            raise self.on_enter
        yield self._events()
        if self.on_leave:
            raise self.on_leave

    async def _events(self) -> AsyncIterator[Event]:
        for event in self.events:
            yield event
        if self.in_stream:
            raise self.in_stream


@pytest.fixture
def ledger() -> MemoryLedger:
    return MemoryLedger()


async def events_of(gate: Answerer, context: RequestContext | None = None) -> list[Event]:
    async with gate.answer(ask("?"), context or RequestContext()) as events:
        return [event async for event in events]


async def take(gate: Answerer, count: int, context: RequestContext | None = None) -> list[Event]:
    """The first `count` events, then leave."""
    taken: list[Event] = []
    async with gate.answer(ask("?"), context or RequestContext()) as events:
        while len(taken) < count:
            taken.append(await anext(events))
    return taken


def outcomes(ledger: MemoryLedger) -> list[tuple[str, str | None]]:
    return [(row.outcome, row.error_code) for row in ledger.rows]


async def test_the_events_pass_unchanged_and_in_order(ledger: MemoryLedger) -> None:
    script = [*BEGIN, END]
    assert await events_of(Gate(ScriptedAnswerer(script), ledger)) == script
    assert outcomes(ledger) == [("done", None)]


async def test_the_row_says_who_what_when_and_how_much(ledger: MemoryLedger) -> None:
    seconds = iter([1000.0, 1000.25])
    meter = Meter()
    context = RequestContext(
        principal=Principal("key", "k1", "laptop"),
        clock=lambda: next(seconds),
        meter=meter,
        door="chat",
    )
    async with Gate(instant("hi"), ledger).answer(ask("?", model="sonar-pro"), context) as events:
        await anext(events)
        meter.add(prompt_tokens=3, pages_read=2)
        async for _ in events:
            pass
    assert ledger.rows == (
        LedgerRow(
            request_id=context.request_id,
            principal=Principal("key", "k1", "laptop"),
            door="chat",
            model="sonar-pro",
            started_at_ms=1_000_000,
            ended_at_ms=1_000_250,
            outcome="done",
            usage=Usage(prompt_tokens=3, pages_read=2),
        ),
    )


async def test_the_row_has_the_cost_by_the_models_price(ledger: MemoryLedger) -> None:
    context = RequestContext()
    context.meter.add(prompt_tokens=2_000_000, completion_tokens=100_000, search_queries=1)
    asked = {"sonar": Price(input_usd=1, output_usd=5, low_usd=8)}
    gate = Gate(instant("hi"), ledger, price_of=asked.get)
    for model in ("sonar", "no-such-model"):
        question, once = ask("?", model=model), replace(context, request_id=model)
        async with gate.answer(question, once) as events:
            _ = [event async for event in events]
    assert [row.cost_usd for row in ledger.rows] == [pytest.approx(2 + 0.5 + 0.008), None]


async def test_the_row_names_and_charges_the_model_that_answered(ledger: MemoryLedger) -> None:
    prices = {"sonar": Price(low_usd=5), "default": Price(low_usd=1)}
    answerer = ScriptedAnswerer([*BEGIN, replace(END, model="default")])
    context = RequestContext()
    context.meter.add(search_queries=1)
    gate = Gate(answerer, ledger, price_of=prices.get)
    async with gate.answer(ask("?", model="sonar"), context) as events:
        _ = [event async for event in events]
    assert (ledger.rows[0].model, ledger.rows[0].cost_usd) == ("default", pytest.approx(0.001))


async def test_a_pro_search_is_booked_with_its_own_fee(ledger: MemoryLedger) -> None:
    context = RequestContext()
    context.meter.add(prompt_tokens=1, search_queries=3)
    context.meter.pro_search = True
    gate = Gate(instant("hi"), ledger, price_of={"sonar-pro": Price(low_usd=6, pro_low_usd=14)}.get)
    async with gate.answer(ask("?", model="sonar-pro"), context) as events:
        _ = [event async for event in events]
    assert ledger.rows[0].cost_usd == pytest.approx(0.014)


@pytest.mark.parametrize(
    "last", [END, Failed("bad_gateway", "no", 502, True, Usage())], ids=["finished", "failed"]
)
async def test_the_row_is_there_before_the_last_event(last: Event) -> None:
    ledger = SlowLedger()
    async with Gate(ScriptedAnswerer([*BEGIN, last]), ledger).answer(
        ask("?"), RequestContext()
    ) as events:
        for _ in BEGIN:
            await anext(events)
        ending = asyncio.ensure_future(anext(events))
        await ledger.asked.wait()
        assert not ending.done()
        ledger.go_on.set()
        assert await ending == last
        assert ledger.kept == 1
    assert len(ledger.rows) == 1


async def test_a_failure_is_a_row_with_its_code(ledger: MemoryLedger) -> None:
    gate = Gate(ScriptedAnswerer([*BEGIN, InvalidModel("no such model")]), ledger)
    (*_, last) = await events_of(gate)
    assert isinstance(last, Failed)
    assert outcomes(ledger) == [("failed", "invalid_model")]


async def test_running_out_of_time_is_a_failure(ledger: MemoryLedger) -> None:
    answerer = ScriptedAnswerer([*BEGIN, FOREVER], deadline_s=0.01)
    await events_of(Gate(answerer, ledger))
    assert outcomes(ledger) == [("failed", "gateway_timeout")]
    assert answerer.stopped == 1


@pytest.mark.parametrize("after", range(len(BEGIN) + 1))
async def test_a_cancelled_request_is_a_cancelled_row(ledger: MemoryLedger, after: int) -> None:
    context = RequestContext()
    answerer = ScriptedAnswerer([*BEGIN[:after], FOREVER, *BEGIN[after:], END])
    async with Gate(answerer, ledger).answer(ask("?"), context) as events:
        for _ in range(after):
            await anext(events)
        context.cancel.cancel()
        last = await anext(events)
    assert isinstance(last, Failed)
    assert last.code == "cancelled"
    assert outcomes(ledger) == [("cancelled", "cancelled")]
    assert answerer.stopped == 1


async def test_leaving_a_cancelled_request_early_is_a_cancelled_row(ledger: MemoryLedger) -> None:
    context = RequestContext()
    answerer = ScriptedAnswerer([*BEGIN, FOREVER])
    async with Gate(answerer, ledger).answer(ask("?"), context):
        context.cancel.cancel()
    assert outcomes(ledger) == [("cancelled", None)]


@pytest.mark.parametrize("after", range(len(BEGIN) + 1))
async def test_a_caller_who_leaves_is_a_disconnected_row(ledger: MemoryLedger, after: int) -> None:
    answerer = ScriptedAnswerer([*BEGIN, FOREVER, END])
    await take(Gate(answerer, ledger), after)
    assert outcomes(ledger) == [("disconnected", None)]
    # Whoever leaves before the first event leaves before the work has begun.
    assert answerer.stopped == min(after, 1)


async def test_leaving_before_an_end_that_was_ready_is_disconnected(ledger: MemoryLedger) -> None:
    await take(Gate(ScriptedAnswerer([*BEGIN, END]), ledger), len(BEGIN))
    assert outcomes(ledger) == [("disconnected", None)]


async def test_a_caller_who_leaves_after_the_end_has_one_row(ledger: MemoryLedger) -> None:
    await take(Gate(ScriptedAnswerer([*BEGIN, END]), ledger), len(BEGIN) + 1)
    assert outcomes(ledger) == [("done", None)]


async def test_a_door_that_raises_is_a_disconnected_row(ledger: MemoryLedger) -> None:
    answerer = ScriptedAnswerer([*BEGIN, FOREVER])

    async def stumble() -> None:
        async with Gate(answerer, ledger).answer(ask("?"), RequestContext()) as events:
            await anext(events)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await stumble()
    assert outcomes(ledger) == [("disconnected", None)]
    assert answerer.stopped == 1


async def test_the_work_has_stopped_before_the_row_is_written() -> None:
    answerer = ScriptedAnswerer([*BEGIN, FOREVER])
    stopped_at_row: list[int] = []

    class Looking(MemoryLedger):
        async def record(self, row: LedgerRow) -> None:
            stopped_at_row.append(answerer.stopped)
            await super().record(row)

    await take(Gate(answerer, Looking()), 1)
    assert stopped_at_row == [1]


async def test_what_was_used_until_the_caller_left_is_in_the_row(ledger: MemoryLedger) -> None:
    context = RequestContext()
    async with Gate(ScriptedAnswerer([*BEGIN, FOREVER]), ledger).answer(
        ask("?"), context
    ) as events:
        await anext(events)
        context.meter.add(completion_tokens=7)
    assert ledger.rows[0].usage == Usage(completion_tokens=7)


@pytest.mark.parametrize("cancels", [1, 5])
async def test_the_row_is_kept_however_often_the_task_is_cancelled(cancels: int) -> None:
    ledger = SlowLedger()
    leaving = asyncio.create_task(take(Gate(ScriptedAnswerer([*BEGIN, FOREVER]), ledger), 99))
    await asyncio.sleep(0.01)
    leaving.cancel()
    await ledger.asked.wait()
    for _ in range(cancels):
        leaving.cancel()
        await asyncio.sleep(0)
    assert not leaving.done()
    ledger.go_on.set()
    with pytest.raises(asyncio.CancelledError):
        await leaving
    assert (ledger.kept, outcomes(ledger)) == (1, [("disconnected", None)])


async def test_a_caller_cancelled_while_the_last_row_is_written_has_one_row() -> None:
    ledger = SlowLedger()
    ending = asyncio.create_task(events_of(Gate(ScriptedAnswerer([*BEGIN, END]), ledger)))
    await ledger.asked.wait()
    ending.cancel()
    with pytest.raises(asyncio.CancelledError):
        await ending
    assert outcomes(ledger) == [("done", None)]


async def test_going_on_after_leaving_makes_no_second_row(ledger: MemoryLedger) -> None:
    async with Gate(ScriptedAnswerer([*BEGIN, END]), ledger).answer(
        ask("?"), RequestContext()
    ) as events:
        await anext(events)
    assert [event async for event in events] == [*BEGIN[1:], END]
    assert outcomes(ledger) == [("disconnected", None)]


@pytest.mark.parametrize("error", [StorageError("the disk is full"), RuntimeError("geheim")])
async def test_an_answer_that_cannot_be_booked_fails(error: Exception) -> None:
    ledger = BrokenLedger(error)
    (*others, last) = await events_of(Gate(ScriptedAnswerer([*BEGIN, END]), ledger))
    assert others == BEGIN
    assert isinstance(last, Failed)
    assert (last.code, last.status) == ("internal_error", 500)
    assert last.retryable == isinstance(error, StorageError)
    assert "geheim" not in last.message
    assert len(ledger.asked) == 1


async def test_a_failure_that_cannot_be_booked_still_tells_its_own_reason(
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = RequestContext()
    gate = Gate(ScriptedAnswerer([InvalidModel("no such model")]), BrokenLedger())
    (last,) = await events_of(gate, context)
    assert isinstance(last, Failed)
    assert last.code == "invalid_model"
    assert context.request_id in caplog.text


async def test_a_disconnect_that_cannot_be_booked_is_logged_and_ends(
    caplog: pytest.LogCaptureFixture,
) -> None:
    context = RequestContext()
    await take(Gate(ScriptedAnswerer([*BEGIN, FOREVER]), BrokenLedger()), 1, context)
    assert context.request_id in caplog.text


@pytest.mark.parametrize(
    ("answerer", "code"),
    [
        (Bare(on_enter=InvalidModel("no")), "invalid_model"),
        (Bare(on_enter=RuntimeError("geheim")), "internal_error"),
        (Bare(in_stream=InvalidModel("no")), "invalid_model"),
        (Bare([Sources(complete=True)], in_stream=RuntimeError("geheim")), "internal_error"),
        (Bare([Sources(complete=True)]), "internal_error"),
        (Bare(), "internal_error"),
    ],
)
async def test_an_answerer_that_breaks_the_rules_is_a_failed_row(
    ledger: MemoryLedger, answerer: Bare, code: str
) -> None:
    (*_, last) = await events_of(Gate(answerer, ledger))
    assert isinstance(last, Failed)
    assert last.code == code
    assert "geheim" not in last.message
    assert outcomes(ledger) == [("failed", code)]


async def test_what_comes_after_the_end_does_not_pass(ledger: MemoryLedger) -> None:
    assert await events_of(Gate(Bare([END, Text("more"), END]), ledger)) == [END]
    assert outcomes(ledger) == [("done", None)]


async def test_an_answerer_that_raises_on_leaving_has_its_one_row(ledger: MemoryLedger) -> None:
    gate = Gate(Bare([END], on_leave=RuntimeError("late")), ledger)
    with pytest.raises(RuntimeError):
        await events_of(gate)
    assert outcomes(ledger) == [("done", None)]


async def test_many_requests_at_once_have_a_row_each(ledger: MemoryLedger) -> None:
    gate = Gate(instant("hi"), ledger)
    contexts = [RequestContext() for _ in range(200)]
    stays = (events_of(gate, context) for context in contexts[::2])
    leaves = (take(gate, 1, context) for context in contexts[1::2])
    await asyncio.gather(*stays, *leaves)
    assert {row.request_id for row in ledger.rows} == {c.request_id for c in contexts}
    assert [o for o, _ in outcomes(ledger)].count("done") == 100


@pytest.mark.parametrize("model", ["x" * 100_000, "nul\0", "\ud800", ""])
async def test_a_strange_model_id_can_be_booked(state: State, model: str) -> None:
    ledger = DurableLedger(state)
    async with Gate(instant("hi"), ledger).answer(
        ask("?", model=model), RequestContext()
    ) as events:
        (*_, last) = [event async for event in events]
    assert isinstance(last, Finished)
    await ledger.close()


@pytest.mark.parametrize("outcome", ["done", "disconnected"])
async def test_the_row_of_the_database_holds_no_text_of_question_or_answer(
    state: State, outcome: str
) -> None:
    ledger = DurableLedger(state)
    gate = Gate(instant("the answer is geheim"), ledger)
    context = RequestContext(door="chat")
    async with gate.answer(ask("is it geheim?"), context) as events:
        await anext(events)
        if outcome == "done":
            async for _ in events:
                pass
    await ledger.close()
    async with state.reading() as connection:
        rows = (await connection.exec_driver_sql("SELECT * FROM ledger")).all()
    assert len(rows) == 1
    assert outcome in rows[0]
    assert not any("geheim" in str(value) for value in rows[0])
