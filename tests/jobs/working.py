"""What the tests of jobs share: a room of jobs, and answerers that are stopped where they like."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from hydrophone.accounts.job_books import JobBooks
from hydrophone.jobs.desk import Desk
from hydrophone.jobs.runner import Runner
from hydrophone.ports import Job, Resumable
from hydrophone.storage.state import State
from hydrophone.stream import Emit, running
from hydrophone.types import (
    LOCAL,
    Event,
    Finished,
    Principal,
    Question,
    RequestContext,
    SearchResult,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
    Usage,
    ask,
)

T = TypeVar("T")

WAIT_S = 20.0
ADA = Principal("key", "ada")
BOB = Principal("key", "bob")
SECTIONS = 4


@dataclass
class Report:
    """Answers in sections that it can go on behind. `gate` is asked before each section."""

    resumable: bool = True
    halt_before: int | None = None
    halted: asyncio.Event = field(default_factory=asyncio.Event)
    started: list[int] = field(default_factory=list)
    so_far: list[Sequence[Event]] = field(default_factory=list)

    def resumes(self, question: Question) -> bool:
        return self.resumable

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        return self._run(question, context, ())

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        self.so_far.append(tuple(so_far))
        return self._run(question, context, so_far)

    def _run(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        done = sum(isinstance(event, StepResult) for event in so_far)
        told = {event.id for event in so_far if isinstance(event, Step)}

        async def work(emit: Emit) -> None:
            if not any(isinstance(event, Sources) for event in so_far):
                result = SearchResult("https://a.example/", "A", "")
                await emit(Sources((Source(1, result),), complete=True))
            for number in range(done + 1, SECTIONS + 1):
                self.started.append(number)
                if number == self.halt_before:
                    self.halted.set()
                    await asyncio.Event().wait()
                context.meter.add(model_calls=1, completion_tokens=10)
                if f"section-{number}" not in told:
                    await emit(Step(f"section-{number}", "write", thought=f"Part {number}"))
                await emit(Text(f"Part {number} of "))
                await emit(Text(f"{question.last_user_text}. "))
                await emit(StepResult(f"section-{number}"))
            await emit(Finished("stop", context.meter.usage))

        return running(work, context, so_far=so_far)


@dataclass(frozen=True)
class Room:
    """The desk and its runner."""

    desk: Desk
    runner: Runner

    async def ended(self, job: Job, principal: Principal = LOCAL) -> Job:
        """The job when it has ended."""
        async with asyncio.timeout(WAIT_S):
            async for _ in self.desk.events(job.id, principal):
                pass
        return await self.desk.job(job.id, principal)


def room_of(state: State, answerer: Resumable, **options: float) -> Room:
    """A room whose runner has not begun."""
    books = JobBooks()
    looks = {"lease_s": 2.0, "look_s": 0.2} | {
        name: value for name, value in options.items() if name in ("lease_s", "look_s")
    }
    runner = Runner(
        state,
        answerer,
        books,
        at_once=int(options.get("at_once", 2)),
        keep_days=options.get("keep_days", 7),
        **looks,
    )
    limits = {
        name: int(value) for name, value in options.items() if name.startswith("most_waiting")
    }
    return Room(Desk(state, runner, books, look_s=0.1, **limits), runner)


@asynccontextmanager
async def working(state: State, answerer: Resumable, **options: float) -> AsyncIterator[Room]:
    """A room that works."""
    room = room_of(state, answerer, **options)
    room.runner.start()
    try:
        yield room
    finally:
        await room.runner.close()


async def until(look: Callable[[], Awaitable[T]], fits: Callable[[T], bool]) -> T:
    """What `look` gives once it fits."""
    end_s = time.monotonic() + WAIT_S
    while not fits(found := await look()):
        assert time.monotonic() < end_s, found
        await asyncio.sleep(0.02)
    return found


def question(text: str = "whales") -> Question:
    return ask(text, model="sonar-deep-research")


def whole(text: str = "whales") -> str:
    """The text of a report that was never interrupted, or should look so."""
    return "".join(f"Part {number} of {text}. " for number in range(1, SECTIONS + 1))


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


def ledger(path: Path) -> list[tuple[str, str, str, int]]:
    """Request id, principal, outcome and completion tokens of each row."""
    query = "SELECT request_id, principal_id, outcome, completion_tokens FROM ledger ORDER BY 1"
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(query).fetchall()


SPENT = Usage(completion_tokens=10 * SECTIONS, model_calls=SECTIONS)
