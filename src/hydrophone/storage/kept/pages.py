"""Cited pages in `state.db`: each text once, and to whom it was cited.

Every function works inside the caller's transaction.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlalchemy import delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hydrophone.storage.state_tables import CITED_PAGES, PAGE_TEXTS
from hydrophone.types import Principal


@dataclass(frozen=True, slots=True)
class CitedPage:
    """A page version that was cited to somebody."""

    version: str
    principal: Principal
    url: str
    title: str
    read_at_ms: int
    cited_at_ms: int


async def list_known(connection: AsyncConnection, versions: Collection[str]) -> set[str]:
    """Those of the versions whose texts are stored."""
    query = select(PAGE_TEXTS.c.version).where(PAGE_TEXTS.c.version.in_(sorted(versions)))
    return set((await connection.execute(query)).scalars())


async def put_texts(connection: AsyncConnection, packed: Mapping[str, bytes]) -> None:
    """Store the packed texts of versions that are not stored yet."""
    new = sorted(packed.keys() - await list_known(connection, packed))
    if new:
        rows = [{"version": version, "packed": packed[version]} for version in new]
        await connection.execute(insert(PAGE_TEXTS), rows)


async def put_page(connection: AsyncConnection, page: CitedPage) -> None:
    """Note to whom a version was cited; its text is stored. What was noted before is replaced."""
    mine = (
        CITED_PAGES.c.version == page.version,
        CITED_PAGES.c.principal_kind == page.principal.kind,
        CITED_PAGES.c.principal_id == page.principal.id,
    )
    values = {
        "url": page.url,
        "title": page.title,
        "read_at_ms": page.read_at_ms,
        "cited_at_ms": page.cited_at_ms,
    }
    changed = await connection.execute(update(CITED_PAGES).where(*mine).values(**values))
    if changed.rowcount == 0:
        await connection.execute(
            insert(CITED_PAGES).values(
                version=page.version,
                principal_kind=page.principal.kind,
                principal_id=page.principal.id,
                **values,
            )
        )


async def load_page(
    connection: AsyncConnection, version: str, principal: Principal
) -> tuple[CitedPage, bytes] | None:
    """What was cited to this caller under the version, and its packed text."""
    query = (
        select(CITED_PAGES, PAGE_TEXTS.c.packed)
        .join(PAGE_TEXTS, PAGE_TEXTS.c.version == CITED_PAGES.c.version)
        .where(
            CITED_PAGES.c.version == version,
            CITED_PAGES.c.principal_kind == principal.kind,
            CITED_PAGES.c.principal_id == principal.id,
        )
    )
    row = (await connection.execute(query)).mappings().first()
    if row is None:
        return None
    page = CitedPage(
        version, principal, row["url"], row["title"], row["read_at_ms"], row["cited_at_ms"]
    )
    return page, bytes(row["packed"])


async def purge_pages(connection: AsyncConnection, cited_before_ms: int) -> int:
    """Forget what was cited before then, and texts that nobody was cited any more."""
    gone = await connection.execute(
        delete(CITED_PAGES).where(CITED_PAGES.c.cited_at_ms < cited_before_ms)
    )
    if gone.rowcount:
        still = select(CITED_PAGES.c.version)
        await connection.execute(delete(PAGE_TEXTS).where(PAGE_TEXTS.c.version.not_in(still)))
    return gone.rowcount
