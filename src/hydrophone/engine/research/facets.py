"""The facets of a subject, by rule: the headings that its sources are divided by."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from hydrophone.llm.overlap import coverage, stems
from hydrophone.types import SearchResult

_MAX_WORDS, _MAX_CHARS = 9, 80
_PLAIN = frozenset(
    """introduction overview contents summary conclusion references notes abstract background
    see also external links further reading home index table name synopsis sources footnotes
    bibliography related navigation menu search login share comments""".split()  # noqa: SIM905 - quoted words are no easier to read
)


@dataclass(slots=True)
class _Seen:
    heading: str
    pages: set[str] = field(default_factory=set)
    texts: list[str] = field(default_factory=list)
    first: int = 0


@dataclass(frozen=True, slots=True)
class Facet:
    """A part of a subject: the words of its heading, the query that finds more of it, and the ids
    of the passages that stand under it."""

    heading: str
    query: str
    passages: frozenset[str]


def facets_of(question: str, results: Sequence[SearchResult], most: int) -> tuple[Facet, ...]:
    """Up to `most` facets, in the order in which the sources come to them.

    Those that several pages share come first, then those whose passages cover the question best. A
    page without headings is a facet of its own by its title.
    """
    seen: dict[frozenset[str], _Seen] = {}
    passages: dict[frozenset[str], set[str]] = {}
    for position, (heading, url, key, text) in enumerate(_headed(results)):
        words = frozenset(stems(heading))
        if not words or words <= frozenset(stems(question)) or words <= _PLAIN_STEMS:
            continue
        one = seen.setdefault(words, _Seen(heading, first=position))
        one.pages.add(url)
        one.texts.append(text)
        passages.setdefault(words, set()).add(key)
    keys = list(seen)
    covered = coverage(question, ["\n".join(seen[key].texts) for key in keys])
    score = {
        key: (len(seen[key].pages) > 1, share) for key, share in zip(keys, covered, strict=True)
    }
    best = sorted(keys, key=lambda key: (*(-part for part in score[key]), seen[key].first))[:most]
    best.sort(key=lambda key: seen[key].first)
    return tuple(
        Facet(seen[key].heading, f"{question} {seen[key].heading}", frozenset(passages[key]))
        for key in best
    )


def _headed(results: Sequence[SearchResult]) -> Iterator[tuple[str, str, str, str]]:
    """(heading, URL, passage id, text) of each passage, by the heading nearest above it."""
    for result in results:
        for passage in result.passages:
            heading = passage.headings[-1] if passage.headings else result.title
            line = " ".join(heading.split()).lstrip("#0123456789.§ ").strip()
            if line and len(line) <= _MAX_CHARS and len(line.split()) <= _MAX_WORDS:
                yield line, result.url, passage.id, passage.text


_PLAIN_STEMS = frozenset(stem for word in _PLAIN for stem in stems(word))
