"""Which of several URLs stands in the index: canonical links, and pages that say the same."""

from __future__ import annotations

import sqlite3

from hydrophone.crawl.walk.likeness import Likeness, are_alike, likeness_keys, preferred
from hydrophone.crawl.walk.outcome import Outcome
from hydrophone.storage.index_db_documents import delete_document
from hydrophone.storage.index_db_frontier import (
    FrontierPage,
    add_likeness,
    find_alike,
    find_page,
    find_target,
    mark_duplicate,
    remove_likeness,
    wake_followers,
)

_ALIKE_LOOKED_AT = 50
_CANONICAL_STEPS = 5
# A canonical page in one of these states is no page that could stand for another.
_BROKEN = ("gone", "failed", "refused", "skipped", "noindex", "empty", "deleted")
_FOLLOWERS = ("duplicate", "canonical")


class Judge:
    """Decides for one crawl, on the writing thread, inside the caller's transaction."""

    def __init__(self, crawl_id: int, collection: str) -> None:
        self._crawl_id = crawl_id
        self._collection = collection

    def judge(
        self, connection: sqlite3.Connection, page: FrontierPage, outcome: Outcome
    ) -> tuple[str, str | None]:
        """Whether a page that was read is indexed, or what it is instead and for which other."""
        if outcome.noindex:
            return "noindex", None
        if outcome.version is None or outcome.likeness is None:
            return "empty", None
        if outcome.target is not None and self._stands_for(connection, outcome.target.url, page):
            return "canonical", outcome.target.url
        for other in self._alike(connection, page, outcome.likeness):
            if preferred(other.url, page.url):
                return "duplicate", other.url
        return "indexed", None

    def put_forward(
        self, connection: sqlite3.Connection, page: FrontierPage, likeness: Likeness, now_us: int
    ) -> None:
        """The page is indexed: pages that say the same under worse URLs make place."""
        for other in self._alike(connection, page, likeness):
            delete_document(connection, self._collection, other.url)
            self._forget(connection, other)
            mark_duplicate(connection, other.id, page.url)
        if page.state == "indexed" and page.text_hash != likeness.text_hash:
            wake_followers(connection, self._crawl_id, page.url, ("duplicate",), now_us)
        self._forget(connection, page)
        add_likeness(connection, self._crawl_id, page.id, likeness.keys)

    def withdraw(
        self,
        connection: sqlite3.Connection,
        page: FrontierPage,
        state: str,
        target: str | None,
        now_us: int,
    ) -> bool:
        """The page is not indexed, or not any more; whether its document was deleted.

        Pages that were left out for it are looked at again, where that may change a thing.
        """
        deleted = False
        if page.state == "indexed":
            deleted = delete_document(connection, self._collection, page.url)
            self._forget(connection, page)
        if state == page.state:
            return deleted
        if page.state == "indexed" or state in _BROKEN:
            wake_followers(connection, self._crawl_id, page.url, _FOLLOWERS, now_us)
        elif state == "redirect" and target is not None:
            # A canonical URL that leads back to the page that named it.
            wake_followers(connection, self._crawl_id, page.url, _FOLLOWERS, now_us, only=target)
        return deleted

    def _stands_for(self, connection: sqlite3.Connection, url: str, page: FrontierPage) -> bool:
        """Whether a canonical URL is worth following: not when it is broken or leads back here."""
        target: str | None = url
        for _ in range(_CANONICAL_STEPS):
            other = None if target is None else find_page(connection, self._crawl_id, target)
            if other is None:
                return True
            if other.url == page.url or other.state in _BROKEN:
                return False
            target = find_target(connection, self._crawl_id, other.url)
        return False

    def _alike(
        self, connection: sqlite3.Connection, page: FrontierPage, likeness: Likeness
    ) -> list[FrontierPage]:
        found = find_alike(connection, self._crawl_id, likeness.keys, _ALIKE_LOOKED_AT)
        return [o for o in found if o.id != page.id and are_alike(likeness, o)]

    def _forget(self, connection: sqlite3.Connection, page: FrontierPage) -> None:
        keys = likeness_keys(page.text_hash, page.simhash)
        remove_likeness(connection, self._crawl_id, page.id, keys)
