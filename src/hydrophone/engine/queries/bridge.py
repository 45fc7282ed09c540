"""The queries that build on what was found, by rule.

What answers a question in several steps says in its first step what the second is about. So the
question is asked again, each time together with how one of the best pages begins: what that page
introduces is then near to what is still looked for. `benchmarks/queries.py` has the figures; the
names in the question by themselves, and the titles of the pages, find less.
"""

from __future__ import annotations

from collections.abc import Sequence

from hydrophone.engine.hostile.addresses import without_addresses
from hydrophone.engine.queries.split import distinct
from hydrophone.index.sentences import split_sentences
from hydrophone.types import SearchResult

MIN_WORDS, MAX_WORDS = 5, 20
_TEXT_CHARS = 2_000
_MAX_QUESTION_WORDS = 40


def next_queries(
    question: str, results: Sequence[SearchResult], asked: Sequence[str], most: int
) -> tuple[str, ...]:
    """Up to `most` queries from the best results that none of `asked` was made of."""
    line = " ".join(question.split()[:_MAX_QUESTION_WORDS])
    fresh = [f"{line} {beginning}" for one in results if (beginning := _beginning(one))]
    return distinct([*asked, *fresh], len(asked) + most)[len(asked) :]


def _beginning(result: SearchResult) -> str:
    """The first words of the page's best passage, up to a sentence's end; of headings and the
    like those of the next sentence."""
    text = (result.passages[0].text if result.passages else result.snippet)[:_TEXT_CHARS]
    sentences = [text[span.start : span.end].split() for span in split_sentences(text)]
    first = next((words for words in sentences if len(words) >= MIN_WORDS), text.split())
    return without_addresses(" ".join(first[:MAX_WORDS]))
