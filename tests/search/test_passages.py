"""From pages that were read to the passages that a question needs."""

from __future__ import annotations

import hashlib

from hydrophone.search.passages import MOST_CHARS, best_passages
from hydrophone.types import Document, Heading

FILLER = "Boats lie in the harbour and wait for better weather. " * 30
WHALES = "Blue whales sing below forty hertz, so deep that nobody hears them."
QUERY = "How deep do blue whales sing?"


def page(*parts: str, url: str = "https://a.example/") -> Document:
    return Document(url, "A", "\n\n".join(parts))


def test_the_passage_that_answers_comes_first() -> None:
    [passages] = best_passages(QUERY, [page(FILLER, WHALES, FILLER)])
    assert WHALES in passages[0].text


def test_a_passage_is_exactly_the_text_of_its_version() -> None:
    document = page(FILLER, WHALES, FILLER)
    [passages] = best_passages(QUERY, [document])
    version = hashlib.sha256(document.text.encode()).hexdigest()
    for passage in passages:
        assert passage.version == version
        assert passage.text == document.text[passage.start : passage.end]
    assert len({passage.id for passage in passages}) == len(passages)


def test_a_page_without_a_word_of_the_question_gives_its_beginning() -> None:
    [passages] = best_passages("zeppelin", [page("The beginning.", FILLER, FILLER)])
    assert len(passages) == 1
    assert passages[0].start == 0


def test_more_of_the_beginning_is_given_when_it_is_wanted_and_nothing_matches() -> None:
    pages = [page("The beginning.", FILLER, FILLER, FILLER), page(FILLER, WHALES)]
    first, second = best_passages("zeppelin blue whales", pages, a_page=4, unmatched=2)
    assert [passage.start for passage in first] == sorted(passage.start for passage in first)
    assert (len(first), first[0].start) == (2, 0)
    assert len(second) == 1
    assert WHALES in second[0].text


def test_each_page_has_its_own_passages_in_the_order_of_the_pages() -> None:
    first, second, empty = best_passages(
        QUERY, [page(FILLER), page(FILLER, WHALES), page("", url="https://c.example/")]
    )
    assert "harbour" in first[0].text
    assert WHALES in second[0].text
    assert empty == ()


def test_not_more_come_than_wanted_and_best_first() -> None:
    whales = [f"{WHALES} Number {n}. {FILLER}" for n in range(9)]
    [passages] = best_passages(QUERY, [page(*whales)], a_page=3)
    scores = [passage.score for passage in passages]
    assert len(passages) == 3
    assert scores == sorted(scores, reverse=True)


def test_a_heading_counts_and_is_told() -> None:
    text = f"Boats\n\n{FILLER}\n\nSongs of blue whales\n\nThey go below forty hertz."
    headings = (Heading(1, "Boats", 0), Heading(1, "Songs of blue whales", text.index("Songs")))
    [passages] = best_passages(QUERY, [Document("https://a.example/", "A", text, headings)])
    assert "forty hertz" in passages[0].text
    assert passages[0].headings == ("Songs of blue whales",)
    assert passages[0].heading_starts == (text.index("Songs"),)


def test_of_a_very_long_page_only_the_beginning_is_looked_at() -> None:
    long = page("x " * (MOST_CHARS // 2), WHALES)
    [passages] = best_passages(QUERY, [long])
    assert all(passage.end <= MOST_CHARS for passage in passages)


def test_the_same_pages_give_the_same_passages() -> None:
    pages = [page(FILLER, WHALES, FILLER), page(WHALES, FILLER)]
    assert best_passages(QUERY, pages) == best_passages(QUERY, pages)


def test_no_page_gives_nothing() -> None:
    assert best_passages(QUERY, []) == []
