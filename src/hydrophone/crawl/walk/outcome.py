"""What came of a visit to a URL, and how far a crawl has come."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from hydrophone.crawl.walk.likeness import Likeness
from hydrophone.storage.index_db_documents import NewVersion
from hydrophone.storage.index_db_frontier import FoundPage, FrontierPage
from hydrophone.types import Document

Came: TypeAlias = Literal[
    "page",  # a page was read
    "list",  # a sitemap or feed was read
    "unchanged",  # the server says that it is as before
    "redirect",
    "gone",
    "refused",  # by robots.txt, or by the guard
    "skipped",  # nothing that is indexed, for example an image
    "failed",
    "retry",  # failed, and may do better soon
]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of one visit.

    `reason` is a short code; `target` where a redirect or a canonical link leads, `leads_to` where
    a redirect leads out of the crawl; `wait_s` how long to wait before another try; `version` the
    document cut into passages, once it is prepared.
    """

    page: FrontierPage
    came: Came
    reason: str = ""
    target: FoundPage | None = None
    found: tuple[FoundPage, ...] = ()
    document: Document | None = field(default=None, repr=False)
    noindex: bool = False
    etag: str | None = None
    modified: str | None = None
    size_bytes: int = 0
    wait_s: float = 0.0
    leads_to: str | None = None
    likeness: Likeness | None = None
    version: NewVersion | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Progress:
    """One step of a crawl and where it stands. Counts of pages are of this run.

    `state` is what became of `url` (indexed, unchanged, duplicate, canonical, noindex, empty,
    redirect, gone, refused, skipped, failed, retry, read), `postponed` when a host is left alone
    for now, and `done` at the end. `kind` is page, sitemap or feed. `problems` counts broken pages
    by reason; `waiting` is how many URLs are still to be fetched.
    """

    state: str
    url: str = ""
    kind: str = ""
    reason: str = ""
    target: str | None = None
    depth: int = 0
    fetched: int = 0
    indexed: int = 0
    unchanged: int = 0
    left_out: int = 0
    deleted: int = 0
    waiting: int = 0
    size_bytes: int = 0
    elapsed_s: float = 0.0
    problems: dict[str, int] = field(default_factory=dict)
    hosts: tuple[str, ...] = ()
    limited: bool = False


Tell: TypeAlias = Callable[[Progress], None]
