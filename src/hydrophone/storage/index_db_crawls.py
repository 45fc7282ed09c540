"""Crawls in `index.db`: what was asked for, how far each has come, how fresh its pages are.

Every function works inside the caller's transaction. Times are microseconds since 1970.
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CrawlRow:
    """A crawl. `seeds` and `plan` are JSON; the counts are of pages read for the first time."""

    id: int
    collection: str
    seeds: str
    plan: str
    finished: bool
    pages: int
    size_bytes: int
    started_us: int
    worked_us: int


@dataclass(frozen=True, slots=True)
class Freshness:
    """How fresh the crawled pages of a collection are; `next_due_us` None: none is due ever."""

    collection: str
    crawls: int
    unfinished: int
    pages: int
    waiting: int
    oldest_us: int | None
    newest_us: int | None
    next_due_us: int | None


def open_crawl(
    connection: sqlite3.Connection, collection: str, seeds: str, plan: str, now_us: int
) -> CrawlRow:
    """The crawl of these seeds into this collection, made with this plan when there is none."""
    connection.execute(
        "INSERT INTO crawls (collection, seeds, plan, started_us, worked_us) "
        "VALUES (?1, ?2, ?3, ?4, ?4) "
        "ON CONFLICT (collection, seeds) DO NOTHING",
        (collection, seeds, plan, now_us),
    )
    found = [c for c in list_crawls(connection, collection) if c.seeds == seeds]
    return found[0]


def list_crawls(connection: sqlite3.Connection, collection: str | None = None) -> list[CrawlRow]:
    """All crawls, or those into one collection, the oldest first."""
    rows = connection.execute(
        "SELECT id, collection, seeds, plan, finished, pages, size_bytes, started_us, worked_us "
        "FROM crawls WHERE ?1 IS NULL OR collection = ?1 ORDER BY id",
        (collection,),
    )
    return [CrawlRow(*row) for row in rows]


def begin_run(connection: sqlite3.Connection, crawl_id: int, plan: str) -> None:
    """Work begins by this plan; the crawl is unfinished until it ends."""
    connection.execute("UPDATE crawls SET plan = ?, finished = 0 WHERE id = ?", (plan, crawl_id))


def count_work(
    connection: sqlite3.Connection, crawl_id: int, pages: int, size_bytes: int, now_us: int
) -> None:
    """Add to what the crawl has read."""
    connection.execute(
        "UPDATE crawls SET pages = pages + ?, size_bytes = size_bytes + ?, worked_us = ? "
        "WHERE id = ?",
        (pages, size_bytes, now_us, crawl_id),
    )


def finish_crawl(connection: sqlite3.Connection, crawl_id: int, now_us: int) -> None:
    """Note that nothing is left to fetch now."""
    connection.execute(
        "UPDATE crawls SET finished = 1, worked_us = ? WHERE id = ?", (now_us, crawl_id)
    )


def list_freshness(connection: sqlite3.Connection) -> list[Freshness]:
    """How fresh the crawled collections are, by name."""
    rows = connection.execute(
        "SELECT c.collection, count(DISTINCT c.id), count(DISTINCT iif(c.finished, NULL, c.id)), "
        "sum(f.state = 'indexed'), sum(ifnull(f.fresh, 0)), "
        "min(iif(f.state = 'indexed', f.fetched_us, NULL)), "
        "max(iif(f.state = 'indexed', f.fetched_us, NULL)), min(f.due_us) "
        "FROM crawls c LEFT JOIN frontier f ON f.crawl_id = c.id "
        "GROUP BY c.collection ORDER BY c.collection"
    )
    return [Freshness(row[0], row[1], row[2], row[3] or 0, *row[4:]) for row in rows]


def forget_pages(
    connection: sqlite3.Connection, collection: str | None, url_prefix: str | None
) -> None:
    """Never fetch again what a user has deleted; a collection without a prefix: its crawls too."""
    if url_prefix is None:
        for crawl in list_crawls(connection, collection):
            connection.execute("DELETE FROM likeness WHERE crawl_id = ?", (crawl.id,))
            connection.execute("DELETE FROM crawls WHERE id = ?", (crawl.id,))
        return
    for crawl in list_crawls(connection, collection):
        under = (crawl.id, len(url_prefix), url_prefix)
        connection.execute(
            "DELETE FROM likeness WHERE crawl_id = ?1 AND page_id IN "
            "(SELECT id FROM frontier WHERE crawl_id = ?1 AND substr(url, 1, ?2) = ?3)",
            under,
        )
        connection.execute(
            "UPDATE frontier SET state = 'deleted', fresh = 0, due_us = NULL "
            "WHERE crawl_id = ? AND substr(url, 1, ?) = ?",
            under,
        )
