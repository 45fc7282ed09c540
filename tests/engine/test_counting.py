"""Counting the tokens of short and long texts."""

from __future__ import annotations

import threading

from hydrophone.engine.counting import INLINE_CHARS, SLICE_CHARS, count_tokens
from hydrophone.llm.tokens import WordCounter


class Watched(WordCounter):
    """Remembers where and how much it was asked to count."""

    def __init__(self) -> None:
        self.threads: set[int] = set()
        self.most_chars = 0

    def count(self, text: str) -> int:
        self.threads.add(threading.get_ident())
        self.most_chars = max(self.most_chars, len(text))
        return super().count(text)


async def test_a_short_text_is_counted_at_once() -> None:
    tokens = Watched()
    assert await count_tokens(tokens, "Whales sing, loudly.") == 5
    assert tokens.threads == {threading.get_ident()}


async def test_a_long_text_is_counted_exactly_in_slices_off_the_event_loop() -> None:
    tokens = Watched()
    text = "Whales sing, loudly.\n" * 50_000
    assert await count_tokens(tokens, text) == WordCounter().count(text) == 250_000
    assert threading.get_ident() not in tokens.threads
    assert tokens.most_chars < SLICE_CHARS + 100 < len(text)


async def test_a_long_text_without_white_space_is_one_slice() -> None:
    text = "x" * (INLINE_CHARS + SLICE_CHARS)
    assert await count_tokens(WordCounter(), text) == WordCounter().count(text)


async def test_nothing_has_no_tokens() -> None:
    assert await count_tokens(WordCounter(), "") == 0
