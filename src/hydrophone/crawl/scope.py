"""Which of the URLs that are found belong into a crawl.

`Scope` is what its owner wants, `Traps` what no owner wants: sites that make up pages for ever.
Both take URLs in their normal form.
"""

from __future__ import annotations

import re
from collections import Counter, OrderedDict
from collections.abc import Iterable
from datetime import UTC, datetime
from fnmatch import translate
from zlib import crc32

from hydrophone.errors import InvalidRequest

_DEFAULT_PORT = re.compile(r":(?:80|443)\Z")


class BadPattern(InvalidRequest):
    """A pattern for URLs cannot be read."""

    code = "bad_pattern"


class Scope:
    """The pages of a crawl: those of the sites of its seeds, unless it says otherwise.

    A site is a host, with or without `www.`, on one port; http and https are the same site. A
    pattern beginning with `/` is matched against path and query, one with a scheme against the
    whole URL, another one against the URL without its scheme; `*` stands for any characters, `?`
    for one. A pattern `re:…` is a regular expression searched for anywhere in the URL. `include`
    wants one match, seeds apart; `exclude` wants none. `max_depth` is in links from a seed.
    """

    def __init__(
        self,
        seeds: Iterable[str],
        *,
        include: Iterable[str] = (),
        exclude: Iterable[str] = (),
        any_site: bool = False,
        subdomains: bool = False,
        max_depth: int | None = None,
    ) -> None:
        self._sites = frozenset(_site(seed) for seed in seeds)
        self._suffixes = tuple(f".{site}" for site in self._sites) if subdomains else ()
        self._include = [_compile(pattern, "include") for pattern in include]
        self._exclude = [_compile(pattern, "exclude") for pattern in exclude]
        self._any_site = any_site
        self._max_depth = max_depth

    def admits(self, url: str, depth: int) -> bool:
        """Whether a page belongs into the crawl; a seed's `depth` is 0."""
        if self._max_depth is not None and depth > self._max_depth:
            return False
        if not self._any_site and not self._is_own_site(url):
            return False
        if any(pattern.search(url) for pattern in self._exclude):
            return False
        if depth == 0 or not self._include:
            return True
        return any(pattern.search(url) for pattern in self._include)

    def _is_own_site(self, url: str) -> bool:
        site = _site(url)
        return site in self._sites or site.endswith(self._suffixes)


def _site(url: str) -> str:
    """Host and port, without what does not make another site."""
    place = url.partition("://")[2].partition("/")[0].partition("?")[0].lower()
    return _DEFAULT_PORT.sub("", place).removeprefix("www.")


def _compile(pattern: str, param: str) -> re.Pattern[str]:
    """Raises BadPattern."""
    try:
        if pattern.startswith("re:"):
            return re.compile(pattern.removeprefix("re:"))
        if not pattern.strip():
            raise BadPattern(f"a pattern in {param} is empty", param=param)
        return re.compile(_leading(pattern) + translate(pattern))
    except re.error as error:
        message = f"the {param} pattern {pattern!r} is no regular expression: {error}"
        raise BadPattern(message, param=param) from error


def _leading(pattern: str) -> str:
    """What stands before the part of the URL that the pattern is about."""
    if pattern.startswith("/"):
        return r"\Ahttps?://[^/]+"
    return r"\A" if "://" in pattern else r"\Ahttps?://"


# Bounds of what a path may look like; real sites stay far below.
_SEGMENTS = 20
_SAME_SEGMENT = 3
_EMPTY_SEGMENTS = 3
_REPEATED_RUN = re.compile(r"((?:/[^/]+){2,})\1\1")
# Different queries of one path, by how many parameters they have: one is mostly the name of a page,
# many are a listing that can be sorted and filtered in every combination.
_QUERIES = {1: 10_000, 2: 2_000, 3: 200}
_QUERIES_OF_MANY = 50
_QUERIES_BY_DATE = 150
_DATE_PARAMETER = re.compile(
    r"(?:\A|[&_-])(?:date|day|month|year|week|time|cal\w*|ical|yr|mon|jahr|monat)=", re.IGNORECASE
)
_DATE_PATH = re.compile(r"/(?P<year>[12]\d{3})(?:[/-]\d{1,2}){1,2}/?\Z")
_DATES = 1_000
_YEARS_AHEAD = 2
_REMEMBERED = 100_000


class Traps:
    """Keeps a crawl out of pages without end: calendars, filters, paths that grow.

    It counts the queries and dates that it has admitted for each path. What it remembers is
    bounded, favours the paths seen last, and is not kept over a restart.
    """

    def __init__(self) -> None:
        self._seen: OrderedDict[str, set[int]] = OrderedDict()
        self._remembered = 0
        self._last_year = datetime.now(UTC).year + _YEARS_AHEAD

    def admits(self, url: str) -> bool:
        """Whether the page is worth a visit. A URL that was admitted is admitted again."""
        page, _, query = url.partition("?")
        path = page[page.find("/", page.find("://") + 3) :]
        if _grows(path):
            return False
        date = _DATE_PATH.search(path)
        if date is not None:
            listing = page[: len(page) - len(date[0])]
            if int(date["year"]) > self._last_year or not self._count(listing, date[0], _DATES):
                return False
        return not query or self._count(page, query, _most_queries(query))

    def _count(self, page: str, variant: str, most: int) -> bool:
        """Whether the variant is among the first so many of its page."""
        seen = self._seen.setdefault(page, set())
        self._seen.move_to_end(page)
        mark = crc32(variant.encode())
        if mark in seen:
            return True
        if len(seen) >= most:
            return False
        seen.add(mark)
        self._remembered += 1
        while self._remembered > _REMEMBERED and len(self._seen) > 1:
            self._remembered -= len(self._seen.popitem(last=False)[1])
        return True


def _grows(path: str) -> bool:
    """Whether the path looks as if a relative link was followed into itself."""
    segments = [segment for segment in path.split("/") if segment]
    if len(segments) > _SEGMENTS or path.count("//") > _EMPTY_SEGMENTS:
        return True
    if len(segments) <= _SAME_SEGMENT or len(set(segments)) == len(segments):
        return False
    return max(Counter(segments).values()) > _SAME_SEGMENT or bool(_REPEATED_RUN.search(path))


def _most_queries(query: str) -> int:
    if _DATE_PARAMETER.search(query):
        return _QUERIES_BY_DATE
    return _QUERIES.get(query.count("&") + 1, _QUERIES_OF_MANY)
