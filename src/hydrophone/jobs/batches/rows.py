"""Batches in `state.db`: who holds which, and how each has ended.

Every function works inside the caller's transaction; those that change something need a writing
one. Whoever works on a batch holds it by a `BatchLease`, and changes nothing after losing it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TypeAlias

import orjson
from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.jobs.holding import Caller
from hydrophone.ports import (
    Batch,
    BatchCounts,
    BatchError,
    BatchOrder,
    BatchStatus,
    BatchUsage,
)
from hydrophone.storage.state_tables import BATCH_LINES, BATCHES
from hydrophone.types import Principal

Columns: TypeAlias = Mapping[str, str | int | None]

_FREE: Columns = {"lease_owner": None, "lease_until_ms": None}


@dataclass(frozen=True, slots=True)
class BatchLease:
    """A batch that is held by one owner."""

    batch_id: str
    owner: str


@dataclass(frozen=True, slots=True)
class HeldBatch:
    """A batch, and whose it is."""

    batch: Batch
    principal: Principal


async def insert_batch(
    connection: AsyncConnection, batch: Batch, principal: Principal, key: str | None
) -> None:
    """Put a new batch among those that wait."""
    order = batch.order
    metadata = None if order.metadata is None else orjson.dumps(dict(order.metadata)).decode()
    await connection.execute(
        insert(BATCHES).values(
            id=batch.id,
            principal_kind=principal.kind,
            principal_id=principal.id,
            idempotency_key=key,
            endpoint=order.endpoint,
            input_file_id=order.input_file_id,
            metadata=metadata,
            keep_output_s=order.keep_output_s,
            status=batch.status,
            created_at_ms=batch.created_at_ms,
            expires_at_ms=batch.expires_at_ms,
            **asdict(batch.counts),
            **asdict(batch.usage),
        )
    )


async def find_by_key(connection: AsyncConnection, principal: Principal, key: str) -> Batch | None:
    """The caller's batch of this idempotency key."""
    query = select(BATCHES).where(_of(principal), BATCHES.c.idempotency_key == key)
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _batch(row)


async def count_unended(connection: AsyncConnection, principal: Principal) -> int:
    """How many batches of the caller have not ended."""
    query = select(func.count()).select_from(BATCHES).where(_of(principal), _unended())
    return int((await connection.execute(query)).scalar_one())


async def load_batch(
    connection: AsyncConnection, batch_id: str, principal: Principal
) -> Batch | None:
    """The batch; None when there is none, or when it is not this caller's."""
    query = select(BATCHES).where(BATCHES.c.id == batch_id, _of(principal))
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _batch(row)


async def list_batches(
    connection: AsyncConnection, principal: Principal, *, limit: int, before: str | None
) -> list[Batch]:
    """The caller's batches, the newest first."""
    query = select(BATCHES).where(_of(principal)).order_by(BATCHES.c.id.desc()).limit(limit)
    if before is not None:
        query = query.where(BATCHES.c.id < before)
    return [_batch(row) for row in (await connection.execute(query)).mappings()]


async def ask_to_cancel(connection: AsyncConnection, batch_id: str, now_ms: int) -> bool:
    """Have whoever works on the batch stop it; whether it had not ended."""
    changed = await connection.execute(
        update(BATCHES)
        .where(BATCHES.c.id == batch_id, _unended())
        .values(
            status="cancelling",
            cancelling_at_ms=func.coalesce(BATCHES.c.cancelling_at_ms, now_ms),
        )
    )
    return changed.rowcount == 1


async def list_callers_waiting(
    connection: AsyncConnection, now_ms: int
) -> dict[Caller, tuple[int, str]]:
    """Callers with a batch that nobody holds: how many of theirs are held, and their oldest one."""
    caller = (BATCHES.c.principal_kind, BATCHES.c.principal_id)
    oldest = select(*caller, func.min(BATCHES.c.id)).where(_takable(now_ms)).group_by(*caller)
    waiting = {(kind, name): batch_id for kind, name, batch_id in await connection.execute(oldest)}
    held = and_(_unended(), BATCHES.c.lease_until_ms >= now_ms)
    counts = select(*caller, func.count()).where(held).group_by(*caller)
    working = {(kind, name): count for kind, name, count in await connection.execute(counts)}
    return {one: (working.get(one, 0), batch_id) for one, batch_id in waiting.items()}


async def take_batch(
    connection: AsyncConnection, batch_id: str, owner: str, now_ms: int, until_ms: int
) -> HeldBatch | None:
    """Hold a batch that nobody holds; None when somebody else was faster."""
    taken = await connection.execute(
        update(BATCHES)
        .where(BATCHES.c.id == batch_id, _takable(now_ms))
        .values(lease_owner=owner, lease_until_ms=until_ms)
    )
    return await load_held(connection, batch_id) if taken.rowcount == 1 else None


