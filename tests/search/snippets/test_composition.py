"""Long snippets: whole sentences of the best passages, in reading order, within the budget."""

from __future__ import annotations

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hydrophone.llm.base import TokenCounter
from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.llm.tokens import WordCounter, WordPieceCounter
from hydrophone.search.snippets.composition import SEPARATOR, Extract, PageText, compose

TEXT = "Boats hum. Cranes lift cargo.\n\nBlue whales sing low. They dive deep. Nobody hears it."
WORDS = WordCounter()
WORDPIECES = WordPieceCounter(find_model_files(BGE_SMALL_EN))


def extract(text: str) -> Extract:
    start = TEXT.index(text)
    return Extract(0, start, start + len(text))


def shown(budget: int, *parts: str) -> str:
    page = PageText((TEXT,), tuple(extract(part) for part in parts))
    return compose("blue whales", page, budget, WORDS).text


def test_extracts_stand_in_reading_order_whatever_their_rank() -> None:
    assert shown(99, "They dive deep.", "Boats hum.") == "Boats hum. ... They dive deep."


def test_neighbours_are_joined_as_they_stand() -> None:
    assert shown(99, "They dive deep.", "Blue whales sing low.") == (
        "Blue whales sing low. They dive deep."
    )
    assert shown(99, "Blue whales sing low.", "Cranes lift cargo.") == (
        "Cranes lift cargo.\n\nBlue whales sing low."
    )


def test_extracts_that_overlap_are_told_once() -> None:
    first, second = "Blue whales sing low. They dive deep.", "They dive deep. Nobody hears it."
    assert shown(99, first, second) == "Blue whales sing low. They dive deep. Nobody hears it."


def test_the_best_extract_comes_first_when_not_all_fit() -> None:
    assert shown(6, "Blue whales sing low.", "Boats hum.") == "Blue whales sing low."


def test_around_the_sentence_that_fits_the_query_when_an_extract_does_not_fit() -> None:
    assert shown(5, TEXT) == "Blue whales sing low."
    assert shown(9, TEXT) == "Blue whales sing low. They dive deep."
    assert shown(13, TEXT) == "Cranes lift cargo.\n\nBlue whales sing low. They dive deep."


def test_what_stands_between_extracts_is_counted_when_they_are_chosen() -> None:
    parts = ("Nobody hears it.", "Boats hum. Cranes lift cargo.\n\nBlue whales sing low.")
    assert shown(16, *parts) == "Cranes lift cargo.\n\nBlue whales sing low. ... Nobody hears it."


def test_the_least_good_sentence_goes_when_the_joined_text_is_over_the_budget() -> None:
    # What is left of the second extract stands on both sides of the first, apart from it.
    assert shown(14, "lift", "Boats hum. Cranes lift cargo.\n\nBlue whales sing low.") == (
        "Boats hum. ... lift"
    )


def test_a_sentence_longer_than_the_budget_is_cut_between_words() -> None:
    assert shown(4, "Blue whales sing low.") == "Blue whales sing …"
    assert shown(2, "Blue whales sing low.") == "Blue …"


def test_what_has_no_word_is_left_out() -> None:
    page = PageText(("Whales sing. …\n\n* * *\n\n", "—"), (Extract(0, 0, 21), Extract(1, 0, 1)))
    assert compose("whales", page, 99, WORDS).text == "Whales sing."


@pytest.mark.parametrize("budget", [0, 1])
def test_a_budget_without_room_for_a_word_gives_an_empty_text(budget: int) -> None:
    assert shown(budget, "Blue whales sing low.") == ""


def test_a_page_without_text_gives_an_empty_text() -> None:
    assert compose("whales", PageText((), ()), 100, WORDS).text == ""
    assert compose("whales", PageText(("  ",), (Extract(0, 0, 2),)), 100, WORDS).text == ""


def test_texts_of_several_sources_are_set_apart() -> None:
    page = PageText(("Whales sing.", "Boats hum."), (Extract(1, 0, 10), Extract(0, 0, 12)))
    assert compose("whales", page, 99, WORDS).text == "Whales sing. ... Boats hum."


WORDS_AND_BREAKS = [
    "whales",
    "sing",
    "Boats",
    "hum.",
    "a",
    "deep;",
    "Dr. No",
    "\n\n",
    "\n- ",
    "3.5",
]
ODD = ["鯨が歌う。", "e.g.", "?!", "(see", "ﬁ", "é", "Œuvre", "—", "…", "x" * 120]
TEXTS = st.one_of(
    st.lists(st.sampled_from(WORDS_AND_BREAKS + ODD), max_size=60).map(" ".join),
    st.text(max_size=200).map(lambda text: text.replace(".", ",")),
)
CUTS = st.tuples(st.integers(0, 2), st.integers(0, 300), st.integers(0, 300))


@settings(max_examples=300, deadline=None)
@given(
    texts=st.lists(TEXTS, min_size=1, max_size=3),
    cuts=st.lists(CUTS, max_size=8),
    budget=st.integers(0, 80),
    tokens=st.sampled_from([WORDS, WORDPIECES]),
)
@example(texts=["鯨が歌う。 …"], cuts=[(0, 0, 1), (0, 0, 7)], budget=5, tokens=WORDS)
def test_no_budget_is_ever_broken_and_nothing_is_invented(
    texts: list[str], cuts: list[tuple[int, int, int]], budget: int, tokens: TokenCounter
) -> None:
    extracts = tuple(
        Extract(number % len(texts), min(a, b), min(max(a, b), len(texts[number % len(texts)])))
        for number, a, b in cuts
        if min(a, b) < len(texts[number % len(texts)])
    )
    snippet = compose("whales sing", PageText(tuple(texts), extracts), budget, tokens)
    assert snippet.tokens == tokens.count(snippet.text) <= budget
    said = " ".join(" ".join(texts).split())
    for part in snippet.text.removesuffix(" …").split(SEPARATOR):
        assert " ".join(part.split()) in said
