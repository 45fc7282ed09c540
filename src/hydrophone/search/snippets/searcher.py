"""Searching for whoever reads the pages: what is found comes with long snippets of its text.

The pages are read, our own from the index and those of the web from where they are, and their best
passages fill the budgets. What a page says of its date and language counts: one that breaks the
filter goes. A page that cannot be read keeps the excerpts of those who found it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from hydrophone.errors import DeadlineExceeded, HydrophoneError, InvalidRequest
from hydrophone.llm.base import TokenCounter
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.search.enforce import Enforcement
from hydrophone.search.merge import same_page_key
from hydrophone.search.pages import Pages
from hydrophone.search.reading import as_known, needs_reading, unread_notice
from hydrophone.search.snippets.material import Found, snippets_of
from hydrophone.types import (
    Document,
    Notice,
    RequestContext,
    SearchOptions,
    SearchResult,
    SnippetOptions,
)

# So many pages of the web are read for a search, those of the best ranks.
MOST_READ = 20
TextOf = Callable[[str], Awaitable[str | None]]


@dataclass(frozen=True, slots=True)
class _Group:
    """What was found for a text: for one query, or for all of them."""

    query: str
    results: Sequence[SearchResult]


@dataclass(frozen=True, slots=True)
class _Read:
    """Pages of the web by URL, or why they could not be read."""

    documents: Mapping[str, Document]
    unread: Sequence[str]


_NOTHING_READ = _Read({}, ())
_NO_TEXTS: Mapping[str, str] = {}


class SnippetSearcher:
    """The ground port `Searcher` over another one, with the snippets that the options ask for.

    `text_of` gives the text of a document version of the own index, None when it is gone. Without
    `pages` none of the web is read. Reading ends after `read_deadline_s` with what there is; a
    search that takes longer than `deadline_s` fails.
    """

    def __init__(
        self,
        searcher: Searcher,
        tokens: TokenCounter,
        *,
        text_of: TextOf,
        pages: Pages | None,
        read_deadline_s: float,
        deadline_s: float,
    ) -> None:
        self._searcher = searcher
        self._tokens = tokens
        self._text_of = text_of
        self._pages = pages
        self._read_deadline_s = read_deadline_s
        self._deadline_s = deadline_s

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """All queries at once. Raises InvalidRequest when none says anything, and
        DeadlineExceeded."""
        asked = [query.strip() for query in queries if query.strip()]
        if not asked:
            raise InvalidRequest("the query is empty: write what to search for", param="query")
        context.meter.add(search_queries=len(asked))
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._search(asked, options, context)
        except TimeoutError:
            message = f"the search was not done within {self._deadline_s:g} s"
            raise DeadlineExceeded(message) from None

    async def _search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        apart = [[query] for query in queries] if options.by_query else [queries]
        plain = replace(options, snippets=None, by_query=False)
        outcomes = await self._ask(apart, plain, context)
        groups = [
            _Group("\n".join(texts), outcome.results)
            for texts, outcome in zip(apart, outcomes, strict=True)
        ]
        notices = [notice for outcome in outcomes for notice in outcome.notices]
        if options.snippets is not None:
            groups, more = await self._with_snippets(groups, options, options.snippets, context)
            notices += more
        return SearchOutcome(
            results=_together([group.results for group in groups]),
            notices=tuple(dict.fromkeys(notices)),
            images=tuple(dict.fromkeys(one for outcome in outcomes for one in outcome.images)),
            videos=tuple(dict.fromkeys(one for outcome in outcomes for one in outcome.videos)),
            by_query=tuple(tuple(group.results) for group in groups) if options.by_query else (),
        )

    async def _ask(
        self, groups: Sequence[Sequence[str]], options: SearchOptions, context: RequestContext
    ) -> list[SearchOutcome]:
        if len(groups) == 1:
            return [await self._searcher.search(groups[0], options, context)]
        try:
            async with asyncio.TaskGroup() as tasks:
                asked = [
                    tasks.create_task(self._searcher.search(queries, options, context))
                    for queries in groups
                ]
        except ExceptionGroup as failed:
            raise failed.exceptions[0] from failed
        return [one.result() for one in asked]

    async def _with_snippets(
        self,
        groups: Sequence[_Group],
        options: SearchOptions,
        wanted: SnippetOptions,
        context: RequestContext,
    ) -> tuple[list[_Group], Sequence[Notice]]:
        read, own = _NOTHING_READ, _NO_TEXTS
        if wanted.read:
            own = await self._own_texts(groups)
            read = await self._read(groups)
            context.meter.add(pages_read=len(read.documents))
        now = datetime.fromtimestamp(context.clock(), UTC)
        enforcement = Enforcement(options.filter, now)
        found = [_admitted(group.results, read.documents, own, enforcement) for group in groups]
        texts = await asyncio.to_thread(
            snippets_of,
            [(group.query, each) for group, each in zip(groups, found, strict=True)],
            wanted,
            self._tokens,
        )
        told = [
            _Group(
                group.query,
                [replace(one.result, snippet=text) for one, text in zip(each, said, strict=True)],
            )
            for group, each, said in zip(groups, found, texts, strict=True)
        ]
        unread = [unread_notice(read.unread, len(read.documents) + len(read.unread))]
        return told, unread if read.unread else ()

    async def _read(self, groups: Sequence[_Group]) -> _Read:
        if self._pages is None:
            return _NOTHING_READ
        urls = _best_to_read([group.results for group in groups])
        pages = await self._pages.read_all(urls, deadline_s=self._read_deadline_s)
        got = list(zip(urls, pages, strict=True))
        return _Read(
            {url: page for url, page in got if isinstance(page, Document)},
            [url for url, page in got if isinstance(page, HydrophoneError)],
        )

    async def _own_texts(self, groups: Sequence[_Group]) -> Mapping[str, str]:
        """The texts of our own documents, by version."""
        versions = dict.fromkeys(
            result.passages[0].version
            for group in groups
            for result in group.results
            if result.kind == "own" and result.passages
        )
        texts = {version: await self._text_of(version) for version in versions}
        return {version: text for version, text in texts.items() if text}


def _best_to_read(groups: Sequence[Sequence[SearchResult]]) -> list[str]:
    """What needs reading, each page once, the first of every group before the second of any."""
    ranked = sorted(
        (rank, number, result.url)
        for number, results in enumerate(groups)
        for rank, result in enumerate(results)
        if needs_reading(result)
    )
    return list(dict.fromkeys(url for _, _, url in ranked))[:MOST_READ]


def _admitted(
    results: Sequence[SearchResult],
    pages: Mapping[str, Document],
    own: Mapping[str, str],
    enforcement: Enforcement,
) -> list[Found]:
    """The results that keep the filter after all, with their pages; each page once."""
    found: list[Found] = []
    seen: set[str] = set()
    for result in results:
        page = pages.get(result.url)
        known = result if page is None else as_known(result, page)
        key = same_page_key(known.url)
        if key in seen or (page is not None and not enforcement.admits(known)):
            continue
        seen.add(key)
        if page is None:
            found.append(_own(result, own))
        else:
            title = result.title or page.title
            found.append(Found(replace(known, url=result.url, title=title), page))
    return found


def _own(result: SearchResult, texts: Mapping[str, str]) -> Found:
    """What the index found stands first: it also knows what other words mean the same."""
    version = result.passages[0].version if result.passages else ""
    if version not in texts:
        return Found(result)
    best = tuple(passage for passage in result.passages if passage.version == version)
    return Found(result, Document(result.url, result.title, texts[version]), best)


def _together(groups: Sequence[Sequence[SearchResult]]) -> tuple[SearchResult, ...]:
    """All results in one list, each page once, the first of every group before its second."""
    seen: dict[str, SearchResult] = {}
    most = max(len(results) for results in groups)
    for rank in range(most):
        for results in groups:
            if rank < len(results):
                seen.setdefault(same_page_key(results[rank].url), results[rank])
    return tuple(seen.values())
