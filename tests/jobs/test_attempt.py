"""Attempts that are broken off: stopped servers, lost leases, jobs that nobody survives."""

from __future__ import annotations

import asyncio
import zlib
from dataclasses import replace

import pytest
from sqlalchemy import update

from hydrophone.jobs.attempt import MOST_ATTEMPTS
from hydrophone.storage.state import State
from hydrophone.storage.state_tables import JOBS
from hydrophone.types import (
    LOCAL,
    Event,
    Failed,
    Finished,
    Notice,
    Sources,
    Step,
    StepResult,
    Text,
)
from tests.jobs.working import (
    ADA,
    SECTIONS,
    SPENT,
    WAIT_S,
    Report,
    Room,
    ledger,
    question,
    text_of,
    until,
    whole,
    working,
)

EVENTS_A_SECTION = 4


async def halted(room: Room, answerer: Report) -> str:
    """A new job that has come to where its answerer halts, with what was before it logged."""
    job = await room.desk.submit(question(), LOCAL, door="async")
    async with asyncio.timeout(WAIT_S):
        await answerer.halted.wait()
    if answerer.resumable:
        await logged(room, job.id, 1 + EVENTS_A_SECTION * ((answerer.halt_before or 1) - 1))
    return job.id


async def logged(room: Room, job_id: str, events: int) -> None:
    """Wait until so many events of the job can be read."""
    await until(lambda: room.desk.job(job_id, LOCAL), lambda job: job.events >= events)


async def abandon(state: State, job_id: str, **values: object) -> None:
    """What a killed process leaves behind: a job that runs under a lease that is over."""
    async with state.writing() as connection:
        held = {"status": "running", "lease_owner": "dead", "lease_until_ms": 1} | values
        await connection.execute(update(JOBS).where(JOBS.c.id == job_id).values(**held))


async def seen(room: Room, job_id: str) -> list[Event]:
    return [one.event async for one in room.desk.events(job_id, LOCAL)]


@pytest.mark.parametrize("section", range(1, SECTIONS + 1))
async def test_a_stopped_server_goes_on_behind_the_last_section(state: State, section: int) -> None:
    first = Report(halt_before=section)
    async with working(state, first) as room:
        job_id = await halted(room, first)
        assert (await room.desk.job(job_id, LOCAL)).status == "running"
    second = Report()
    async with working(state, second) as room:
        events = await seen(room, job_id)
        assert (await room.desk.job(job_id, LOCAL)).status == "done"
    assert text_of(events) == whole()
    assert second.started == list(range(section, SECTIONS + 1))
    assert events[-1] == Finished("stop", SPENT)
    steps = [event.id for event in events if isinstance(event, Step)]
    assert steps == [f"section-{number}" for number in range(1, SECTIONS + 1)]
    assert [row[3] for row in ledger(state.path)] == [SPENT.completion_tokens]


async def test_a_follower_of_the_first_run_has_seen_how_the_whole_begins(state: State) -> None:
    first = Report(halt_before=3)
    async with working(state, first) as room:
        job_id = await halted(room, first)
        early = []
        async with asyncio.timeout(WAIT_S):
            async for logged in room.desk.events(job_id, LOCAL):
                early.append(logged)
                if isinstance(logged.event, StepResult) and logged.event.step == "section-2":
                    break
    async with working(state, Report()) as room:
        behind = [one async for one in room.desk.events(job_id, LOCAL, after=early[-1].seq)]
        every = [one async for one in room.desk.events(job_id, LOCAL)]
    assert early + behind == every
    assert text_of([one.event for one in every]) == whole()


async def test_a_writer_that_cannot_go_on_starts_over_unseen(state: State) -> None:
    first = Report(resumable=False, halt_before=3)
    async with working(state, first) as room:
        job_id = await halted(room, first)
    second = Report(resumable=False)
    async with working(state, second) as room:
        assert text_of(await seen(room, job_id)) == whole()
    assert second.started == [1, 2, 3, 4]


async def test_a_log_that_nobody_can_go_on_with_ends_as_interrupted(state: State) -> None:
    first = Report(halt_before=3)
    async with working(state, first) as room:
        job_id = await halted(room, first)
    async with working(state, Report(resumable=False)) as room:
        events = await seen(room, job_id)
        done = await room.desk.job(job_id, LOCAL)
    assert (done.status, done.error_code) == ("failed", "interrupted")
    assert text_of(events) == "Part 1 of whales. Part 2 of whales. "
    assert [type(event) for event in events[-2:]] == [Notice, Failed]
    assert [row[2:] for row in ledger(state.path)] == [("failed", 20)]


async def test_stopping_a_server_does_not_count_as_an_attempt(state: State) -> None:
    answerer = Report(halt_before=2)
    job_id = ""
    for _ in range(MOST_ATTEMPTS + 2):
        answerer.halted.clear()
        async with working(state, answerer) as room:
            if not job_id:
                job_id = await halted(room, answerer)
            async with asyncio.timeout(WAIT_S):
                await answerer.halted.wait()
    async with working(state, Report()) as room:
        assert text_of(await seen(room, job_id)) == whole()