async def load_held(connection: AsyncConnection, batch_id: str) -> HeldBatch:
    """A batch that is known to be there, as it stands now."""
    query = select(BATCHES).where(BATCHES.c.id == batch_id)
    row = (await connection.execute(query)).mappings().one()
    return HeldBatch(_batch(row), Principal(row["principal_kind"], row["principal_id"]))


async def extend_batches(
    connection: AsyncConnection, owner: str, batch_ids: Collection[str], until_ms: int
) -> dict[str, BatchStatus]:
    """Hold these batches longer. Those that are still held, and where they stand."""
    mine = and_(BATCHES.c.lease_owner == owner, BATCHES.c.id.in_(sorted(batch_ids)), _unended())
    await connection.execute(update(BATCHES).where(mine).values(lease_until_ms=until_ms))
    query = select(BATCHES.c.id, BATCHES.c.status).where(mine)
    return {row.id: row.status for row in await connection.execute(query)}


async def end_leases(connection: AsyncConnection, owner: str) -> int:
    """Nobody holds the batches of an owner that is gone; how many there are."""
    held = and_(BATCHES.c.lease_owner == owner, _unended())
    return (await connection.execute(update(BATCHES).where(held).values(**_FREE))).rowcount


async def change_batch(connection: AsyncConnection, lease: BatchLease, values: Columns) -> bool:
    """Write columns of a batch; whether it is still held."""
    changed = await connection.execute(update(BATCHES).where(_held(lease)).values(**values))
    return changed.rowcount == 1


async def move_on(
    connection: AsyncConnection, lease: BatchLease, status: BatchStatus, values: Columns
) -> bool:
    """Bring a batch to the next status, unless it is cancelled; whether it is still held."""
    now = await connection.execute(select(BATCHES.c.status).where(_held(lease)))
    cancelling = now.scalar_one_or_none() == "cancelling"
    wanted: Columns = {} if cancelling else {"status": status}
    return await change_batch(connection, lease, {**values, **wanted})


async def end_batch(
    connection: AsyncConnection,
    lease: BatchLease,
    status: BatchStatus,
    ended_at_ms: int,
    *,
    errors: Sequence[BatchError] = (),
    failed: int = 0,
    output_file_id: str | None = None,
    error_file_id: str | None = None,
) -> bool:
    """End a batch, of which `failed` lines have no answer, and forget its lines; whether it was
    still held."""
    found = orjson.dumps([asdict(one) for one in errors]).decode() if errors else None
    values: Columns = {
        "status": status,
        "ended_at_ms": ended_at_ms,
        "errors": found,
        "failed": failed,
        "output_file_id": output_file_id,
        "error_file_id": error_file_id,
        **_FREE,
    }
    if not await change_batch(connection, lease, values):
        return False
    await connection.execute(delete(BATCH_LINES).where(BATCH_LINES.c.batch_id == lease.batch_id))
    return True


async def let_go(connection: AsyncConnection, lease: BatchLease) -> None:
    """Hold a batch no longer."""
    await change_batch(connection, lease, _FREE)


async def purge_batches(connection: AsyncConnection, ended_before_ms: int) -> int:
    """Forget batches that ended before then; how many they were."""
    gone = delete(BATCHES).where(BATCHES.c.ended_at_ms < ended_before_ms)
    return (await connection.execute(gone)).rowcount


def _of(principal: Principal) -> ColumnElement[bool]:
    return and_(BATCHES.c.principal_kind == principal.kind, BATCHES.c.principal_id == principal.id)


def _unended() -> ColumnElement[bool]:
    return BATCHES.c.ended_at_ms.is_(None)


def _takable(now_ms: int) -> ColumnElement[bool]:
    until_ms = BATCHES.c.lease_until_ms
    return and_(_unended(), or_(until_ms.is_(None), until_ms < now_ms))


def _held(lease: BatchLease) -> ColumnElement[bool]:
    mine = and_(BATCHES.c.id == lease.batch_id, BATCHES.c.lease_owner == lease.owner)
    return and_(mine, _unended())


def _batch(row: RowMapping) -> Batch:
    metadata = None if row["metadata"] is None else orjson.loads(row["metadata"])
    order = BatchOrder(row["input_file_id"], row["endpoint"], metadata, row["keep_output_s"])
    errors = () if row["errors"] is None else orjson.loads(row["errors"])
    return Batch(
        id=row["id"],
        order=order,
        status=row["status"],
        created_at_ms=row["created_at_ms"],
        expires_at_ms=row["expires_at_ms"],
        in_progress_at_ms=row["in_progress_at_ms"],
        finalizing_at_ms=row["finalizing_at_ms"],
        cancelling_at_ms=row["cancelling_at_ms"],
        ended_at_ms=row["ended_at_ms"],
        errors=tuple(BatchError(**one) for one in errors),
        counts=BatchCounts(row["total"], row["completed"], row["failed"]),
        usage=BatchUsage(row["input_tokens"], row["output_tokens"], row["reasoning_tokens"]),
        output_file_id=row["output_file_id"],
        error_file_id=row["error_file_id"],
    )
