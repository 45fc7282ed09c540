"""The loop of a server that works on one batch, to be killed by tests.

`python -m tests.jobs.batches.serving_batches FOLDER LINES`: every line that is asked is noted in
the file `asked`.
"""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from hydrophone.ports import BatchOrder
from hydrophone.storage.state import open_state
from hydrophone.stream import Emit, running
from hydrophone.types import Event, Finished, Question, RequestContext, Sources, Text, Usage
from tests.jobs.batches.batching import URL, batching, line, lines_of
from tests.jobs.working import ADA

SPENT = Usage(completion_tokens=1)


class Noting:
    """Takes some milliseconds, and notes what it is asked."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def resumes(self, question: Question) -> bool:
        return False

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        asked = question.last_user_text
        with self._path.open("a") as notes:
            notes.write(f"{asked}\n")

        async def work(emit: Emit) -> None:
            await asyncio.sleep(random.random() * 0.03)
            await emit(Sources(complete=True))
            await emit(Text(asked))
            await emit(Finished("stop", SPENT))

        return running(work, context)

    def resume(
        self, question: Question, context: RequestContext, so_far: Sequence[Event]
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        raise AssertionError("nothing was logged")


async def main(folder: Path, count: int) -> None:
    """Until it is told to stop."""
    stop = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stop.set)
    state = await open_state(folder / "state.db")
    async with batching(state, Noting(folder / "asked"), lines_at_once=3) as batches:
        if not (await batches.desk.batches(ADA)).batches:
            content = lines_of(*(line(f"name {n}", f"text {n}") for n in range(count)))
            order = BatchOrder(await batches.put(content), URL)
            await batches.desk.create(order, ADA)
        await stop.wait()
    await state.close()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
