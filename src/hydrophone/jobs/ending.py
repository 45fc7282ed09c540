"""The end of a job: result, end and ledger row, in one transaction or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.jobs.packing import pack_events, pack_question, without_files, write_spent
from hydrophone.jobs.rows import Columns, JobRow, Lease, end_job, end_queued_job, insert_events
from hydrophone.ports import JobStatus
from hydrophone.storage.state_tables import LEDGER
from hydrophone.types import Event, Failed, Finished, Meter, Question


@dataclass(frozen=True, slots=True)
class Ending:
    """How a job ends: `events` are those that were not logged before, behind `logged` others."""

    job: JobRow
    question: Question
    meter: Meter
    logged: int
    events: Sequence[Event]
    last: Finished | Failed
    ended_at_ms: int

    @property
    def status(self) -> JobStatus:
        """The job's last status."""
        return last_status(self.last)


class Books(Protocol):
    """Knows what the ledger says of a job."""

    def row(self, ending: Ending) -> Mapping[str, str | int | float | None]:
        """The job's row, by the ledger's columns; the job's id is the request's."""


@dataclass(frozen=True, slots=True)
class PackedEnding:
    """An ending as it is stored. To be packed before the transaction begins."""

    job_id: str
    columns: Columns
    first_seq: int
    events: bytes
    ledger: Mapping[str, str | int | float | None]


def pack_ending(ending: Ending, books: Books) -> PackedEnding:
    """What is stored of an ending; attached files are not."""
    events = [*ending.events, ending.last]
    logged = ending.logged + len(events)
    columns = end_columns(ending.last, logged, ending.meter, ending.ended_at_ms)
    if ending.question.has_media:
        columns["asked"] = pack_question(without_files(ending.question)).body
    first_seq = ending.logged + 1
    return PackedEnding(ending.job.id, columns, first_seq, pack_events(events), books.row(ending))


def end_columns(
    last: Finished | Failed, logged: int, meter: Meter, ended_at_ms: int
) -> dict[str, str | int | bytes | None]:
    """What the row of a job says of its end; `logged` is how many events it has in all."""
    columns: dict[str, str | int | bytes | None] = {
        "status": last_status(last),
        "ended_at_ms": ended_at_ms,
        "events": logged,
        "spent": write_spent(meter),
    }
    if isinstance(last, Failed):
        columns |= {"error_code": last.code, "error": last.message}
    return columns


def last_status(last: Finished | Failed) -> JobStatus:
    """The status that a job has after its last event."""
    if isinstance(last, Finished):
        return "done"
    return "cancelled" if last.code == "cancelled" else "failed"


async def settle(
    connection: AsyncConnection, packed: PackedEnding, lease: Lease | None = None
) -> bool:
    """Write the end of a job that is held by the lease or, without one, waits.

    Whether it was so; if not, nothing is written.
    """
    if lease is not None:
        was_so = await end_job(connection, lease, packed.columns)
    else:
        was_so = await end_queued_job(connection, packed.job_id, packed.columns)
    if was_so:
        await insert_events(connection, packed.job_id, packed.first_seq, packed.events)
        await connection.execute(insert(LEDGER).values(**packed.ledger))
    return was_so
