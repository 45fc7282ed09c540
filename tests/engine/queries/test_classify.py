"""Whether a question needs a search: the rule on a small labelled list."""

from __future__ import annotations

import pytest

from hydrophone.engine.queries.classify import needs_search

GIVEN = "Their going too the beach tomorow, and they has forgot there towels at they're home again."
NO_SEARCH = [
    "hi",
    "Hello there!",
    "Good morning, how are you?",
    "Thanks a lot!",
    "ok, great, thank you",
    "bye",
    "Who are you?",
    "What can you do?",
    "Are you a bot?",
    "2 + 2",
    "What is 17 * 23?",
    "how much is 15% of 80?",
    "(3.5 + 4) / 2 =",
    "calculate 2^10",
    f"Correct the grammar: {GIVEN}",
    f"Rewrite this more politely:\n{GIVEN}",
    f"Please summarise the following text:\n\n{GIVEN} {GIVEN}",
    'Translate "Where is the station?" into German',
    "How do you say “good night” in Italian?",
    "Write a haiku about the sea",
]
SEARCH = [
    "How do whales sing?",
    "Who won the election yesterday?",
    "weather in Kiel",
    "hello world program in Rust",
    "What is the population of France?",
    "thanks giving date 2026",
    "Who are you voting for in Ohio's senate race?",
    "What is 5G?",
    "Is 1984 a good book?",
    "Summarise https://a.example/page",
    "Summarise the news of today",
    "Translate API of DeepL: what does it cost?",
    "rewrite rules in nginx",
    "Convert to Islam: history in Indonesia",
    "how much is a Tesla Model 3",
    "24/7 pharmacies in Berlin",
    "What can you do in Lisbon in winter?",
    "Correct tyre pressure of a Golf 7",
    "ok google alternatives",
]


@pytest.mark.parametrize("text", NO_SEARCH)
def test_what_needs_no_source_is_not_searched_for(text: str) -> None:
    assert not needs_search(text)


@pytest.mark.parametrize("text", SEARCH)
def test_what_asks_for_a_fact_is_searched_for(text: str) -> None:
    assert needs_search(text)


def test_a_date_that_reads_like_a_sum_is_the_known_mistake() -> None:
    assert not needs_search("What is 9/11?")


@pytest.mark.parametrize("text", ["", "?", "👋"])
def test_a_text_without_words_needs_no_search(text: str) -> None:
    assert not needs_search(text)


def test_a_long_text_is_judged_in_no_time() -> None:
    assert needs_search("1" * 20_000 + " what")
    assert needs_search("hi " * 10_000 + "whales")
    assert needs_search("1+" + "1" * 2_000 + "q")
    assert needs_search("1 + " * 500 + "whales")
