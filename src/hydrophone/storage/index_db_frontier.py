"""The frontiers of crawls in `index.db`: their URLs, when each is due, what became of it.

Every function works inside the caller's transaction. Times are microseconds since 1970.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_PAGE_COLUMNS = (
    "id, url, host, kind, depth, hops, fresh, state, interval_us, failures, etag, modified, "
    "listed_us, fetched_us, text_hash, title_hash, simhash"
)


@dataclass(frozen=True, slots=True)
class FoundPage:
    """A URL that was found. `listed_us`: when it last changed, as a sitemap says."""

    url: str
    host: str
    kind: str
    depth: int
    hops: int = 0
    interval_us: int | None = None
    listed_us: int | None = None


@dataclass(frozen=True, slots=True)
class FrontierPage:
    """A URL of a crawl as it stands; `fresh` until something has become of it."""

    id: int
    url: str
    host: str
    kind: str
    depth: int
    hops: int
    fresh: bool
    state: str
    interval_us: int | None
    failures: int
    etag: str | None
    modified: str | None
    listed_us: int | None
    fetched_us: int | None
    text_hash: bytes | None
    title_hash: bytes | None
    simhash: int | None


@dataclass(frozen=True, slots=True)
class Verdict:
    """What has become of a URL, as it is recorded. `due_us` None: it is never fetched again."""

    page_id: int
    fresh: bool
    state: str
    due_us: int | None
    reason: str = ""
    target: str | None = None
    interval_us: int | None = None
    failures: int = 0
    etag: str | None = None
    modified: str | None = None
    fetched_us: int | None = None
    changed_us: int | None = None
    text_hash: bytes | None = None
    title_hash: bytes | None = None
    simhash: int | None = None


def add_pages(
    connection: sqlite3.Connection, crawl_id: int, pages: Iterable[FoundPage], now_us: int
) -> int:
    """Note URLs that were found, due now; how many were not known yet.

    One that is known keeps what it has, with the lesser depth. When a sitemap says that it has
    changed since it was fetched, it is due now.
    """
    before = _last_id(connection)
    connection.executemany(
        "INSERT INTO frontier (crawl_id, url, host, kind, depth, hops, interval_us, listed_us, "
        "due_us) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT (crawl_id, url) DO UPDATE SET "
        "depth = min(depth, excluded.depth), "
        "due_us = CASE WHEN excluded.listed_us > fetched_us AND "
        "excluded.listed_us IS NOT listed_us AND due_us IS NOT NULL "
        "THEN min(due_us, excluded.due_us) ELSE due_us END, "
        "listed_us = ifnull(excluded.listed_us, listed_us) "
        "WHERE excluded.depth < depth OR excluded.listed_us IS NOT NULL",
        [
            (
                *(crawl_id, page.url, page.host, page.kind, page.depth, page.hops),
                *(page.interval_us, page.listed_us, now_us),
            )
            for page in pages
        ],
    )
    return _count_after(connection, crawl_id, before)


def list_due_hosts(
    connection: sqlite3.Connection, crawl_id: int, now_us: int, *, fresh: bool, limit: int
) -> list[str]:
    """Hosts with URLs that are due, by name; the index is jumped through, not read."""
    rows = connection.execute(
        "WITH RECURSIVE hosts (host) AS ("
        "  SELECT min(host) FROM frontier WHERE crawl_id = ?1 AND fresh = ?2"
        "    AND due_us IS NOT NULL"
        "  UNION ALL"
        "  SELECT (SELECT min(f.host) FROM frontier f WHERE f.crawl_id = ?1 AND f.fresh = ?2"
        "    AND f.due_us IS NOT NULL AND f.host > hosts.host)"
        "  FROM hosts WHERE hosts.host IS NOT NULL"
        ") SELECT host FROM hosts WHERE host IS NOT NULL AND EXISTS ("
        "  SELECT 1 FROM frontier f WHERE f.crawl_id = ?1 AND f.fresh = ?2"
        "    AND f.host = hosts.host AND f.due_us <= ?3) LIMIT ?4",
        (crawl_id, fresh, now_us, limit),
    )
    return [row[0] for row in rows]


def list_due(
    connection: sqlite3.Connection,
    crawl_id: int,
    host: str,
    now_us: int,
    *,
    fresh: bool,
    limit: int,
    max_depth: int | None = None,
) -> list[FrontierPage]:
    """URLs of a host that are due, in the order in which they became so."""
    rows = connection.execute(
        f"SELECT {_PAGE_COLUMNS} FROM frontier "  # noqa: S608
        "WHERE crawl_id = ? AND fresh = ? AND host = ? AND due_us <= ? "
        "AND depth <= ifnull(?, depth) ORDER BY due_us, id LIMIT ?",
        (crawl_id, fresh, host, now_us, max_depth, limit),
    )
    return [_page(row) for row in rows]


def next_due_us(connection: sqlite3.Connection, crawl_id: int, *, fresh: bool) -> int | None:
    """When the next URL is due; in the past when one is due now."""
    row = connection.execute(
        "SELECT min(due_us) FROM frontier WHERE crawl_id = ? AND fresh = ? AND due_us IS NOT NULL",
        (crawl_id, fresh),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def least_depth(connection: sqlite3.Connection, crawl_id: int, now_us: int) -> int | None:
    """The least depth of the fresh URLs that are due before `now_us`."""
    row = connection.execute(
        "SELECT min(depth) FROM frontier WHERE crawl_id = ? AND fresh = 1 AND due_us <= ?",
        (crawl_id, now_us),
    ).fetchone()
    return None if row[0] is None else int(row[0])


def find_page(connection: sqlite3.Connection, crawl_id: int, url: str) -> FrontierPage | None:
    """The URL as the crawl knows it."""
    row = connection.execute(
        f"SELECT {_PAGE_COLUMNS} FROM frontier WHERE crawl_id = ? AND url = ?",  # noqa: S608
        (crawl_id, url),
    ).fetchone()
    return None if row is None else _page(row)


def list_urls(
    connection: sqlite3.Connection, crawl_id: int, after: int, limit: int
) -> list[tuple[int, str]]:
    """Ids, larger than `after` and ascending, and URLs of the pages of a crawl."""
    rows = connection.execute(
        "SELECT id, url FROM frontier WHERE id > ? AND crawl_id = ? AND kind = 'page' "
        "ORDER BY id LIMIT ?",
        (after, crawl_id, limit),
    )
    return rows.fetchall()


def find_target(connection: sqlite3.Connection, crawl_id: int, url: str) -> str | None:
    """Where the URL leads, by redirect, canonical link or likeness."""
    row = connection.execute(
        "SELECT target FROM frontier WHERE crawl_id = ? AND url = ?", (crawl_id, url)
    ).fetchone()
    return None if row is None else row[0]


def record(connection: sqlite3.Connection, verdict: Verdict) -> None:
    """Write down what has become of a URL."""
    connection.execute(
        "UPDATE frontier SET fresh = ?, state = ?, reason = ?, target = ?, due_us = ?, "
        "interval_us = ?, failures = ?, etag = ?, modified = ?, "
        "fetched_us = ifnull(?, fetched_us), changed_us = ifnull(?, changed_us), text_hash = ?, "
        "title_hash = ?, simhash = ? WHERE id = ?",
        (
            *(verdict.fresh, verdict.state, verdict.reason, verdict.target, verdict.due_us),
            *(verdict.interval_us, verdict.failures, verdict.etag, verdict.modified),
            *(verdict.fetched_us, verdict.changed_us, verdict.text_hash, verdict.title_hash),
            *(verdict.simhash, verdict.page_id),
        ),
    )


def mark_duplicate(connection: sqlite3.Connection, page_id: int, url: str) -> None:
    """Note that an indexed page repeats another one."""
    connection.execute(
        "UPDATE frontier SET state = 'duplicate', target = ? WHERE id = ?", (url, page_id)
    )


def wake_followers(
    connection: sqlite3.Connection,
    crawl_id: int,
    url: str,
    states: tuple[str, ...],
    now_us: int,
    *,
    only: str | None = None,
) -> None:
    """Make URLs due that were left out for the sake of this one, which is not indexed after all."""
    connection.executemany(
        "UPDATE frontier SET due_us = ?, etag = NULL, modified = NULL "
        "WHERE crawl_id = ? AND target = ? AND state = ? AND url = ifnull(?, url)",
        [(now_us, crawl_id, url, state, only) for state in states],
    )


def postpone_host(
    connection: sqlite3.Connection, crawl_id: int, host: str, now_us: int, until_us: int
) -> int:
    """Put off all that is due of a host; how many URLs it were."""
    return connection.execute(
        "UPDATE frontier SET due_us = ?4 WHERE crawl_id = ?1 AND host = ?2 AND due_us <= ?3 "
        "AND fresh IN (0, 1)",
        (crawl_id, host, now_us, until_us),
    ).rowcount


def make_due(
    connection: sqlite3.Connection, crawl_id: int, now_us: int, *, all_pages: bool
) -> None:
    """Make due now what was put off; with `all_pages` also what was fetched before."""
    connection.execute(
        "UPDATE frontier SET due_us = ?2 WHERE crawl_id = ?1 AND fresh = 1 AND due_us > ?2",
        (crawl_id, now_us),
    )
    if all_pages:
        connection.execute(
            "UPDATE frontier SET due_us = ?2 WHERE crawl_id = ?1 AND fresh = 0 AND due_us > ?2",
            (crawl_id, now_us),
        )


def count_links(connection: sqlite3.Connection, crawl_id: int, links: Mapping[str, int]) -> None:
    """Note that so many pages more link to these URLs."""
    connection.executemany(
        "UPDATE frontier SET inlinks = inlinks + ? WHERE crawl_id = ? AND url = ?",
        [(count, crawl_id, url) for url, count in links.items()],
    )


def most_inlinks(connection: sqlite3.Connection, crawl_id: int) -> int:
    """How many pages link to the URL that most link to."""
    row = connection.execute(
        "SELECT ifnull(max(inlinks), 0) FROM frontier WHERE crawl_id = ?", (crawl_id,)
    ).fetchone()
    return int(row[0])


def list_inlinks(
    connection: sqlite3.Connection, crawl_id: int, after: int, limit: int
) -> list[tuple[int, str, int]]:
    """Id, larger than `after` and ascending, URL and links of indexed pages."""
    rows = connection.execute(
        "SELECT id, url, inlinks FROM frontier WHERE id > ? AND crawl_id = ? "
        "AND state = 'indexed' ORDER BY id LIMIT ?",
        (after, crawl_id, limit),
    )
    return rows.fetchall()


def set_authority(
    connection: sqlite3.Connection, collection: str, values: Iterable[tuple[str, float]]
) -> None:
    """Set the authority of documents, by their URLs, where it is another one."""
    connection.executemany(
        "UPDATE documents SET authority = ?1 WHERE url = ?2 AND authority != ?1 "
        "AND collection_id = (SELECT id FROM collections WHERE name = ?3)",
        [(value, url, collection) for url, value in values],
    )


def add_likeness(
    connection: sqlite3.Connection, crawl_id: int, page_id: int, keys: Iterable[tuple[int, int]]
) -> None:
    """Let the page be found by its bands: pairs of band and bits."""
    connection.executemany(
        "INSERT OR IGNORE INTO likeness (crawl_id, band, bits, page_id) VALUES (?, ?, ?, ?)",
        [(crawl_id, band, bits, page_id) for band, bits in keys],
    )


def remove_likeness(
    connection: sqlite3.Connection, crawl_id: int, page_id: int, keys: Iterable[tuple[int, int]]
) -> None:
    """Let the page be found no more."""
    connection.executemany(
        "DELETE FROM likeness WHERE crawl_id = ? AND band = ? AND bits = ? AND page_id = ?",
        [(crawl_id, band, bits, page_id) for band, bits in keys],
    )


def find_alike(
    connection: sqlite3.Connection, crawl_id: int, keys: Iterable[tuple[int, int]], limit: int
) -> list[FrontierPage]:
    """Indexed pages that share a band, up to `limit` for each band."""
    found: dict[int, FrontierPage] = {}
    columns = ", ".join(f"f.{name.strip()}" for name in _PAGE_COLUMNS.split(","))
    for band, bits in keys:
        rows = connection.execute(
            f"SELECT {columns} FROM likeness l JOIN frontier f ON f.id = l.page_id "  # noqa: S608
            "WHERE l.crawl_id = ? AND l.band = ? AND l.bits = ? LIMIT ?",
            (crawl_id, band, bits, limit),
        )
        found |= {row[0]: _page(row) for row in rows}
    return [found[page_id] for page_id in sorted(found)]


def count_waiting(connection: sqlite3.Connection, crawl_id: int) -> int:
    """How many URLs have not been fetched yet."""
    row = connection.execute(
        "SELECT count(*) FROM frontier WHERE crawl_id = ? AND fresh = 1 AND due_us IS NOT NULL",
        (crawl_id,),
    ).fetchone()
    return int(row[0])


def revive_pages(
    connection: sqlite3.Connection, crawl_id: int, seeds: Iterable[str], now_us: int
) -> None:
    """Fetch again what a user has deleted, when it was one of the seeds that now are asked for."""
    found = [find_page(connection, crawl_id, seed) for seed in seeds]
    if any(page is not None and page.state == "deleted" for page in found):
        connection.execute(
            "UPDATE frontier SET state = 'waiting', fresh = 1, due_us = ?, etag = NULL, "
            "modified = NULL WHERE crawl_id = ? AND state = 'deleted'",
            (now_us, crawl_id),
        )


def _last_id(connection: sqlite3.Connection) -> int:
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'frontier'").fetchone()
    return 0 if row is None else int(row[0])


def _count_after(connection: sqlite3.Connection, crawl_id: int, page_id: int) -> int:
    row = connection.execute(
        "SELECT count(*) FROM frontier WHERE id > ? AND crawl_id = ?", (page_id, crawl_id)
    ).fetchone()
    return int(row[0])


def _page(row: tuple[object, ...]) -> FrontierPage:
    return FrontierPage(*row)  # type: ignore[arg-type]
