"""What a sentence denies, and opposites."""

from __future__ import annotations

import pytest

from hydrophone.engine.checking.negation import denied, is_denying, negations, opposites


@pytest.mark.parametrize(
    ("text", "stems"),
    [
        ("The bridge was not built in time.", {"build", "tim"}),
        ("It never rained.", {"rain"}),
        ("They left without their horses.", {"hors"}),
        ("He isn't tall.", {"tall"}),
        ("The bridge, they say, is not.", {"say"}),
    ],
)
def test_a_negation_denies_the_next_words_of_weight(text: str, stems: set[str]) -> None:
    assert denied(text) == (frozenset(stems),)


@pytest.mark.parametrize(
    "text",
    [
        "It is not only tall but wide.",
        "It was not built until 1990.",
        "No. 5 is alive.",
        "It took no less than ten years.",
        "Whether or not it rains, they sail.",
        "It was the best of all.",
    ],
)
def test_idioms_deny_nothing(text: str) -> None:
    assert denied(text) == ()
    assert negations(text) == 0


def test_some_words_deny_without_a_not() -> None:
    assert is_denying("He refused to sign.")
    assert not is_denying("He agreed to sign.")


@pytest.mark.parametrize(
    ("claim", "source", "found"),
    [
        ("Exports increased.", "Exports decreased.", [("increased", "decreased")]),
        ("It was unsuccessful.", "It was successful.", [("unsuccessful", "successful")]),
        ("Exports rose.", "Exports rose and then fell.", []),
        ("It faces north.", "It faces north and south.", []),
    ],
)
def test_opposites_are_found_where_only_one_of_the_two_stands(
    claim: str, source: str, found: list[tuple[str, str]]
) -> None:
    assert list(opposites(claim, source)) == found
