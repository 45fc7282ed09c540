"""Several lists of pages become one."""

from __future__ import annotations

import random
from datetime import UTC, datetime

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from hydrophone.search.merge import merge, same_page_key
from hydrophone.types import Passage, SearchResult, SourceKind

QUERY = ["blue whales sing"]


def page(name: str, text: str = "Blue whales sing.", kind: SourceKind = "web") -> SearchResult:
    return SearchResult(f"https://{name}.example/", name, text, kind)


def names(results: list[SearchResult]) -> list[str]:
    return [result.title for result in results]


@pytest.mark.parametrize(
    "same",
    [
        "http://example.com/docs",
        "https://www.example.com/docs",
        "https://EXAMPLE.com:443/docs/",
        "https://example.com/docs#top",
        "https://example.com/docs/index.html",
        "https://example.com/docs?utm_source=mail&utm_campaign=x",
        " https://example.com/docs?fbclid=1 ",
    ],
)
def test_addresses_that_show_one_page_are_equal(same: str) -> None:
    assert same_page_key(same) == same_page_key("https://example.com/docs")


@pytest.mark.parametrize(
    "other",
    [
        "https://example.com/docsy",
        "https://example.com/docs?page=2",
        "https://example.com:8443/docs",
        "https://docs.example.com/docs",
        "https://example.com/Docs",
        "file:///docs",
        "http://[broken",
    ],
)
def test_addresses_of_other_pages_differ(other: str) -> None:
    assert same_page_key(other) != same_page_key("https://example.com/docs")


def test_each_page_comes_once() -> None:
    merged = merge([[page("a"), page("b"), page("a")], [page("b")]], QUERY)
    assert sorted(names(merged)) == ["a", "b"]


def test_what_several_know_comes_first() -> None:
    merged = merge([[page("a"), page("b")], [page("c"), page("b")]], QUERY)
    assert names(merged) == ["b", "a", "c"]


def test_a_page_about_something_else_falls_behind() -> None:
    own = [page("own", "How to install a server.", "own")]
    web = [page("web1"), page("web2"), page("web3")]
    assert names(merge([own, web], QUERY)) == ["web1", "web2", "web3", "own"]


def test_scores_fall_from_one() -> None:
    merged = merge([[page("a"), page("b")], [page("c"), page("b", "Nothing.")]], QUERY)
    scores = [result.score for result in merged]
    assert scores[0] == 1.0
    assert scores == sorted(scores, reverse=True)
    assert scores[-1] > 0


def test_our_own_text_is_kept_and_what_the_web_knows_is_added() -> None:
    passage = Passage("1", "Blue whales sing.", "v", 0, 17)
    dated = datetime(2026, 11, 1, tzinfo=UTC)
    own = SearchResult("https://a.example/", "A", "own", "own", "sea", passages=(passage,))
    web = SearchResult(
        "http://www.a.example", "A at length", "a long snippet", published=dated, language="en"
    )
    for lists in ([[own], [web]], [[web], [own]]):
        [merged] = merge(lists, QUERY)
        assert (merged.url, merged.kind, merged.collection) == (own.url, "own", "sea")
        assert merged.passages == (passage,)
        assert (merged.published, merged.language) == (dated, "en")


def test_nothing_makes_nothing() -> None:
    assert merge([], QUERY) == []
    assert merge([[], []], QUERY) == []


def test_of_several_queries_the_one_that_fits_counts() -> None:
    texts = [page("a", "Boats hum."), page("b", "Trains.")]
    merged = merge([[texts[1], texts[0]]], ["do trees sing", "boats hum"])
    assert names(merged) == ["a", "b"]


@example([list("cfgabdhe"), list("dfaegbhc"), list("eadc")])
@settings(deadline=None)
@given(st.lists(st.lists(st.sampled_from("abcdefgh"), max_size=8, unique=True), max_size=5))
def test_the_order_of_the_lists_does_not_matter(lists: list[list[str]]) -> None:
    pages = [[page(name) for name in one] for one in lists]
    shuffled = pages[:]
    random.Random(1).shuffle(shuffled)
    merged = merge(pages, QUERY)
    assert merge(shuffled, QUERY) == merged
    assert sorted(names(merged)) == sorted({name for one in lists for name in one})
