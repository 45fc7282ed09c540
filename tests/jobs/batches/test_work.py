"""Each line of a batch reaches one end, with one row in the ledger, whatever comes between."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, closing
from dataclasses import replace

import pytest

from hydrophone.accounts.job_books import JobBooks
from hydrophone.errors import NotFound, RateLimited
from hydrophone.jobs.batches import job_lines
from hydrophone.jobs.desk import Desk
from hydrophone.ports import Batch, BatchCounts, BatchOrder, BatchUsage, Resumable
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.storage.state import State
from hydrophone.stream import Emit, running
from hydrophone.types import (
    Event,
    Failed,
    Finished,
    Principal,
    Question,
    RequestContext,
    Sources,
    Text,
    Usage,
)
from tests.jobs.batches.batching import Batching, batching, batching_of, line
from tests.jobs.working import ADA, BOB, WAIT_S, Report, ledger, room_of, until, working

SPENT = Usage(prompt_tokens=3, completion_tokens=5, reasoning_tokens=2)
SAYS: tuple[ScriptItem, ...] = (Sources(complete=True), Text("Yes."), Finished("stop", SPENT))


class Scripted(ScriptedAnswerer):
    """A script that cannot be gone on with."""

    def resumes(self, question: Question) -> bool:
        return False

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        raise AssertionError("nothing was logged")


def answering(*script: ScriptItem) -> Resumable:
    return Scripted(script or SAYS)


def rows(state: State, query: str) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(state.path)) as connection:
        return connection.execute(query).fetchall()


async def write(state: State, statement: str) -> None:
    async with state.writing() as connection:
        await connection.exec_driver_sql(statement)


async def test_lines_with_and_without_an_answer_go_into_two_files(state: State) -> None:
    async with batching(state, answering()) as batches:
        begun = await batches.begin(line("a"), line("b", None), line("c"))
        assert begun.status == "validating"
        batch = await batches.ended(begun)
        output = await batches.read(batch.output_file_id)
        errors = await batches.read(batch.error_file_id)
    assert batch.status == "completed"
    assert batch.counts == BatchCounts(total=3, completed=2, failed=1)
    assert batch.usage == BatchUsage(6, 10, 4)
    assert [one["custom_id"] for one in output] == ["a", "c"]
    for one in output:
        response = one["response"]
        assert (response["status_code"], response["body"]["said"]) == (200, "Yes.")
        assert response["request_id"] == response["body"]["job"]
        assert one["error"] is None
    assert [(one["custom_id"], one["response"]["status_code"]) for one in errors] == [("b", 400)]
    assert errors[0]["response"]["body"] == {"error": "invalid_request"}
    made = {row[0] for row in ledger(state.path)}
    assert made == {one["response"]["request_id"] for one in output}


async def test_what_was_asked_and_answered_lies_nowhere_twice(state: State) -> None:
    async with batching(state, answering()) as batches:
        await batches.ended(await batches.begin(line("a"), line("b")))
    assert rows(state, "SELECT count(*) FROM jobs") == [(0,)]
    assert rows(state, "SELECT count(*) FROM batch_lines") == [(0,)]


async def test_a_line_whose_answer_failed_is_an_error_with_its_status(state: State) -> None:
    failing = Failed("bad_gateway", "gone", 502, True, SPENT)
    async with batching(state, answering(failing)) as batches:
        batch = await batches.ended(await batches.begin(line("a")))
        (error,) = await batches.read(batch.error_file_id)
    assert (batch.status, batch.output_file_id) == ("completed", None)
    assert batch.counts == BatchCounts(1, 0, 1)
    assert batch.usage == BatchUsage(3, 5, 2)
    assert (error["response"]["status_code"], error["response"]["body"]["error"]) == (
        502,
        "bad_gateway",
    )
    assert [row[2] for row in ledger(state.path)] == ["failed"]


async def test_a_defect_in_one_line_leaves_the_others_alone(state: State) -> None:
    async with batching(state, answering()) as batches:
        batch = await batches.ended(await batches.begin(line("a", "defect"), line("b")))
        (error,) = await batches.read(batch.error_file_id)
    assert batch.counts == BatchCounts(2, 1, 1)
    assert error["response"]["status_code"] == 500


async def test_a_wrong_file_fails_the_batch_and_nothing_is_asked(state: State) -> None:
    async with batching(state, answering()) as batches:
        begun = await batches.begin(line("a"), line("a"), "no json", line("d"))
        batch = await batches.ended(begun)
    assert (batch.status, batch.counts) == ("failed", BatchCounts())
    assert [(one.code, one.line) for one in batch.errors] == [
        ("duplicate_custom_id", 2),
        ("invalid_json_line", 3),
    ]
    assert (batch.output_file_id, batch.error_file_id) == (None, None)
    assert ledger(state.path) == []
    assert rows(state, "SELECT count(*) FROM batch_lines") == [(0,)]


async def test_more_lines_than_are_worked_on_at_once_come_out_in_their_order(
    state: State,
) -> None:
    names = [str(number) for number in range(25)]
    async with batching(state, answering(), lines_at_once=3) as batches:
        batch = await batches.ended(await batches.begin(*(line(name) for name in names)))
        output = await batches.read(batch.output_file_id)
    assert [one["custom_id"] for one in output] == names
    assert len(ledger(state.path)) == 25


async def test_only_some_lines_are_jobs_at_a_time(state: State) -> None:
    answerer = Report(halt_before=1)
    async with batching(state, answerer, lines_at_once=2) as batches:
        batch = await batches.begin(*(line(str(number)) for number in range(6)))
        await until(lambda: _started(answerer), lambda count: count == 2)
        assert rows(state, "SELECT count(*) FROM jobs") == [(2,)]
        await batches.desk.cancel(batch.id, ADA)
        await batches.ended(batch)


async def test_lines_wait_until_their_caller_may_ask_again(
    state: State, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(job_lines, "PAUSE_S", 0.05)
    refusals = iter(range(3))

    def admit(question: Question, principal: Principal) -> None:
        if next(refusals, None) is not None:
            raise RateLimited("too soon", retry_after_s=1.0)

    async with working(state, answering()) as room:
        desk = Desk(state, room.runner, JobBooks(), look_s=0.1, admit=admit)
        batches = batching_of(state, replace(room, desk=desk), lines_at_once=1)
        batches.feeder.start()
        try:
            batch = await batches.ended(await batches.begin(line("a"), line("b")))
        finally:
            await batches.feeder.close()
    assert next(refusals, None) is None
    assert (batch.status, batch.counts) == ("completed", BatchCounts(2, 2, 0))


async def _started(answerer: Report) -> int:
    return len(answerer.started)


async def test_counts_rise_while_lines_end(state: State) -> None:
    answerer = Stopped(after=2)
    async with batching(state, answerer, lines_at_once=1) as batches:
        batch = await batches.begin(*(line(str(number)) for number in range(4)))
        now = await until(
            lambda: batches.desk.batch(batch.id, ADA), lambda one: one.counts.completed == 2
        )
        assert now.status == "in_progress"
        assert now.counts == BatchCounts(4, 2, 0)
        answerer.go_on.set()
        assert (await batches.ended(batch)).counts == BatchCounts(4, 4, 0)


class Stopped:
    """Answers some questions, and the others when it is let."""

    def __init__(self, after: int) -> None:
        self.after = after
        self.go_on = asyncio.Event()
        self.waits = asyncio.Event()
        self.asked: list[str] = []

    def resumes(self, question: Question) -> bool:
        return False

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        self.asked.append(question.last_user_text)
        halts = len(self.asked) > self.after

        async def work(emit: Emit) -> None:
            if halts:
                self.waits.set()
                await self.go_on.wait()
            await emit(Sources(complete=True))
            await emit(Text(f"Yes, {question.last_user_text}."))
            await emit(Finished("stop", SPENT))

        return running(work, context)

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        raise AssertionError("nothing was logged")


async def test_a_cancelled_batch_keeps_what_is_answered_and_tells_of_the_rest(
    state: State,
) -> None:
    answerer = Stopped(after=2)
    async with batching(state, answerer, lines_at_once=1) as batches:
        begun = await batches.begin(*(line(str(number), str(number)) for number in range(5)))
        await asyncio.wait_for(answerer.waits.wait(), WAIT_S)
        cancelling = await batches.desk.cancel(begun.id, ADA)
        assert cancelling.status == "cancelling"
        assert cancelling.cancelling_at_ms is not None
        batch = await batches.ended(begun)
        output = await batches.read(batch.output_file_id)
        errors = await batches.read(batch.error_file_id)
    assert (batch.status, batch.counts) == ("cancelled", BatchCounts(5, 2, 3))
    assert [one["custom_id"] for one in output] == ["0", "1"]
    assert [one["custom_id"] for one in errors] == ["2", "3", "4"]
    assert {one["error"]["code"] for one in errors} == {"batch_cancelled"}
    assert {one["response"] for one in errors} == {None}
    assert [row[2] for row in ledger(state.path)] == ["done", "done", "cancelled"]


async def test_a_batch_whose_time_is_over_keeps_what_is_answered(state: State) -> None:
    answerer = Stopped(after=1)
    async with batching(state, answerer, lines_at_once=1, window_s=1.0) as batches:
        batch = await batches.ended(await batches.begin(line("a"), line("b"), line("c")))
        output = await batches.read(batch.output_file_id)
        errors = await batches.read(batch.error_file_id)
    assert (batch.status, batch.counts) == ("expired", BatchCounts(3, 1, 2))
    assert [one["custom_id"] for one in output] == ["a"]
    assert [(one["custom_id"], one["error"]["code"]) for one in errors] == [
        ("b", "batch_expired"),
        ("c", "batch_expired"),
    ]


async def test_the_next_process_goes_on_where_the_last_one_stopped(state: State) -> None:
    answerer = Stopped(after=2)
    async with batching(state, answerer, lines_at_once=1) as batches:
        batch = await batches.begin(*(line(str(number), str(number)) for number in range(5)))
        await asyncio.wait_for(answerer.waits.wait(), WAIT_S)
    assert answerer.asked == ["0", "1", "2"]
    again = Stopped(after=10)
    async with batching(state, again, lines_at_once=1) as batches:
        ended = await batches.ended(batch)
        output = await batches.read(ended.output_file_id)
    assert again.asked == ["2", "3", "4"]
    assert ended.counts == BatchCounts(5, 5, 0)
    assert [one["response"]["body"]["said"] for one in output] == [f"Yes, {n}." for n in range(5)]
    assert len(ledger(state.path)) == 5


async def test_a_line_whose_job_ended_while_nobody_looked_is_not_asked_again(
    state: State,
) -> None:
    answerer = Stopped(after=0)
    async with working(state, answerer, at_once=2) as room:
        batches = batching_of(state, room, lines_at_once=1)
        batches.feeder.start()
        batch = await batches.begin(line("a", "a"))
        await asyncio.wait_for(answerer.waits.wait(), WAIT_S)
        await batches.feeder.close()
    second = Stopped(after=10)
    async with working(state, second) as room:
        await until(lambda: _outcomes(state), lambda found: found == ["done"])
        assert second.asked == ["a"]
        batches = batching_of(state, room)
        batches.feeder.start()
        ended = await batches.ended(batch)
        await batches.feeder.close()
    assert ended.counts == BatchCounts(1, 1, 0)
    assert second.asked == ["a"]
    assert len(ledger(state.path)) == 1


async def _outcomes(state: State) -> list[str]:
    return [row[2] for row in ledger(state.path)]


async def test_two_processes_do_not_work_on_one_batch(state: State) -> None:
    async with batching(state, answering()) as one, batching(state, answering()) as other:
        batch = await one.begin(*(line(str(number)) for number in range(20)))
        other.feeder.wake()
        ended = await one.ended(batch)
    assert ended.counts == BatchCounts(20, 20, 0)
    assert len(ledger(state.path)) == 20


async def test_a_batch_of_a_process_that_is_gone_is_taken_up(state: State) -> None:
    gone = await _begun_by_one_that_is_gone(state)
    async with batching(state, answering()) as batches:
        assert (await batches.ended(gone)).status == "completed"


async def _begun_by_one_that_is_gone(state: State) -> Batch:
    room = room_of(state, answering())
    batches = batching_of(state, room)
    batch = await batches.begin(line("a"))
    await write(state, "UPDATE batches SET lease_owner = 'gone', lease_until_ms = 1")
    return batch


async def test_a_batch_that_was_taken_over_is_left_alone(state: State) -> None:
    answerer = Stopped(after=0)
    async with batching(state, answerer, lease_s=0.3) as batches:
        batch = await batches.begin(line("a"))
        await asyncio.wait_for(answerer.waits.wait(), WAIT_S)
        await write(state, "UPDATE batches SET lease_owner = 'other', lease_until_ms = 1 << 50")
        await until(lambda: _works(batches), lambda count: count == 0)
        assert (await batches.desk.batch(batch.id, ADA)).status == "in_progress"


async def _works(batches: Batching) -> int:
    return len(batches.feeder._works)


async def test_callers_batches_take_turns(state: State) -> None:
    answerer = Report(halt_before=1)
    async with batching(state, answerer, batches_at_once=2, lines_at_once=1) as batches:
        mine = [await batches.begin(line("a", f"ada {n}"), principal=ADA) for n in range(3)]
        theirs = await batches.begin(line("b", "bob"), principal=BOB)
        held = await until(lambda: _held(state), lambda found: len(found) == 2)
        assert theirs.id in held or mine[0].id in held
        for batch in mine:
            await batches.desk.cancel(batch.id, ADA)
        await until(lambda: _held(state), lambda found: theirs.id in found)
        await batches.desk.cancel(theirs.id, BOB)
        await batches.ended(theirs, BOB)


async def _held(state: State) -> set[str]:
    found = rows(state, "SELECT id FROM batches WHERE lease_owner IS NOT NULL")
    return {str(row[0]) for row in found}


async def test_output_that_is_to_expire_sooner_does(state: State) -> None:
    async with batching(state, answering()) as batches:
        file_id = await batches.put(
            b'{"custom_id":"a","method":"POST","url":"/v1/said","body":{"q":"x"}}'
        )
        order = BatchOrder(file_id, "/v1/said", keep_output_s=3600)
        batch = await batches.ended(await batches.desk.create(order, ADA))
        assert batch.output_file_id is not None
        output = await batches.files.file(batch.output_file_id, ADA)
        assert output.expires_at_ms - output.created_at_ms == 3600 * 1000
        assert (output.purpose, output.name) == ("batch_output", f"{batch.id}_output.jsonl")
        with pytest.raises(NotFound):
            await batches.files.file(batch.output_file_id, BOB)
