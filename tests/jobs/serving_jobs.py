"""The loop of a server that takes jobs in and works on them, to be killed by tests.

`python -m tests.jobs.serving_jobs FOLDER JOBS` prints the id of each job once it is accepted.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path

from hydrophone.jobs.desk import Desk
from hydrophone.storage.state import open_state
from hydrophone.types import LOCAL, Event, Question, RequestContext, ask
from tests.jobs.working import Report, working


class Slow(Report):
    """Takes some milliseconds; goes on with every second kind of question."""

    def resumes(self, question: Question) -> bool:
        return question.model == "sonar-deep-research"

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        return _late(super().answer(question, context))

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        return _late(super().resume(question, context, so_far))


@asynccontextmanager
async def _late(
    opened: AbstractAsyncContextManager[AsyncIterator[Event]],
) -> AsyncIterator[AsyncIterator[Event]]:
    async def slowly(events: AsyncIterator[Event]) -> AsyncIterator[Event]:
        async for event in events:
            await asyncio.sleep(random.random() * 0.004)
            yield event

    async with opened as events:
        yield slowly(events)


async def take_in(desk: Desk, jobs: int) -> None:
    """Take in all that an earlier process has not; a key makes it the same job again."""
    for number in range(jobs):
        model = "sonar-deep-research" if number % 2 else "sonar"
        asked = ask("jobs", model=model)
        job = await desk.submit(asked, LOCAL, door="async", idempotency_key=f"job-{number}")
        sys.stdout.write(f"{job.id}\n")
        sys.stdout.flush()


async def main(folder: Path, jobs: int) -> None:
    """Until it is told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    state = await open_state(folder / "state.db")
    async with working(state, Slow(), at_once=8, lease_s=1.0, most_waiting_each=jobs) as room:
        await take_in(room.desk, jobs)
        await stop.wait()
    await state.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
