"""Read: the pages that the question names and the best that the search found.

A search knows pages of the web by an excerpt; what is quoted should stand in the page itself. A
page that cannot be read keeps its excerpt, which then is a document version of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from hydrophone.errors import HydrophoneError
from hydrophone.search.enforce import Enforcement
from hydrophone.search.merge import same_page_key
from hydrophone.search.own import snippet
from hydrophone.search.pages import Pages
from hydrophone.search.passages import PASSAGES_A_PAGE, best_passages
from hydrophone.search.reading import (
    as_known,
    as_result,
    needs_reading,
    unread_notice,
    with_excerpt,
)
from hydrophone.types import Document, Filter, Image, Notice, Passage, SearchResult, Video


@dataclass(frozen=True, slots=True)
class Reading:
    """What is to be read: named pages first, and pages of results."""

    named: tuple[str, ...]
    found: tuple[str, ...]

    @property
    def urls(self) -> tuple[str, ...]:
        """All of them."""
        return self.named + self.found


@dataclass(frozen=True, slots=True)
class Read:
    """The results with their passages, named pages first; `pages` are the URLs that were read.

    `images`, `videos` and `link_texts` are those of the pages that are among the results.
    """

    results: tuple[SearchResult, ...]
    pages: tuple[str, ...] = ()
    notices: tuple[Notice, ...] = ()
    images: tuple[Image, ...] = ()
    videos: tuple[Video, ...] = ()
    link_texts: tuple[str, ...] = ()


def allowed(
    urls: Sequence[str], filter: Filter, now: datetime
) -> tuple[tuple[str, ...], tuple[Notice, ...]]:
    """The named pages that the filter's domains allow, and a Notice for each that they do not."""
    enforcement = Enforcement(filter, now)
    keeps = {url: enforcement.admits_but_for_dates(SearchResult(url, "", "")) for url in urls}
    notices = [
        Notice("partial", f"{url} was not read: the search filter excludes it.")
        for url, kept in keeps.items()
        if not kept
    ]
    return tuple(url for url, kept in keeps.items() if kept), tuple(notices)


def to_read(named: Sequence[str], results: Sequence[SearchResult], most: int) -> Reading:
    """The named pages, and up to `most` of the best results that need reading."""
    keys = {same_page_key(url) for url in named}
    needed = [one.url for one in results if needs_reading(one)]
    found = [url for url in needed if same_page_key(url) not in keys][:most]
    return Reading(tuple(named), tuple(found))


async def read(
    reading: Reading,
    results: Sequence[SearchResult],
    query: str,
    pages: Pages,
    *,
    filter: Filter,
    now: datetime,
    deadline_s: float,
    a_page: int = PASSAGES_A_PAGE,
) -> Read:
    """Read all pages at once within `deadline_s` and choose their passages for the query.

    What a page itself says of its date and language counts: one that breaks the filter goes.
    """
    named, found = await asyncio.gather(
        pages.read_all(reading.named, typed=True, deadline_s=deadline_s),
        pages.read_all(reading.found, deadline_s=deadline_s),
    )
    got = dict(zip(reading.urls, [*named, *found], strict=True))
    documents = {url: page for url, page in got.items() if isinstance(page, Document)}
    chosen = await asyncio.to_thread(best_passages, query, list(documents.values()), a_page=a_page)
    passages = dict(zip(documents, chosen, strict=True))
    enforcement = Enforcement(filter, now)
    sources = [
        _named(url, documents[url], passages[url]) for url in reading.named if url in documents
    ]
    known = {same_page_key(source.url) for source in sources}
    for result in results:
        if same_page_key(result.url) in known:
            continue
        page = documents.get(result.url)
        if page is None:
            sources.append(with_excerpt(result))
        elif enforcement.admits(as_known(result, page)):
            sources.append(_with_page(result, page, passages[result.url]))
    failed = {url: page for url, page in got.items() if isinstance(page, HydrophoneError)}
    kept = [documents[source.url] for source in sources if source.url in documents]
    return Read(
        tuple(sources),
        tuple(documents),
        tuple(_notices(reading, failed)),
        tuple(Image(one.url, page.url, one.alt) for page in kept for one in page.images),
        tuple(Video(one.url, one.thumbnail_url) for page in kept for one in page.videos),
        tuple(text for page in kept for text in page.link_texts),
    )


def _named(url: str, page: Document, passages: tuple[Passage, ...]) -> SearchResult:
    return replace(as_result(page, passages, kind="web"), url=url, title=page.title or url)


def _with_page(result: SearchResult, page: Document, passages: tuple[Passage, ...]) -> SearchResult:
    return replace(
        as_known(result, page),
        url=result.url,
        title=result.title or page.title,
        snippet=result.snippet or (snippet(passages[0].text) if passages else ""),
        passages=passages or with_excerpt(result).passages,
    )


def _notices(reading: Reading, failed: dict[str, HydrophoneError]) -> list[Notice]:
    named = [
        Notice("partial", f"The page that the question names was not read: {failed[url].message}")
        for url in reading.named
        if url in failed
    ]
    unread = [url for url in reading.found if url in failed]
    if not unread:
        return named
    return [*named, unread_notice(unread, len(reading.found))]
