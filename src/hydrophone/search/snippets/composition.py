"""A long snippet: whole sentences of a page, those of its best passages first in the choice.

They stand in reading order; where something was left out stands `SEPARATOR`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydrophone.index.sentences import split_sentences
from hydrophone.llm.base import TokenCounter
from hydrophone.llm.overlap import coverage

SEPARATOR = " ... "
_CUT = " …"
# No token is longer: more of a sentence need not be looked at to cut it.
_CHARS_A_TOKEN = 40


@dataclass(frozen=True, slots=True)
class Extract:
    """A piece of the text number `text` of a page, from code point `start` to `end`."""

    text: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PageText:
    """What is known of a page: its texts, and the extracts of them worth showing, best first."""

    texts: tuple[str, ...]
    extracts: tuple[Extract, ...]


@dataclass(frozen=True, slots=True)
class Snippet:
    """A snippet and how many tokens it has."""

    text: str
    tokens: int


NOTHING = Snippet("", 0)


def compose(query: str, page: PageText, budget: int, tokens: TokenCounter) -> Snippet:
    """As much of the page as `budget` tokens hold.

    Of the first extract that does not fit whole, sentences around the one that shares most with the
    query are taken. Where not one sentence fits, the best one is cut between words.
    """
    taken = _chosen(query, page, budget, tokens)
    while taken:
        text = _joined(page, taken)
        count = tokens.count(text)
        if count <= budget:
            return Snippet(text, count)
        # Pieces that are joined without a space may have more tokens than they had apart.
        taken.pop()
    return _beginning(query, page, budget, tokens)


def _chosen(query: str, page: PageText, budget: int, tokens: TokenCounter) -> list[Extract]:
    """Sentences within the budget, the best first."""
    joint = tokens.count(SEPARATOR)
    taken: list[Extract] = []
    whole: list[Extract] = []
    left = budget
    for extract in page.extracts:
        sentences = [one for one in _sentences(page, extract) if not _overlaps(one, whole)]
        costs = [tokens.count(_text(page, one)) for one in sentences]
        gap = joint if taken else 0
        if sum(costs) + gap > left:
            taken += _window(query, page, sentences, costs, left - gap)
            break
        whole.append(extract)
        taken += sentences
        left -= sum(costs) + gap
    return taken


def _window(
    query: str, page: PageText, sentences: Sequence[Extract], costs: Sequence[int], left: int
) -> list[Extract]:
    """The sentence that shares most with the query, of those that fit, and then its neighbours
    behind it and before it in turn, as far as the budget goes."""
    fitting = [index for index, cost in enumerate(costs) if cost <= left]
    if not fitting:
        return []
    shares = coverage(query, [_text(page, sentence) for sentence in sentences])
    best = max(fitting, key=lambda index: (shares[index], -index))
    taken, left = [best], left - costs[best]
    sides = [iter(range(best + 1, len(sentences))), iter(range(best - 1, -1, -1))]
    while sides:
        side = sides.pop(0)
        index = next(side, None)
        if index is not None and costs[index] <= left:
            taken.append(index)
            left -= costs[index]
            sides.append(side)
    return [sentences[index] for index in taken]


def _sentences(page: PageText, extract: Extract) -> Iterator[Extract]:
    """Those with a word in them: a line of stars or a lone dash says nothing."""
    for span in split_sentences(_text(page, extract)):
        sentence = Extract(extract.text, extract.start + span.start, extract.start + span.end)
        if any(char.isalnum() for char in _text(page, sentence)):
            yield sentence


def _overlaps(sentence: Extract, others: Sequence[Extract]) -> bool:
    return any(
        sentence.text == other.text and sentence.start < other.end and other.start < sentence.end
        for other in others
    )


def _text(page: PageText, extract: Extract) -> str:
    return page.texts[extract.text][extract.start : extract.end]


def _joined(page: PageText, sentences: Sequence[Extract]) -> str:
    parts: list[str] = []
    last: Extract | None = None
    for one in sorted(sentences, key=lambda one: (one.text, one.start)):
        if last is not None:
            parts.append(_between(page, last, one))
        parts.append(_text(page, one))
        last = one
    return "".join(parts)


def _between(page: PageText, first: Extract, second: Extract) -> str:
    """The white space between neighbours, at most a blank line; the separator between others."""
    if first.text != second.text:
        return SEPARATOR
    gap = page.texts[first.text][first.end : second.start]
    if gap.strip():
        return SEPARATOR
    lines = gap.count("\n")
    return "\n" * min(2, lines) if lines else gap[:1]


def _beginning(query: str, page: PageText, budget: int, tokens: TokenCounter) -> Snippet:
    """The first words of the sentence of the best extract that shares most with the query."""
    if not page.extracts or budget < 1:
        return NOTHING
    sentences = [_text(page, one) for one in _sentences(page, page.extracts[0])]
    if not sentences:
        return NOTHING
    shares = coverage(query, sentences)
    best = sentences[max(range(len(sentences)), key=lambda index: (shares[index], -index))]
    words = " ".join(best[: budget * _CHARS_A_TOKEN].split())
    fits, too_long = 0, len(words) + 1
    while too_long - fits > 1:
        middle = (fits + too_long) // 2
        if tokens.count(_cut(words, middle)) <= budget:
            fits = middle
        else:
            too_long = middle
    text = _cut(words, fits)
    return Snippet(text, tokens.count(text))


def _cut(words: str, chars: int) -> str:
    """So much of the beginning, back to the end of a word; where there are no spaces, of any
    character."""
    if chars >= len(words):
        return words
    kept = words[: chars + 1].rpartition(" ")[0] if " " in words else words[:chars]
    return kept + _CUT if kept else ""
