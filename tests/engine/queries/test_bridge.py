"""Queries that build on what was found."""

from __future__ import annotations

from dataclasses import replace

from hydrophone.engine.queries.bridge import MAX_WORDS, next_queries
from hydrophone.types import SearchResult
from tests.engine.material import source

STOKER = source(1, "Bram Stoker was born in Dublin. He wrote novels.").result
SEA = source(2, "Whales live in every ocean of the world. They sing.").result


def test_the_question_is_asked_again_with_how_the_best_pages_begin() -> None:
    assert next_queries("Where was the author of Dracula born?", [STOKER, SEA], [], 2) == (
        "Where was the author of Dracula born? Bram Stoker was born in Dublin.",
        "Where was the author of Dracula born? Whales live in every ocean of the world.",
    )


def test_a_query_that_was_asked_is_not_asked_again() -> None:
    first = next_queries("Where?", [STOKER, SEA], [], 1)
    assert next_queries("Where?", [STOKER, SEA], first, 1) == (
        "Where? Whales live in every ocean of the world.",
    )
    both = next_queries("Where?", [STOKER, SEA], [], 2)
    assert next_queries("Where?", [STOKER, SEA], both, 2) == ()


def test_a_heading_is_passed_over_and_a_long_beginning_cut() -> None:
    page = source(1, "Early life\n\nHe " + "wrote " * 100).result
    [query] = next_queries("Where?", [page], [], 1)
    assert query == "Where? He " + " ".join(["wrote"] * (MAX_WORDS - 1))


def test_a_page_without_passages_is_known_by_its_snippet() -> None:
    page = replace(STOKER, passages=(), snippet="Bram Stoker came from Dublin.")
    assert next_queries("Where?", [page], [], 1) == ("Where? Bram Stoker came from Dublin.",)


def test_nothing_found_leads_nowhere() -> None:
    assert next_queries("Where?", [], [], 3) == ()
    assert next_queries("Where?", [SearchResult("https://a.example", "", "")], [], 3) == ()
