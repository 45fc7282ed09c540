"""Jobs in `state.db`: what waits, who holds what, how each has ended.

Every function works inside the caller's transaction; those that change something need a writing
one. Whoever runs a job holds it by a `Lease`, and every change that it makes says so: after the
lease has been lost nothing is changed, and the function says that as well.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.jobs.holding import Caller
from hydrophone.ports import JobStatus
from hydrophone.storage.state_tables import JOB_EVENTS, JOBS
from hydrophone.types import Principal

Columns: TypeAlias = Mapping[str, str | int | bytes | None]

_FREE: Columns = {"lease_owner": None, "lease_until_ms": None}
_SHOWN = [column for column in JOBS.columns if column.name not in ("asked", "asked_sha256")]


@dataclass(frozen=True, slots=True)
class JobRow:
    """A job as it is stored, without what was asked. `spent` is JSON of whoever runs it."""

    id: str
    principal: Principal
    door: str
    model: str
    status: JobStatus
    attempts: int
    cancel_asked: bool
    created_at_ms: int
    started_at_ms: int | None
    ended_at_ms: int | None
    events: int
    spent: str
    error_code: str | None
    error: str | None


@dataclass(frozen=True, slots=True)
class NewJob:
    """What a job begins with. `asked` is the packed question."""

    id: str
    principal: Principal
    door: str
    model: str
    idempotency_key: str | None
    asked: bytes
    asked_sha256: str
    created_at_ms: int


@dataclass(frozen=True, slots=True)
class Lease:
    """One attempt of one owner at one job."""

    job_id: str
    owner: str
    attempt: int


async def insert_job(connection: AsyncConnection, new: NewJob, end: Columns | None = None) -> None:
    """Put a job into the queue; with `end`, columns of JOBS, put one away that has ended."""
    begun: Columns = {
        "id": new.id,
        "principal_kind": new.principal.kind,
        "principal_id": new.principal.id,
        "door": new.door,
        "model": new.model,
        "idempotency_key": new.idempotency_key,
        "asked": new.asked,
        "asked_sha256": new.asked_sha256,
        "status": "queued",
        "attempts": 0,
        "cancel_asked": False,
        "created_at_ms": new.created_at_ms,
        "events": 0,
        "spent": "{}",
    }
    await connection.execute(insert(JOBS).values({**begun, **(end or {})}))


async def find_by_key(
    connection: AsyncConnection, principal: Principal, key: str
) -> tuple[JobRow, str] | None:
    """The caller's job of this idempotency key, and the hash of what it asks."""
    query = select(*_SHOWN, JOBS.c.asked_sha256).where(
        _of(principal), JOBS.c.idempotency_key == key
    )
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else (_job(row), row["asked_sha256"])


async def count_waiting(connection: AsyncConnection, principal: Principal | None = None) -> int:
    """How many jobs are queued, of one caller or of all."""
    query = select(func.count()).select_from(JOBS).where(JOBS.c.status == "queued")
    if principal is not None:
        query = query.where(_of(principal))
    return int((await connection.execute(query)).scalar_one())


async def load_job(
    connection: AsyncConnection, job_id: str, principal: Principal | None = None
) -> JobRow | None:
    """The job; None when there is none, or when it is not this caller's."""
    query = select(*_SHOWN).where(JOBS.c.id == job_id)
    if principal is not None:
        query = query.where(_of(principal))
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _job(row)


async def load_asked(connection: AsyncConnection, job_id: str) -> bytes:
    """The packed question."""
    query = select(JOBS.c.asked).where(JOBS.c.id == job_id)
    return bytes((await connection.execute(query)).scalar_one())


async def list_jobs(
    connection: AsyncConnection,
    principal: Principal,
    *,
    door: str | None,
    before: str | None,
    limit: int,
) -> list[JobRow]:
    """The caller's jobs with ids smaller than `before`, the newest first."""
    query = select(*_SHOWN).where(_of(principal)).order_by(JOBS.c.id.desc()).limit(limit)
    if door is not None:
        query = query.where(JOBS.c.door == door)
    if before is not None:
        query = query.where(JOBS.c.id < before)
    return [_job(row) for row in (await connection.execute(query)).mappings()]


