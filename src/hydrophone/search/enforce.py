"""The filter after retrieval: what came back is judged by what is known of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from hydrophone.index.filters import Test, compile_test
from hydrophone.types import Document, Filter, SearchResult


class Enforcement:
    """A filter on results of providers.

    A page whose date is not known fails a filter on that date; one whose language is not known
    passes, as the provider was asked for the language. Collections are of the own index alone.
    Raises InvalidRequest on a filter that cannot be read.
    """

    def __init__(self, filter: Filter, now: datetime) -> None:
        plain = replace(filter, collections=())
        undated = replace(
            plain,
            published_after=None,
            published_before=None,
            modified_after=None,
            modified_before=None,
            recency=None,
        )
        self._published = bool(filter.published_after or filter.published_before or filter.recency)
        self._modified = bool(filter.modified_after or filter.modified_before)
        self.empty = plain.empty
        self._whole = _tests(plain, now)
        self._undated = _tests(undated, now)

    def admits(self, result: SearchResult) -> bool:
        """Whether the result keeps the whole filter."""
        return _passes(result, self._whole)

    def lacks_date(self, result: SearchResult) -> bool:
        """Whether the filter asks for a date that is not known of the result."""
        return (self._published and result.published is None) or (
            self._modified and result.modified is None
        )

    def admits_but_for_dates(self, result: SearchResult) -> bool:
        """Whether the result keeps all of the filter but its dates."""
        return _passes(result, self._undated)


def _tests(filter: Filter, now: datetime) -> tuple[Test, Test]:
    """The test of a page with a language, and that of one without."""
    return compile_test(filter, now), compile_test(replace(filter, languages=()), now)


def _passes(result: SearchResult, tests: tuple[Test, Test]) -> bool:
    known = Document(
        url=result.url,
        title=result.title,
        text="",
        published=result.published,
        modified=result.modified,
        language=result.language,
    )
    return tests[0 if result.language else 1](known, "")
