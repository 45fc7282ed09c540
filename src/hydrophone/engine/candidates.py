"""Select: the few sentences that are worth the cross-encoder's time.

A sentence's score is the share of the question's weight that its words cover (a word weighs the
logarithm of how rare it is among all candidates), plus the reciprocal rank of its passage. The
best twelve by it answer as well as all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from hydrophone.index.sentences import split_sentences
from hydrophone.llm.overlap import coverage
from hydrophone.types import Passage, Source

MIN_WORDS = 3
MAX_CHARS = 1_200
MAX_SYMBOLS = 0.08
# Characters that code is full of and prose is not.
_SYMBOL = re.compile(r"[(){}\[\]<>=|\\/_`*#$@;\"]")
_CLOSING = "\"'”’)]} \n"


@dataclass(frozen=True, slots=True)
class Sentence:
    """A whole sentence of source `n`; offsets are in the text of the passage's version."""

    n: int
    title: str
    passage: Passage
    start: int
    end: int
    text: str
    rank: int


def sentences_of(sources: Sequence[Source]) -> Iterator[Sentence]:
    """Every quotable sentence of the sources' passages, each text once, best passage first."""
    seen: set[tuple[str, int]] = set()
    for rank, source in enumerate(sources):
        for passage in source.result.passages:
            for span in split_sentences(passage.text):
                key = (passage.version, passage.start + span.start)
                text = passage.text[span.start : span.end]
                if key in seen or not _quotable(text, passage):
                    continue
                seen.add(key)
                yield Sentence(
                    source.n,
                    source.result.title,
                    passage,
                    key[1],
                    passage.start + span.end,
                    text,
                    rank,
                )


def _quotable(text: str, passage: Passage) -> bool:
    """Statements only: a question or a heading would match the question best and answer nothing."""
    if len(text) > MAX_CHARS or len(text.split()) < MIN_WORDS:
        return False
    if text.rstrip(_CLOSING).endswith(("?", "？")) or text.lstrip("# ") in passage.headings:
        return False
    return len(_SYMBOL.findall(text)) < MAX_SYMBOLS * len(text)


def most_promising(query: str, sentences: Sequence[Sentence], k: int) -> list[Sentence]:
    """The `k` sentences that share most with the query, best first."""
    covered = coverage(query, [sentence.text for sentence in sentences])
    scores = [
        share + 1 / (2 * (1 + sentence.rank))
        for share, sentence in zip(covered, sentences, strict=True)
    ]
    order = sorted(range(len(sentences)), key=lambda index: (-scores[index], index))
    return [sentences[index] for index in order[:k]]