async def list_callers_waiting(
    connection: AsyncConnection, now_ms: int
) -> dict[Caller, tuple[int, str]]:
    """Callers with a job that could begin: how many of theirs run, and their oldest one's id."""
    caller = (JOBS.c.principal_kind, JOBS.c.principal_id)
    oldest = select(*caller, func.min(JOBS.c.id)).where(_free(now_ms)).group_by(*caller)
    waiting = {(kind, name): job_id for kind, name, job_id in await connection.execute(oldest)}
    held = and_(JOBS.c.status == "running", JOBS.c.lease_until_ms >= now_ms)
    counts = select(*caller, func.count()).where(held).group_by(*caller)
    running = {(kind, name): count for kind, name, count in await connection.execute(counts)}
    return {one: (running.get(one, 0), job_id) for one, job_id in waiting.items()}


async def end_leases(connection: AsyncConnection, owner: str) -> int:
    """Let others have the jobs of an owner that is gone; how many they are."""
    held = and_(JOBS.c.status == "running", JOBS.c.lease_owner == owner)
    return (await connection.execute(update(JOBS).where(held).values(lease_until_ms=0))).rowcount


async def take(
    connection: AsyncConnection, job_id: str, owner: str, now_ms: int, until_ms: int
) -> tuple[JobRow, Lease] | None:
    """Hold a job that waits or whose holder has gone; None when somebody else was faster."""
    taken = await connection.execute(
        update(JOBS)
        .where(JOBS.c.id == job_id, _free(now_ms))
        .values(
            status="running",
            attempts=JOBS.c.attempts + 1,
            lease_owner=owner,
            lease_until_ms=until_ms,
            started_at_ms=func.coalesce(JOBS.c.started_at_ms, now_ms),
        )
    )
    if taken.rowcount != 1:
        return None
    job = await load_job(connection, job_id)
    return None if job is None else (job, Lease(job_id, owner, job.attempts))


async def extend_leases(
    connection: AsyncConnection, owner: str, job_ids: Collection[str], until_ms: int
) -> dict[str, tuple[int, bool]]:
    """Hold these jobs longer. Those still held: their attempt, and whether to cancel them."""
    mine = and_(
        JOBS.c.lease_owner == owner, JOBS.c.status == "running", JOBS.c.id.in_(sorted(job_ids))
    )
    await connection.execute(update(JOBS).where(mine).values(lease_until_ms=until_ms))
    query = select(JOBS.c.id, JOBS.c.attempts, JOBS.c.cancel_asked).where(mine)
    return {
        job_id: (attempt, cancel) for job_id, attempt, cancel in await connection.execute(query)
    }


async def append_events(
    connection: AsyncConnection, lease: Lease, first_seq: int, count: int, packed: bytes, spent: str
) -> bool:
    """Log some events; whether the lease still holds."""
    values: Columns = {"events": first_seq + count - 1, "spent": spent}
    if not await _change(connection, lease, values):
        return False
    await insert_events(connection, lease.job_id, first_seq, packed)
    return True


async def insert_events(
    connection: AsyncConnection, job_id: str, first_seq: int, packed: bytes
) -> None:
    """Log some events of a job that the caller has changed in the same transaction."""
    await connection.execute(
        insert(JOB_EVENTS).values(job_id=job_id, first_seq=first_seq, packed=packed)
    )


async def end_job(connection: AsyncConnection, lease: Lease, end: Columns) -> bool:
    """End a job that is held; whether the lease still held. `end` are columns of JOBS."""
    return await _change(connection, lease, {**end, **_FREE})


