"""Answers beside right answers."""

from __future__ import annotations

import pytest

from hydrophone.evaluation.answers.matching import contains, findable, normalised, token_f1


def test_case_punctuation_and_articles_do_not_count() -> None:
    assert normalised("The  Battle-ship, “A” won!") == "battleship won"
    assert contains("It was the Eiffel Tower.", ["eiffel tower!"])
    assert contains("Ｆｕｌｌ width", ["full width"])


def test_an_answer_is_found_as_whole_words() -> None:
    assert contains("It has 15 bollards.", ["15"])
    assert not contains("It has 150 bollards.", ["15"])
    assert not contains("Anything", ["", "the"])


def test_scripts_without_spaces_are_searched_as_they_are() -> None:
    assert contains("東京タワーは高い。", ["東京"])


def test_only_short_answers_can_be_looked_for() -> None:
    assert findable(["six years", "word " * 13, "…"]) == ["six years"]


@pytest.mark.parametrize(
    ("text", "answers", "expected"),
    [
        ("six years", ["six years"], 1.0),
        ("for six long years", ["six years"], 2 * 2 / 6),
        ("for six", ["seven", "for six"], 1.0),
        ("no word of it", ["six years"], 0.0),
        ("anything", [], 0.0),
        ("six six six", ["six"], 2 * 1 / 4),
    ],
)
def test_f1_is_that_of_shared_words(text: str, answers: list[str], expected: float) -> None:
    assert token_f1(text, answers) == pytest.approx(expected)
