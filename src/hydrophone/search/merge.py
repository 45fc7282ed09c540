"""Several lists of pages become one, each page once.

Providers give scores that do not compare, or none; what all give is an order. So the lists are
fused by reciprocal ranks (Cormack, Clarke and Büttcher 2009, k = 60): a page that several know
comes before one that a single list has at the same rank. A list knows nothing of its own worth,
and the best of a small index may be far from the question; so the sum is weighed by how much of
the question's words the page's title and text cover.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from hydrophone.llm.overlap import coverage
from hydrophone.types import SearchResult

RANK_CONSTANT = 60
# What a page keeps that shares no word with the question: vectors find such pages too.
LEAST_WEIGHT = 0.5
_TRACKING = ("utm_", "fbclid=", "gclid=", "msclkid=", "ref=", "ref_src=")
_INDEX_PAGES = ("/index.html", "/index.htm", "/index.php")


def same_page_key(url: str) -> str:
    """Equal for addresses that show one page: scheme, `www.`, fragment, a closing slash, the name
    of a folder's index page and marks of where a reader came from are passed over."""
    try:
        parts = urlsplit(url.strip())
        host = (parts.hostname or "").removeprefix("www.")
        port = "" if parts.port in (None, 80, 443) else f":{parts.port}"
    except ValueError:
        return url
    if not host:
        return url
    path = parts.path
    for name in _INDEX_PAGES:
        path = path.removesuffix(name)
    kept = [one for one in parts.query.split("&") if one and not one.startswith(_TRACKING)]
    query = f"?{'&'.join(kept)}" if kept else ""
    return f"{host}{port}{path.rstrip('/')}{query}"


@dataclass(slots=True)
class _Page:
    key: str
    found: list[SearchResult] = field(default_factory=list)
    shares: list[float] = field(default_factory=list)


def merge(lists: Sequence[Sequence[SearchResult]], queries: Sequence[str]) -> list[SearchResult]:
    """One list, best first, scores from 0 to 1; equal ones in the order of their addresses.

    The order of `lists` decides nothing but which of two equally good copies of a page is kept.
    """
    pages: dict[str, _Page] = {}
    for results in lists:
        seen: set[str] = set()
        for result in results:
            key = same_page_key(result.url)
            if key in seen:
                continue
            seen.add(key)
            page = pages.setdefault(key, _Page(key))
            page.found.append(result)
            page.shares.append(1 / (RANK_CONSTANT + len(seen)))
    merged = [(page, _united(page.found)) for page in pages.values()]
    weights = _weights([result for _, result in merged], queries)
    scored = [
        # Added up exactly: in whichever order the lists come, the sum is the same to the last bit.
        (math.fsum(page.shares) * weight, page.key, result)
        for (page, result), weight in zip(merged, weights, strict=True)
    ]
    scored.sort(key=lambda one: (-one[0], one[1]))
    best = scored[0][0] if scored else 1.0
    return [replace(result, score=round(score / best, 6)) for score, _, result in scored]


def _united(found: Sequence[SearchResult]) -> SearchResult:
    """One result of several for a page: our own text where we have it, and all that is known."""
    best = max(found, key=_worth)
    for other in found:
        best = replace(
            best,
            title=best.title or other.title,
            snippet=best.snippet or other.snippet,
            published=best.published or other.published,
            modified=best.modified or other.modified,
            language=best.language or other.language,
        )
    return best


def _worth(result: SearchResult) -> tuple[bool, int, bool, int]:
    return (
        result.kind == "own",
        sum(len(passage.text) for passage in result.passages),
        result.published is not None,
        len(result.snippet),
    )


def _weights(results: Sequence[SearchResult], queries: Sequence[str]) -> list[float]:
    texts = [f"{result.title}\n{result.snippet}" for result in results]
    covered = zip(*(coverage(query, texts) for query in queries), strict=True)
    return [LEAST_WEIGHT + (1 - LEAST_WEIGHT) * max(shares) for shares in covered]
