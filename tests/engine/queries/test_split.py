"""Several queries from one question, by rule."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.engine.queries.split import (
    distinct,
    is_compound,
    names,
    parts,
    polished,
    several,
)


@pytest.mark.parametrize(
    ("text", "bare"),
    [
        ("Could you please tell me how whales sing?", "how whales sing?"),
        ("Hello! I would like to know why whales sing, thanks", "why whales sing"),
        ("Tell me about the Baltic Sea please.", "the Baltic Sea."),
        ("How do whales sing?", "How do whales sing?"),
        ("please", "please"),
        ("hello there", "hello there"),
    ],
)
def test_politeness_is_dropped_unless_nothing_else_is_left(text: str, bare: str) -> None:
    assert polished(text) == bare


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("How do whales sing?", ["How do whales sing?"]),
        (
            "How do blue whales sing and why do elephants hum?",
            ["How do blue whales sing", "why do elephants hum?"],
        ),
        (
            "What is BM25? How is it computed?",
            ["What is BM25?", "What is BM25? How is it computed?"],
        ),
        (
            "Who wrote Dracula; where was Bram Stoker born?",
            ["Who wrote Dracula", "where was Bram Stoker born?"],
        ),
        ("Salt and pepper in the kitchen", ["Salt and pepper in the kitchen"]),
    ],
)
def test_each_question_is_a_part_with_what_it_leans_on(text: str, asked: list[str]) -> None:
    assert parts(text) == asked


@pytest.mark.parametrize(
    ("text", "compound"),
    [
        ("How do blue whales sing and why do elephants hum?", True),
        ("Who is older, Annie Morton or Terry Richardson?", True),
        ("What is the difference between SQLite and PostgreSQL?", True),
        ("SQLite vs. PostgreSQL", True),
        ("How do blue whales sing?", False),
        ("Salt and pepper in the kitchen", False),
        ("Is it hot or cold?", False),
        ("", False),
    ],
)
def test_a_compound_question_asks_or_compares_several_things(text: str, compound: bool) -> None:
    assert is_compound(text) is compound


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Who is older, Annie Morton or Terry Richardson?", ["Annie Morton", "Terry Richardson"]),
        ("Where is the University of the Arts London?", ["University of the Arts London"]),
        ("Who sang “death of samantha” first?", ["death of samantha"]),
        ("What does Windows 11 need?", ["Windows 11"]),
        ("how do whales sing?", []),
    ],
)
def test_names_are_found_by_quotation_marks_and_capitals(text: str, named: list[str]) -> None:
    assert names(text) == named


def test_things_that_are_compared_are_searched_for_each() -> None:
    assert several("Are SQLite and PostgreSQL both servers?", 4) == (
        "Are SQLite and PostgreSQL both servers?",
        "SQLite",
        "PostgreSQL",
    )


def test_a_simple_question_is_one_query() -> None:
    assert several("Where was Bram Stoker born?", 4) == ("Where was Bram Stoker born?",)


def test_queries_that_say_the_same_are_asked_once() -> None:
    queries = ["How do whales sing?", "whales sing", "Sing, whales!", "the", "elephants"]
    assert distinct(queries, 5) == ("How do whales sing?", "elephants")


@given(st.text(max_size=200), st.integers(1, 6))
def test_any_text_gives_at_least_one_query_and_never_too_many(text: str, most: int) -> None:
    queries = several(text, most)
    assert 1 <= len(queries) <= most
    assert is_compound(text) in (True, False)
