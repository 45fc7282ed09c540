"""Jobs from the outside: taken in, followed, cancelled, listed, and nobody else's."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from hydrophone.errors import InvalidRequest, NotFound, RateLimited, ServiceError
from hydrophone.ports import Job, JobList
from hydrophone.scripted import ScriptedAnswerer
from hydrophone.storage.state import State
from hydrophone.types import (
    LOCAL,
    Failed,
    Finished,
    MediaPart,
    Question,
    RequestContext,
    Sources,
    Step,
    Text,
    TextPart,
    Turn,
)
from tests.jobs.working import (
    ADA,
    BOB,
    SECTIONS,
    SPENT,
    WAIT_S,
    Report,
    ledger,
    question,
    room_of,
    text_of,
    until,
    whole,
    working,
)


async def test_a_job_is_answered_and_leaves_one_row(state: State) -> None:
    async with working(state, Report()) as room:
        job = await room.desk.submit(question(), ADA, door="async")
        assert (job.status, job.model, job.events) == ("queued", "sonar-deep-research", 0)
        done = await room.ended(job, ADA)
        result = await room.desk.result(job.id, ADA)
    assert (done.status, done.error) == ("done", None)
    assert done.created_at_ms <= (done.started_at_ms or 0) <= (done.ended_at_ms or 0)
    assert text_of(result) == whole()
    assert result[-1] == Finished("stop", SPENT)
    assert done.events == len(result)
    assert ledger(state.path) == [(job.id, "ada", "done", SPENT.completion_tokens)]


async def test_what_was_accepted_before_the_runner_begins_waits_for_it(state: State) -> None:
    idle = room_of(state, Report())
    job = await idle.desk.submit(question(), LOCAL, door="async")
    assert (await idle.desk.job(job.id, LOCAL)).status == "queued"
    async with working(state, Report()) as room:
        assert (await room.ended(job)).status == "done"


async def test_a_follower_sees_sections_while_the_job_runs(state: State) -> None:
    answerer = Report(halt_before=3)
    async with working(state, answerer) as room:
        job = await room.desk.submit(question(), LOCAL, door="async")
        seen = []
        async with asyncio.timeout(WAIT_S):
            async for logged in room.desk.events(job.id, LOCAL):
                seen.append(logged)
                if text_of([one.event for one in seen]) == "Part 1 of whales. Part 2 of whales. ":
                    break
        assert [logged.seq for logged in seen] == list(range(1, len(seen) + 1))
        assert (await room.desk.job(job.id, LOCAL)).status == "running"
        assert await room.desk.result(job.id, LOCAL) == ()


async def test_events_behind_any_number_are_the_same_ones(state: State) -> None:
    async with working(state, Report()) as room:
        job = await room.desk.submit(question(), LOCAL, door="async")
        done = await room.ended(job)
        every = [logged async for logged in room.desk.events(job.id, LOCAL)]
        for after in range(done.events + 1):
            behind = [one async for one in room.desk.events(job.id, LOCAL, after=after)]
            assert behind == every[after:]


async def test_a_writer_that_cannot_go_on_shows_nothing_before_its_end(state: State) -> None:
    answerer = Report(resumable=False, halt_before=3)
    async with working(state, answerer) as room:
        job = await room.desk.submit(question(), LOCAL, door="async")
        async with asyncio.timeout(WAIT_S):
            await answerer.halted.wait()
        assert (await room.desk.job(job.id, LOCAL)).events == 0


async def test_another_callers_job_does_not_exist(state: State) -> None:
    async with working(state, Report()) as room:
        job = await room.desk.submit(question(), ADA, door="async")
        await room.ended(job, ADA)
        with pytest.raises(NotFound):
            await room.desk.job(job.id, BOB)
        with pytest.raises(NotFound):
            await room.desk.question(job.id, BOB)
        with pytest.raises(NotFound):
            await room.desk.result(job.id, BOB)
        with pytest.raises(NotFound):
            await room.desk.cancel(job.id, BOB)
        with pytest.raises(NotFound):
            await anext(room.desk.events(job.id, BOB))
        assert (await room.desk.jobs(BOB)).jobs == ()
        with pytest.raises(NotFound):
            await room.desk.job("no-such-job", ADA)


async def test_the_same_idempotency_key_gives_the_same_job(state: State) -> None:
    room = room_of(state, Report())
    first = await room.desk.submit(question(), ADA, door="async", idempotency_key="k")
    again = await room.desk.submit(question(), ADA, door="async", idempotency_key="k")
    others = await room.desk.submit(question(), BOB, door="async", idempotency_key="k")
    assert first.id == again.id != others.id
    with pytest.raises(InvalidRequest, match="another question"):
        await room.desk.submit(question("boats"), ADA, door="async", idempotency_key="k")
    assert len((await room.desk.jobs(ADA)).jobs) == 1


async def test_one_of_many_at_once_with_one_key_is_taken_in(state: State) -> None:
    room = room_of(state, Report())
    jobs = await asyncio.gather(
        *(room.desk.submit(question(), ADA, door="async", idempotency_key="k") for _ in range(12))
    )
    assert len({job.id for job in jobs}) == 1


@pytest.mark.parametrize("key", ["", "a\nb", "x" * 256])
async def test_an_odd_idempotency_key_is_refused(state: State, key: str) -> None:
    room = room_of(state, Report())
    with pytest.raises(InvalidRequest, match="printable"):
        await room.desk.submit(question(), ADA, door="async", idempotency_key=key)


async def test_too_many_of_one_caller_are_refused_and_others_are_not(state: State) -> None:
    room = room_of(state, Report(), most_waiting_each=2, most_waiting=3)
    for _ in range(2):
        await room.desk.submit(question(), ADA, door="async")
    with pytest.raises(RateLimited) as caught:
        await room.desk.submit(question(), ADA, door="async")
    assert (caught.value.status, caught.value.retry_after_s) == (429, 30.0)
    await room.desk.submit(question(), BOB, door="async")
    with pytest.raises(ServiceError) as full:
        await room.desk.submit(question(), BOB, door="async")
    assert (full.value.status, full.value.retryable) == (503, True)


async def test_a_known_key_is_answered_even_when_the_queue_is_full(state: State) -> None:
    room = room_of(state, Report(), most_waiting_each=1)
    job = await room.desk.submit(question(), ADA, door="async", idempotency_key="k")
    again = await room.desk.submit(question(), ADA, door="async", idempotency_key="k")
    assert again == job


async def test_jobs_are_listed_newest_first_a_page_at_a_time(state: State) -> None:
    room = room_of(state, Report())
    ids = [(await room.desk.submit(question(), ADA, door="async")).id for _ in range(5)]
    await room.desk.submit(question(), ADA, door="agent")
    found: list[str] = []
    token = None
    for _ in range(3):
        page = await room.desk.jobs(ADA, door="async", limit=2, token=token)
        found += [job.id for job in page.jobs]
        token = page.next_token
    assert found == ids[::-1]
    assert token is None
    with pytest.raises(InvalidRequest, match="next_token"):
        await room.desk.jobs(ADA, token="'; DROP TABLE jobs")


async def test_a_cancelled_job_that_waits_ends_at_once_with_its_row(state: State) -> None:
    room = room_of(state, Report())
    job = await room.desk.submit(question(), ADA, door="async")
    cancelled = await room.desk.cancel(job.id, ADA)
    assert (cancelled.status, cancelled.error_code) == ("cancelled", "cancelled")
    (last,) = await room.desk.result(job.id, ADA)
    assert isinstance(last, Failed)
    assert await room.desk.cancel(job.id, ADA) == cancelled
    assert ledger(state.path) == [(job.id, "ada", "cancelled", 0)]


async def test_a_cancelled_job_that_runs_keeps_what_was_written(state: State) -> None:
    answerer = Report(halt_before=3)
    async with working(state, answerer) as room:
        job = await room.desk.submit(question(), ADA, door="async")
        async with asyncio.timeout(WAIT_S):
            await answerer.halted.wait()
        await room.desk.cancel(job.id, ADA)
        done = await room.ended(job, ADA)
        result = await room.desk.result(job.id, ADA)
    assert done.status == "cancelled"
    assert text_of(result) == "Part 1 of whales. Part 2 of whales. "
    assert ledger(state.path) == [(job.id, "ada", "cancelled", 20)]


async def test_a_job_that_runs_elsewhere_is_cancelled_as_well(state: State) -> None:
    answerer = Report(halt_before=2)
    async with working(state, answerer, lease_s=0.6) as room:
        elsewhere = room_of(state, Report())
        job = await room.desk.submit(question(), ADA, door="async")
        async with asyncio.timeout(WAIT_S):
            await answerer.halted.wait()
        await elsewhere.desk.cancel(job.id, ADA)
        assert (await elsewhere.ended(job, ADA)).status == "cancelled"


async def test_what_fails_is_told_with_its_reason(state: State) -> None:
    async with working(state, _Scripted([RuntimeError("secret detail")])) as room:
        job = await room.desk.submit(question(), ADA, door="async")
        done = await room.ended(job, ADA)
    assert (done.status, done.error_code) == ("failed", "internal_error")
    assert "secret" not in (done.error or "")
    assert ledger(state.path) == [(job.id, "ada", "failed", 0)]


async def test_the_question_comes_back_without_the_files_when_it_is_done(state: State) -> None:
    file = MediaPart("file", "text/plain", data=b"private" * 1000, name="a.txt")
    asked = Question((Turn("user", (TextPart("What is in it?"), file)),), model="sonar")
    async with working(state, Report()) as room:
        job = await room.desk.submit(asked, ADA, door="async")
        idle = await room.desk.question(job.id, ADA)
        await room.ended(job, ADA)
        kept = await room.desk.question(job.id, ADA)
    assert idle in (asked, kept)
    assert kept.turns[0].parts == (TextPart("What is in it?"), replace(file, data=b""))


async def test_the_answerer_gets_the_question_with_its_files(state: State) -> None:
    file = MediaPart("file", "text/plain", data=bytes(range(256)), name="a.txt")
    asked = Question((Turn("user", (TextPart("What is in it?"), file)),), model="sonar")
    scripted = _Scripted([Step("s", "think")])
    async with working(state, scripted) as room:
        await room.ended(await room.desk.submit(asked, ADA, door="async"), ADA)
    assert scripted.questions == [asked]


async def test_old_jobs_are_forgotten_and_their_rows_kept(state: State) -> None:
    async with working(state, Report()) as room:
        job = await room.desk.submit(question(), ADA, door="async")
        await room.ended(job, ADA)
    async with working(state, Report(), keep_days=0) as room:
        await until(lambda: room.desk.jobs(ADA), lambda page: not page.jobs)
        with pytest.raises(NotFound):
            await room.desk.result(job.id, ADA)
    assert [row[0] for row in ledger(state.path)] == [job.id]


async def test_callers_are_served_in_turn(state: State) -> None:
    order: list[str] = []

    class Noting(Report):
        def answer(self, question, context):  # type: ignore[no-untyped-def]
            order.append(context.principal.id)
            return super().answer(question, context)

    room = room_of(state, Noting(), at_once=1)
    for _ in range(4):
        await room.desk.submit(question(), ADA, door="async")
    jobs = [await room.desk.submit(question(), BOB, door="async") for _ in range(2)]
    room.runner.start()
    for job in jobs:
        await room.ended(job, BOB)
    await room.runner.close()
    assert order[:4] == ["ada", "bob", "ada", "bob"]


async def test_no_more_than_the_limit_run_at_once(state: State) -> None:
    answerer = Report(halt_before=1)
    async with working(state, answerer, at_once=3) as room:
        for _ in range(5):
            await room.desk.submit(question(), ADA, door="async")
        page = await until(lambda: room.desk.jobs(ADA), lambda page: len(_running(page)) == 3)
        await asyncio.sleep(0.5)
        page = await room.desk.jobs(ADA)
    assert len(_running(page)) == len(answerer.started) == 3


async def test_two_runners_on_one_queue_do_each_job_once(state: State) -> None:
    first, second = Report(), Report()
    async with working(state, first) as one, working(state, second) as two:
        jobs = await asyncio.gather(
            *((one, two)[n % 2].desk.submit(question(), ADA, door="async") for n in range(30))
        )
        for job in jobs:
            assert (await two.ended(job, ADA)).status == "done"
    assert len(first.started) + len(second.started) == len(jobs) * SECTIONS
    assert len(ledger(state.path)) == len(jobs)


async def test_an_answer_that_was_given_at_once_is_a_job_that_has_ended(state: State) -> None:
    file = MediaPart("file", "text/plain", data=b"private", name="a.txt")
    asked = Question((Turn("user", (TextPart("What is in it?"), file)),), model="sonar")
    context = RequestContext(principal=ADA, door="agent")
    context.meter.pro_search = True
    events = [Sources(complete=True), Text("Whales."), Finished("stop", SPENT)]
    room = room_of(state, Report())
    await room.desk.keep(asked, context, events, started_at_ms=1_000, ended_at_ms=2_000)
    job = await room.desk.job(context.request_id, ADA)
    assert (job.status, job.events, job.pro_search) == ("done", 3, True)
    assert (job.created_at_ms, job.started_at_ms, job.ended_at_ms) == (1_000, 1_000, 2_000)
    assert await room.desk.result(job.id, ADA) == tuple(events)
    kept = await room.desk.question(job.id, ADA)
    assert kept.turns[0].parts == (TextPart("What is in it?"), replace(file, data=b""))
    with pytest.raises(NotFound):
        await room.desk.job(job.id, BOB)
    assert ledger(state.path) == [], "its row is the gate's"


async def test_an_answer_without_an_end_is_not_kept(state: State) -> None:
    room = room_of(state, Report())
    context = RequestContext(principal=ADA, door="agent")
    with pytest.raises(ValueError, match="no end"):
        await room.desk.keep(question(), context, [Text("?")], started_at_ms=1, ended_at_ms=2)


async def test_a_job_that_is_forgotten_leaves_its_row_alone(state: State) -> None:
    async with working(state, Report()) as room:
        job = await room.desk.submit(question(), ADA, door="async")
        await room.ended(job, ADA)
        with pytest.raises(NotFound):
            await room.desk.forget(job.id, BOB)
        await room.desk.forget(job.id, ADA)
        with pytest.raises(NotFound):
            await room.desk.result(job.id, ADA)
        with pytest.raises(NotFound):
            await room.desk.forget(job.id, ADA)
    assert [row[0] for row in ledger(state.path)] == [job.id]
    assert rows_of(state.path, "job_events") == 0


async def test_a_job_that_has_not_ended_is_not_forgotten(state: State) -> None:
    room = room_of(state, Report())
    job = await room.desk.submit(question(), ADA, door="async")
    with pytest.raises(InvalidRequest, match="cancel it first"):
        await room.desk.forget(job.id, ADA)
    assert (await room.desk.job(job.id, ADA)).status == "queued"


def rows_of(path: Path, table: str) -> int:
    """How many rows a table of the database has."""
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def _running(page: JobList) -> list[Job]:
    return [job for job in page.jobs if job.status == "running"]


class _Scripted(ScriptedAnswerer):
    """A script that cannot be gone on with."""

    def resumes(self, question: Question) -> bool:
        return False

    def resume(self, question, context, so_far):  # type: ignore[no-untyped-def]
        raise AssertionError("it cannot go on")
