"""From found pages to their snippets: what there is to show of each, shared out by the budgets."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydrophone.llm.base import TokenCounter
from hydrophone.search.passages import best_passages
from hydrophone.search.reading import with_excerpt
from hydrophone.search.snippets.composition import Extract, PageText, compose
from hydrophone.search.snippets.shares import fair_shares
from hydrophone.types import Document, Passage, SearchResult, SnippetOptions

# More than are cut of a page.
MOST_PASSAGES = 10_000


@dataclass(frozen=True, slots=True)
class Found:
    """A result, and the whole page where it is known; `best` are extracts to show first."""

    result: SearchResult
    page: Document | None = None
    best: tuple[Passage, ...] = ()


def snippets_of(
    groups: Sequence[tuple[str, Sequence[Found]]], wanted: SnippetOptions, tokens: TokenCounter
) -> list[list[str]]:
    """The snippets of each group's pages, in their order, for the group's query.

    No page has more than its own budget; what all of them have together is shared fairly. CPU
    work: twenty pages of 20,000 characters take about half a second.
    """
    pages = [(query, text) for query, found in groups for text in _page_texts(query, found)]
    most = min(wanted.page_tokens, wanted.total_tokens)
    whole = [compose(query, page, most, tokens) for query, page in pages]
    shares = fair_shares([snippet.tokens for snippet in whole], wanted.total_tokens)
    fitting = iter(
        [
            snippet.text if snippet.tokens <= share else compose(query, page, share, tokens).text
            for snippet, share, (query, page) in zip(whole, shares, pages, strict=True)
        ]
    )
    return [[next(fitting) for _ in found] for _, found in groups]


def _page_texts(query: str, found: Sequence[Found]) -> Iterator[PageText]:
    pages = [one.page for one in found if one.page is not None]
    chosen = iter(best_passages(query, pages, a_page=MOST_PASSAGES))
    for one in found:
        passages = (*one.best, *next(chosen)) if one.page is not None else ()
        if one.page is None or not passages:
            yield _excerpts(one.result)
        else:
            extracts = (Extract(0, passage.start, passage.end) for passage in passages)
            yield PageText((one.page.text,), tuple(extracts))


def _excerpts(result: SearchResult) -> PageText:
    passages = with_excerpt(result).passages
    versions = list(dict.fromkeys(passage.version for passage in passages))
    reading = sorted(passages, key=lambda one: (versions.index(one.version), one.start))
    extracts = [Extract(reading.index(one), 0, len(one.text)) for one in passages]
    return PageText(tuple(passage.text for passage in reading), tuple(extracts))