async def end_queued_job(connection: AsyncConnection, job_id: str, end: Columns) -> bool:
    """End a job that nobody has begun; whether it was so."""
    done = await connection.execute(
        update(JOBS).where(JOBS.c.id == job_id, JOBS.c.status == "queued").values(**end)
    )
    return done.rowcount == 1


async def ask_to_cancel(connection: AsyncConnection, job_id: str) -> None:
    """Have whoever runs the job stop it."""
    await connection.execute(
        update(JOBS)
        .where(JOBS.c.id == job_id, JOBS.c.status == "running")
        .values(cancel_asked=True)
    )


async def give_back(connection: AsyncConnection, lease: Lease, *, counts: bool) -> bool:
    """Put a job back into the queue; whether it was held. `counts`: the attempt was one."""
    attempts = lease.attempt if counts else lease.attempt - 1
    values: Columns = {"status": "queued", "attempts": attempts, **_FREE}
    return await _change(connection, lease, values)


async def load_events(
    connection: AsyncConnection, job_id: str, after: int
) -> list[tuple[int, bytes]]:
    """The packs that hold events behind number `after`: their first numbers and bodies."""
    first = (
        select(func.max(JOB_EVENTS.c.first_seq))
        .where(JOB_EVENTS.c.job_id == job_id, JOB_EVENTS.c.first_seq <= after + 1)
        .scalar_subquery()
    )
    query = (
        select(JOB_EVENTS.c.first_seq, JOB_EVENTS.c.packed)
        .where(JOB_EVENTS.c.job_id == job_id, JOB_EVENTS.c.first_seq >= first)
        .order_by(JOB_EVENTS.c.first_seq)
    )
    return [(seq, bytes(packed)) for seq, packed in await connection.execute(query)]


async def delete_job(connection: AsyncConnection, job_id: str) -> bool:
    """Delete a job that has ended, with its events; whether it was so."""
    ended = and_(JOBS.c.id == job_id, JOBS.c.ended_at_ms.is_not(None))
    ids = select(JOBS.c.id).where(ended)
    await connection.execute(delete(JOB_EVENTS).where(JOB_EVENTS.c.job_id.in_(ids)))
    return (await connection.execute(delete(JOBS).where(ended))).rowcount == 1


async def purge_jobs(connection: AsyncConnection, ended_before_ms: int) -> int:
    """Delete jobs that ended before then, with their events; how many they were."""
    old = JOBS.c.ended_at_ms < ended_before_ms
    ids = select(JOBS.c.id).where(old)
    await connection.execute(delete(JOB_EVENTS).where(JOB_EVENTS.c.job_id.in_(ids)))
    return (await connection.execute(delete(JOBS).where(old))).rowcount


async def _change(connection: AsyncConnection, lease: Lease, values: Columns) -> bool:
    changed = await connection.execute(
        update(JOBS)
        .where(
            JOBS.c.id == lease.job_id,
            JOBS.c.lease_owner == lease.owner,
            JOBS.c.attempts == lease.attempt,
            JOBS.c.status == "running",
        )
        .values(**values)
    )
    return changed.rowcount == 1


def _of(principal: Principal) -> ColumnElement[bool]:
    return and_(JOBS.c.principal_kind == principal.kind, JOBS.c.principal_id == principal.id)


def _free(now_ms: int) -> ColumnElement[bool]:
    abandoned = and_(JOBS.c.status == "running", JOBS.c.lease_until_ms < now_ms)
    return or_(JOBS.c.status == "queued", abandoned)


def _job(row: RowMapping) -> JobRow:
    return JobRow(
        id=row["id"],
        principal=Principal(row["principal_kind"], row["principal_id"]),
        door=row["door"],
        model=row["model"],
        status=row["status"],
        attempts=row["attempts"],
        cancel_asked=row["cancel_asked"],
        created_at_ms=row["created_at_ms"],
        started_at_ms=row["started_at_ms"],
        ended_at_ms=row["ended_at_ms"],
        events=row["events"],
        spent=row["spent"],
        error_code=row["error_code"],
        error=row["error"],
    )
