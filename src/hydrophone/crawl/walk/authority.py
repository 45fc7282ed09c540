"""How much the pages of a crawl link to each of them, for the ranking.

A page has log(1 + links) / log(1 + most links), from 0 to 1, rounded to hundredths: a page that
everything links to has 1, and the first few links count most.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_frontier import (
    count_links,
    list_inlinks,
    most_inlinks,
    set_authority,
)

_AT_A_TIME = 2_000


async def spread_authority(
    database: IndexDatabase, crawl_id: int, collection: str, links: Mapping[str, int]
) -> None:
    """Add the last links to the counts, and tell the documents."""
    await database.write(lambda c: count_links(c, crawl_id, links))
    most = await database.read(lambda c: most_inlinks(c, crawl_id))
    last = 0
    while pages := await _read_after(database, crawl_id, last):
        values = [(url, authority(count, most)) for _, url, count in pages]
        await _write(database, collection, values)
        last = pages[-1][0]


def authority(links: int, most: int) -> float:
    """The authority of a page with so many links when the first page has so many."""
    return round(math.log1p(links) / math.log1p(most), 2) if most else 0.0


async def _read_after(
    database: IndexDatabase, crawl_id: int, last: int
) -> list[tuple[int, str, int]]:
    return await database.read(lambda c: list_inlinks(c, crawl_id, last, _AT_A_TIME))


async def _write(database: IndexDatabase, collection: str, values: list[tuple[str, float]]) -> None:
    await database.write(lambda c: set_authority(c, collection, values))
