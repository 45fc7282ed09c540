"""Names in a claim, and whether they stand in a source."""

from __future__ import annotations

import pytest

from hydrophone.engine.checking.names import lexicon, missing, names


def lacking(claim: str, *texts: str) -> list[str]:
    source = lexicon(texts)
    return [word.text for name in names(claim) for word in missing(name, source)]


def test_names_are_what_is_written_large_inside_a_sentence() -> None:
    found = names("Later Marie Curie moved from Warsaw to Paris in May.")
    assert [name.text for name in found] == ["Marie Curie", "Warsaw", "Paris"]


def test_a_lone_first_word_is_only_perhaps_a_name() -> None:
    [first, second] = names("Settlers came to Boston.")
    assert (first.text, first.opens) == ("Settlers", True)
    assert (second.text, second.opens) == ("Boston", False)


def test_a_title_written_large_has_no_names() -> None:
    assert names("The Long Road From Warsaw Towards Paris Again") == []


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("It was Curie who left.", "Marie Curie left."),
        ("It was Marie Curie who left.", "Curie left Poland."),
        ("The U.S. agreed.", "The United States agreed."),
        ("The UN agreed.", "The United Nations agreed."),
        ("The World Health Organization agreed.", "The WHO agreed."),
        ("The French agreed.", "France agreed."),
        ("The Brazilian ships left.", "Ships from Brazil left."),
        ("The Martian surface is red.", "The surface of Mars is red."),
        (
            "In Lodz there is a theatre by Zeira and Boguslawski.",
            "Zeira, Bogusławski: a Lodz theatre.",
        ),
        ("They met President Obama.", "They met Barack Obama."),
        ("They saw Curie's house.", "The house of Curie was seen."),
        ("A São Paulo team won.", "A team from Sao Paulo won."),
    ],
)
def test_a_name_is_known_in_another_form(claim: str, source: str) -> None:
    assert lacking(claim, source) == []


@pytest.mark.parametrize(
    ("claim", "source", "word"),
    [
        ("It was Calvin who left.", "Luther left.", "Calvin"),
        ("It was Peter Smith who left.", "John Smith left.", "Peter"),
        ("They sailed the Bronx River.", "They sailed the Hudson River.", "Bronx"),
        ("They flew to Iran.", "They flew to Iraq.", "Iran"),
        ("They flew to Austria.", "They flew to Australia.", "Austria"),
        ("The NATO agreed.", "The United Nations agreed.", "NATO"),
    ],
)
def test_another_name_is_missing(claim: str, source: str, word: str) -> None:
    assert lacking(claim, source) == [word]


def test_title_and_headings_are_part_of_a_source() -> None:
    assert lacking("There Curie worked.", "She worked there.", "Marie Curie") == []
