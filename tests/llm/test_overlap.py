"""Word overlap: stems, weights and the range of its scores."""

from __future__ import annotations

import pytest

from hydrophone.llm.overlap import WordOverlap, stems


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("invaded", "invades"),
        ("producing", "produced"),
        ("running", "runs"),
        ("cities", "city"),
        ("classes", "class"),
        ("boxes", "box"),
        ("Beyoncé's", "beyonce"),
        ("quickly", "quick"),
        ("falling", "falls"),
    ],
)
def test_forms_of_a_word_have_one_stem(one: str, other: str) -> None:
    assert stems(one) == stems(other)


@pytest.mark.parametrize(
    ("one", "other"), [("bus", "bu"), ("analysis", "analysi"), ("ring", "r"), ("red", "r")]
)
def test_what_only_looks_like_an_ending_stays(one: str, other: str) -> None:
    assert stems(one) != stems(other)


def test_stop_words_and_marks_are_left_out() -> None:
    assert stems("What is the ... of it?") == []


def test_chinese_is_compared_character_by_character() -> None:
    assert stems("北京2008年") == ["北", "京", "2008", "年"]


async def test_scores_run_from_nothing_to_everything() -> None:
    scores = await WordOverlap().score(
        "oceans and tides", ["The tide of an ocean.", "Tides.", "Bread."]
    )
    assert scores[0] == pytest.approx(1.0)
    assert 0 < scores[1] < 1
    assert scores[2] == 0


async def test_a_rare_word_weighs_more_than_a_common_one() -> None:
    texts = ["red apple", "red pear", "red plum", "green fig"]
    apple = await WordOverlap().score("red fig", texts)
    assert apple[3] > apple[0] > 0


async def test_a_query_of_stop_words_scores_nothing() -> None:
    assert await WordOverlap().score("what is it?", ["It is what it is."]) == [0.0]
