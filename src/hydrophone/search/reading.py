"""What reading adds to results: which pages need it, and what a page says of itself.

A search knows pages of the web by an excerpt; what is quoted should stand in the page itself. A
page that cannot be read keeps its excerpt, which then is a document version of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import urlsplit

from hydrophone.search.own import snippet
from hydrophone.search.providers.shapes import passage_of
from hydrophone.types import Document, Notice, Passage, SearchResult, SourceKind

# A result with so much text of its own page needs no reading.
ENOUGH_CHARS = 1_500
_NAMED = 3


def needs_reading(result: SearchResult) -> bool:
    """Whether too little is known of a page of the web."""
    if result.kind in ("own", "attachment") or not result.url.startswith(("http://", "https://")):
        return False
    return sum(len(passage.text) for passage in result.passages) < ENOUGH_CHARS


def with_excerpt(result: SearchResult) -> SearchResult:
    """The result with its excerpt as a passage, when it has no other."""
    if result.passages or not result.snippet:
        return result
    return replace(result, passages=(passage_of(result.snippet.removesuffix(" …")),))


def as_result(page: Document, passages: tuple[Passage, ...], *, kind: SourceKind) -> SearchResult:
    """A page that nobody had to search for, as the best of results."""
    return SearchResult(
        url=page.url,
        title=page.title,
        snippet=snippet(passages[0].text) if passages else "",
        kind=kind,
        published=page.published,
        modified=page.modified,
        language=page.language,
        score=1.0,
        passages=passages,
    )


def as_known(result: SearchResult, page: Document) -> SearchResult:
    """The result under the address where the page was found, with what the page says of itself."""
    return replace(
        result,
        url=page.url,
        published=page.published or result.published,
        modified=page.modified or result.modified,
        language=page.language or result.language,
    )


def unread_notice(unread: Sequence[str], asked: int) -> Notice:
    """Tells which of `asked` found pages could not be read, by their hosts."""
    hosts = dict.fromkeys(urlsplit(url).hostname or url for url in unread)
    shown = ", ".join(list(hosts)[:_NAMED]) + (" …" if len(hosts) > _NAMED else "")
    message = (
        f"{len(unread)} of {asked} found pages could not be read, and are known by "
        f"their search excerpts alone: {shown}"
    )
    return Notice("partial", message)
