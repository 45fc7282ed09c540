"""The facets of a subject: the headings of its sources."""

from __future__ import annotations

from dataclasses import replace

from hydrophone.engine.research.facets import facets_of
from hydrophone.types import SearchResult
from tests.engine.material import source


def page(n: int, *parts: tuple[str, str], title: str = "Whales") -> SearchResult:
    """A page with these (heading, text) parts."""
    plain = source(n, *(text for _, text in parts), title=title).result
    passages = tuple(
        replace(passage, headings=(title, heading) if heading else ())
        for passage, (heading, _) in zip(plain.passages, parts, strict=True)
    )
    return replace(plain, passages=passages)


def headings(question: str, *pages: SearchResult, most: int = 5) -> list[str]:
    return [facet.heading for facet in facets_of(question, pages, most)]


def test_headings_that_several_pages_share_come_before_others() -> None:
    one = page(1, ("Feeding", "They eat krill."), ("Song", "They sing."))
    two = page(2, ("Song", "They sing low."), ("Ships", "Ships pass."))
    assert headings("How do whales live?", one, two, most=1) == ["Song"]


def test_facets_stand_in_the_order_of_the_sources() -> None:
    one = page(1, ("2. Feeding", "They eat krill."), ("Song", "They sing."))
    assert headings("How do whales live?", one) == ["Feeding", "Song"]


def test_a_facet_knows_the_passages_under_it_and_what_to_search_for() -> None:
    one = page(1, ("Song", "They sing."), ("Feeding", "They eat."), ("Song", "They sing low."))
    song = facets_of("How do whales live?", [one], 5)[0]
    assert song.passages == {"1.0", "1.2"}
    assert song.query == "How do whales live? Song"


def test_headings_that_say_where_one_is_are_no_facets() -> None:
    one = page(1, ("Introduction", "a"), ("See also", "b"), ("x " * 30, "c"), ("Whales", "d"))
    assert headings("How do whales live?", one) == []


def test_a_page_without_headings_is_a_facet_by_its_title() -> None:
    assert headings("Whales?", page(1, ("", "They sing."), title="The song")) == ["The song"]


def test_without_sources_there_are_none() -> None:
    assert headings("Whales?") == []
