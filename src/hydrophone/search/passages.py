"""From pages that were read to the few passages of them that a question needs.

A passage's score is BM25 (Robertson and Zaragoza 2009; k1 1.2, b 0.75) over all passages of all
pages at hand, its headings counted with it.
"""

from __future__ import annotations

import hashlib
import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from hydrophone.index.chunking import Chunk, cut_passages
from hydrophone.llm.overlap import stems
from hydrophone.types import Document, Passage

PASSAGES_A_PAGE = 3
# More of a page is not looked at: the text of a book takes a second of a core.
MOST_CHARS = 300_000
_K1 = 1.2
_B = 0.75


@dataclass(frozen=True, slots=True)
class _Candidate:
    page: int
    chunk: Chunk
    words: Counter[str]


def best_passages(
    query: str,
    pages: Sequence[Document],
    *,
    a_page: int = PASSAGES_A_PAGE,
    unmatched: int = 1,
    most_chars: int = MOST_CHARS,
) -> list[tuple[Passage, ...]]:
    """For each page its best passages for the query, best first; where none shares a word with it,
    the `unmatched` with which the page begins. CPU work: a page of 50,000 characters takes some
    10 ms."""
    candidates = [
        _Candidate(number, chunk, _words(page, chunk))
        for number, page in enumerate(pages)
        for chunk in cut_passages(replace(page, text=page.text[:most_chars]))
    ]
    scores = _bm25(stems(query), [candidate.words for candidate in candidates])
    ranked = sorted(range(len(candidates)), key=lambda index: (-scores[index], index))
    chosen: list[list[int]] = [[] for _ in pages]
    for index in ranked:
        mine = chosen[candidates[index].page]
        room = a_page
        if scores[index] == 0:
            room = 0 if mine and scores[mine[0]] > 0 else unmatched
        if len(mine) < room:
            mine.append(index)
    return [
        tuple(_passage(page, version, candidates[index].chunk, scores[index]) for index in mine)
        for page, version, mine in zip(pages, map(_version, pages), chosen, strict=True)
    ]


def _words(page: Document, chunk: Chunk) -> Counter[str]:
    return Counter(stems("\n".join([*chunk.headings, page.text[chunk.start : chunk.end]])))


def _bm25(query: Sequence[str], texts: Sequence[Counter[str]]) -> list[float]:
    frequency = {word: sum(word in words for words in texts) for word in dict.fromkeys(query)}
    weight = {
        word: math.log(1 + (len(texts) - count + 0.5) / (count + 0.5))
        for word, count in frequency.items()
    }
    lengths = [words.total() for words in texts]
    mean = sum(lengths) / len(lengths) if lengths else 0.0
    return [
        sum(
            weight[word] * words[word] * (_K1 + 1) / (words[word] + _saturation(length, mean))
            for word in weight
        )
        for words, length in zip(texts, lengths, strict=True)
    ]


def _saturation(length: int, mean: float) -> float:
    return _K1 * (1 - _B + _B * length / mean) if mean else _K1


def _version(page: Document) -> str:
    return hashlib.sha256(page.text.encode("utf-8", "replace")).hexdigest()


def _passage(page: Document, version: str, chunk: Chunk, score: float) -> Passage:
    return Passage(
        id=f"{version[:16]}:{chunk.start}",
        text=page.text[chunk.start : chunk.end],
        version=version,
        start=chunk.start,
        end=chunk.end,
        headings=chunk.headings,
        score=round(score, 6),
        heading_starts=tuple(
            heading.start for heading in page.headings if chunk.start <= heading.start < chunk.end
        ),
    )
