"""Counting tokens in bounded time."""

from __future__ import annotations

import pytest

from hydrophone.engine.estimate import EXACT_CHARS, estimate_tokens
from hydrophone.engine.quote import QuoteWriter
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from tests.engine.material import asked, source, write


class Watched(WordCounter):
    """Remembers how much it had to read at once."""

    def __init__(self) -> None:
        self.longest_chars = 0

    def count(self, text: str) -> int:
        self.longest_chars = max(self.longest_chars, len(text))
        return super().count(text)


@pytest.mark.parametrize("text", ["", "Whales sing.", "a b " * (EXACT_CHARS // 4)])
def test_up_to_the_bound_the_count_is_exact(text: str) -> None:
    assert estimate_tokens(WordCounter(), text) == WordCounter().count(text)


def test_beyond_it_the_rest_is_taken_to_be_like_the_beginning() -> None:
    tokens = Watched()
    assert estimate_tokens(tokens, "word " * 1_000_000) == 1_000_000
    assert tokens.longest_chars == EXACT_CHARS


async def test_a_question_of_megabytes_is_not_counted_whole() -> None:
    tokens = Watched()
    question = asked("whales " * 1_000_000)
    await write(QuoteWriter(WordOverlap(), tokens), question, [source(1, "Whales sing at night.")])
    assert tokens.longest_chars <= EXACT_CHARS
