"""What is known of files, in `state.db`.

Every function works inside the caller's transaction; those that change something need a writing
one.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import ColumnElement, RowMapping, and_, delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.ports import FilePurpose, StoredFile
from hydrophone.storage.state_tables import BATCHES, FILES
from hydrophone.types import Principal


async def insert_file(connection: AsyncConnection, file: StoredFile, principal: Principal) -> None:
    """Note a file whose bytes are on disk."""
    await connection.execute(
        insert(FILES).values(
            id=file.id,
            principal_kind=principal.kind,
            principal_id=principal.id,
            name=file.name,
            purpose=file.purpose,
            size_bytes=file.size_bytes,
            created_at_ms=file.created_at_ms,
            expires_at_ms=file.expires_at_ms,
        )
    )


async def load_file(
    connection: AsyncConnection, file_id: str, principal: Principal, now_ms: int
) -> StoredFile | None:
    """The file; None when there is none, when it has expired, or when it is not this caller's."""
    query = select(FILES).where(FILES.c.id == file_id, _of(principal), _kept(now_ms))
    row = (await connection.execute(query)).mappings().first()
    return None if row is None else _file(row)


async def list_files(
    connection: AsyncConnection,
    principal: Principal,
    now_ms: int,
    *,
    purpose: FilePurpose | None,
    limit: int,
    after: str | None,
    oldest_first: bool,
) -> list[StoredFile]:
    """The caller's files by their ids, which count up with time."""
    query = select(FILES).where(_of(principal), _kept(now_ms)).limit(limit)
    query = query.order_by(FILES.c.id if oldest_first else FILES.c.id.desc())
    if purpose is not None:
        query = query.where(FILES.c.purpose == purpose)
    if after is not None:
        query = query.where(FILES.c.id > after if oldest_first else FILES.c.id < after)
    return [_file(row) for row in (await connection.execute(query)).mappings()]


async def delete_file(connection: AsyncConnection, file_id: str) -> None:
    """Forget a file; its bytes are to be removed afterwards."""
    await connection.execute(delete(FILES).where(FILES.c.id == file_id))


async def count_bytes(connection: AsyncConnection) -> int:
    """How many bytes all files have together."""
    query = select(func.coalesce(func.sum(FILES.c.size_bytes), 0))
    return int((await connection.execute(query)).scalar_one())


async def is_read(connection: AsyncConnection, file_id: str) -> bool:
    """Whether a batch that has not ended reads the file."""
    query = select(BATCHES.c.id).where(BATCHES.c.input_file_id == file_id, _unended()).limit(1)
    return (await connection.execute(query)).first() is not None


async def delete_expired(connection: AsyncConnection, now_ms: int) -> int:
    """Forget files that have expired and that no batch reads; how many."""
    read = select(BATCHES.c.input_file_id).where(_unended())
    gone = delete(FILES).where(FILES.c.expires_at_ms <= now_ms, FILES.c.id.not_in(read))
    return (await connection.execute(gone)).rowcount


async def list_known(connection: AsyncConnection, file_ids: Collection[str]) -> set[str]:
    """Those of the ids that there are files of."""
    query = select(FILES.c.id).where(FILES.c.id.in_(sorted(file_ids)))
    return set((await connection.execute(query)).scalars())


def _of(principal: Principal) -> ColumnElement[bool]:
    return and_(FILES.c.principal_kind == principal.kind, FILES.c.principal_id == principal.id)


def _kept(now_ms: int) -> ColumnElement[bool]:
    return FILES.c.expires_at_ms > now_ms


def _unended() -> ColumnElement[bool]:
    return BATCHES.c.ended_at_ms.is_(None)


def _file(row: RowMapping) -> StoredFile:
    return StoredFile(
        id=row["id"],
        name=row["name"],
        purpose=row["purpose"],
        size_bytes=row["size_bytes"],
        created_at_ms=row["created_at_ms"],
        expires_at_ms=row["expires_at_ms"],
    )
