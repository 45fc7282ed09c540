"""Which sentences are worth quoting, and which of them are looked at."""

from __future__ import annotations

import pytest

from hydrophone.engine.candidates import MAX_LED_CHARS, most_promising, sentences_of
from hydrophone.types import Passage, SearchResult, Source


def source(text: str, *, n: int = 1, start: int = 0, headings: tuple[str, ...] = ()) -> Source:
    passage = Passage(f"p{n}", text, f"v{n}", start, start + len(text), headings)
    return Source(n, SearchResult(f"https://a.example/{n}", f"Page {n}", "", passages=(passage,)))


def quotable(text: str, *, headings: tuple[str, ...] = ()) -> list[str]:
    return [sentence.text for sentence in sentences_of([source(text, headings=headings)])]


def test_offsets_are_those_of_the_version() -> None:
    text = "Whales sing at night. Dolphins whistle by day."
    for sentence in sentences_of([source(text, start=100)]):
        assert text[sentence.start - 100 : sentence.end - 100] == sentence.text


def test_a_heading_inside_a_passage_is_not_quoted() -> None:
    text = "Whales sing.\n\nHow they find their way\n\nBats call and hear the echo."
    passage = Passage("p", text, "v", 100, 100 + len(text), heading_starts=(114,))
    page = SearchResult("https://a.example/", "A", "", passages=(passage,))
    assert [one.text for one in sentences_of([Source(1, page)])] == ["Bats call and hear the echo."]


def test_a_sentence_in_two_passages_comes_once() -> None:
    passage = source("Whales sing at night.").result.passages[0]
    twice = SearchResult("https://a.example/1", "Page 1", "", passages=(passage, passage))
    assert len(list(sentences_of([Source(1, twice)]))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "Do whales sing at night?",
        "Too short.",
        "## Whales at night",
        "Setting up a Partial Index to Exclude Common Values",
        "Reliability and the Write-Ahead Log",
        "Write-Ahead Logging (WAL) 30.4.",
        "CURRENT_DATE value\nCURRENT_TIME value\nLOCALTIME value",
        "-- this example adds days to a date",
        "f(x) = {a: [b], c: (d)}; g[0] = h(i);",
        "| without a language model | with one",
        "| | without a language model | with one |",
    ],
)
def test_what_states_nothing_is_not_quoted(text: str) -> None:
    assert quotable(text, headings=("Whales at night",)) == []


@pytest.mark.parametrize(
    "text",
    [
        "Whales of the North Atlantic Ocean Sing.",
        "yes if the whale may be heard, no if not",
        "Founder: Ada Lovelace Byron",
        "pod | group of whales that swim together",
        "Whales sing\nat night.",
        "Whales have sung to us\nsince 1970.",
    ],
)
def test_statements_are_quoted_whatever_their_form(text: str) -> None:
    assert quotable(text) == [text]


def test_a_sentence_with_a_colon_takes_along_what_it_leads_to() -> None:
    led = "To add a column, use a command like this:\n\nALTER TABLE a\n    ADD COLUMN b text;"
    assert quotable(f"{led}\n\nThe new column is empty at first.") == [
        led,
        "The new column is empty at first.",
    ]


def test_an_item_of_a_list_is_quoted_without_its_bullet() -> None:
    assert quotable("- Whales sing at night.\n- Dolphins whistle by day.") == [
        "Whales sing at night.",
        "Dolphins whistle by day.",
    ]


def test_a_list_is_led_to_whole() -> None:
    led = "A pod is one of these:\n- a family\n- a group of males"
    assert quotable(led) == [led]


def test_a_colon_that_leads_to_several_sentences_is_dropped_alone() -> None:
    text = "There are several kinds:\n\nWhales sing at night. Dolphins whistle by day."
    assert quotable(text) == ["Whales sing at night.", "Dolphins whistle by day."]


def test_a_colon_that_leads_too_far_is_dropped() -> None:
    code = "word " * (MAX_LED_CHARS // 5)
    assert quotable(f"Use a command like this:\n\n{code}") == [code.strip()]


def test_a_colon_at_the_end_of_a_passage_leads_nowhere() -> None:
    assert quotable("Whales sing at night. To record them, use this:") == ["Whales sing at night."]


def test_the_most_promising_share_words_with_the_query() -> None:
    sources = [source("Cats sleep a lot. Whales sing at night.", n=1)]
    sources.append(source("Whales eat krill and squid.", n=2))
    found = most_promising("When do whales sing?", list(sentences_of(sources)), 2)
    assert found[0].text == "Whales sing at night."
    assert len(found) == 2


def test_equal_sentences_are_taken_from_the_better_page() -> None:
    sources = [source("Whales sing here.", n=1), source("Whales sing there.", n=2)]
    found = most_promising("Do whales sing?", list(sentences_of(sources)), 1)
    assert [sentence.n for sentence in found] == [1]