async def test_what_killed_its_server_again_and_again_is_given_up(state: State) -> None:
    answerer = Report(halt_before=2)
    async with working(state, answerer) as room:
        job_id = await halted(room, answerer)
    await abandon(state, job_id, attempts=1 + MOST_ATTEMPTS)
    untouched = Report()
    async with working(state, untouched) as room:
        events = await seen(room, job_id)
        done = await room.desk.job(job_id, LOCAL)
    assert (done.status, done.error_code) == ("failed", "interrupted")
    assert untouched.started == []
    assert isinstance(events[-1], Failed)
    assert events[-1].retryable
    assert len(ledger(state.path)) == 1


async def test_one_attempt_fewer_is_tried_once_more(state: State) -> None:
    answerer = Report(halt_before=2)
    async with working(state, answerer) as room:
        job_id = await halted(room, answerer)
    await abandon(state, job_id, attempts=MOST_ATTEMPTS)
    async with working(state, Report()) as room:
        assert text_of(await seen(room, job_id)) == whole()


async def test_a_job_that_gets_on_survives_any_number_of_kills(state: State) -> None:
    job_id = ""
    for section in range(2, SECTIONS + 1):
        answerer = Report(halt_before=section)
        async with working(state, answerer) as room:
            job_id = job_id or await halted(room, answerer)
            async with asyncio.timeout(WAIT_S):
                await answerer.halted.wait()
            await logged(room, job_id, 1 + EVENTS_A_SECTION * (section - 1))
        # As if this attempt had been the last one that is allowed behind the one before it.
        await abandon(state, job_id, attempts=(section - 1) * MOST_ATTEMPTS)
    async with working(state, Report()) as room:
        assert text_of(await seen(room, job_id)) == whole()


async def test_a_job_cancelled_while_nobody_lived_ends_as_cancelled(state: State) -> None:
    answerer = Report(halt_before=2)
    async with working(state, answerer) as room:
        job_id = await halted(room, answerer)
    await abandon(state, job_id, attempts=1, cancel_asked=True)
    async with working(state, Report()) as room:
        await seen(room, job_id)
        assert (await room.desk.job(job_id, LOCAL)).status == "cancelled"


async def test_who_has_lost_the_lease_writes_nothing_more(state: State) -> None:
    sleeper = Report(halt_before=3)
    async with working(state, sleeper, lease_s=60) as slow:
        job_id = await halted(slow, sleeper)
        await abandon(state, job_id, lease_owner="the sleeper")
        async with working(state, Report()) as quick:
            events = await seen(quick, job_id)
        sleeper.halt_before = None
        ended = await quick.desk.job(job_id, LOCAL)
    assert text_of(events) == whole()
    assert await _again(state, job_id) == (events, ended)
    assert len(ledger(state.path)) == 1


async def _again(state: State, job_id: str) -> tuple[list[Event], object]:
    async with working(state, Report()) as room:
        return await seen(room, job_id), await room.desk.job(job_id, LOCAL)


async def test_a_lost_lease_is_noticed_while_the_answerer_is_still_at_it(state: State) -> None:
    sleeper = Report(halt_before=3)
    async with working(state, sleeper, lease_s=0.3) as slow:
        job_id = await halted(slow, sleeper)
        attempt = next(iter(slow.runner._works.values()))[1]
        await abandon(state, job_id, lease_owner="another", lease_until_ms=2**52)
        async with asyncio.timeout(WAIT_S):
            await asyncio.wait({attempt})
        assert (await slow.desk.job(job_id, LOCAL)).status == "running"


@pytest.mark.parametrize("asked", [b"", b"damaged", zlib.compress(b"{}"), zlib.compress(b"\xff")])
async def test_a_question_that_cannot_be_read_any_more_fails(state: State, asked: bytes) -> None:
    answerer = Report(halt_before=2)
    async with working(state, answerer) as room:
        job_id = await halted(room, answerer)
    await abandon(state, job_id, asked=asked)
    async with working(state, Report()) as room:
        events = await seen(room, job_id)
        assert (await room.desk.job(job_id, LOCAL)).status == "failed"
    assert isinstance(events[-1], Failed)


async def test_sources_and_steps_can_be_read_before_any_text(state: State) -> None:
    answerer = Report(halt_before=1)
    async with working(state, answerer) as room:
        job_id = await halted(room, answerer)
        first = await anext(room.desk.events(job_id, LOCAL))
    assert isinstance(first.event, Sources)


async def test_what_cannot_be_stored_does_not_keep_a_job_from_ending(state: State) -> None:
    class Odd(Report):
        def answer(self, question, context):  # type: ignore[no-untyped-def]
            return super().answer(_odd(question), context)

        def resumes(self, question) -> bool:  # type: ignore[no-untyped-def]
            return False

    async with working(state, Odd()) as room:
        job = await room.desk.submit(question(), ADA, door="async")
        done = await room.ended(job, ADA)
        events = await room.desk.result(job.id, ADA)
    assert (done.status, done.error_code) == ("failed", "internal_error")
    assert not any(isinstance(event, Text) for event in events)


def _odd(asked):  # type: ignore[no-untyped-def]
    turn = asked.turns[0]
    part = replace(turn.parts[0], text="\ud800")
    return replace(asked, turns=(replace(turn, parts=(part,)),))
