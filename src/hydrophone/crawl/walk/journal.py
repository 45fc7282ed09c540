"""Writing down what came of visits: documents, links and the frontier in one transaction."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrophone.crawl.plan import Plan
from hydrophone.crawl.walk.judge import Judge
from hydrophone.crawl.walk.likeness import measure_likeness
from hydrophone.crawl.walk.outcome import Outcome
from hydrophone.crawl.walk.rhythm import DAY_US, MOST_US, bound, next_interval_us
from hydrophone.errors import DocumentError
from hydrophone.index.versions import prepare_version
from hydrophone.storage.index_db_crawls import count_work
from hydrophone.storage.index_db_documents import put_version, touch_document
from hydrophone.storage.index_db_frontier import (
    FoundPage,
    FrontierPage,
    Verdict,
    add_pages,
    find_page,
    find_target,
    record,
)

TRIES = 3
_MICROSECONDS = 1_000_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What has become of a URL; `state` as in Progress."""

    page: FrontierPage
    state: str
    reason: str = ""
    target: str | None = None
    deleted: bool = False
    fetched: bool = False
    size_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Written:
    """What one transaction wrote: an entry for each outcome, and how many URLs were new."""

    entries: tuple[Entry, ...]
    new_pages: int
    read_first: int
    read_first_bytes: int


def prepare(outcome: Outcome) -> Outcome:
    """Measure the document and cut it into passages. Takes a while: call from a thread."""
    document = outcome.document
    if outcome.came != "page" or document is None or outcome.noindex:
        return outcome
    try:
        version = prepare_version(document)
    except DocumentError as error:
        return replace(outcome, came="failed", reason=error.code, document=None)
    likeness = measure_likeness(document.title, document.text)
    return replace(outcome, version=version, likeness=likeness)


