"""Learning the dates that a filter asks for and a search does not tell, from the pages themselves.

Most engines narrow by date without giving one. Their pages would all fail a date filter, so the
best of them are read; the answer needs these pages anyway, and finds them in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from hydrophone.search.enforce import Enforcement
from hydrophone.search.pages import Pages
from hydrophone.types import Document, SearchResult

MOST_READ = 8
LEAST_READ_S = 0.2


async def admitted(
    results: Sequence[SearchResult],
    enforcement: Enforcement,
    pages: Pages | None,
    *,
    limit_s: float,
) -> list[SearchResult]:
    """The results that keep the filter, in their order. With `pages` up to eight that lack only a
    date are read, all within `limit_s`."""
    keeping = {result.url for result in results if enforcement.admits(result)}
    dated: dict[str, SearchResult] = {}
    if pages is not None and limit_s >= LEAST_READ_S:
        undated = [
            result
            for result in results
            if enforcement.lacks_date(result) and enforcement.admits_but_for_dates(result)
        ][:MOST_READ]
        read = await pages.read_all([one.url for one in undated], deadline_s=limit_s)
        for result, page in zip(undated, read, strict=True):
            if isinstance(page, Document):
                dated[result.url] = replace(
                    result,
                    published=result.published or page.published,
                    modified=result.modified or page.modified,
                )
    known = [dated.get(result.url, result) for result in results]
    return [one for one in known if one.url in keeping or enforcement.admits(one)]
