"""The lines of batches in `state.db`: which wait, and what has come of the others.

Every function works inside the caller's transaction; those that change something need a writing
one, and say whether the batch is still held.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.jobs.batches.rows import BatchLease
from hydrophone.ports import BatchUsage
from hydrophone.storage.state_tables import BATCH_LINES, BATCHES

LineEnd: TypeAlias = Literal["completed", "failed"]


@dataclass(frozen=True, slots=True)
class LinePlace:
    """A line of the input file: its number from 1, its caller's name for it, and its bytes."""

    number: int
    custom_id: str
    first_byte: int
    size_bytes: int
    job_id: str | None = None


@dataclass(frozen=True, slots=True)
class LineState:
    """A line as it stands; `packed` is None while it waits."""

    number: int
    custom_id: str
    status: LineEnd | Literal["waiting"]
    packed: bytes | None


@dataclass(frozen=True, slots=True)
class LineResult:
    """What has come of a line: a packed line of the output file, or of the error file."""

    number: int
    end: LineEnd
    packed: bytes
    usage: BatchUsage


async def insert_lines(
    connection: AsyncConnection, batch_id: str, places: Sequence[LinePlace]
) -> None:
    """Note lines that wait."""
    rows = [
        {
            "batch_id": batch_id,
            "line": place.number,
            "custom_id": place.custom_id,
            "first_byte": place.first_byte,
            "size_bytes": place.size_bytes,
            "status": "waiting",
        }
        for place in places
    ]
    await connection.execute(insert(BATCH_LINES), rows)


async def delete_lines(connection: AsyncConnection, batch_id: str) -> None:
    """Forget all lines of a batch."""
    await connection.execute(delete(BATCH_LINES).where(BATCH_LINES.c.batch_id == batch_id))


async def list_waiting(
    connection: AsyncConnection, batch_id: str, *, after: int = 0, limit: int
) -> list[LinePlace]:
    """The next lines that have not ended, behind line `after`."""
    lines = BATCH_LINES.c
    query = (
        select(lines.line, lines.custom_id, lines.first_byte, lines.size_bytes, lines.job_id)
        .where(lines.batch_id == batch_id, lines.status == "waiting", lines.line > after)
        .order_by(lines.line)
        .limit(limit)
    )
    return [LinePlace(*row) for row in await connection.execute(query)]


async def note_job(connection: AsyncConnection, batch_id: str, number: int, job_id: str) -> None:
    """Note which job, or request, answers a line."""
    mine = (BATCH_LINES.c.batch_id == batch_id, BATCH_LINES.c.line == number)
    await connection.execute(update(BATCH_LINES).where(*mine).values(job_id=job_id))


async def end_line(connection: AsyncConnection, lease: BatchLease, result: LineResult) -> bool:
    """End a line that waits, and count it; whether the batch is still held."""
    usage = result.usage
    counted = update(BATCHES).where(
        BATCHES.c.id == lease.batch_id, BATCHES.c.lease_owner == lease.owner
    )
    changed = await connection.execute(
        counted.values(
            {
                result.end: BATCHES.c[result.end] + 1,
                "input_tokens": BATCHES.c.input_tokens + usage.input_tokens,
                "output_tokens": BATCHES.c.output_tokens + usage.output_tokens,
                "reasoning_tokens": BATCHES.c.reasoning_tokens + usage.reasoning_tokens,
            }
        )
    )
    if changed.rowcount != 1:
        return False
    mine = (BATCH_LINES.c.batch_id == lease.batch_id, BATCH_LINES.c.line == result.number)
    values = {"status": result.end, "packed": result.packed}
    await connection.execute(update(BATCH_LINES).where(*mine).values(**values))
    return True


async def list_asked(connection: AsyncConnection, batch_id: str) -> list[LinePlace]:
    """Lines that have not ended and whose job is known."""
    lines = BATCH_LINES.c
    query = (
        select(lines.line, lines.custom_id, lines.first_byte, lines.size_bytes, lines.job_id)
        .where(lines.batch_id == batch_id, lines.status == "waiting", lines.job_id.is_not(None))
        .order_by(lines.line)
    )
    return [LinePlace(*row) for row in await connection.execute(query)]


async def list_results(
    connection: AsyncConnection, batch_id: str, *, after: int, limit: int
) -> list[LineState]:
    """Lines behind line `after`, in order."""
    lines = BATCH_LINES.c
    query = (
        select(lines.line, lines.custom_id, lines.status, lines.packed)
        .where(lines.batch_id == batch_id, lines.line > after)
        .order_by(lines.line)
        .limit(limit)
    )
    return [LineState(*row) for row in await connection.execute(query)]
