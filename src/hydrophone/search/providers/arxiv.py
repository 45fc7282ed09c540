"""arXiv: preprints with their abstracts, by its Atom interface.

Shapes and terms: info.arxiv.org/help/api (user manual, terms of use: one request in three seconds,
one connection at a time), and the PyPI package arxiv.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from hydrophone.fetch.json_api import JsonApi
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import ProviderFailed, ProviderRateLimited, translated
from hydrophone.search.providers.dates import bounds, nothing_fits, read_stamp
from hydrophone.search.providers.shapes import found, kept, key_terms
from hydrophone.types import SearchResult, SourceKind

if TYPE_CHECKING:
    from lxml.etree import _Element

BASE_URL = "https://export.arxiv.org/api"
SPACING_S = 3.0

_MOST = 100
_LAST_START = 30_000
_ATOM = "{http://www.w3.org/2005/Atom}"
_VERSION = re.compile(r"v\d+$")
_MINUTE = timedelta(minutes=1)
_EARLIEST, _LATEST = "199001010000", "299912312359"


class Turns:
    """Lets callers in one at a time, each `spacing_s` or more after the one before.

    One may wait; who comes then is sent away with ProviderRateLimited, as its answer would come
    too late. For one event loop.
    """

    def __init__(
        self,
        spacing_s: float,
        *,
        clock: Callable[[], float] | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._spacing_s = spacing_s
        self._clock = clock
        self._sleep = sleep
        self._next = 0.0
        self._lock = asyncio.Lock()
        self._waiting = False

    @asynccontextmanager
    async def take(self) -> AsyncIterator[None]:
        """Have a turn for as long as the context is open. Raises ProviderRateLimited."""
        with self._queue():
            await self._lock.acquire()
            try:
                wait_s = self._next - self._now()
                if wait_s > 0:
                    await self._sleep(wait_s)
                self._next = self._now() + self._spacing_s
            except BaseException:
                self._lock.release()
                raise
        try:
            yield
        finally:
            self._lock.release()

    @contextmanager
    def _queue(self) -> Iterator[None]:
        if self._waiting:
            raise ProviderRateLimited(
                f"arxiv may be asked once in {self._spacing_s:g} s only, and others wait",
                retry_after_s=max(0.0, self._next - self._now()) + self._spacing_s,
            )
        self._waiting = True
        try:
            yield
        finally:
            self._waiting = False

    def _now(self) -> float:
        return self._clock() if self._clock else asyncio.get_running_loop().time()


class Arxiv:
    """A SearchProvider. `turns` keeps the distance between requests that its terms ask for."""

    name = "arxiv"
    kinds: frozenset[SourceKind] = frozenset({"academic"})
    pushes: frozenset[Push] = frozenset({"dates", "recency"})

    def __init__(
        self,
        *,
        base_url: str = BASE_URL,
        deadline_s: float = 10.0,
        trusted: bool = False,
        turns: Turns | None = None,
    ) -> None:
        self._turns = turns or Turns(SPACING_S)
        self._api = JsonApi(
            base_url,
            headers={"Accept": "application/atom+xml"},
            deadline_s=deadline_s,
            trusted=trusted,
        )

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of at most 100 preprints, by relevance."""
        asked = _search_query(query)
        count = min(query.count, _MOST)
        if not asked or query.page * count > _LAST_START or nothing_fits(query):
            return ProviderAnswer(exhausted=True)
        params: dict[str, str | int] = {
            "search_query": asked,
            "start": query.page * count,
            "max_results": count,
            "sortBy": "relevance",
            "sortOrder": "descending",
        }
        with translated(self.name):
            async with self._turns.take():
                body = await self._api.get_bytes("query", params)
        entries = _entries(body)
        results = (_result(query, entry) for entry in entries)
        return ProviderAnswer(kept(results, query.count), exhausted=len(entries) < count)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _search_query(query: ProviderQuery) -> str:
    """Any of the words, as its ranking prefers those with more of them; and the dates."""
    # A hyphen ends a word there, so that a word with one is a phrase.
    words = [term.strip('"').replace("-", " ") for term in key_terms(query.text)]
    terms = [f'all:"{word}"' if " " in word else f"all:{word}" for word in words]
    if not terms:
        return ""
    first, last = bounds(query, slack=_MINUTE)
    if first is None and last is None:
        return " OR ".join(terms)
    since = _written(first) if first else _EARLIEST
    until = _written(last) if last else _LATEST
    return f"({' OR '.join(terms)}) AND submittedDate:[{since} TO {until}]"


def _written(moment: datetime) -> str:
    return f"{moment.year:04}{moment:%m%d%H%M}"


def _entries(body: bytes) -> list[_Element]:
    """The entries of the feed. Raises ProviderFailed for what is no feed, and for its errors."""
    from lxml import etree

    parser = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        feed = etree.fromstring(body, parser)
    except (etree.XMLSyntaxError, ValueError) as error:
        raise ProviderFailed("arxiv answered with something that is no Atom feed") from error
    if feed.tag != f"{_ATOM}feed":
        raise ProviderFailed("arxiv answered with something that is no Atom feed")
    entries = list(feed.iterfind(f"{_ATOM}entry"))
    for entry in entries:
        if "/api/errors" in _text(entry, "id"):
            raise ProviderFailed(f"arxiv: {_text(entry, 'summary')}")
    return entries


def _result(query: ProviderQuery, entry: _Element) -> SearchResult | None:
    abstract = _text(entry, "summary")
    return found(
        query,
        # The newest version's page, under the address that does not change with it.
        _VERSION.sub("", _text(entry, "id").replace("http://", "https://", 1)),
        _text(entry, "title"),
        kind="academic",
        texts=[abstract] if abstract else (),
        stamp=read_stamp(_text(entry, "published"), query.now),
        modified=_moment(_text(entry, "updated"), query.now),
    )


def _text(entry: _Element, name: str) -> str:
    return " ".join((entry.findtext(f"{_ATOM}{name}") or "").split())


def _moment(text: str, now: datetime) -> datetime | None:
    stamp = read_stamp(text, now)
    return stamp.said if stamp else None