class Journal:
    """Writes for one crawl. `write` runs on the writing thread, inside its transaction."""

    def __init__(self, crawl_id: int, plan: Plan) -> None:
        self._crawl_id = crawl_id
        self._collection = plan.collection
        self._judge = Judge(crawl_id, plan.collection)
        every_s = plan.every_s
        self._every_us = None if every_s is None else bound(int(every_s * _MICROSECONDS))

    def write(
        self, connection: sqlite3.Connection, outcomes: Sequence[Outcome], now_us: int
    ) -> Written:
        """Record prepared outcomes in their order."""
        entries = []
        found: list[FoundPage] = []
        pages = size_bytes = 0
        for outcome in outcomes:
            page = find_page(connection, self._crawl_id, outcome.page.url)
            if page is None or page.state == "deleted":
                entries.append(Entry(outcome.page, "deleted"))
                continue
            entry = self._settle(connection, page, outcome, now_us)
            entries.append(entry)
            found += outcome.found
            if outcome.target is not None and entry.state in ("redirect", "canonical"):
                found.append(outcome.target)
            if page.fresh and outcome.came == "page":
                pages += 1
                size_bytes += outcome.size_bytes
        new_pages = add_pages(connection, self._crawl_id, found, now_us)
        count_work(connection, self._crawl_id, pages, size_bytes, now_us)
        return Written(tuple(entries), new_pages, pages, size_bytes)

    def _settle(
        self, connection: sqlite3.Connection, page: FrontierPage, outcome: Outcome, now_us: int
    ) -> Entry:
        """What becomes of one URL. `page` is the row as it is now."""
        if outcome.came == "page":
            return self._settle_page(connection, page, outcome, now_us)
        if outcome.came == "unchanged":
            return self._settle_unchanged(connection, page, now_us)
        if outcome.came in ("retry", "failed"):
            return self._settle_failed(connection, page, outcome, now_us)
        state = "read" if outcome.came == "list" else outcome.came
        again_us: int | None = DAY_US if outcome.came in ("list", "refused") else MOST_US
        if outcome.reason == "address_refused":
            again_us = None
        verdict = self._verdict(
            page,
            state,
            now_us,
            again_us,
            reason=outcome.reason,
            target=outcome.target.url if outcome.target else outcome.leads_to,
            etag=outcome.etag,
            modified=outcome.modified,
            fetched_us=now_us,
        )
        return self._leave_out(connection, page, verdict, outcome, now_us)

    def _settle_page(
        self, connection: sqlite3.Connection, page: FrontierPage, outcome: Outcome, now_us: int
    ) -> Entry:
        verdict = self._read_verdict(page, outcome, now_us)
        state, target = self._judge.judge(connection, page, outcome)
        if state != "indexed":
            left_out = replace(verdict, state=state, target=target)
            return self._leave_out(connection, page, left_out, outcome, now_us)
        assert outcome.version is not None
        assert outcome.likeness is not None
        self._judge.put_forward(connection, page, outcome.likeness, now_us)
        put = put_version(connection, self._collection, outcome.version, now_us)
        record(connection, verdict)
        told = "unchanged" if put == "unchanged" and not page.fresh else "indexed"
        return Entry(page, told, fetched=True, size_bytes=outcome.size_bytes)

    def _read_verdict(self, page: FrontierPage, outcome: Outcome, now_us: int) -> Verdict:
        """The verdict on a page that was read, as if it were indexed."""
        likeness = outcome.likeness
        changed = likeness is None or (likeness.text_hash, likeness.title_hash) != (
            page.text_hash,
            page.title_hash,
        )
        interval_us = page.interval_us or self._every_us
        if interval_us is not None and page.fetched_us is not None:
            interval_us = next_interval_us(interval_us, changed=changed)
        return self._verdict(
            page,
            "indexed",
            now_us,
            interval_us,
            interval_us=interval_us,
            etag=outcome.etag,
            modified=outcome.modified,
            fetched_us=now_us,
            changed_us=now_us if changed else None,
            text_hash=likeness.text_hash if likeness else None,
            title_hash=likeness.title_hash if likeness else None,
            simhash=likeness.simhash if likeness else None,
        )

    def _settle_unchanged(
        self, connection: sqlite3.Connection, page: FrontierPage, now_us: int
    ) -> Entry:
        interval_us = page.interval_us or self._every_us
        if interval_us is not None and page.kind == "page":
            interval_us = next_interval_us(interval_us, changed=False)
        # Without its document the page has to be fetched whole; and so has one that was left out
        # for another, when that has gone since this one was asked for.
        lost = (page.etag is None and page.modified is None) or (
            page.state == "indexed"
            and touch_document(connection, self._collection, page.url, now_us) is None
        )
        verdict = self._verdict(
            page,
            page.state,
            now_us,
            interval_us if page.kind == "page" else DAY_US,
            reason="",
            target=find_target(connection, self._crawl_id, page.url),
            interval_us=interval_us,
            etag=None if lost else page.etag,
            modified=None if lost else page.modified,
            fetched_us=now_us,
            text_hash=page.text_hash,
            title_hash=page.title_hash,
            simhash=page.simhash,
        )
        record(connection, replace(verdict, due_us=now_us) if lost else verdict)
        return Entry(page, "unchanged")

    def _settle_failed(
        self, connection: sqlite3.Connection, page: FrontierPage, outcome: Outcome, now_us: int
    ) -> Entry:
        """A failure leaves a document that is there alone; it may be a bad day of the site."""
        failures = page.failures + 1
        again = outcome.came == "retry" and failures < TRIES
        if again:
            due_us: int | None = now_us + int(outcome.wait_s * _MICROSECONDS)
        elif self._every_us is None:
            due_us = None
        else:
            days = min(30, 2 ** max(0, failures - TRIES))
            due_us = now_us + max(self._every_us, days * DAY_US)
        state = "failed" if page.fresh and not again else page.state
        verdict = Verdict(
            page_id=page.id,
            fresh=page.fresh and again,
            state=state,
            due_us=due_us,
            reason=outcome.reason,
            target=find_target(connection, self._crawl_id, page.url),
            interval_us=page.interval_us,
            failures=failures,
            etag=page.etag,
            modified=page.modified,
            text_hash=page.text_hash,
            title_hash=page.title_hash,
            simhash=page.simhash,
        )
        record(connection, verdict)
        if state == "failed":
            self._judge.withdraw(connection, page, state, None, now_us)
        told = "retry" if again else "failed"
        return Entry(page, told, outcome.reason, size_bytes=outcome.size_bytes)

    def _leave_out(
        self,
        connection: sqlite3.Connection,
        page: FrontierPage,
        verdict: Verdict,
        outcome: Outcome,
        now_us: int,
    ) -> Entry:
        """A page that is not indexed, or not any more."""
        deleted = self._judge.withdraw(connection, page, verdict.state, verdict.target, now_us)
        record(connection, verdict)
        return Entry(
            page,
            verdict.state,
            verdict.reason,
            verdict.target,
            deleted,
            outcome.came == "page",
            outcome.size_bytes,
        )

    def _verdict(
        self,
        page: FrontierPage,
        state: str,
        now_us: int,
        again_us: int | None,
        **known: object,
    ) -> Verdict:
        """A verdict that is not the end of the matter, when the crawl comes again at all."""
        due_us = None if again_us is None or self._every_us is None else now_us + again_us
        fields = {"interval_us": page.interval_us} | known
        return Verdict(page_id=page.id, fresh=False, state=state, due_us=due_us, **fields)  # type: ignore[arg-type]
