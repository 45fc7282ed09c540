"""The work on one batch: its file is looked through, its lines are answered, files are made.

All that is known of it is in the database, so whoever takes it next goes on where the last one
stopped: lines that have ended are not asked again.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from itertools import islice

from hydrophone.jobs.batches.direct_lines import DirectLines
from hydrophone.jobs.batches.job_lines import JobLines
from hydrophone.jobs.batches.line_rows import (
    LinePlace,
    LineState,
    delete_lines,
    insert_lines,
    list_results,
    list_waiting,
)
from hydrophone.jobs.batches.line_work import BatchLost, LineDesk, Lines
from hydrophone.jobs.batches.outputs import given_up_line, unpack_line
from hydrophone.jobs.batches.rows import (
    BatchLease,
    Columns,
    HeldBatch,
    change_batch,
    end_batch,
    load_held,
    move_on,
)
from hydrophone.jobs.batches.validation import MOST_LINE_BYTES, Found, look_through
from hydrophone.ports import (
    BatchEndpoint,
    BatchError,
    BatchStatus,
    DirectEndpoint,
    Jobs,
    StoredFile,
)
from hydrophone.storage.files.rows import insert_file
from hydrophone.storage.files.store import FileStore, Made
from hydrophone.storage.state import State
from hydrophone.types import Clock, new_id

LINES_AT_A_TIME = 500
RESULTS_AT_A_TIME = 50
EXPIRED = "This request could not be answered before the completion window ended."
CANCELLED = "This request was not answered before the batch was cancelled."


class Work:
    """The work on a batch that is held by a lease; `at_once` of its lines are jobs at a time."""

    def __init__(
        self,
        state: State,
        files: FileStore,
        jobs: Jobs,
        endpoint: BatchEndpoint | DirectEndpoint,
        held: HeldBatch,
        lease: BatchLease,
        *,
        at_once: int,
        most_line_bytes: int = MOST_LINE_BYTES,
        clock: Clock = time.time,
    ) -> None:
        self._state = state
        self._files = files
        self._batch = held.batch
        self._principal = held.principal
        self._lease = lease
        self._at_once = at_once
        self._most_line_bytes = most_line_bytes
        self._clock = clock
        self._path = files.path(held.batch.order.input_file_id)
        self._stopping = asyncio.Event()
        desk = LineDesk(state, self._path, held.principal, lease, self._stopping)
        self._lines = lines_of(desk, jobs, endpoint)
        self._waiting = deque[LinePlace]()
        self._seen = 0
        self._turn = asyncio.Lock()
        if held.batch.status == "cancelling":
            self._stopping.set()

    def cancel(self) -> None:
        """Answer no more lines; what has been answered is kept."""
        self._stopping.set()

    async def run(self) -> None:
        """Work until the batch has ended. Raises BatchLost and StorageError, also in groups."""
        if self._batch.in_progress_at_ms is None and not await self._validated():
            return
        await self._answer_lines()
        await self._lines.settle()
        await self._finish()

    async def _validated(self) -> bool:
        """Note where the lines are; when there are none, or wrong ones, the batch has ended."""
        async with self._state.writing() as connection:
            await delete_lines(connection, self._lease.batch_id)
        try:
            total, errors = await self._looked_through()
        except OSError as error:
            wrong = f"the file cannot be read: {error.strerror or error}"
            total, errors = 0, [BatchError("unreadable_file", wrong)]
        async with self._state.writing() as connection:
            if errors or self._stopping.is_set():
                status: BatchStatus = "failed" if errors else "cancelled"
                now_ms = self._now_ms()
                _must(await end_batch(connection, self._lease, status, now_ms, errors=errors))
                return False
            now: Columns = {"total": total, "in_progress_at_ms": self._now_ms()}
            _must(await move_on(connection, self._lease, "in_progress", now))
        return True

    async def _looked_through(self) -> tuple[int, list[BatchError]]:
        """How many lines there are, and what is wrong with them. Raises OSError."""
        total, errors = 0, list[BatchError]()
        file = await asyncio.to_thread(self._path.open, "rb")
        with file:
            endpoint, most = self._batch.order.endpoint, self._most_line_bytes
            found = look_through(file, endpoint, most_line_bytes=most)
            while not self._stopping.is_set() and (some := await asyncio.to_thread(_next, found)):
                errors += [one for one in some if isinstance(one, BatchError)]
                places = [one for one in some if isinstance(one, LinePlace)]
                total += len(places)
                if places and not errors:
                    await self._note(places)
        return total, errors

    async def _note(self, places: Sequence[LinePlace]) -> None:
        async with self._state.writing() as connection:
            _must(await change_batch(connection, self._lease, {"total": 0}))
            await insert_lines(connection, self._lease.batch_id, places)

    async def _answer_lines(self) -> None:
        """Answer the lines that wait, until there are none or the batch is to stop."""
        async with asyncio.TaskGroup() as group:
            stopper = group.create_task(self._stop_in_time())
            hands = [group.create_task(self._answer_some()) for _ in range(self._at_once)]
            await asyncio.wait(hands)
            stopper.cancel()

    async def _answer_some(self) -> None:
        while (place := await self._next_line()) is not None:
            await self._lines.answer(place)

    async def _next_line(self) -> LinePlace | None:
        async with self._turn:
            if not self._waiting and not self._stopping.is_set():
                async with self._state.reading() as connection:
                    some = await list_waiting(
                        connection, self._batch.id, after=self._seen, limit=LINES_AT_A_TIME
                    )
                self._waiting.extend(some)
                self._seen = some[-1].number if some else self._seen
            if self._stopping.is_set() or not self._waiting:
                return None
            return self._waiting.popleft()

    async def _stop_in_time(self) -> None:
        """Stop what is worked on when the batch is cancelled or its time is over."""
        left_s = self._batch.expires_at_ms / 1000 - self._clock()
        with suppress(TimeoutError):
            async with asyncio.timeout(max(0.0, left_s)):
                await self._stopping.wait()
        self._stopping.set()
        await self._lines.stop()

    async def _finish(self) -> None:
        """Make the files of what has come, and end the batch."""
        async with self._state.writing() as connection:
            now: Columns = {"finalizing_at_ms": self._now_ms()}
            _must(await move_on(connection, self._lease, "finalizing", now))
        async with self._files.making() as output, self._files.making() as errors:
            failed, given_up = await self._write_lines(output, errors)
            files = [await self._settled(output, "output"), await self._settled(errors, "error")]
            async with self._state.writing() as connection:
                held = await load_held(connection, self._batch.id)
                ended: BatchStatus = "expired" if given_up else "completed"
                for file in files:
                    if file is not None:
                        await insert_file(connection, file, self._principal)
                output_id, error_id = (None if file is None else file.id for file in files)
                _must(
                    await end_batch(
                        connection,
                        self._lease,
                        "cancelled" if held.batch.status == "cancelling" else ended,
                        self._now_ms(),
                        failed=failed,
                        output_file_id=output_id,
                        error_file_id=error_id,
                    )
                )

    async def _write_lines(self, output: Made, errors: Made) -> tuple[int, int]:
        """Write all lines in order; how many have no answer, and how many were given up."""
        failed = given_up = after = 0
        async with self._state.reading() as connection:
            held = await load_held(connection, self._batch.id)
        cancelled = held.batch.status == "cancelling"
        while rows := await self._results(after):
            for row in rows:
                line = await asyncio.to_thread(_line_of, row, cancelled=cancelled)
                failed += row.status != "completed"
                given_up += row.packed is None
                await (output if row.status == "completed" else errors).write(line)
            after = rows[-1].number
        return failed, given_up

    async def _results(self, after: int) -> Sequence[LineState]:
        async with self._state.reading() as connection:
            return await list_results(
                connection, self._batch.id, after=after, limit=RESULTS_AT_A_TIME
            )

    async def _settled(self, made: Made, what: str) -> StoredFile | None:
        if made.size_bytes == 0:
            return None
        name = f"{self._batch.id}_{what}.jsonl"
        return await made.settled(name, keep_s=self._batch.order.keep_output_s)

    def _now_ms(self) -> int:
        return round(self._clock() * 1000)


def lines_of(desk: LineDesk, jobs: Jobs, endpoint: BatchEndpoint | DirectEndpoint) -> Lines:
    """The way to work on lines that such an endpoint takes."""
    if isinstance(endpoint, DirectEndpoint):
        return DirectLines(desk, endpoint)
    return JobLines(desk, jobs, endpoint)


def _next(found: Iterator[Found]) -> list[Found]:
    return list(islice(found, LINES_AT_A_TIME))


def _line_of(row: LineState, *, cancelled: bool) -> bytes:
    if row.packed is not None:
        return unpack_line(row.packed)
    code, message = ("batch_cancelled", CANCELLED) if cancelled else ("batch_expired", EXPIRED)
    return given_up_line(row.custom_id, new_id(), code=code, message=message)


def _must(held: bool) -> None:
    """Go on when the batch is still held."""
    if not held:
        raise BatchLost
